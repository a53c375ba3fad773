import { orderOf, raisedAgainst, raisedBy, rfc3339, type WindowRecord } from "@chaussettes/domain"
import {
  Alerts,
  type StoredAlert,
  type StoreError,
  Unavailable,
  type Unreadable,
  Windows
} from "@chaussettes/jetstream"
import { alertsStream, windowsStream } from "@chaussettes/jetstream/topology"
import { Data, Effect, Pull, Stream } from "effect"

/** WINDOWS or ALERTS was deleted and made anew: what was known of it means nothing any more. */
export class MadeAnew extends Data.TaggedError("MadeAnew")<{ readonly stream: string }> {}

/** A window was decided, or one that is decided was revised. */
export interface DecidedWindow {
  readonly seq: number
  /** Up to here windows are decided; of a revision, the same as of the window that was decided before it, or a little further. */
  readonly end: string
  readonly endMs: number
  /** All alerts that its record raised, and such of records before it as came after these were handled. */
  readonly alerts: ReadonlyArray<StoredAlert>
}

interface Cursor<Item> {
  /** The next entry, waited for; it stays the next one until `take`. */
  readonly peek: Effect.Effect<Item, MadeAnew | StoreError | Unreadable>
  readonly take: Effect.Effect<Item, MadeAnew | StoreError | Unreadable>
}

const closed = (stream: string) => new Unavailable({ what: `reading ${stream}`, why: "the connection was closed" })

const cursor = <Item extends { readonly seq: number }>(
  stream: string,
  items: Stream.Stream<Item, StoreError | Unreadable>,
  lastSeq: number
) =>
  Effect.map(Stream.toPull(items), (pull): Cursor<Item> => {
    let held: ReadonlyArray<Item> = []
    let at = 0
    let seq = lastSeq
    const peek: Cursor<Item>["peek"] = Effect.gen(function* () {
      while (at >= held.length) {
        held = yield* Pull.catchDone(pull, () => Effect.fail(closed(stream)))
        at = 0
      }
      const entry = held[at]!
      if (entry.seq <= seq) return yield* new MadeAnew({ stream })
      return entry
    })
    return {
      peek,
      take: Effect.tap(peek, (entry) =>
        Effect.sync(() => {
          seq = entry.seq
          at++
        })
      )
    }
  })

/** An alert that its record speaks of is there within moments; said when it is not. */
const saidAfter = "1 minute"

/**
 * Records in their order, each with all its alerts, from a position on and for ever. A record is written before its alerts, and records run
 * ahead of them: a record is handed on when as many alerts as it says it raises are there, or one of a later record is. So what follows
 * from it depends on neither clocks nor how fast anything came.
 */
export const decidedWindows = Effect.fn("decidedWindows")(function* (after: {
  readonly windowsSeq: number
  readonly alertsSeq: number
}) {
  const windows = yield* Windows
  const alerts = yield* Alerts
  const records = yield* cursor(windowsStream, windows.follow(after.windowsSeq + 1), after.windowsSeq)
  const raised = yield* cursor(alertsStream, alerts.follow(after.alertsSeq + 1), after.alertsSeq)

  const alertsThrough = (record: WindowRecord, seq: number) =>
    Effect.gen(function* () {
      const wanted = raisedBy(record)
      const found: Array<StoredAlert> = []
      for (let own = 0; own < wanted; ) {
        const waits = Effect.andThen(
          Effect.sleep(saidAfter),
          Effect.andThen(
            Effect.logWarning(
              `${windowsStream} ${seq} counts ${wanted} alerts and ${alertsStream} holds ${own} of them: waiting for the detector to write the rest.`
            ),
            Effect.never
          )
        )
        const next = yield* Effect.raceFirst(raised.peek, waits)
        const stands = raisedAgainst(next.alert, record)
        if (stands === "behind") break
        yield* raised.take
        found.push(next)
        if (stands === "own") own++
      }
      return found
    })

  const next: Effect.Effect<DecidedWindow, MadeAnew | StoreError | Unreadable> = Effect.gen(function* () {
    const { seq, record } = yield* records.take
    const found = yield* alertsThrough(record, seq)
    const { endMs } = orderOf(record)
    return { seq, end: rfc3339(endMs), endMs, alerts: found }
  })
  return next
})
