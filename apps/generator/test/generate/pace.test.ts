import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { type Pace, pacedLines } from "../../src/generate/pace.ts"
import { evenSchedule } from "../../src/traffic/schedule.ts"
import { Traffic, type TrafficSettings } from "../../src/traffic/traffic.ts"
import { parse, settings, startMs } from "../traffic/helpers.ts"

interface Sent {
  readonly atMs: number
  readonly lines: number
  readonly payload: Uint8Array
}

interface Some {
  readonly pace: Pace
  readonly count?: number
  readonly throughMs?: number
  readonly traffic?: Partial<TrafficSettings>
  /** How long the receiver keeps the n-th message. */
  readonly keepsMs?: (message: number) => number
}

const run = (some: Some, sent: Array<Sent>) =>
  pacedLines({
    traffic: new Traffic(settings(some.traffic)),
    pace: some.pace,
    count: some.count ?? Number.POSITIVE_INFINITY,
    throughMs: some.throughMs ?? Number.POSITIVE_INFINITY,
    // Nothing is ever stored, so that each message can be looked at in the end.
    stored: () => new Promise(() => {}),
    take: (payload, lines) =>
      Effect.gen(function* () {
        sent.push({ atMs: yield* Clock.currentTimeMillis, lines, payload })
        yield* Effect.sleep(some.keepsMs?.(sent.length) ?? 0)
      })
  })

const even: Pace = { _tag: "Even", eventMsPerMs: 1 }
const linesOf = (sent: ReadonlyArray<Sent>) => sent.reduce((n, s) => n + s.lines, 0)

describe("pacedLines", () => {
  it.effect("sends one line a message, each at its time, at a low rate", () =>
    Effect.gen(function* () {
      const sent: Array<Sent> = []
      yield* Effect.forkChild(run({ pace: even }, sent))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(
        sent.map((s) => s.atMs),
        Array.from({ length: 51 }, (_, i) => i * 200)
      )
      for (const { lines } of sent) assert.strictEqual(lines, 1)
    })
  )

  it.effect("packs many lines into a message at a high rate and never lets one wait for more than 50 ms", () =>
    Effect.gen(function* () {
      const sent: Array<Sent> = []
      yield* Effect.forkChild(run({ pace: even, traffic: { schedule: evenSchedule(10_000) } }, sent))
      yield* TestClock.adjust("1 second")
      assert.approximately(linesOf(sent), 10_000, 300)
      assert.isBelow(sent.length, 60)
      for (const [i, s] of sent.entries()) assert.isAtMost(s.atMs - (sent[i - 1]?.atMs ?? 0), 50)
    })
  )

  it.effect("holds at most 500 lines in a message and 128 KiB", () =>
    Effect.gen(function* () {
      const sent: Array<Sent> = []
      yield* Effect.forkChild(run({ pace: even, traffic: { schedule: evenSchedule(200_000) } }, sent))
      yield* TestClock.adjust("1 second")
      assert.approximately(linesOf(sent), 200_000, 5_000)
      assert.strictEqual(Math.max(...sent.map((s) => s.lines)), 500)
      for (const s of sent) assert.isAtMost(s.payload.length, 128 * 1024)
    })
  )

  it.effect("makes up for a delay, and each line keeps the time at which it was due", () =>
    Effect.gen(function* () {
      const sent: Array<Sent> = []
      const keepsMs = (message: number) => (message === 10 ? 4_000 : 0)
      yield* Effect.forkChild(run({ pace: even, keepsMs }, sent))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(linesOf(sent), 51)
      const times = sent.flatMap((s) => parse(s.payload).lines.map((l) => l.timeMs))
      assert.deepStrictEqual(
        times,
        Array.from({ length: 51 }, (_, i) => startMs + Math.floor(i / 5) * 1000)
      )
    })
  )

  it.effect("runs through event time faster than the clock where the rate is above history's density", () =>
    Effect.gen(function* () {
      const sent: Array<Sent> = []
      // 100 lines a second of a history that has 5 a second
      yield* Effect.forkChild(run({ pace: { _tag: "Even", eventMsPerMs: 20 } }, sent))
      yield* TestClock.adjust("3 seconds")
      assert.approximately(linesOf(sent), 300, 3)
      const last = parse(sent.at(-1)!.payload).lines.at(-1)!
      assert.approximately(last.timeMs - startMs, 60_000, 1_000)
    })
  )

  it.effect("ends after its count, whatever the pace", () =>
    Effect.gen(function* () {
      for (const pace of [even, { _tag: "Max", isHistory: true }, { _tag: "Max", isHistory: false }] as const) {
        const sent: Array<Sent> = []
        const schedule = pace._tag === "Max" && !pace.isHistory ? undefined : evenSchedule(5)
        const fiber = yield* Effect.forkChild(run({ pace, count: 1_234, traffic: { schedule } }, sent))
        yield* TestClock.adjust("5 minutes")
        yield* Fiber.join(fiber)
        assert.strictEqual(linesOf(sent), 1_234)
      }
    })
  )

  it.effect("ends history at its last event time, without waiting for the clock", () =>
    Effect.gen(function* () {
      const sent: Array<Sent> = []
      yield* run({ pace: { _tag: "Max", isHistory: true }, throughMs: 60_000 }, sent)
      assert.strictEqual(linesOf(sent), 301)
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
    })
  )

  it.effect("stops in the middle when it is interrupted", () =>
    Effect.gen(function* () {
      const sent: Array<Sent> = []
      const fiber = yield* Effect.forkChild(run({ pace: even }, sent))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(linesOf(sent), 6)
    })
  )
})
