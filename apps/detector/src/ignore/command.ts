import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { addRulesFlags, listRulesFlags, removeRulesFlags } from "./flags.ts"

const addCommand = Command.make(
  "add",
  addRulesFlags,
  lazy(async () => (await import("./change.ts")).add)
).pipe(
  Command.withDescription("Add rules: requests that match one count nowhere"),
  Command.withExamples([
    { command: "chaussettes ignore add health monitors", description: "Ignore health checks and monitoring probes" },
    {
      command: "chaussettes ignore add 'path=/internal/* client=10.0.0.0/8'",
      description: "Ignore what your own machines request below /internal/"
    }
  ])
)

const removeCommand = Command.make(
  "remove",
  removeRulesFlags,
  lazy(async () => (await import("./change.ts")).remove)
).pipe(
  Command.withDescription("Remove rules: requests that they matched count again from now on"),
  Command.withExamples([{ command: "chaussettes ignore remove health", description: "Undo `add health`" }])
)

const listCommand = Command.make(
  "list",
  listRulesFlags,
  lazy(async () => (await import("./list.ts")).list)
).pipe(Command.withDescription("List the rules in force, one per line, since when, and what is refused"))

export const ignoreCommand = Command.make("ignore").pipe(
  Command.withDescription(
    "Set rules for traffic that counts nowhere, such as health checks; the detector applies them without a restart"
  ),
  Command.withSubcommands([addCommand, listCommand, removeCommand])
)
