import { Data, Effect, Stream } from "effect"
import type { Outdated, StoreError } from "../errors.ts"
import type { Entry, StoredEntry, VersionedLog } from "../ports/versioned-log.ts"
import { textOf } from "./entry.ts"

/** Another writer with a newer epoch wrote behind what we know: it has taken over, and we stop. */
export class Fenced extends Data.TaggedError("Fenced")<{ readonly epoch: number }> {}

/** Something that we did not write, of our epoch or an older one, stands where our next entry belongs. */
export class Foreign extends Data.TaggedError("Foreign")<{ readonly entry: StoredEntry }> {}

/**
 * The stream is no continuation of what we know: it ends before the expected sequence (it was deleted and made anew), or what
 * should follow is not held any more (purged), or it refuses our version although nothing is behind it.
 */
export class Diverged extends Data.TaggedError("Diverged")<{
  readonly expectedSeq: number
  readonly firstSeq: number
  readonly lastSeq: number
}> {}

export interface AppendOptions {
  /** Ours; an entry behind ours with a greater one has fenced us. */
  readonly epoch: number
  /** Whether a stored entry is the one that we meant to write; by default the same subject, bytes and epoch. */
  readonly sameEntry?: (stored: StoredEntry, ours: Entry) => boolean
  /** Told before each wait what it waits for, so that health can say why nothing goes on. */
  readonly onWaiting?: (error: StoreError | Outdated) => Effect.Effect<void>
}

const firstWaitMs = 100
const longestWaitMs = 5_000
/**
 * A replicated stream refuses while an earlier write of ours is agreed on but not yet applied, so a refusal with nothing
 * behind the expected sequence is looked at this many times before it counts as a divergence (about ten seconds).
 */
const outdatedTries = 8

const sameAsOurs = (stored: StoredEntry, ours: Entry): boolean =>
  stored.epoch === ours.epoch && stored.subject === ours.subject && stored.data === textOf(ours)

/**
 * Appends entries behind `expectedLastSeq` and comes back only when all of them are stored (with the new last sequence)
 * or never can be. A write that failed is never guessed at: the tail of the stream is read, what is ours there counts
 * as stored, the rest is sent again, for ever, with growing pauses of at most 5 s.
 *
 * An unanswered write may still arrive, even behind the next try. That is harmless: it carries the same bytes and the same
 * expected sequence, so the first of the two is stored and the other one refused; and once anything else stands at that
 * sequence both are.
 */
export const appendUntilStored = Effect.fnUntraced(function* (
  log: Pick<VersionedLog, "append" | "bounds" | "readFrom">,
  entries: ReadonlyArray<Entry>,
  expectedLastSeq: number,
  options: AppendOptions
): Effect.fn.Return<number, Fenced | Foreign | Diverged> {
  const isSame = options.sameEntry ?? sameAsOurs
  let stored = 0
  let waits = 0
  let outdated = 0

  const wait = (error: StoreError | Outdated) =>
    Effect.suspend(() => {
      const waitMs = Math.min(firstWaitMs * 2 ** Math.min(waits++, 16), longestWaitMs)
      return Effect.andThen(options.onWaiting?.(error) ?? Effect.void, Effect.sleep(waitMs))
    })

  while (stored < entries.length) {
    const expectedSeq = expectedLastSeq + stored
    const rest = stored === 0 ? entries : entries.slice(stored)
    const failed = yield* log.append(rest, expectedSeq).pipe(
      Effect.as(undefined),
      Effect.catch((error: StoreError | Outdated) => Effect.succeed(error))
    )
    if (failed === undefined) return expectedLastSeq + entries.length
    if (failed._tag !== "Outdated") yield* wait(failed)

    const tail = yield* untilRead(readTail(log, expectedSeq, rest.length), wait)
    const found = yield* ownPrefix(tail, rest, expectedSeq, options.epoch, isSame)
    stored += found
    if (found > 0) {
      waits = 0
      outdated = 0
    } else if (failed._tag === "Outdated") {
      if (++outdated >= outdatedTries) return yield* new Diverged({ expectedSeq, ...tail.bounds })
      yield* wait(failed)
    }
  }
  return expectedLastSeq + entries.length
})

interface Tail {
  readonly bounds: { readonly firstSeq: number; readonly lastSeq: number }
  readonly entries: ReadonlyArray<StoredEntry>
}

/** What stands behind a sequence, as much of it as we meant to write. */
const readTail = (log: Pick<VersionedLog, "bounds" | "readFrom">, expectedSeq: number, count: number) =>
  Effect.gen(function* () {
    const bounds = yield* log.bounds
    if (bounds.lastSeq <= expectedSeq) return { bounds, entries: [] } satisfies Tail
    const entries = yield* log.readFrom(expectedSeq + 1).pipe(Stream.take(count), Stream.runCollect)
    return { bounds, entries } satisfies Tail
  })

const untilRead = <A>(
  read: Effect.Effect<A, StoreError>,
  wait: (error: StoreError) => Effect.Effect<void>
): Effect.Effect<A> => Effect.orDie(Effect.retry(read, { while: (error) => Effect.as(wait(error), true) }))

/** How many of our entries stand at the head of the tail; fails where anything else does. */
const ownPrefix = (
  tail: Tail,
  ours: ReadonlyArray<Entry>,
  expectedSeq: number,
  epoch: number,
  isSame: (stored: StoredEntry, ours: Entry) => boolean
): Effect.Effect<number, Fenced | Foreign | Diverged> => {
  const { bounds, entries } = tail
  if (bounds.lastSeq < expectedSeq) return Effect.fail(new Diverged({ expectedSeq, ...bounds }))
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!
    if (entry.seq !== expectedSeq + 1 + i) return Effect.fail(new Diverged({ expectedSeq: expectedSeq + i, ...bounds }))
    if (isSame(entry, ours[i]!)) continue
    const newest = entries.slice(i).reduce((most, behind) => Math.max(most, behind.epoch), 0)
    return Effect.fail(newest > epoch ? new Fenced({ epoch: newest }) : new Foreign({ entry }))
  }
  const gone = bounds.lastSeq > expectedSeq && entries.length === 0
  return gone ? Effect.fail(new Diverged({ expectedSeq, ...bounds })) : Effect.succeed(entries.length)
}
