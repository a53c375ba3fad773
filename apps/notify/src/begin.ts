import { orderOf, parseRfc3339, raisedAgainst, rfc3339 } from "@chaussettes/domain"
import {
  AlertsLog,
  alertsOfSpan,
  NotifyPositions,
  newestRecord,
  readAlert,
  readWindowRecord,
  WindowsLog
} from "@chaussettes/jetstream"
import { notifyBucket, windowsStream } from "@chaussettes/jetstream/topology"
import { Effect, Result, Stream } from "effect"
import { type ReceiverPosition, readPosition } from "./position.ts"
import type { Receiver } from "./receiver.ts"
import type { AlertAt, Change, Tracker } from "./tracker.ts"

/* Where a notifier begins: what stands in the bucket, and the open incidents that follow from it. */

export type Place = Pick<ReceiverPosition, "windows_seq" | "decided" | "alerts_seq">

/** A receiver that has never been told anything hears of what is open now, and that may have begun so long before. */
const lookBackMs = 86_400_000

/** Where this receiver was left; undefined where it is new, or its position is of streams that are no more. */
export const currentPosition = (receiver: Receiver) =>
  Effect.gen(function* () {
    const { read } = yield* NotifyPositions
    const windows = yield* WindowsLog
    const text = yield* read(receiver.key)
    if (text === undefined) return undefined
    const position = readPosition(text)
    if (position === undefined) {
      yield* Effect.logWarning(
        `The position of ${receiver.name} in the bucket ${notifyBucket} cannot be read; it is told of what is open now.`
      )
      return undefined
    }
    if (position.windows_seq === 0) return position
    const entry = yield* windows.get(position.windows_seq)
    const record = entry === undefined ? undefined : Result.getOrUndefined(readWindowRecord(entry))
    // Older records than are held were dropped by the limits of the stream: that says nothing against the position.
    const isOlder = entry === undefined && position.windows_seq < (yield* windows.bounds).firstSeq
    const decided = record === undefined ? undefined : rfc3339(orderOf(record).endMs)
    if (isOlder || decided === position.decided) return position
    yield* Effect.logWarning(
      `${windowsStream} is not what it was when ${receiver.name} was told last; it is told of what is open now.`
    )
    return undefined
  })

/** Builds the open incidents again from the alerts that were handled before. */
export const fromPosition = (tracker: Tracker, position: ReceiverPosition) =>
  Effect.gen(function* () {
    const alerts = yield* AlertsLog
    if (position.resume_seq <= position.alerts_seq) {
      yield* rememberAlerts(tracker, alerts.readFrom(position.resume_seq), ({ seq }) => seq <= position.alerts_seq)
    }
    tracker.settle(decidedMsOf(position.decided), new Set(position.told))
    const changes = tracker.told().map((incident): Change => ({ state: "opened", incident }))
    const { windows_seq, decided, alerts_seq } = position
    return { place: { windows_seq, decided, alerts_seq } satisfies Place, changes }
  })

/** For a receiver that was never told anything: what is open at the newest decided window. */
export const fromNow = (tracker: Tracker) =>
  Effect.gen(function* () {
    const windows = yield* WindowsLog
    const alerts = yield* AlertsLog
    const newest = yield* newestRecord(windows)
    if (newest === undefined) {
      const place: Place = { windows_seq: 0, decided: "", alerts_seq: 0 }
      return { place, changes: [] as ReadonlyArray<Change> }
    }
    const { endMs } = orderOf(newest.record)
    const { first, end } = yield* alertsOfSpan(alerts, endMs - lookBackMs)
    const last =
      first === end
        ? end - 1
        : yield* rememberAlerts(
            tracker,
            alerts.readFrom(first),
            ({ alert }) => raisedAgainst(alert, newest.record) !== "behind",
            first - 1
          )
    const place: Place = { windows_seq: newest.seq, decided: rfc3339(endMs), alerts_seq: last }
    return { place, changes: tracker.settle(endMs, undefined) }
  })

/** Has the tracker take alerts as long as they are before what is to come; answers the last one's sequence. */
const rememberAlerts = <E>(
  tracker: Tracker,
  entries: Stream.Stream<{ readonly seq: number; readonly data: string }, E>,
  isBefore: (at: AlertAt) => boolean,
  lastSeq = 0
) => {
  let last = lastSeq
  return entries.pipe(
    Stream.map((entry): AlertAt | undefined => {
      const alert = Result.getOrUndefined(readAlert(entry))
      return alert === undefined ? undefined : { seq: entry.seq, alert }
    }),
    Stream.filter((at) => at !== undefined),
    Stream.takeWhile(isBefore),
    Stream.runForEachArray((batch) =>
      Effect.sync(() => {
        tracker.remember(batch)
        last = batch.at(-1)!.seq
      })
    ),
    Effect.map(() => last)
  )
}

const decidedMsOf = (decided: string): number => parseRfc3339(decided) ?? Number.NEGATIVE_INFINITY
