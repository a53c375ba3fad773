import { Effect, Schedule } from "effect"

/** How long a reader in memory waits before it asks again, as a client does before it connects again. */
const reconnectMs = 1_000

/** Asks until there is an answer: what a following stream does across reconnections. */
export const untilAnswered = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A> =>
  Effect.orDie(Effect.retry(effect, Schedule.spaced(reconnectMs)))
