import { asSpan, incidentBudgetFlag, operationsFlags } from "@chaussettes/service"
import { Config } from "effect"
import { type Command, Flag } from "effect/cli"
import { methodFlag, mostUnexplainedFlag, sourceFlags, targetFlag } from "../flags.ts"

export const thresholdsFlags = {
  ...sourceFlags,
  method: methodFlag.pipe(Flag.withDefault("calibrated" as const)),
  target: targetFlag,
  mostUnexplained: mostUnexplainedFlag,
  everyMs: Flag.String("every").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription(
      "Run as a service: compute now and at this interval, and publish what has changed (default: compute once)"
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_EVERY")),
    asSpan(1_000),
    Flag.optional
  ),
  dryRun: Flag.Boolean("dry-run").pipe(
    Flag.withDescription("Compute and print, but publish nothing"),
    Flag.withDefault(false)
  ),
  out: Flag.String("out").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("With --from: write the thresholds, and what incidents are judged by, to this file"),
    Flag.optional
  ),
  budget: incidentBudgetFlag,
  operations: operationsFlags
} as const

export type ThresholdsInput = Command.Command.Config.Infer<typeof thresholdsFlags>
