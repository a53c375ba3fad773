import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { whatIfFlags } from "./flags.ts"

export const whatIfCommand = Command.make(
  "what-if",
  whatIfFlags,
  lazy(async () => (await import("./run.ts")).whatIf)
).pipe(
  Command.withDescription(
    "Compare the alerts that other thresholds would have raised over the history with those in force. Writes nothing."
  ),
  Command.withExamples([
    { command: "chaussettes thresholds what-if --ip 0.4", description: "Try another threshold for IPs" },
    { command: "chaussettes thresholds what-if --method calibrated --target 0.5%", description: "Try another method" }
  ])
)
