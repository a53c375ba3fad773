import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { replayFlags } from "./flags.ts"

export const replayCommand = Command.make(
  "replay",
  replayFlags,
  lazy(async () => (await import("./run.ts")).runReplay)
).pipe(
  Command.withDescription(
    "Send real access logs into LOGS: many lines a message, in order, acknowledged. Exits 1 if the detector cannot use most of them."
  ),
  Command.withShortDescription("Real access logs into LOGS"),
  Command.withExamples([
    { command: "chaussettes replay access.log*", description: "rotated files, put in the order of their times" },
    { command: "tail -F access.log | chaussettes replay -", description: "what a web server writes, as it writes it" },
    { command: "chaussettes replay --resume access.log", description: "go on after an interruption" },
    { command: "chaussettes replay --rebase now access.log", description: "old lines as if they were of now" }
  ])
)
