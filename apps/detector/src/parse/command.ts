import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { parseFlags } from "./flags.ts"

export const parseCommand = Command.make(
  "parse",
  parseFlags,
  lazy(async () => (await import("./run.ts")).parse)
).pipe(
  Command.withDescription(
    "Which lines of log files parse, as which format and with which fields, why others do not, and what to do next. Exits 1 if most do not."
  ),
  Command.withShortDescription("Which lines parse, and why others do not"),
  Command.withExamples([
    { command: "chaussettes parse access.log", description: "Before a log is replayed" },
    { command: "chaussettes parse access.log* --examples 20", description: "More lines a reason" }
  ])
)
