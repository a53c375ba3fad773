import type { TypedLog } from "@chaussettes/jetstream"
import { Effect, Schedule, Stream } from "effect"

export interface Following<Item> {
  /** Where to begin; what is older is not taken. */
  readonly startAt: (bounds: { readonly firstSeq: number; readonly lastSeq: number }) => number
  readonly take: (item: Item) => void
  /** The stream was made anew: what was taken from it means nothing any more. */
  readonly forget: () => void
  /** A later version has written what stands there next: why nothing more can be taken; undefined once it can. */
  readonly onRefused: (why: string | undefined) => Effect.Effect<void>
}

const everyMs = 2_000

/** Takes each entry once, in order, for ever: across failures, and across a stream that is deleted and made anew. */
export const followLog = <Item extends { readonly seq: number }>(
  log: TypedLog<Item>,
  { startAt, take, forget, onRefused }: Following<Item>
): Effect.Effect<void> => {
  let next: number | undefined
  let isRefused = false
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
    const following = Stream.runForEachArray(log.follow(next, { unchecked: true }), (items) =>
      Effect.suspend(() => {
        if (items[0].seq < next!) forget()
        for (const item of items) take(item)
        next = items[items.length - 1]!.seq + 1
        if (!isRefused) return Effect.void
        isRefused = false
        return onRefused(undefined)
      })
    )
    yield* Effect.raceFirst(following, madeAnew)
  }).pipe(
    Effect.catchTag("Unreadable", ({ message }) => {
      if (isRefused) return Effect.void
      isRefused = true
      return Effect.andThen(Effect.logError(message), onRefused(message))
    }),
    Effect.catch(({ why }) => Effect.logWarning(`Following a stream failed, trying again: ${why}`)),
    Effect.repeat(Schedule.spaced(everyMs)),
    Effect.asVoid
  )
}
