import type { Input } from "@chaussettes/service"
import { Clock, Data, Effect } from "effect"
import { firstLines, LinePacker, linesBehind, type PackedLines, type PackerLimits } from "../lines/packer.ts"
import { anyScanner } from "../lines/rewrite.ts"

/** An input could not be read on. */
export class InputFailed extends Data.TaggedError("InputFailed")<{
  readonly name: string
  readonly cause: unknown
}> {}

export interface TransferOptions<E, R> {
  readonly input: Input
  readonly limits: PackerLimits
  /** Where the input begins, in its file. */
  readonly from: { readonly offset: number; readonly line: number }
  /**
   * How long a whole line may wait for others to come, ms. Without it, a message is sent when it is full: so it is a file's bytes alone
   * that say where a message ends.
   */
  readonly waitMs?: number
  readonly send: (packed: PackedLines) => Effect.Effect<void, E, R>
  /** How `rest` sends, where that is another way. */
  readonly sendRest?: (packed: PackedLines) => Effect.Effect<void, E, R>
}

/** An input on its way. */
export interface Transfer<E, R> {
  /** Reads the input to its end and sends all of it. */
  readonly all: Effect.Effect<void, E | InputFailed, R>
  /** Sends the whole lines that were read before `all` was interrupted or failed; a message that was being sent then is sent again. */
  readonly rest: Effect.Effect<void, E, R>
}

export const makeTransfer = <E, R>(options: TransferOptions<E, R>): Transfer<E, R> => {
  const { input, limits, from, waitMs, send, sendRest = send } = options
  const ready: Array<PackedLines> = []
  const packer = new LinePacker(limits, from, (packed) => ready.push(packed))
  let reading: Promise<Uint8Array | undefined> | undefined
  let waitingSinceMs: number | undefined

  const sendReady = (how: typeof send) =>
    Effect.gen(function* () {
      while (ready.length > 0) {
        yield* how(ready[0]!)
        ready.shift()
      }
    })

  const read = Effect.tryPromise({
    try: () => {
      reading ??= input.next()
      return reading
    },
    catch: (cause) => new InputFailed({ name: input.name, cause })
  })

  /** The next bytes, or "late" where lines that wait have waited long enough. */
  const readOrLate = (limitMs: number) =>
    Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis
      waitingSinceMs = packer.isWaiting ? (waitingSinceMs ?? nowMs) : undefined
      if (waitingSinceMs === undefined) return yield* read
      const leftMs = waitingSinceMs + limitMs - nowMs
      if (leftMs <= 0) return "late" as const
      return yield* Effect.raceFirst(read, Effect.as(Effect.sleep(leftMs), "late" as const))
    })

  const flush = (how: typeof send) =>
    Effect.suspend(() => {
      packer.flush()
      waitingSinceMs = undefined
      return sendReady(how)
    })

  return {
    all: Effect.gen(function* () {
      for (;;) {
        const step = yield* waitMs === undefined ? read : readOrLate(waitMs)
        if (step === "late") {
          yield* flush(send)
          continue
        }
        reading = undefined
        if (step === undefined) packer.end()
        else packer.push(step, input.roomBefore)
        yield* sendReady(send)
        if (step === undefined) return
      }
    }),
    rest: flush(sendRest)
  }
}

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
