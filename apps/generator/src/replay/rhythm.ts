import { Clock, Effect } from "effect"
import { firstLines, linesBehind, type PackedLines } from "./packer.ts"
import { anyScanner } from "./rewrite.ts"

/** Lines that are due within it go together. */
const togetherMs = 20

type Send<E, R> = (packed: PackedLines) => Effect.Effect<void, E, R>

/**
 * Sends lines in the rhythm of their own times, `speed` times as fast: each when its turn has come, counted from the first
 * one that has a time. A line without one, or with one that is behind an earlier line's, goes with what is before it.
 */
export const inRhythm = <E, R>(
  speed: number,
  send: Send<E, R>,
  format = ""
): { readonly send: Send<E, R>; readonly rest: Send<E, R> } => {
  // What lines have said of their format holds for those behind them: it is one input.
  const { scanner, reader } = anyScanner()
  reader.begin(format)
  let first: { readonly eventMs: number; readonly clockMs: number } | undefined
  let dueMs = Number.NEGATIVE_INFINITY
  /** Where the input goes on behind what was sent. */
  let sentOffset = 0

  const sendNow = (packed: PackedLines) =>
    Effect.tap(send(packed), () =>
      Effect.sync(() => {
        sentOffset = packed.endOffset
      })
    )

  /** How many lines from `start` on are due, and where the first one begins that is not. */
  const dueFrom = (
    payload: Uint8Array,
    start: number,
    nowMs: number
  ): { readonly lines: number; readonly end: number } => {
    let [at, lines] = [start, 0]
    while (at < payload.length) {
      if (scanner.scan(payload, at, payload.length) === 0) {
        first ??= { eventMs: scanner.timeMs, clockMs: nowMs }
        dueMs = Math.max(dueMs, first.clockMs + (scanner.timeMs - first.eventMs) / speed)
      }
      if (dueMs > nowMs + togetherMs) break
      at = scanner.next
      lines++
    }
    return { lines, end: at }
  }

  return {
    send: (packed) =>
      Effect.gen(function* () {
        let left = packed
        while (left.lines > 0) {
          const { lines, end } = dueFrom(left.payload, 0, yield* Clock.currentTimeMillis)
          if (lines === left.lines || end === left.payload.length) return yield* sendNow(left)
          if (lines > 0) {
            yield* sendNow(firstLines(left, lines, end))
            left = linesBehind(left, lines, end)
          }
          const waitMs = Math.ceil(dueMs - (yield* Clock.currentTimeMillis))
          if (waitMs > 0) yield* Effect.sleep(waitMs)
        }
      }),
    /** What is left of a message whose sending was interrupted, without waiting. */
    rest: (packed) =>
      Effect.suspend(() => {
        if (packed.startOffset >= sentOffset) return sendNow(packed)
        if (packed.endOffset <= sentOffset) return Effect.void
        const end = sentOffset - packed.startOffset
        let lines = 0
        for (let at = packed.payload.indexOf(LF); at >= 0 && at < end; at = packed.payload.indexOf(LF, at + 1)) lines++
        return sendNow(linesBehind(packed, lines, end))
      })
  }
}

const LF = 10
