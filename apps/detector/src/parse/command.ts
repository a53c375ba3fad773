import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { parseFlags } from "./flags.ts"

export const parseCommand = Command.make(
  "parse",
  parseFlags,
  lazy(async () => (await import("./run.ts")).parse)
).pipe(
  Command.withDescription(
    "Report which lines of log files parse, in which format and with which fields, why the others do not, and what to do. Exits 1 if most do not parse."
  ),
  Command.withShortDescription("Report which lines parse, and why others do not"),
  Command.withExamples([
    { command: "chaussettes parse access.log", description: "Check a log before you replay it" },
    { command: "chaussettes parse access.log* --examples 20", description: "Show more lines for each reason" }
  ])
)
