import { type Alert, orderOf, type WindowRecord } from "@chaussettes/domain"
import {
  AlertsLog,
  DetectorState,
  LogsReader,
  readAlert,
  readWindowRecord,
  SeuilsStore,
  WindowsLog
} from "@chaussettes/jetstream"
import { Clock, Effect, Fiber, Result, Stream } from "effect"
import { incidentsOf } from "../incidents.ts"
import { highestRead, statusOf } from "../status.ts"

/** An hour of 10-s windows; of shorter windows less than an hour is summed up. */
const records = 360
const alerts = 5_000

/** When the first message behind what was read was stored; null where there is none. */
export const oldestUnread = (
  reader: LogsReader["Service"],
  logs: { readonly firstSeq: number; readonly lastSeq: number },
  readSeq: number
) => {
  const next = Math.max(readSeq + 1, logs.firstSeq)
  return next > logs.lastSeq
    ? Effect.succeed(null)
    : Effect.map(reader.get(next), (message) => message?.storedMs ?? null)
}

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
  const windowSeqs = yield* windowsLog.bounds
  const alertSeqs = yield* alertsLog.bounds
  const recent: Array<WindowRecord> = []
  yield* Stream.runForEach(
    windowsLog.readFrom(Math.max(windowSeqs.firstSeq, windowSeqs.lastSeq - records + 1)),
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
    oldestUnreadMs: yield* oldestUnread(reader, logs, highestRead(known, recent.at(-1))),
    nowMs: yield* Clock.currentTimeMillis,
    logs,
    unreachable: null,
    checkpoint: known,
    lease: lease ?? null,
    answers: yield* Fiber.join(answering),
    seuils,
    recent,
    incidents: incidentsOf(last, endMs)
  })
})
