import { Data, Effect, Semaphore } from "effect"

/** Too many wait already. */
export class Busy extends Data.TaggedError("Busy") {}

/** Does one thing at a time of those that are handed to it; up to `most` wait for their turn, and more are turned away. */
export const inTurn = (most: number) => {
  const turn = Semaphore.makeUnsafe(1)
  let waiting = 0
  return <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | Busy, R> =>
    Effect.suspend((): Effect.Effect<A, E | Busy, R> => {
      if (waiting > most) return Effect.fail(new Busy())
      waiting++
      return Effect.ensuring(
        turn.withPermits(1)(effect),
        Effect.sync(() => {
          waiting--
        })
      )
    })
}
