import { type Act, Acts, parseRfc3339 } from "@chaussettes/domain"
import { Acts as ActsStream, type StoreError, type Unreadable } from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"

/** All that people said about incidents, folded; `throughSeq` is where a follower goes on. */
export interface ActsRead {
  readonly acts: Acts
  readonly throughSeq: number
}

/** All of ACTS up to now. */
export const readActs: Effect.Effect<ActsRead, StoreError | Unreadable, ActsStream> = Effect.gen(function* () {
  const stream = yield* ActsStream
  const acts = new Acts()
  const throughSeq = yield* stream.lastSeq
  yield* Stream.runForEach(stream.read(1, { throughSeq }), ({ act }) => Effect.sync(() => acts.add(act)))
  return { acts, throughSeq }
})

/**
 * What was said since is added to what is known. Null for who may not read ACTS, or cannot: that is no reason to show nothing, and none to ask again,
 * since each refusal is a line in the server's log. A stream that was made again is read again.
 */
export const readActsOn = Effect.fn("readActsOn")(
  function* (before: ActsRead | null | undefined) {
    if (before === null) return null
    if (before === undefined) return yield* readActs
    const stream = yield* ActsStream
    const throughSeq = yield* stream.lastSeq
    if (throughSeq < before.throughSeq) return yield* readActs
    if (throughSeq === before.throughSeq) return before
    const { acts } = before
    yield* Stream.runForEach(stream.read(before.throughSeq + 1, { throughSeq }), ({ act }) =>
      Effect.sync(() => acts.add(act))
    )
    return { acts, throughSeq } satisfies ActsRead as ActsRead
  },
  Effect.catchTags({ Refused: () => Effect.succeed(null), Unreadable: () => Effect.succeed(null) })
)

/** What was said from a time on, and what holds at another one or will; in the order in which it was said, the newest `most`. */
export const actsFrom = Effect.fn("actsFrom")(function* (sinceMs: number, nowMs: number, most: number) {
  const { acts, throughSeq } = yield* readActs
  const holding = new Set(acts.quietFrom(nowMs).map(({ id }) => id))
  const kept: Array<Act> = []
  let left = 0
  yield* Stream.runForEach((yield* ActsStream).read(1, { throughSeq }), ({ act }) =>
    Effect.sync(() => {
      if (parseRfc3339(act.at)! < sinceMs && !holding.has(act.id)) return
      kept.push(act)
      if (kept.length > most) {
        kept.shift()
        left++
      }
    })
  )
  return { acts: kept.map((act) => ({ holds: acts.holds(act, nowMs), act })), left }
})
