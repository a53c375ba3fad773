import type { StoredEntry, VersionedLog } from "@chaussettes/jetstream"
import { Effect, Schedule, Stream } from "effect"

export interface Following {
  /** Where to begin; what is older is not taken. */
  readonly startAt: (bounds: { readonly firstSeq: number; readonly lastSeq: number }) => number
  readonly take: (entry: StoredEntry) => void
  /** The stream was made anew: what was taken from it means nothing any more. */
  readonly forget: () => void
}

const everyMs = 2_000

/** Takes each entry once, in order, for ever: across failures, and across a stream that is deleted and made anew. */
export const followLog = (log: VersionedLog, { startAt, take, forget }: Following): Effect.Effect<void> => {
  let next: number | undefined
  /** Ends when the stream is behind what was read of it: whoever waits for its next sequence would wait for ever. */
  const madeAnew = log.bounds.pipe(
    Effect.repeat({
      until: ({ lastSeq }) => next !== undefined && lastSeq < next - 1,
      schedule: Schedule.spaced(everyMs)
    }),
    Effect.retry(Schedule.spaced(everyMs)),
    Effect.andThen(
      Effect.sync(() => {
        next = undefined
        forget()
      })
    )
  )
  return Effect.gen(function* () {
    if (next === undefined) {
      const bounds = yield* log.bounds
      next = Math.max(bounds.firstSeq, startAt(bounds))
    }
    const following = Stream.runForEachArray(log.follow(next), (entries) =>
      Effect.sync(() => {
        if (entries[0].seq < next!) forget()
        for (const entry of entries) take(entry)
        next = entries[entries.length - 1]!.seq + 1
      })
    )
    yield* Effect.raceFirst(following, madeAnew)
  }).pipe(
    Effect.catch((error) => Effect.logWarning(`Following a stream failed, trying again: ${error.why}`)),
    Effect.repeat(Schedule.spaced(everyMs)),
    Effect.asVoid
  )
}
