import { type Alert, orderOf, type WindowRecord } from "@chaussettes/domain"
import {
  AlertsLog,
  DetectorState,
  detectorConsumer,
  findWindow,
  LogsReader,
  newestRecord,
  RulesStore,
  readAlert,
  readWindowRecord,
  SeuilsStore,
  WindowsLog
} from "@chaussettes/jetstream"
import { Clock, Effect, Fiber, Result, Stream } from "effect"
import { incidentsOf } from "../incidents.ts"
import { statusOf } from "../status.ts"

const hourMs = 3_600_000
/** An hour of 10-s windows, each of them revised three times; of shorter windows less than an hour is summed up. */
const records = 1_440
const alerts = 5_000

/** From where on WINDOWS tells of the last hour of the log's own time; undefined where that cannot be found. */
const hourBegins = (windows: WindowsLog["Service"]) =>
  Effect.gen(function* () {
    const newest = yield* newestRecord(windows)
    const first = newest && (yield* findWindow(windows, orderOf(newest.record).endMs - hourMs))
    return first?.seq
  }).pipe(Effect.catchTag("Unreadable", () => Effect.succeed(undefined)))

/** What stands in the bucket of the rules; a server that has none yet is none that cannot be used. */
export const standingRules = Effect.flatMap(RulesStore, (store) => Effect.orElseSucceed(store.current, () => []))

/** What only helps is not waited for longer. */
const strayWaitMs = 2_000

/** Keys that nothing reads in the buckets that people write to; who may not ask for them sees none. */
export const strayKeys = Effect.gen(function* () {
  const stores = { seuils: yield* SeuilsStore, rules: yield* RulesStore }
  const found = yield* Effect.forEach(
    ["seuils", "rules"] as const,
    (bucket) =>
      Effect.map(
        Effect.orElseSucceed(Effect.timeout(stores[bucket].unknownKeys, strayWaitMs), () => []),
        (keys) => keys.map((key) => ({ bucket, key }))
      ),
    { concurrency: 2 }
  )
  return found.flat()
})

/** The state of all parts, read once: what the page's feed holds all the time. */
export const readStatus = Effect.gen(function* () {
  const windowsLog = yield* WindowsLog
  const alertsLog = yield* AlertsLog
  const detector = yield* DetectorState
  const reader = yield* LogsReader
  // Answers are waited for while the rest is read.
  const answering = yield* Effect.forkChild(detector.askReady)
  const logs = yield* reader.state
  const checkpoint = yield* detector.readCheckpoint
  const lease = yield* detector.readLease
  const seuils = yield* (yield* SeuilsStore).current
  const rules = yield* standingRules
  const unknownKeys = yield* strayKeys
  const windowSeqs = yield* windowsLog.bounds
  const alertSeqs = yield* alertsLog.bounds
  const hour = yield* hourBegins(windowsLog)
  const recent: Array<WindowRecord> = []
  yield* Stream.runForEach(
    windowsLog.readFrom(Math.max(hour ?? windowSeqs.firstSeq, windowSeqs.lastSeq - records + 1)),
    (entry) =>
      Effect.sync(() => {
        const record = readWindowRecord(entry)
        if (Result.isSuccess(record)) recent.push(record.success)
      })
  )
  const endMs = recent.length === 0 ? 0 : orderOf(recent[recent.length - 1]!).endMs
  const last: Array<Alert> = []
  yield* Stream.runForEach(alertsLog.readFrom(Math.max(alertSeqs.firstSeq, alertSeqs.lastSeq - alerts + 1)), (entry) =>
    Effect.sync(() => {
      const alert = readAlert(entry)
      if (Result.isSuccess(alert)) last.push(alert.success)
    })
  )
  const known = checkpoint._tag === "Found" ? checkpoint.checkpoint : null
  return statusOf({
    waitedBefore: null,
    waiting: (yield* reader.waiting(detectorConsumer)) ?? null,
    tally: (yield* detector.readTally) ?? null,
    nowMs: yield* Clock.currentTimeMillis,
    logs,
    unreachable: null,
    checkpoint: known,
    lease: lease ?? null,
    answers: yield* Fiber.join(answering),
    seuils,
    rules,
    unknownKeys,
    recent,
    oldestMs: null,
    incidents: incidentsOf(last, endMs)
  })
})
