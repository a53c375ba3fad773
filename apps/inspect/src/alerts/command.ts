import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { alertsFlags } from "./flags.ts"

export const alertsCommand = Command.make(
  "alerts",
  alertsFlags,
  lazy(async () => (await import("./run.ts")).alerts)
).pipe(
  Command.withDescription("The newest alerts, filtered, and with --follow each new one"),
  Command.withExamples([
    { command: "chaussettes alerts --follow --severity high", description: "Each serious alert as it is raised" },
    { command: "chaussettes alerts --since 2h --dimension ip --json", description: "JSON lines for another program" }
  ])
)
