import { incidentsOf, orderOf } from "@chaussettes/domain"
import {
  Alerts,
  DetectorState,
  detectorConsumer,
  LogsReader,
  RulesStore,
  ThresholdsStore,
  Windows
} from "@chaussettes/jetstream"
import { Clock, Effect, Fiber, Stream } from "effect"
import { statusOf } from "../status/status.ts"

const hourMs = 3_600_000
/** An hour of 10-s windows, each of them revised three times; of shorter windows less than an hour is summed up. */
const mostRecords = 1_440
const mostAlerts = 5_000

/** From where on WINDOWS tells of the last hour of the log's own time; undefined where nothing is decided. */
const hourBegins = (windows: Windows["Service"]) =>
  Effect.gen(function* () {
    const newest = yield* windows.latest
    const first = newest && (yield* windows.firstFrom(orderOf(newest.record).endMs - hourMs))
    return first?.seq
  })

/** What stands in the bucket of the rules; a server that has none yet is none that cannot be used. */
export const standingRules = Effect.flatMap(RulesStore, (store) => Effect.orElseSucceed(store.current, () => []))

/** What only helps is not waited for longer. */
const strayWaitMs = 2_000

/** Keys that nothing reads in the buckets that people write to; who may not ask for them sees none. */
export const strayKeys = Effect.gen(function* () {
  const stores = { seuils: yield* ThresholdsStore, rules: yield* RulesStore }
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
  const windows = yield* Windows
  const alerts = yield* Alerts
  const detector = yield* DetectorState
  const reader = yield* LogsReader
  // Answers are waited for while the rest is read.
  const answering = yield* Effect.forkChild(detector.askReady)
  const logs = yield* reader.state
  const checkpoint = yield* detector.readCheckpoint
  const lease = yield* detector.readLease
  const thresholds = yield* (yield* ThresholdsStore).current
  const rules = yield* standingRules
  const unknownKeys = yield* strayKeys
  const windowSeqs = yield* windows.bounds
  const alertSeqs = yield* alerts.bounds
  const hour = yield* hourBegins(windows)
  const recent = yield* windows.read(Math.max(hour ?? windowSeqs.firstSeq, windowSeqs.lastSeq - mostRecords + 1)).pipe(
    Stream.map(({ record }) => record),
    Stream.runCollect
  )
  const endMs = recent.length === 0 ? 0 : orderOf(recent[recent.length - 1]!).endMs
  const last = yield* alerts.read(Math.max(alertSeqs.firstSeq, alertSeqs.lastSeq - mostAlerts + 1)).pipe(
    Stream.map(({ alert }) => alert),
    Stream.runCollect
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
    thresholds,
    rules,
    unknownKeys,
    recent,
    oldestMs: null,
    incidents: incidentsOf(last, endMs)
  })
})
