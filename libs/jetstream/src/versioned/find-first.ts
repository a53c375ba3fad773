import { Effect, Option, Stream } from "effect"
import type { StoreError } from "../errors.ts"
import type { StoredEntry, VersionedLog } from "../ports/versioned-log.ts"

/**
 * The first entry of a log that is at or behind a place in its order; undefined where all are before it. `isBehind` must be false
 * up to some entry and true from there on; undefined of an entry that has no place in the order, which is passed over. O(log n) single reads;
 * where entries were deleted, one short read on from the hole.
 */
export const findFirst = Effect.fnUntraced(function* <E>(
  log: Pick<VersionedLog, "bounds" | "get" | "readFrom">,
  isBehind: (entry: StoredEntry) => Effect.Effect<boolean | undefined, E>
): Effect.fn.Return<StoredEntry | undefined, StoreError | E> {
  const { firstSeq, lastSeq } = yield* log.bounds
  let [low, high] = [firstSeq, lastSeq + 1]
  let found: StoredEntry | undefined
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    let entry = yield* heldFrom(log, middle)
    let behind: boolean | undefined
    while (entry !== undefined && entry.seq < high) {
      behind = yield* isBehind(entry)
      if (behind !== undefined) break
      entry = yield* heldFrom(log, entry.seq + 1)
    }
    if (entry === undefined || behind === undefined) {
      high = middle
    } else if (behind) {
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
