import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { historyFlags } from "./flags.ts"

export const historyCommand = Command.make(
  "history",
  historyFlags,
  lazy(async () => (await import("./run.ts")).history)
).pipe(
  Command.withDescription("Every threshold that was ever in force: by whom, when, and how much it alerted"),
  Command.withExamples([
    { command: "chaussettes thresholds history", description: "The list" },
    { command: "chaussettes thresholds history --back-to 12", description: "As it was at revision 12" }
  ])
)
