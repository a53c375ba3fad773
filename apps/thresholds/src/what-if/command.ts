import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { whatIfFlags } from "./flags.ts"

export const whatIfCommand = Command.make(
  "what-if",
  whatIfFlags,
  lazy(async () => (await import("./run.ts")).whatIf)
).pipe(
  Command.withDescription(
    "What would have alerted over the history with other thresholds, beside those in force; writes nothing"
  ),
  Command.withExamples([
    { command: "chaussettes thresholds what-if --ip 0.4", description: "Another threshold for IPs" },
    { command: "chaussettes thresholds what-if --method calibrated --target 0.5%", description: "What that would find" }
  ])
)
