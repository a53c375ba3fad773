import { Clock, Duration, Effect, Schedule } from "effect"
import { Unavailable } from "../errors.ts"
import { backoff } from "./backoff.ts"

/** Told why something cannot be done yet, at each try that failed and is made again. */
export type OnWaiting<R = never> = (error: Unavailable) => Effect.Effect<void, never, R>

export interface UntilAvailable<R = never> {
  readonly onWaiting: OnWaiting<R>
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
export const untilAvailable = <A, E, R, RW = never>(
  effect: Effect.Effect<A, E, R>,
  { onWaiting, forMs = Number.POSITIVE_INFINITY }: UntilAvailable<RW>
): Effect.Effect<A, E, R | RW> =>
  Effect.flatMap(Clock.currentTimeMillis, (nowMs) => {
    const untilMs = nowMs + forMs
    const leftMs = Effect.map(Clock.currentTimeMillis, (ms) => untilMs - ms)
    return Effect.retry(effect, {
      schedule: Schedule.modifyDelay(backoff(firstRetryMs, longestRetryMs), ({ duration }) =>
        Effect.map(leftMs, (left) => Duration.min(duration, Duration.millis(Math.max(0, left))))
      ),
      while: (error) =>
        Effect.flatMap(leftMs, (left) =>
          error instanceof Unavailable && left > 0 ? Effect.as(onWaiting(error), true) : Effect.succeed(false)
        )
    })
  })
