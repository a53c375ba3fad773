import { assert, describe, it } from "@effect/vitest"
import { Option, Result } from "effect"
import type { GenerateInput } from "../../src/generate/flags.ts"
import { planOf } from "../../src/generate/plan.ts"
import { startMs } from "../traffic/helpers.ts"

const none = Option.none()
const some = Option.some

const flags = (given: Partial<GenerateInput> = {}): GenerateInput =>
  ({
    rate: 5,
    errorUsers: 20,
    errorRate: 15,
    errorUrls: 15,
    output: none,
    source: "generator",
    seed: none,
    count: none,
    start: none,
    perSecond: none,
    zone: "UTC",
    incidents: [],
    labels: none,
    late: 0,
    lateByMs: 20_000,
    malformed: 0,
    burst: none,
    ...given
  }) as GenerateInput

const monthMs = 30 * 86_400_000
const nowMs = startMs + monthMs
const plan = (given: Partial<GenerateInput> = {}) => Result.getOrThrow(planOf(flags(given), nowMs, 99))
const wrong = (given: Partial<GenerateInput>) => {
  const result = planOf(flags(given), nowMs, 99)
  assert.isTrue(Result.isFailure(result))
  return Result.isFailure(result) ? result.failure : undefined
}

describe("planOf", () => {
  it("makes event time the clock's, from now on and without an end, where nothing else is asked for", () => {
    const { pace, count, throughMs, traffic, runsAhead } = plan()
    assert.deepStrictEqual(pace, { _tag: "Even", eventMsPerMs: 1 })
    assert.deepStrictEqual([count, throughMs, runsAhead], [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, false])
    assert.deepStrictEqual([traffic.startMs, traffic.seed, traffic.schedule!.atMs(5)], [nowMs, 99, 1000])
    assert.deepStrictEqual([traffic.errorUsers, traffic.errorRate, traffic.errorUrls], [0.2, 0.15, 0.15])
  })

  it("ends history at the present", () => {
    assert.strictEqual(plan({ start: some(startMs), rate: "max" }).throughMs, monthMs)
    assert.strictEqual(plan({ start: some(startMs), rate: "max", count: some(10) }).throughMs, Number.POSITIVE_INFINITY)
  })

  it("runs through history at the ratio of the rate to its density", () => {
    assert.deepStrictEqual(plan({ start: some(startMs), rate: 1000, perSecond: some(5) }).pace, {
      _tag: "Even",
      eventMsPerMs: 200
    })
    assert.strictEqual(
      plan({ start: some(startMs), rate: "max", perSecond: some(50) }).traffic.schedule!.atMs(50),
      1000
    )
    assert.strictEqual(plan({ start: some(startMs), rate: "max" }).traffic.schedule!.atMs(5), 1000)
  })

  it("gives the present's lines no schedule where they come as fast as they can", () => {
    assert.isUndefined(plan({ rate: "max" }).traffic.schedule)
  })

  it("tells that a count goes beyond the present", () => {
    assert.isTrue(plan({ start: some(nowMs - 1_000), count: some(7) }).runsAhead)
    assert.isFalse(plan({ start: some(nowMs - 1_000), count: some(6) }).runsAhead)
  })

  it("refuses what does not go together, as wrong usage", () => {
    for (const given of [
      { perSecond: some(5) },
      { rate: "max" as const, burst: some({ factor: 2, everyMs: 1000, lengthMs: 100 }) },
      { start: some(nowMs + 1) }
    ]) {
      assert.strictEqual(wrong(given)?.exitCode, 2)
    }
  })
})
