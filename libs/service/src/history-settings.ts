import {
  type DetectionSettings,
  defaultErrors,
  defaultSettings,
  dimensionsIn,
  errorsOf,
  mapDimensions,
  type PerDimension,
  type Rules
} from "@chaussettes/domain"
import { type RulesStore, Windows } from "@chaussettes/jetstream"
import { Effect, Option } from "effect"
import { toUserFailure, type UserFailure } from "./failure.ts"
import { settingsOf } from "./flags/detection.ts"
import type { HistoryFlagValues } from "./flags/history.ts"
import { badRulesWords, newestRules, withRules } from "./rules-in-force.ts"

/** With what settings a history is read, from files or from LOGS. */

/** A file is read in its own order, so a line may be much older than the one before it; so `analyze` does. */
const fileLatenessMs = 3_600_000

/** Without `errors` where nobody says which statuses count: files are read by the default, LOGS by what the detector counts. */
export const settingsFor = (flags: HistoryFlagValues, fromFiles: boolean): DetectionSettings => ({
  ...settingsOf({
    ...flags,
    errors: defaultErrors,
    allowedLatenessMs: Option.getOrElse(
      Option.filter(flags.allowedLatenessMs, (ms) => ms !== "auto"),
      () => (fromFiles ? fileLatenessMs : defaultSettings.allowedLatenessMs)
    )
  }),
  errors: Option.getOrUndefined(
    Option.map(flags.errors, (errors) => mapDimensions((d) => errorsOf(errors, d), flags.dimensions))
  )
})

const errorsText = (errors: PerDimension<string>): string =>
  dimensionsIn(errors)
    .map((d) => `${d}=${errors[d]}`)
    .join(",")

/** What the detector counts, by its newest record; undefined where it has decided nothing. */
const detectorsRules = Effect.map(
  Effect.flatMap(Windows, ({ latest }) => latest),
  (newest) => newest?.record.rules
)

/** Also for the dimensions that the detector judges: what it judges by is to be learnt. */
const withDimensions = (settings: DetectionSettings, rules: Rules | undefined): DetectionSettings => {
  if (rules === undefined) return settings
  const leastRequests = { ...rules.least_requests, ...settings.leastRequests }
  const on = dimensionsIn(leastRequests)
  const { errors } = settings
  return {
    ...settings,
    leastRequests: mapDimensions((d) => leastRequests[d]!, on),
    errors: errors && mapDimensions((d) => errorsOf(errors, d), on)
  }
}

/**
 * Thresholds are right only for the errors that they were learnt from, so the detector's definition holds. One that is given holds, too, for a
 * detector that is to be started with it; that it is another one is said.
 */
const asDetected = (asked: DetectionSettings, say: (words: string) => Effect.Effect<void>) =>
  Effect.gen(function* () {
    const rules = yield* detectorsRules
    const settings = withDimensions(asked, rules)
    const detectors = rules && (rules.errors ?? defaultErrors)
    const { errors } = settings
    if (errors === undefined) return { ...settings, errors: detectors ?? defaultErrors }
    if (detectors !== undefined && errorsText(detectors) !== errorsText(errors)) {
      yield* say(
        `The thresholds are for ${errorsText(errors)}, but the detector counts ${errorsText(detectors)} as errors: give detect the same --errors, or leave it out here.`
      )
    }
    return settings
  })

/**
 * The settings for a replay of LOGS: dimensions and what counts as an error are what the detector counts, and the rules for ignored traffic that are in force now hold for the whole of the history, because the thresholds are
 * for traffic that is still to come, and that is counted by these rules.
 */
export const settingsNow = (
  settings: DetectionSettings,
  say: (words: string) => Effect.Effect<void>
): Effect.Effect<DetectionSettings, UserFailure, RulesStore | Windows> =>
  newestRules.pipe(
    Effect.tap(({ bad }) => (bad === undefined ? Effect.void : say(badRulesWords(bad)))),
    Effect.flatMap(({ rules }) => asDetected(withRules(settings, rules), say)),
    Effect.mapError(toUserFailure)
  )
