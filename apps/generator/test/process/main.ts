import { runMain } from "@chaussettes/service"
import { Command } from "effect/cli"
import { generateCommand, replayCommand } from "../../src/index.ts"

/** The two commands as a program of their own, for tests that need a process. */
runMain(Command.make("chaussettes").pipe(Command.withSubcommands([generateCommand, replayCommand])), {
  version: "0.0.0",
  args: process.argv.slice(2)
})
