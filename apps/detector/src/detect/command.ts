import { defaultSettings } from "@chaussettes/domain"
import {
  asForm,
  detectionFlags,
  formatSpan,
  jsonFlag,
  natsFlags,
  operationsFlags,
  parseSpanMs,
  serviceTimeFlags,
  spanExpected
} from "@chaussettes/service"
import { Config, Effect } from "effect"
import { Command, Flag } from "effect/cli"

/** A detector that dies is followed by another one after so long at most. */
const leaseMs = 3_000

export const detectCommand = Command.make(
  "detect",
  {
    nats: natsFlags,
    ...detectionFlags({ allowedLatenessMs: defaultSettings.allowedLatenessMs }),
    ...serviceTimeFlags,
    untilCaughtUp: Flag.Boolean("until-caught-up").pipe(
      Flag.withDescription("Decide all that LOGS holds now, then end"),
      Flag.withDefault(false)
    ),
    leaseMs: Flag.String("lease").pipe(
      Flag.withMetavar("span"),
      Flag.withDescription("How long a detector that leads may be silent before another one takes over"),
      Flag.withFallbackConfig(Config.String("CHAUSSETTES_LEASE")),
      Flag.withDefault(formatSpan(leaseMs)),
      asForm((text) => {
        const ms = parseSpanMs(text)
        return ms !== undefined && ms >= 300 && ms <= 60_000 ? ms : undefined
      }, `${spanExpected}, between 300ms and 1m`)
    ),
    fold: Flag.Literals("fold", ["auto", "thread", "inline"]).pipe(
      Flag.withDescription("Fold lines in a thread of its own (auto: where there is a second core)"),
      Flag.withFallbackConfig(Config.Literals(["auto", "thread", "inline"], "CHAUSSETTES_FOLD")),
      Flag.withDefault("auto")
    ),
    operations: operationsFlags,
    json: jsonFlag.pipe(Flag.withDescription("With --until-caught-up: print what was done as JSON"))
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./detect.ts")),
      ({ detect }) => detect(input)
    )
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
