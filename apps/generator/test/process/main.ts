import { runMain } from "@chaussettes/service"
import { Command } from "effect/cli"
import { generateCommand, replayCommand, shipCommand } from "../../src/index.ts"

/** The commands as a program of their own, for tests that need a process. */
runMain(Command.make("chaussettes").pipe(Command.withSubcommands([generateCommand, replayCommand, shipCommand])), {
  version: "0.0.0",
  args: process.argv.slice(2)
})
