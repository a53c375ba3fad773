import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { addRulesFlags, listRulesFlags, removeRulesFlags } from "./flags.ts"

const addCommand = Command.make(
  "add",
  addRulesFlags,
  lazy(async () => (await import("./change.ts")).add)
).pipe(
  Command.withDescription("Count requests nowhere that a rule fits, beside those of the rules that stand already"),
  Command.withExamples([
    { command: "chaussettes ignore add health monitors", description: "Checks of health, and probes" },
    {
      command: "chaussettes ignore add 'path=/internal/* client=10.0.0.0/8'",
      description: "What one's own machines ask for below /internal/"
    }
  ])
)

const removeCommand = Command.make(
  "remove",
  removeRulesFlags,
  lazy(async () => (await import("./change.ts")).remove)
).pipe(
  Command.withDescription("Take rules back: what they took out counts again from here on"),
  Command.withExamples([{ command: "chaussettes ignore remove health", description: "Undo `add health`" }])
)

const listCommand = Command.make(
  "list",
  listRulesFlags,
  lazy(async () => (await import("./list.ts")).list)
).pipe(Command.withDescription("The rules in force, one a line, since when, and what is refused"))

export const ignoreCommand = Command.make("ignore").pipe(
  Command.withDescription(
    "Rules for traffic that counts nowhere, such as checks of health; the detector follows them without a restart"
  ),
  Command.withSubcommands([addCommand, listCommand, removeCommand])
)
