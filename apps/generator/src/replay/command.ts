import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { replayFlags } from "./flags.ts"

export const replayCommand = Command.make(
  "replay",
  replayFlags,
  lazy(async () => (await import("./run.ts")).runReplay)
).pipe(
  Command.withDescription(
    "Send existing access logs to LOGS, in order and acknowledged. Exits 1 if the detector cannot use most of the lines."
  ),
  Command.withShortDescription("Send existing access logs to LOGS"),
  Command.withExamples([
    { command: "chaussettes replay access.log*", description: "Send rotated files in the order of their times" },
    { command: "tail -F access.log | chaussettes replay -", description: "Send lines as a web server writes them" },
    { command: "chaussettes replay --resume access.log", description: "Resume after an interruption" },
    { command: "chaussettes replay --rebase now access.log", description: "Send old lines with present times" }
  ])
)
