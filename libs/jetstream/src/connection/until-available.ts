import { Clock, Effect } from "effect"
import { Unavailable } from "../errors.ts"

/** Told why something cannot be done yet, at each try that failed and is made again. */
export type OnWaiting = (error: Unavailable) => Effect.Effect<void>

export interface UntilAvailable {
  readonly onWaiting: OnWaiting
  /** How long it is tried; without it, for ever. */
  readonly forMs?: number
}

/** Between two tries; it grows up to the longest. */
const firstRetryMs = 100
const longestRetryMs = 2_000

/**
 * Tries until the server can: it is not there yet, it begins, its cluster elects. What it refuses is nothing that waiting mends. With a
 * limit the last failure is handed on.
 */
export const untilAvailable = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  { onWaiting, forMs = Number.POSITIVE_INFINITY }: UntilAvailable
): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const untilMs = (yield* Clock.currentTimeMillis) + forMs
    for (let pauseMs = firstRetryMs; ; pauseMs = Math.min(pauseMs * 2, longestRetryMs)) {
      const tried = yield* Effect.result(effect)
      if (tried._tag === "Success") return tried.success
      const leftMs = untilMs - (yield* Clock.currentTimeMillis)
      if (!(tried.failure instanceof Unavailable) || leftMs <= 0) return yield* Effect.fail(tried.failure)
      yield* onWaiting(tried.failure)
      yield* Effect.sleep(Math.min(pauseMs, leftMs))
    }
  })
