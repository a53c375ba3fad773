import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { listFormatsFlags, setFormatFlags, unsetFormatFlags } from "./flags.ts"

const setCommand = Command.make(
  "set",
  setFormatFlags,
  lazy(async () => (await import("./change.ts")).set)
).pipe(
  Command.withDescription("Declare the format of a source's lines instead of detecting it"),
  Command.withExamples([
    { command: "chaussettes formats set web1 combined", description: "Read web1's lines as combined only" },
    {
      command: "chaussettes formats set iis '#Fields: date time c-ip cs-method cs-uri-stem sc-status'",
      description: "Name the columns of lines that come without a header"
    }
  ])
)

const unsetCommand = Command.make(
  "unset",
  unsetFormatFlags,
  lazy(async () => (await import("./change.ts")).unset)
).pipe(Command.withDescription("Detect the format of a source's lines again"))

const listCommand = Command.make(
  "list",
  listFormatsFlags,
  lazy(async () => (await import("./change.ts")).list)
).pipe(Command.withDescription("List the declared formats, one source per line"))

export const formatsCommand = Command.make("formats").pipe(
  Command.withDescription("Declare the format of a source's lines; the detector applies it without a restart"),
  Command.withSubcommands([setCommand, listCommand, unsetCommand])
)
