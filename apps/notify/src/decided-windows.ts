import { orderOf, raisedAgainst, raisedBy, rfc3339, type WindowRecord } from "@chaussettes/domain"
import {
  AlertsLog,
  readAlert,
  readWindowRecord,
  type StoredEntry,
  type StoreError,
  Unavailable,
  WindowsLog
} from "@chaussettes/jetstream"
import { alertsStream, windowsStream } from "@chaussettes/jetstream/topology"
import { Data, Effect, Pull, Result, Stream } from "effect"
import type { AlertAt } from "./tracker.ts"

/** WINDOWS or ALERTS was deleted and made anew: what was known of it means nothing any more. */
export class MadeAnew extends Data.TaggedError("MadeAnew")<{ readonly stream: string }> {}

/** A window was decided, or one that is decided was revised. */
export interface DecidedWindow {
  readonly seq: number
  /** Up to here windows are decided; of a revision, the same as of the window that was decided before it, or a little further. */
  readonly end: string
  readonly endMs: number
  /** All alerts that its record raised, and such of records before it as came after these were handled. */
  readonly alerts: ReadonlyArray<AlertAt>
}

interface Cursor {
  /** The next entry, waited for; it stays the next one until `take`. */
  readonly peek: Effect.Effect<StoredEntry, MadeAnew | StoreError>
  readonly take: Effect.Effect<StoredEntry, MadeAnew | StoreError>
}

const closed = (stream: string) => new Unavailable({ what: `reading ${stream}`, why: "the connection was closed" })

const cursor = (stream: string, entries: Stream.Stream<StoredEntry, StoreError>, lastSeq: number) =>
  Effect.map(Stream.toPull(entries), (pull): Cursor => {
    let held: ReadonlyArray<StoredEntry> = []
    let at = 0
    let seq = lastSeq
    const peek: Cursor["peek"] = Effect.gen(function* () {
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
export const decidedWindows = (after: { readonly windowsSeq: number; readonly alertsSeq: number }) =>
  Effect.gen(function* () {
    const windows = yield* WindowsLog
    const alerts = yield* AlertsLog
    const records = yield* cursor(windowsStream, windows.follow(after.windowsSeq + 1), after.windowsSeq)
    const raised = yield* cursor(alertsStream, alerts.follow(after.alertsSeq + 1), after.alertsSeq)

    const alertsThrough = (record: WindowRecord, seq: number) =>
      Effect.gen(function* () {
        const wanted = raisedBy(record)
        const found: Array<AlertAt> = []
        for (let own = 0; own < wanted; ) {
          const waits = Effect.andThen(
            Effect.sleep(saidAfter),
            Effect.andThen(
              Effect.logWarning(
                `${windowsStream} ${seq} speaks of ${wanted} alerts and ${alertsStream} holds ${own} of them: waiting for the detector to write them, or a later one.`
              ),
              Effect.never
            )
          )
          const entry = yield* Effect.raceFirst(raised.peek, waits)
          const read = readAlert(entry)
          if (Result.isFailure(read)) {
            yield* Effect.logError(`${read.failure.message}; nobody is told of it.`)
            yield* raised.take
            own++
            continue
          }
          const stands = raisedAgainst(read.success, record)
          if (stands === "behind") break
          yield* raised.take
          found.push({ seq: entry.seq, alert: read.success })
          if (stands === "own") own++
        }
        return found
      })

    /** The next one. Records that cannot be read are said and passed over. */
    const next: Effect.Effect<DecidedWindow, MadeAnew | StoreError> = Effect.gen(function* () {
      for (;;) {
        const entry = yield* records.take
        const read = readWindowRecord(entry)
        if (Result.isFailure(read)) {
          yield* Effect.logError(`${read.failure.message}; passing over it.`)
          continue
        }
        const record = read.success
        const found = yield* alertsThrough(record, entry.seq)
        const { endMs } = orderOf(record)
        return { seq: entry.seq, end: rfc3339(endMs), endMs, alerts: found }
      }
    })
    return next
  })
