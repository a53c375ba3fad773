import { orderOf, parseRfc3339 } from "@chaussettes/domain"
import {
  type Alerts,
  Incidents,
  NotifyPositions,
  type StoredIncident,
  type StoreError,
  type Unreadable,
  Windows
} from "@chaussettes/jetstream"
import { incidentsStream, notifyBucket } from "@chaussettes/jetstream/topology"
import { Effect, Stream } from "effect"
import type { Batch } from "./batch.ts"
import { carryOver, decidedMsOf } from "./carried-over.ts"
import type { Change } from "./change.ts"
import { type ReceiverPosition, readPosition, type Waiting } from "./position.ts"
import type { Receiver } from "./receiver.ts"
import type { Teller } from "./teller.ts"

/* Where a notifier begins: what stands in the bucket, and the incidents that it speaks of. */

export type Place = Pick<ReceiverPosition, "incidents_seq" | "decided">

export interface Begun {
  readonly place: Place
  readonly sent: ReadonlyArray<number>
  /** What had yet to be told, and since when; as a message that may have been sent where it was `sealed`. */
  readonly waiting?: { readonly sinceMs: number; readonly batch: Batch; readonly isSealed: boolean }
  /** A receiver that was never told anything hears first of what is open. */
  readonly isNew: boolean
  /** Ends of what an earlier version told, which come before anything else. */
  readonly ends: ReadonlyArray<Change>
}

/** An incident is accepted as normal after a day, so one that goes on opened since. */
const lookBackMs = 2 * 86_400_000

const nowhere: Place = { incidents_seq: 0, decided: "" }

export const placeOf = ({ seq, event }: StoredIncident): Place => ({ incidents_seq: seq, decided: event.timestamp })

/** Builds up what the teller knows, from the receiver's position. */
export const begin = Effect.fn("begin")(function* (
  receiver: Receiver,
  teller: Teller
): Effect.fn.Return<Begun, StoreError | Unreadable, NotifyPositions | Incidents | Windows | Alerts> {
  const { read } = yield* NotifyPositions
  const text = yield* read(receiver.key)
  const position = text === undefined ? undefined : readPosition(text)
  if (text !== undefined && position === undefined) {
    yield* Effect.logWarning(
      `The position of ${receiver.name} in the bucket ${notifyBucket} cannot be read: it is notified of the incidents that are open now.`
    )
  }
  if (position === undefined) return yield* fromNow(teller, [])
  if (position.schema === "chaussettes.notify.v1") {
    const sent = position.sent ?? []
    if (position.unheard) return yield* fromNow(teller, sent)
    const place = yield* rememberThrough(teller, decidedMsOf(position), decidedMsOf(position))
    const ends = yield* carryOver(teller, position)
    return { place, sent, isNew: false, ends }
  }
  if (yield* isOfThisStream(position)) return yield* fromPosition(teller, position, receiver)
  yield* Effect.logWarning(
    `${incidentsStream} has changed since the last notification to ${receiver.name}: it is notified of the incidents that are open now.`
  )
  return yield* fromNow(teller, position.sent ?? [])
})

/** Whether the event that was handled last is the one that stands there; one that the limits of the stream dropped says nothing against it. */
const isOfThisStream = Effect.fn("isOfThisStream")(function* ({ incidents_seq: seq, decided }: ReceiverPosition) {
  if (seq === 0) return true
  const incidents = yield* Incidents
  if (seq > (yield* incidents.lastSeq)) return false
  const stored = yield* incidents.get(seq)
  return stored === undefined ? seq < (yield* incidents.bounds).firstSeq : stored.event.timestamp === decided
})

const fromPosition = Effect.fn("fromPosition")(function* (
  teller: Teller,
  position: ReceiverPosition,
  { name }: Receiver
) {
  const incidents = yield* Incidents
  for (const { seq, told } of position.open) {
    const stored = yield* incidents.get(seq)
    if (stored !== undefined) teller.remember(stored, told)
  }
  const { incidents_seq, decided, sent = [], waiting } = position
  const begun: Begun = { place: { incidents_seq, decided }, sent, isNew: false, ends: [] }
  if (waiting === undefined) return begun
  const changes: Array<Change> = []
  for (const { seq, ...of } of waiting.changes) {
    const stored = yield* incidents.get(seq)
    if (stored === undefined) {
      yield* Effect.logWarning(`${incidentsStream} holds no event ${seq} any more, of which ${name} had yet to hear.`)
    } else changes.push({ ...of, seq, event: stored.event })
  }
  if (changes.length === 0) return begun
  return { ...begun, waiting: restored(waiting, changes) }
})

const restored = (
  { counts, sealed, since }: Waiting,
  changes: ReadonlyArray<Change>
): NonNullable<Begun["waiting"]> => ({
  sinceMs: since,
  batch: { changes, counts, heldSinceMs: sealed?.held_since, heldFor: sealed?.held_for },
  isSealed: sealed !== undefined
})

/** For a receiver that was never told anything. */
const fromNow = Effect.fn("fromNow")(function* (teller: Teller, sent: ReadonlyArray<number>) {
  const newest = yield* (yield* Windows).latest
  const decidedMs = newest === undefined ? Number.NEGATIVE_INFINITY : orderOf(newest.record).endMs
  const place = yield* rememberThrough(teller, decidedMs, Number.POSITIVE_INFINITY)
  return { place, sent, isNew: true, ends: [] as ReadonlyArray<Change> }
})

/** Has the teller take note of the incidents that were open at a time, by the events up to another; answers the last one's place. */
const rememberThrough = Effect.fn("rememberThrough")(function* (teller: Teller, openMs: number, throughMs: number) {
  const incidents = yield* Incidents
  const first = yield* incidents.firstFrom(openMs - lookBackMs)
  const before = yield* first === undefined ? incidents.latest : incidents.latestThrough(first.seq - 1)
  let place = before === undefined ? nowhere : placeOf(before)
  if (first === undefined) return place
  yield* incidents.read(first.seq).pipe(
    Stream.takeWhile(({ event }) => parseRfc3339(event.timestamp)! <= throughMs),
    Stream.runForEach((stored) =>
      Effect.sync(() => {
        teller.remember(stored)
        place = placeOf(stored)
      })
    )
  )
  return place
})
