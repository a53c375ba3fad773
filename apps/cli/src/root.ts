import { Command } from "effect/cli"
import { configCommand } from "./config/command.ts"

/** The command `chaussettes`: the apps' commands put together. Handlers are loaded when they are called. */
export const root = Command.make("chaussettes").pipe(
  Command.withDescription(
    "Watches HTTP access logs as they are written and raises an alert when errors rise above a threshold."
  ),
  Command.withSubcommands([configCommand((): Command.Command.Any => root)])
)
