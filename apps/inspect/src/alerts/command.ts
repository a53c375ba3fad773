import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { alertsFlags } from "./flags.ts"

export const alertsCommand = Command.make(
  "alerts",
  alertsFlags,
  lazy(async () => (await import("./run.ts")).alerts)
).pipe(
  Command.withDescription("Print the newest alerts, optionally filtered, and each new one with --follow"),
  Command.withExamples([
    {
      command: "chaussettes alerts --follow --severity high",
      description: "Print each alert of high severity as it is raised"
    },
    {
      command: "chaussettes alerts --since 2h --dimension ip --json",
      description: "Print JSON lines for another program"
    }
  ])
)
