import { defaultSettings } from "@chaussettes/domain"
import { Config } from "effect"
import { type Command, Flag } from "effect/cli"
import { asGivenFlag } from "./as-given.ts"
import { jsonFlag } from "./common.ts"
import { detectionFlags } from "./detection.ts"
import { givenErrorsFlag } from "./errors.ts"
import { natsFlags } from "./nats.ts"
import { asForm, parseSpanMs, spanExpected } from "./values.ts"

/** How a history is read, from files or from LOGS. */
export const historyFlags = {
  nats: natsFlags,
  asGiven: asGivenFlag,
  ...detectionFlags({ allowedLatenessMs: defaultSettings.allowedLatenessMs }),
  errors: givenErrorsFlag,
  allowedLatenessMs: Flag.String("allowed-lateness").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription("Keep a window open this long for late lines (default: the detector's; 1h for files)"),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_ALLOWED_LATENESS")),
    // The detector's setting stands in the same variable: what it learns is nothing that is known here.
    asForm((text) => (text === "auto" ? text : parseSpanMs(text)), spanExpected),
    Flag.optional
  ),
  json: jsonFlag
} as const

export type HistoryFlagValues = Command.Command.Config.Infer<typeof historyFlags>
