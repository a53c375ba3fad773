import {
  type DetectionSettings,
  defaultErrors,
  defaultSettings,
  dimensionsIn,
  errorsOf,
  type IncidentWatcher,
  type LogBatch,
  mapDimensions,
  type PerDimension,
  type Rules,
  type WindowObserver,
  type WindowWatcher
} from "@chaussettes/domain"
import { LogsReader, type RulesStore, type StoreError, Windows } from "@chaussettes/jetstream"
import { logsStream } from "@chaussettes/jetstream/topology"
import {
  inputReport,
  type LineChunk,
  progress,
  readLogFile,
  settingsOf,
  sizeOf,
  toUserFailure,
  type UserFailure
} from "@chaussettes/service"
import type { OrderedFiles } from "@chaussettes/service/log-order"
import { badRulesWords, newestRules, withRules } from "@chaussettes/service/rules-in-force"
import { Clock, Effect, Option, Stream } from "effect"
import type { Command } from "effect/cli"
import { detectionFor } from "./detection-for.ts"
import type { sourceFlags } from "./flags.ts"

export type SourceFlagValues = Command.Command.Config.Infer<typeof sourceFlags>

/** A file is read in its own order, so a line may be much older than the one before it; so `analyze` does. */
const fileLatenessMs = 3_600_000

/** Without `errors` where nobody says which statuses count: files are read by the default, LOGS by what the detector counts. */
export const settingsFor = (flags: SourceFlagValues): DetectionSettings => ({
  ...settingsOf({
    ...flags,
    errors: defaultErrors,
    allowedLatenessMs: Option.getOrElse(
      Option.filter(flags.allowedLatenessMs, (ms) => ms !== "auto"),
      () => (flags.from.length > 0 ? fileLatenessMs : defaultSettings.allowedLatenessMs)
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

/** Folds files, one behind the other as one log. The report is what has to be said of them first. */
export const replayFiles = Effect.fn("replayFiles")(function* (
  { names, words }: OrderedFiles,
  settings: DetectionSettings,
  observer: WindowObserver,
  watcher?: WindowWatcher
) {
  const bar = yield* progress({ what: "Reading", unit: "bytes", total: sizeOf(names) })
  const detection = detectionFor(settings, observer, watcher)
  yield* Effect.tryPromise({
    try: async () => {
      let line = 1
      let before = 0
      for (const file of names) {
        let chunk: LineChunk | undefined
        detection.beginFile()
        for await (chunk of readLogFile(file)) {
          line += detection.ingestLines(chunk.bytes, chunk.start, chunk.end, line)
          bar.at(before + chunk.bytesRead)
        }
        before += chunk?.bytesRead ?? 0
      }
      detection.endOfFile()
    },
    catch: toUserFailure
  })
  const { counts, rejectedBy } = detection
  const outcomes = { lines: counts.lines, late: counts.late, rejected: rejectedBy }
  return { counts, report: inputReport(outcomes, { ...words, lateness: "--allowed-lateness" }) }
}, Effect.scoped)

/** How a replay of LOGS shares the machine: a service takes at most about half of one core and little memory. */
export type Pace = "full" | "gentle"

const gentleBytes = 1024 * 1024

/**
 * What LOGS holds from its first message to the last one now. Answers how it is read: batch by batch, each taken before the next one is.
 */
export const history = Effect.fn("history")(function* (pace: Pace) {
  const reader = yield* LogsReader
  const { firstSeq, lastSeq } = yield* reader.state
  return <E>(take: (batch: LogBatch) => Effect.Effect<void, E>): Effect.Effect<void, E | StoreError> =>
    Effect.scoped(
      Effect.gen(function* () {
        if (lastSeq < firstSeq) return
        const total = lastSeq - firstSeq + 1
        const bar = yield* progress({ what: `Replaying ${logsStream}`, unit: "messages", total })
        const maxBytes = pace === "gentle" ? { maxBytes: gentleBytes } : {}
        yield* reader.read({ fromSeq: firstSeq, throughSeq: lastSeq, ...maxBytes }).pipe(
          Stream.filter(({ batch }) => batch.messages > 0),
          Stream.runForEach(({ batch }) =>
            Effect.gen(function* () {
              const readSeq = batch.seqs[batch.messages - 1]!
              const startedMs = yield* Clock.currentTimeMillis
              yield* take(batch)
              bar.at(readSeq - firstSeq + 1)
              const tookMs = (yield* Clock.currentTimeMillis) - startedMs
              if (pace === "gentle" && tookMs > 0) yield* Effect.sleep(tookMs)
              else yield* Effect.yieldNow
            })
          )
        )
      })
    )
})

/** Folds LOGS. */
export const replayLogs = Effect.fn("replayLogs")(function* (
  settings: DetectionSettings,
  observer: WindowObserver,
  incidents?: IncidentWatcher
) {
  const detection = detectionFor(settings, observer, incidents)
  yield* (yield* history("full"))((batch) =>
    Effect.sync(() => {
      detection.ingest(batch)
      // Only the model is wanted.
      incidents?.take()
    })
  )
  // What is open at the end has all its lines; nobody waits for more of them here.
  detection.endOfLogs()
  return detection.counts
}, Effect.mapError(toUserFailure))
