import { alertsBegin, limits, orderOf, parseRfc3339, type WindowRecord } from "@chaussettes/domain"
import { Effect, Option, Result, Stream } from "effect"
import type { StoreError } from "../errors.ts"
import type { StoredEntry, VersionedLog } from "../ports/versioned-log.ts"
import { readAlert, readWindowRecord, type Unreadable } from "./schemas.ts"

/**
 * The first entry of a log that is at or behind a place in its order; undefined where all are before it. `isBehind` must be false
 * up to some entry and true from there on. O(log n) single reads; where entries were deleted, one short read on from the hole.
 */
export const findFirst = <E>(
  log: Pick<VersionedLog, "bounds" | "get" | "readFrom">,
  isBehind: (entry: StoredEntry) => Result.Result<boolean, E>
): Effect.Effect<StoredEntry | undefined, StoreError | E> =>
  Effect.gen(function* () {
    const { firstSeq, lastSeq } = yield* log.bounds
    let [low, high] = [firstSeq, lastSeq + 1]
    let found: StoredEntry | undefined
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const entry = yield* heldFrom(log, middle)
      if (entry === undefined || entry.seq >= high) {
        high = middle
      } else if (yield* Effect.fromResult(isBehind(entry))) {
        found = entry
        high = middle
      } else {
        low = entry.seq + 1
      }
    }
    return found
  })

/** The first entry that is held at a sequence or behind it. */
const heldFrom = (log: Pick<VersionedLog, "get" | "readFrom">, seq: number) =>
  log
    .get(seq)
    .pipe(
      Effect.flatMap((entry) =>
        entry === undefined
          ? log.readFrom(seq).pipe(Stream.runHead, Effect.map(Option.getOrUndefined))
          : Effect.succeed(entry)
      )
    )

export interface FoundWindow {
  readonly seq: number
  readonly record: WindowRecord
}

/**
 * Where the messages of windows that end behind a time (ms since the epoch) begin in WINDOWS: none of them stands before the one that is found,
 * and revisions of earlier windows may stand among them. Undefined where there is none.
 */
export const findWindow = (
  windows: Pick<VersionedLog, "bounds" | "get" | "readFrom">,
  timeMs: number
): Effect.Effect<FoundWindow | undefined, StoreError | Unreadable> =>
  findFirst(windows, (entry) => Result.map(readWindowRecord(entry), (record) => orderOf(record).endMs > timeMs)).pipe(
    Effect.flatMap((entry) =>
      entry === undefined
        ? Effect.succeed(undefined)
        : Effect.map(Effect.fromResult(readWindowRecord(entry)), (record) => ({ seq: entry.seq, record }))
    )
  )

/** The newest message of WINDOWS; what no detector has written is passed over, what a later version has written is not. */
export const newestRecord = (
  windows: Pick<VersionedLog, "bounds" | "get">
): Effect.Effect<FoundWindow | undefined, StoreError | Unreadable> =>
  Effect.gen(function* () {
    const { firstSeq, lastSeq } = yield* windows.bounds
    for (let seq = lastSeq; seq >= firstSeq; seq--) {
      const entry = yield* windows.get(seq)
      const read = entry === undefined ? undefined : readWindowRecord(entry)
      if (read === undefined) continue
      if (Result.isSuccess(read)) return { seq, record: read.success }
      if (read.failure.later) return yield* read.failure
    }
    return undefined
  })

/**
 * The sequences [first, end) of ALERTS that hold all alerts of windows that start in [fromMs, toMs). Alerts of other windows stand among them, for
 * late lines raise alerts up to a horizon behind those of later windows: whoever reads them passes over these.
 */
export const alertsOfSpan = (
  alerts: Pick<VersionedLog, "bounds" | "get" | "lastSeq" | "readFrom">,
  fromMs: number,
  toMs = Number.POSITIVE_INFINITY
): Effect.Effect<{ readonly first: number; readonly end: number }, StoreError | Unreadable> =>
  Effect.gen(function* () {
    const behind = (yield* alerts.lastSeq) + 1
    const startsBehind = (timeMs: number) =>
      timeMs === Number.POSITIVE_INFINITY
        ? Effect.succeed(behind)
        : Effect.map(
            findFirst(alerts, (entry) =>
              Result.map(readAlert(entry), ({ window }) => parseRfc3339(window.start)! >= timeMs)
            ),
            (entry) => entry?.seq ?? behind
          )
    const first = yield* startsBehind(alertsBegin(fromMs))
    // Once windows so far behind the span are decided, those of the span take no line any more.
    return { first, end: Math.max(first, yield* startsBehind(toMs + limits.longestHorizonMs)) }
  })
