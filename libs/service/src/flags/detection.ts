import {
  type DetectionSettings,
  defaultSettings,
  errorsOf,
  everyKeyDimension,
  limits,
  mapDimensions,
  messagesIn
} from "@chaussettes/domain"
import { Config, Option } from "effect"
import type { Command } from "effect/cli"
import { Flag } from "effect/cli"
import { dimensionsFlag } from "./dimensions.ts"
import { errorsFlag } from "./errors.ts"
import { readingFlags, readingOf } from "./reading.ts"
import { parseSourceOffsets } from "./source-offsets.ts"
import { asForm, asSpan, formatSpan, parseSpanMs, spanExpected, within } from "./values.ts"

/** The flags that shape windows and verdicts, the same for `detect` and `analyze`. */

const span = (name: string, variable: string, description: string, defaultMs: number, leastMs: number) =>
  Flag.String(name).pipe(
    Flag.withMetavar("span"),
    Flag.withDescription(description),
    Flag.withFallbackConfig(Config.String(variable)),
    Flag.withDefault(formatSpan(defaultMs)),
    asSpan(leastMs)
  )

const whole = (name: string, variable: string, description: string, byDefault: number, least: number, most: number) =>
  Flag.Int(name).pipe(
    Flag.withDescription(description),
    Flag.withFallbackConfig(Config.Int(variable)),
    Flag.withDefault(byDefault),
    within(least, most)
  )

const latenessOf = (text: string): number | "auto" | undefined => (text === "auto" ? text : parseSpanMs(text))

export const languageFlag = Flag.Literals("language", ["en", "fr"]).pipe(
  Flag.withDescription("Write messages in this language"),
  Flag.withFallbackConfig(Config.Literals(["en", "fr"], "CHAUSSETTES_LANGUAGE")),
  Flag.withDefault(defaultSettings.language)
)

const budget = Flag.Finite("incident-budget").pipe(
  Flag.withMetavar("number"),
  Flag.withDescription("Allow this many false incidents a week, over all keys together"),
  Flag.filter(
    (n) => n > 0 && n <= 1_000,
    () => "a number above 0, up to 1000"
  )
)

export const defaultIncidentBudget = 1
export const incidentBudgetFlag = budget.pipe(Flag.withDefault(defaultIncidentBudget))
/** Where it matters whether it was given. */
export const givenIncidentBudgetFlag = budget.pipe(
  Flag.withDescription(
    `Allow this many false incidents a week, over all keys together (default ${defaultIncidentBudget})`
  ),
  Flag.optional
)

export const detectionFlags = (defaults: { readonly allowedLatenessMs: number }) => ({
  ...readingFlags,
  windowMs: span(
    "window",
    "CHAUSSETTES_WINDOW",
    "Count requests in windows of this length",
    defaultSettings.windowMs,
    1000
  ),
  allowedLatenessMs: Flag.String("allowed-lateness").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription("Keep a window open this long for late lines, by the lines' own times"),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_ALLOWED_LATENESS")),
    Flag.withDefault(formatSpan(defaults.allowedLatenessMs)),
    // What the detector learns of each source is nothing that a file could teach: there it is the default.
    asForm((text) => (text === "auto" ? defaults.allowedLatenessMs : parseSpanMs(text)), spanExpected)
  ),
  horizonMs: Flag.String("horizon").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription(
      "Decide a window again when lines arrive for it within this time; 0s counts them as late at once"
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_HORIZON")),
    Flag.withDefault(formatSpan(defaultSettings.horizonMs)),
    asSpan(0, limits.longestHorizonMs)
  ),
  urlKey: Flag.Literals("url-key", ["path", "target"]).pipe(
    Flag.withDescription("Count a URL by its path, or by its whole target with the query string"),
    Flag.withFallbackConfig(Config.Literals(["path", "target"], "CHAUSSETTES_URL_KEY")),
    Flag.withDefault(defaultSettings.urlKey)
  ),
  ipv6Prefix: whole(
    "ipv6-prefix",
    "CHAUSSETTES_IPV6_PREFIX",
    "Group IPv6 clients by this many leading bits",
    defaultSettings.ipv6Prefix,
    1,
    128
  ),
  dimensions: dimensionsFlag,
  least: everyKeyDimension(({ name, keyWords, leastRequests }) =>
    whole(
      `least-${name}`,
      `CHAUSSETTES_LEAST_${name.toUpperCase()}`,
      `Judge ${keyWords} only with at least this many requests in a window`,
      leastRequests,
      1,
      1_000_000
    )
  ),
  errors: errorsFlag,
  language: languageFlag
})

/** The flags of time that only a service has. */
export const serviceTimeFlags = {
  allowedLatenessMs: Flag.String("allowed-lateness").pipe(
    Flag.withMetavar("auto|span"),
    Flag.withDescription(
      `Keep a window open this long for late lines, by the lines' own times; auto learns it for each source, from ${formatSpan(limits.leastLatenessMs)} to ${formatSpan(limits.mostLatenessMs)}, starting at ${formatSpan(defaultSettings.allowedLatenessMs)}`
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_ALLOWED_LATENESS")),
    Flag.withDefault("auto"),
    asForm(latenessOf, `auto, or ${spanExpected}`)
  ),
  sourceOffsets: Flag.String("source-offset").pipe(
    Flag.withMetavar("source=span"),
    Flag.withDescription(
      "Correct the times of a source whose clock or time zone is wrong, such as web2=-2h; web2=auto measures the offset. Separate several with commas, or repeat the flag"
    ),
    Flag.atLeast(0),
    Flag.filterMap(
      (texts) => Option.fromUndefinedOr(parseSourceOffsets(texts)),
      () => "a source and what to add to its times, like web2=-2h, web2=1h30m or web2=auto"
    )
  ),
  idleMs: span(
    "idle",
    "CHAUSSETTES_IDLE",
    "Stop waiting for a source that has sent nothing for this long while others could send",
    defaultSettings.idleMs,
    1000
  ),
  maxBehindMs: span(
    "max-behind",
    "CHAUSSETTES_MAX_BEHIND",
    "Stop waiting for a source whose lines are this much older than another's; revisions count them later",
    defaultSettings.maxBehindMs,
    1000
  ),
  maxAheadMs: span(
    "max-ahead",
    "CHAUSSETTES_MAX_AHEAD",
    "Reject a line whose time is this much later than when it was stored",
    defaultSettings.maxAheadMs,
    1000
  )
} as const

type Values<Flags extends Command.Command.Config> = Command.Command.Config.Infer<Flags>

export type DetectionFlagValues = Omit<Values<ReturnType<typeof detectionFlags>>, "allowedLatenessMs"> &
  Pick<Values<typeof serviceTimeFlags>, "allowedLatenessMs">

type TimeFlagValues = Omit<Values<typeof serviceTimeFlags>, "allowedLatenessMs">

export const settingsOf = (flags: DetectionFlagValues & Partial<TimeFlagValues>): DetectionSettings => ({
  windowMs: flags.windowMs,
  allowedLatenessMs: flags.allowedLatenessMs === "auto" ? defaultSettings.allowedLatenessMs : flags.allowedLatenessMs,
  learnsLateness: flags.allowedLatenessMs === "auto",
  horizonMs: flags.horizonMs,
  revisionMs: defaultSettings.revisionMs,
  sourceOffsets: flags.sourceOffsets?.fixed ?? defaultSettings.sourceOffsets,
  idleMs: flags.idleMs ?? defaultSettings.idleMs,
  maxBehindMs: flags.maxBehindMs ?? defaultSettings.maxBehindMs,
  maxAheadMs: flags.maxAheadMs ?? defaultSettings.maxAheadMs,
  urlKey: flags.urlKey,
  ipv6Prefix: flags.ipv6Prefix,
  leastRequests: mapDimensions(
    (dimension) => (dimension === "global" ? defaultSettings.leastRequests.global : flags.least[dimension]),
    flags.dimensions
  ),
  errors: mapDimensions((dimension) => errorsOf(flags.errors, dimension), flags.dimensions),
  ...messagesIn(flags.language),
  reading: readingOf(flags)
})
