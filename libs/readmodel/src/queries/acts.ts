import { Acts } from "@chaussettes/domain"
import { Acts as ActsStream, type StoreError, type Unreadable } from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"

/** All that people said about incidents up to now, folded; `throughSeq` is where a follower goes on. */
export const readActs: Effect.Effect<
  { readonly acts: Acts; readonly throughSeq: number },
  StoreError | Unreadable,
  ActsStream
> = Effect.gen(function* () {
  const stream = yield* ActsStream
  const acts = new Acts()
  const throughSeq = yield* stream.lastSeq
  yield* Stream.runForEach(stream.read(1, { throughSeq }), ({ act }) => Effect.sync(() => acts.add(act)))
  return { acts, throughSeq }
})
