import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { detectFlags } from "./flags.ts"

export const detectCommand = Command.make(
  "detect",
  detectFlags,
  lazy(async () => (await import("./run.ts")).detect)
).pipe(
  Command.withDescription("Run the detector: read LOGS, decide windows, and write WINDOWS and ALERTS"),
  Command.withExamples([
    { command: "chaussettes detect", description: "Run until stopped" },
    {
      command: "chaussettes detect --until-caught-up --allowed-lateness 60s",
      description: "Decide what LOGS holds, then exit"
    }
  ])
)
