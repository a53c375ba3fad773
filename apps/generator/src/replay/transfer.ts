import type { Input } from "@chaussettes/service"
import { Clock, Data, Effect } from "effect"
import { LinePacker, type PackedLines, type PackerLimits } from "./packer.ts"

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
