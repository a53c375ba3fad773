import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { detectFlags } from "./flags.ts"

export const detectCommand = Command.make(
  "detect",
  detectFlags,
  lazy(async () => (await import("./run.ts")).detect)
).pipe(
  Command.withDescription("The service: reads LOGS, decides windows, writes WINDOWS and ALERTS"),
  Command.withExamples([
    { command: "chaussettes detect", description: "Run until it is told to stop" },
    {
      command: "chaussettes detect --until-caught-up --allowed-lateness 60s",
      description: "Decide what LOGS holds, then end"
    }
  ])
)
