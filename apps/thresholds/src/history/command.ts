import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { historyFlags } from "./flags.ts"

export const historyCommand = Command.make(
  "history",
  historyFlags,
  lazy(async () => (await import("./run.ts")).history)
).pipe(
  Command.withDescription("List every threshold that has been in force: who set it, when, and how often it alerted"),
  Command.withExamples([
    { command: "chaussettes thresholds history", description: "List all" },
    { command: "chaussettes thresholds history --back-to 12", description: "Restore revision 12" }
  ])
)
