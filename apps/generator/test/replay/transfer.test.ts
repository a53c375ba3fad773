import { PassThrough } from "node:stream"
import { type Input, openStandardInput } from "@chaussettes/service"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { type PackedLines, packerLimits } from "../../src/lines/packer.ts"
import { InputFailed, makeTransfer, type Transfer } from "../../src/replay/transfer.ts"

interface Sent extends PackedLines {
  readonly atMs: number
}

const feedOf = (input: Input, sent: Array<Sent>, waitMs?: number): Transfer<never, never> =>
  makeTransfer({
    input,
    limits: { ...packerLimits, linesAMessage: 3 },
    from: { offset: 0, line: 0 },
    ...(waitMs === undefined ? {} : { waitMs }),
    send: (packed) => Effect.map(Clock.currentTimeMillis, (atMs) => void sent.push({ ...packed, atMs }))
  })

const texts = (sent: ReadonlyArray<Sent>) => sent.map((s) => Buffer.from(s.payload).toString())

/** Lets what was written on a stream reach its reader, which takes turns of the event loop and no time. */
const arrive = Effect.promise(async () => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
})

describe("feed", () => {
  it.effect("sends a pipe's lines after the wait at the latest, counted from the first that waits", () =>
    Effect.gen(function* () {
      const stream = new PassThrough()
      const sent: Array<Sent> = []
      const fiber = yield* Effect.forkChild(feedOf(openStandardInput(stream), sent, 25).all)
      yield* arrive
      stream.write("a\nb")
      yield* arrive
      yield* TestClock.adjust("20 millis")
      assert.deepStrictEqual(texts(sent), [])
      stream.write("b\nc")
      yield* arrive
      yield* TestClock.adjust("5 millis")
      yield* arrive
      assert.deepStrictEqual(texts(sent), ["a\nbb"])
      assert.strictEqual(sent[0]!.atMs, 25)
      yield* TestClock.adjust("1 minute")
      stream.end("d")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(texts(sent), ["a\nbb", "cd"])
    })
  )

  it.effect("sends a full message at once", () =>
    Effect.gen(function* () {
      const stream = new PassThrough()
      const sent: Array<Sent> = []
      yield* Effect.forkChild(feedOf(openStandardInput(stream), sent, 25).all)
      stream.write("a\nb\nc\nd\n")
      yield* arrive
      assert.deepStrictEqual(texts(sent), ["a\nb\nc"])
    })
  )

  it.effect("waits for a message to be full where no wait is given", () =>
    Effect.gen(function* () {
      const stream = new PassThrough()
      const sent: Array<Sent> = []
      const fiber = yield* Effect.forkChild(feedOf(openStandardInput(stream), sent).all)
      stream.write("a\nb\n")
      yield* arrive
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(texts(sent), [])
      stream.end("c\nd\n")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(texts(sent), ["a\nb\nc", "d"])
    })
  )

  it.effect("sends the whole lines that it has when it is interrupted", () =>
    Effect.gen(function* () {
      const stream = new PassThrough()
      const sent: Array<Sent> = []
      const feed = feedOf(openStandardInput(stream), sent, 25)
      const fiber = yield* Effect.forkChild(feed.all)
      stream.write("a\nb\nhalf a li")
      yield* arrive
      yield* Fiber.interrupt(fiber)
      yield* feed.rest
      assert.deepStrictEqual(texts(sent), ["a\nb"])
    })
  )

  it.effect("fails with the input's name when that cannot be read on, and has sent what was before", () =>
    Effect.gen(function* () {
      let reads = 0
      const input: Input = {
        name: "access.log",
        next: async () => {
          if (reads++ > 0) throw new Error("the disk is gone")
          return Buffer.from("a\nb\nc\nd\n")
        },
        roomBefore: 0,
        readBytes: () => 0,
        close: async () => {}
      }
      const sent: Array<Sent> = []
      const error = yield* Effect.flip(feedOf(input, sent).all)
      assert.instanceOf(error, InputFailed)
      assert.strictEqual(error.name, "access.log")
      assert.deepStrictEqual(texts(sent), ["a\nb\nc"])
    })
  )
})
