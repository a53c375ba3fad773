import { parseRfc3339, type WindowRecord } from "@chaussettes/domain"
import { Effect, Option, Result, Stream } from "effect"
import type { StoreError } from "../errors.ts"
import type { StoredEntry, VersionedLog } from "../ports/versioned-log.ts"
import { readWindowRecord, type Unreadable } from "./schemas.ts"

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

/** The first record of WINDOWS whose window ends behind a time (ms since the epoch); undefined where none does. */
export const findWindow = (
  windows: Pick<VersionedLog, "bounds" | "get" | "readFrom">,
  timeMs: number
): Effect.Effect<FoundWindow | undefined, StoreError | Unreadable> =>
  findFirst(windows, (entry) =>
    Result.map(readWindowRecord(entry), (record) => parseRfc3339(record.end)! > timeMs)
  ).pipe(
    Effect.flatMap((entry) =>
      entry === undefined
        ? Effect.succeed(undefined)
        : Effect.map(Effect.fromResult(readWindowRecord(entry)), (record) => ({ seq: entry.seq, record }))
    )
  )
