import { BufferPool } from "@chaussettes/service"
import { Clock, Effect } from "effect"
import type { Traffic } from "../traffic/traffic.ts"

/**
 * How lines are handed out. `Even`: by the clock, as many ms of event time a ms of the clock as it says; what a delay has
 * held back is made up for at once. `Max`: as fast as they are taken, with event times by their schedule, or of the present.
 */
export type Pace =
  | { readonly _tag: "Even"; readonly eventMsPerMs: number }
  | { readonly _tag: "Max"; readonly isHistory: boolean }

export interface PaceOptions<E, R> {
  readonly traffic: Traffic
  readonly pace: Pace
  /** How many lines at most. */
  readonly count: number
  /** No line behind this event time, in ms from the start. */
  readonly throughMs: number
  /** Takes lines, LF between them; waits while its receiver is behind. Once for many lines, never for none. */
  readonly take: (payload: Uint8Array, lines: number) => Effect.Effect<void, E, R>
  /** Resolves once all that was taken so far is stored: then its memory is used again. See `BufferPool`. */
  readonly stored: () => Promise<unknown>
}

/** A message holds at most this many lines. */
const linesAMessage = 500
const bytesAMessage = 128 * 1024
/** Lines that are due within it go together; the longest that a line is kept waiting by choice. */
const leastWaitMs = 20

/**
 * Hands out the traffic until its count or its last event time is reached. At low rates each line is a message of its own, at high ones
 * they go together.
 */
export const pacedLines = <E, R>(options: PaceOptions<E, R>): Effect.Effect<void, E, R> =>
  Effect.gen(function* () {
    const { traffic, pace, take } = options
    const pool = new BufferPool(bytesAMessage, options.stored)
    let buffer = { bytes: pool.take(), length: 0 }
    const startMs = yield* Clock.currentTimeMillis
    let left = options.count
    while (left > 0) {
      const elapsedMs = (yield* Clock.currentTimeMillis) - startMs
      const dueMs = Math.min(dueBy(pace, elapsedMs), options.throughMs)
      const lines = traffic.fill(buffer, dueMs, Math.min(left, linesAMessage))
      left -= lines
      if (lines > 0) {
        yield* take(buffer.bytes.subarray(0, buffer.length), lines)
        pool.sent(buffer.bytes)
        buffer = { bytes: pool.take(), length: 0 }
      }
      if (left === 0 || traffic.nextMs > options.throughMs) return
      if (pace._tag === "Max") yield* Effect.yieldNow
      else if (traffic.nextMs > dueMs) {
        yield* Effect.sleep(Math.max(leastWaitMs, Math.ceil(traffic.nextMs / pace.eventMsPerMs) - elapsedMs))
      }
    }
  })

const dueBy = (pace: Pace, elapsedMs: number): number => {
  if (pace._tag === "Even") return elapsedMs * pace.eventMsPerMs
  return pace.isHistory ? Number.POSITIVE_INFINITY : elapsedMs
}
