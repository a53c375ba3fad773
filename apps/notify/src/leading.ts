import { NotifierLease, type StoreError, untilAvailable } from "@chaussettes/jetstream"
import { Health, sayWaiting } from "@chaussettes/service"
import { lead, thisHolder } from "@chaussettes/service/lead"
import { Effect, Schedule } from "effect"
import { setLeading } from "./metrics.ts"

/** Another notifier takes over from one that has been silent for this long. */
const leaseMs = 3_000

/**
 * Of several notifiers one works: it holds the lease in the bucket, and the others stand by. One that finds that it was overtaken, as after it
 * was frozen, stops at once; what it had under way may be told twice, as by a notifier that dies over it.
 */
export const leading = <E, R>(work: Effect.Effect<void, E, R>) => {
  const holder = thisHolder()
  const say = sayWaiting()
  const once = Effect.gen(function* () {
    const health = yield* Health
    yield* setLeading(false)
    const { lost } = yield* lead(yield* NotifierLease, { holder, leaseMs }, (leader) =>
      Effect.andThen(
        Effect.logInfo(`Standing by: ${leader} notifies.`),
        health.notReady("lead", `standing by while ${leader} notifies`)
      )
    )
    yield* health.ready("lead")
    yield* setLeading(true)
    yield* Effect.raceFirst(
      work,
      Effect.andThen(lost, Effect.logWarning("Another notifier has taken over: standing by."))
    )
  }).pipe(Effect.scoped)
  return untilAvailable<void, E | StoreError, R | NotifierLease | Health>(once, { onWaiting: say }).pipe(
    Effect.repeat(Schedule.forever)
  )
}
