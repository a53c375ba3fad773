import { defaultSettings } from "@chaussettes/domain"
import {
  asSpan,
  detectionFlags,
  formatSpan,
  jsonFlag,
  natsFlags,
  operationsFlags,
  serviceTimeFlags
} from "@chaussettes/service"
import { Config } from "effect"
import { type Command, Flag } from "effect/cli"
import { foldFlag } from "../fold/flag.ts"

/** A detector that dies is followed by another one after so long at most. */
const leaseMs = 3_000

export const detectFlags = {
  nats: natsFlags,
  ...detectionFlags({ allowedLatenessMs: defaultSettings.allowedLatenessMs }),
  ...serviceTimeFlags,
  untilCaughtUp: Flag.Boolean("until-caught-up").pipe(
    Flag.withDescription("Decide everything that LOGS holds now, then exit"),
    Flag.withDefault(false)
  ),
  leaseMs: Flag.String("lease").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription("Let a standby detector take over from a leader that has been silent for this long"),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_LEASE")),
    Flag.withDefault(formatSpan(leaseMs)),
    asSpan(300, 60_000)
  ),
  fold: foldFlag,
  operations: operationsFlags,
  json: jsonFlag.pipe(Flag.withDescription("With --until-caught-up: print the result as JSON"))
} as const

export type DetectInput = Command.Command.Config.Infer<typeof detectFlags>
