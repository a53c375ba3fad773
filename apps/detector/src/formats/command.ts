import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { listFormatsFlags, setFormatFlags, unsetFormatFlags } from "./flags.ts"

const setCommand = Command.make(
  "set",
  setFormatFlags,
  lazy(async () => (await import("./change.ts")).set)
).pipe(
  Command.withDescription("Declare what format the lines of a source have, in place of what they show"),
  Command.withExamples([
    { command: "chaussettes formats set web1 combined", description: "Nothing else is tried for web1's lines" },
    {
      command: "chaussettes formats set iis '#Fields: date time c-ip cs-method cs-uri-stem sc-status'",
      description: "Lines whose columns are named elsewhere"
    }
  ])
)

const unsetCommand = Command.make(
  "unset",
  unsetFormatFlags,
  lazy(async () => (await import("./change.ts")).unset)
).pipe(Command.withDescription("Let the lines of a source show their format again"))

const listCommand = Command.make(
  "list",
  listFormatsFlags,
  lazy(async () => (await import("./change.ts")).list)
).pipe(Command.withDescription("The formats that are declared, one source a line"))

export const formatsCommand = Command.make("formats").pipe(
  Command.withDescription("Formats declared by source; the detector follows them without a restart"),
  Command.withSubcommands([setCommand, listCommand, unsetCommand])
)
