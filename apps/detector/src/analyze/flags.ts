import { asGivenFlag, detectionFlags, givenIncidentBudgetFlag, jsonFlag } from "@chaussettes/service"
import { Argument, type Command, Flag } from "effect/cli"

export const analyzeFlags = {
  files: Argument.String("file").pipe(
    Argument.withDescription(
      "Log files, plain or compressed (gzip, zstd, bzip2, xz), read in the order of their times; - is standard input"
    ),
    Argument.variadic({ min: 1 })
  ),
  ...detectionFlags({ allowedLatenessMs: 3_600_000 }),
  thresholds: Flag.String("seuils").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription('Use the thresholds in this JSON file: {"global": 0.1, "ip": 0.3, "url": 0.5}'),
    Flag.optional
  ),
  incidents: Flag.Boolean("incidents").pipe(
    Flag.withDescription(
      "Print incidents instead of alerts: what was worth waking up for, by its cause. Judge by the model that --seuils holds, or by what the files teach up to each window"
    ),
    Flag.withDefault(false)
  ),
  budget: givenIncidentBudgetFlag,
  asGiven: asGivenFlag,
  json: jsonFlag.pipe(Flag.withDescription("Also print the summary as JSON, as the last line on standard output"))
} as const

export type AnalyzeInput = Command.Command.Config.Infer<typeof analyzeFlags>
