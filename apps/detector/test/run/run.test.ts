import { batchOf, type LogMessage } from "@chaussettes/domain"
import { LogsReader } from "@chaussettes/jetstream"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { bytesOf, common, logTime } from "../../../../libs/domain/test/support/lines.ts"
import { Folds, layerFolds } from "../../src/fold/folds.ts"
import { runDetector, storedWindows } from "../support/detector.ts"
import { memoryPorts } from "./memory.ts"

/** Decides at once and answers a second later, as a thread that is busy. */
const slowFold = Layer.effect(
  Folds,
  Effect.map(Folds, ({ open }) => ({
    ahead: 4,
    open: (options) =>
      Effect.map(open(options), (fold) => ({
        begin: fold.begin,
        ask: (method, argument) =>
          Effect.tap(fold.ask(method, argument), () => (method === "silence" ? Effect.sleep("1 second") : Effect.void))
      }))
  }))
).pipe(Layer.provide(layerFolds("inline")))

const message = (seq: number, storedSecond: number, seconds: ReadonlyArray<number>): LogMessage => ({
  seq,
  source: "a",
  storedMs: storedSecond * 1_000,
  bytes: bytesOf(seconds.map((second) => common({ time: logTime(second * 1_000) })).join("\n"))
})

type Read = { readonly afterMs: number; readonly messages: ReadonlyArray<LogMessage> }

/** LOGS that is read piece by piece, with nothing behind each for a while, and ends after `endMs`. */
const readerOf = (reads: ReadonlyArray<Read>, endMs: number) =>
  Layer.succeed(LogsReader, {
    state: Effect.succeed({ firstSeq: 1, lastSeq: 9, messages: 9, bytes: 100, created: "1970-01-01T00:00:00Z" }),
    read: () =>
      Stream.concat(
        Stream.fromIterable(reads).pipe(
          Stream.mapEffect(({ afterMs, messages }) =>
            Effect.delay(Effect.succeed({ batch: batchOf(messages), caughtUp: true }), afterMs)
          )
        ),
        Stream.fromEffect(Effect.sleep(endMs)).pipe(Stream.drain)
      ),
    waiting: () => Effect.succeed(undefined),
    get: () => Effect.succeed(undefined),
    lastOf: () => Effect.succeed(undefined)
  })

/** The second window has begun by the clock only two seconds later: silence decides it. */
const first: Read = { afterMs: 0, messages: [message(1, 8, [1, 12, 27])] }

/** The windows that stand in WINDOWS after two minutes. */
const startsOf = (reader: Layer.Layer<LogsReader>, untilCaughtUp: boolean) =>
  Effect.gen(function* () {
    const detecting = yield* Effect.forkChild(runDetector({ untilCaughtUp, folds: slowFold }))
    for (let i = 0; i < 240; i++) yield* TestClock.adjust("500 millis")
    yield* untilCaughtUp ? Fiber.join(detecting) : Fiber.interrupt(detecting)
    return (yield* storedWindows).map(({ start }) => start.slice(11))
  }).pipe(Effect.provide(Layer.merge(memoryPorts, reader)))

describe("a life", () => {
  it.effect.each([500, 1_500, 2_500, 3_500, 4_500])(
    "stores what silence has decided, also where its reading ends just then (after %i ms)",
    (endMs) =>
      Effect.gen(function* () {
        expect(yield* startsOf(readerOf([first], endMs), true)).toEqual(["00:00:00Z", "00:00:10Z", "00:00:20Z"])
      })
  )

  it.effect.each([500, 1_500, 2_500, 3_500, 4_500])(
    "stores in the order in which it was decided what silence and what the next message decides (%i ms later)",
    (afterMs) =>
      Effect.gen(function* () {
        const second: Read = { afterMs, messages: [message(2, 40, [38, 60])] }
        expect(yield* startsOf(readerOf([first, second], 1e9), false)).toEqual([
          "00:00:00Z",
          "00:00:10Z",
          "00:00:20Z",
          "00:00:30Z",
          "00:01:00Z"
        ])
      })
  )
})
