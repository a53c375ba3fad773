import { Health } from "@chaussettes/service"
import { Effect, Random } from "effect"
import type { NotTaken } from "./post.ts"

/** Between two attempts: doubled each time up to the longest, and a fifth more or less, so that many notifiers do not ask at once. */
const firstWaitMs = 1_000
const longestWaitMs = 60_000

const jitter = 0.2

/** How long to wait after the attempt `n`, from 0. A receiver that asks for more time gets it, up to ten of the longest waits. */
export const waitAfterMs = (n: number, failure: NotTaken): number => {
  const backOffMs =
    failure.kind === "refused" ? longestWaitMs : Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(n, 30))
  return Math.max(backOffMs, Math.min(failure.retryAfterMs ?? 0, 10 * longestWaitMs))
}

export interface Delivery {
  readonly receiver: { readonly name: string; readonly shown: string }
  readonly onFailure: Effect.Effect<void>
  readonly onTaken: Effect.Effect<void>
}

/**
 * Tries until it is taken, for ever. While it is not, health says why; the log says it once for each reason, and when it is over.
 */
export const deliver = Effect.fn("deliver")(function* (attempt: Effect.Effect<void, NotTaken>, delivery: Delivery) {
  const health = yield* Health
  const { name, shown } = delivery.receiver
  let said: string | undefined
  const tryFrom = (n: number): Effect.Effect<void> =>
    attempt.pipe(
      Effect.catch((failure) =>
        Effect.gen(function* () {
          const waitMs = Math.round(waitAfterMs(n, failure) * (1 + jitter * (2 * (yield* Random.next) - 1)))
          const why = `${name} at ${shown} does not accept notifications: ${failure.why}`
          yield* delivery.onFailure
          yield* health.notReady(name, why)
          if (said !== failure.why) {
            const what = failure.kind === "refused" ? "Check its address and settings. Trying" : "Trying"
            yield* Effect.logWarning(`${why}. ${what} again at least every ${longestWaitMs / 1000} s.`)
            said = failure.why
          }
          yield* Effect.sleep(waitMs)
          yield* tryFrom(n + 1)
        })
      )
    )
  yield* tryFrom(0)
  if (said !== undefined) yield* Effect.logInfo(`${name} at ${shown} accepts notifications again.`)
  yield* delivery.onTaken
  yield* health.ready(name)
})
