import { asForm, operationsFlags, parseSpanMs, spanExpected } from "@chaussettes/service"
import { Config, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { methodFlag, mostUnexplainedFlag, sourceFlags, targetFlag } from "./flags.ts"
import { historyCommand } from "./history/command.ts"
import { setCommand, unsetCommand } from "./set/command.ts"
import { whatIfCommand } from "./what-if/command.ts"

export const thresholdsCommand = Command.make(
  "thresholds",
  {
    ...sourceFlags,
    method: methodFlag.pipe(Flag.withDefault("calibrated" as const)),
    target: targetFlag,
    mostUnexplained: mostUnexplainedFlag,
    everyMs: Flag.String("every").pipe(
      Flag.withMetavar("span"),
      Flag.withDescription("Run as a service: compute now and then each time after so long, publish what has changed"),
      Flag.withFallbackConfig(Config.String("CHAUSSETTES_EVERY")),
      asForm((text) => {
        const ms = parseSpanMs(text)
        return ms !== undefined && ms >= 1_000 ? ms : undefined
      }, `${spanExpected}, at least 1s`),
      Flag.optional
    ),
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withDescription("Compute and tell, publish nothing"),
      Flag.withDefault(false)
    ),
    out: Flag.String("out").pipe(
      Flag.withMetavar("file"),
      Flag.withDescription("With --from: write the thresholds to this file"),
      Flag.optional
    ),
    operations: operationsFlags
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./compute/run.ts")),
      ({ thresholds }) => thresholds(input)
    )
).pipe(
  Command.withDescription("Learns the thresholds from the whole of LOGS, checks them, and publishes them"),
  Command.withSubcommands([setCommand, unsetCommand, whatIfCommand, historyCommand]),
  Command.withExamples([
    { command: "chaussettes thresholds", description: "Compute once and publish" },
    { command: "chaussettes thresholds --every 1h", description: "The service" },
    {
      command: "chaussettes thresholds --from access.log --out seuils.json",
      description: "From files, without a server"
    },
    { command: "chaussettes thresholds set ip 0.4", description: "By hand" },
    { command: "chaussettes thresholds what-if --ip 0.4", description: "What would have alerted with that" }
  ])
)
