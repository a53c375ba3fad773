import { Cause, Effect, Exit, Option } from "effect"

/** How long an end that was asked for waits until everything has arrived. */
const drainMs = 10_000

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * Waits until all that was written has arrived, to be called uninterruptibly: with `restore`, as long as it takes while nobody asks
 * for an end; from then on, or without it, a while. None where it has not arrived.
 */
export const drained = Effect.fn("drained")(function* <A, E, R>(
  flush: Effect.Effect<A, E, R>,
  restore: Restore | undefined
): Effect.fn.Return<Option.Option<A>, E, R> {
  if (restore !== undefined) {
    const exit = yield* Effect.exit(restore(flush))
    if (Exit.isSuccess(exit)) return Option.some(exit.value)
    if (!Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.failCause(exit.cause)
  }
  return yield* Effect.timeoutOption(Effect.interruptible(flush), drainMs)
})
