import { orderOf, parseRfc3339, raisedAgainst, rfc3339 } from "@chaussettes/domain"
import { Alerts, alertsOfSpan, NotifyPositions, type StoredAlert, Windows } from "@chaussettes/jetstream"
import { notifyBucket, windowsStream } from "@chaussettes/jetstream/topology"
import { Effect, Stream } from "effect"
import { type ReceiverPosition, readPosition } from "./position.ts"
import type { Receiver } from "./receiver.ts"
import type { Change, Tracker } from "./tracker.ts"

/* Where a notifier begins: what stands in the bucket, and the open incidents that follow from it. */

export type Place = Pick<ReceiverPosition, "windows_seq" | "decided" | "alerts_seq">

/** A receiver that has never been told anything hears of what is open now, and that may have begun so long before. */
const lookBackMs = 86_400_000

/** Where this receiver was left; undefined where it is new, or its position is of streams that are no more. */
export const currentPosition = Effect.fn("currentPosition")(function* (receiver: Receiver) {
  const { read } = yield* NotifyPositions
  const windows = yield* Windows
  const text = yield* read(receiver.key)
  if (text === undefined) return undefined
  const position = readPosition(text)
  if (position === undefined) {
    yield* Effect.logWarning(
      `The position of ${receiver.name} in the bucket ${notifyBucket} cannot be read: it is notified of the incidents that are open now.`
    )
    return undefined
  }
  if (position.windows_seq === 0) return position
  const known = yield* windows.get(position.windows_seq)
  // Older records than are held were dropped by the limits of the stream: that says nothing against the position.
  const isOlder = position.windows_seq < (yield* windows.bounds).firstSeq
  const decided = known && rfc3339(orderOf(known.record).endMs)
  if (isOlder || decided === position.decided) return position
  yield* Effect.logWarning(
    `${windowsStream} has changed since the last notification to ${receiver.name}: it is notified of the incidents that are open now.`
  )
  return undefined
})

/** Builds the open incidents again from the alerts that were handled before. */
export const fromPosition = Effect.fn("fromPosition")(function* (tracker: Tracker, position: ReceiverPosition) {
  const alerts = yield* Alerts
  if (position.resume_seq <= position.alerts_seq) {
    yield* rememberAlerts(tracker, alerts.read(position.resume_seq, { throughSeq: position.alerts_seq }))
  }
  tracker.settle(decidedMsOf(position.decided), new Set(position.told))
  const changes = tracker.told().map((incident): Change => ({ state: "opened", incident }))
  const { windows_seq, decided, alerts_seq } = position
  return { place: { windows_seq, decided, alerts_seq } satisfies Place, changes }
})

/** For a receiver that was never told anything: what is open at the newest decided window. */
export const fromNow = Effect.fn("fromNow")(function* (tracker: Tracker) {
  const windows = yield* Windows
  const alerts = yield* Alerts
  const newest = yield* windows.latest
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
          Stream.takeWhile(alerts.read(first), ({ alert }) => raisedAgainst(alert, newest.record) !== "behind"),
          first - 1
        )
  const place: Place = { windows_seq: newest.seq, decided: rfc3339(endMs), alerts_seq: last }
  return { place, changes: tracker.settle(endMs, undefined) }
})

/** Has the tracker take alerts from before what is to come; answers the last one's sequence. */
const rememberAlerts = <E>(tracker: Tracker, alerts: Stream.Stream<StoredAlert, E>, lastSeq = 0) => {
  let last = lastSeq
  return alerts.pipe(
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
