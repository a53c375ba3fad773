import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { LinePacker, linesOf, type PackedLines, packerLimits } from "../../src/lines/packer.ts"
import { inRhythm } from "../../src/replay/transfer.ts"

const line = (second: number) =>
  `10.0.0.1 - - [05/Jan/2026:03:${`${Math.floor(second / 60)}`.padStart(2, "0")}:${`${second % 60}`.padStart(2, "0")} +0000] "GET / HTTP/1.1" 200 1`

const packed = (lines: ReadonlyArray<string>): PackedLines => {
  const made: Array<PackedLines> = []
  const packer = new LinePacker(packerLimits, { offset: 1000, line: 10 }, (message) => made.push(message))
  packer.push(Buffer.from(lines.map((l) => `${l}\n`).join("")))
  packer.end()
  return made[0]!
}

interface Sent extends PackedLines {
  readonly atMs: number
}

const recorder = (sent: Array<Sent>) => (message: PackedLines) =>
  Effect.map(Clock.currentTimeMillis, (atMs) => void sent.push({ ...message, atMs }))

const text = (sent: ReadonlyArray<PackedLines>) => Buffer.concat(sent.map((s) => linesOf(s.payload))).toString()

describe("inRhythm", () => {
  const lines = [line(0), line(0), "no time", line(10), line(7), line(30), "", line(60)]

  const expected: ReadonlyArray<readonly [speed: number, times: Array<number>]> = [
    [1, [0, 10_000, 30_000, 60_000]],
    [10, [0, 1_000, 3_000, 6_000]],
    [1e9, [0]]
  ]
  for (const [speed, times] of expected) {
    it.effect(`sends each line when its turn has come, at ${speed} times its own speed`, () =>
      Effect.gen(function* () {
        const sent: Array<Sent> = []
        const fiber = yield* Effect.forkChild(inRhythm(speed, recorder(sent)).send(packed(lines)))
        yield* TestClock.adjust("2 minutes")
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(
          sent.map((s) => s.atMs),
          times
        )
        assert.strictEqual(text(sent), lines.map((l) => `${l}\n`).join(""))
      })
    )
  }

  it.effect("says of each part where it stands in the input", () =>
    Effect.gen(function* () {
      const sent: Array<Sent> = []
      const whole = packed(lines)
      yield* Effect.forkChild(inRhythm(1, recorder(sent)).send(whole))
      yield* TestClock.adjust("2 minutes")
      let [offset, number] = [whole.startOffset, whole.endLine - whole.lines]
      for (const part of sent) {
        assert.strictEqual(part.startOffset, offset)
        offset += linesOf(part.payload).length
        number += part.lines
        assert.deepStrictEqual([part.endOffset, part.endLine], [offset, number])
      }
      assert.deepStrictEqual([offset, number], [whole.endOffset, whole.endLine])
    })
  )

  it.effect("keeps the rhythm from message to message", () =>
    Effect.gen(function* () {
      const sent: Array<Sent> = []
      const { send } = inRhythm(1, recorder(sent))
      const both = Effect.andThen(send(packed([line(0)])), send(packed([line(5)])))
      yield* Effect.forkChild(both)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(
        sent.map((s) => s.atMs),
        [0, 5_000]
      )
    })
  )

  it.effect("sends what is left at once, and nothing twice, when it was interrupted", () =>
    Effect.gen(function* () {
      const sent: Array<Sent> = []
      const { send, rest } = inRhythm(1, recorder(sent))
      const fiber = yield* Effect.forkChild(send(packed(lines)))
      yield* TestClock.adjust("15 seconds")
      yield* Fiber.interrupt(fiber)
      yield* rest(packed(lines))
      assert.strictEqual(text(sent), lines.map((l) => `${l}\n`).join(""))
      assert.strictEqual(
        sent.reduce((n, s) => n + s.lines, 0),
        lines.length
      )
      yield* rest(packed(lines))
      assert.strictEqual(
        sent.reduce((n, s) => n + s.lines, 0),
        lines.length
      )
    })
  )
})
