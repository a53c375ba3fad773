import { batchOf, defaultSettings, firstModelInForce, firstThresholds, thresholdsOf } from "@chaussettes/domain"
import { describe, expect, it } from "@effect/vitest"
import { logTime } from "../../../../libs/domain/test/support/lines.ts"
import type { FoldOutput } from "../../src/fold/fold.ts"
import { FoldSteps } from "../../src/fold/steps.ts"

const zeroMs = Date.UTC(2026, 0, 5)
const windowMs = 10_000

/** A fold, its clock, and messages of one line at a second of the log. */
const begin = () => {
  let nowMs = 0
  let seq = 0
  const settings = { ...defaultSettings, windowMs, allowedLatenessMs: 0 }
  const never = Number.NEGATIVE_INFINITY
  const steps = new FoldSteps(
    {
      settings,
      thresholds: thresholdsOf(firstThresholds),
      start: {
        decidedThroughMs: never,
        lateBeforeMs: never,
        clockMs: never,
        countedThroughSeq: 0,
        settledThroughSeq: 0,
        readThroughSeq: 0,
        known: []
      },
      incidents: { inForce: firstModelInForce(windowMs), models: [], stored: undefined, open: [], assumed: [] },
      logsCreated: "2026-01-01T00:00:00Z"
    },
    () => nowMs
  )
  const at = (second: number): FoldOutput => {
    const storedMs = zeroMs + second * 1_000
    const bytes = new TextEncoder().encode(`10.0.0.1 - - [${logTime(storedMs)}] "GET / HTTP/1.1" 200 1\n`)
    return steps.ingest(batchOf([{ seq: ++seq, source: "a", storedMs, bytes }]))
  }
  return { steps, at, pass: (ms: number) => (nowMs += ms) }
}

describe("what is known of incidents", () => {
  it("is packed behind a step that decides, not with it: its alerts would wait", () => {
    const { at, pass } = begin()
    at(0)
    pass(900)
    const decided = at(11)
    expect(decided).toMatchObject({ decided: 1, known: undefined })
    expect(decided.position).toBeDefined()
    const next = at(12)
    expect(next).toMatchObject({ decided: 0, position: { highestSeq: 3 } })
    expect(next.known).toMatchObject({ packed: expect.any(String) })
  })

  it("is packed with one where all steps decide, a second later", () => {
    const { at, pass } = begin()
    at(0)
    const known: Array<number> = []
    for (let step = 1; step <= 40; step++) {
      pass(100)
      if (at(step * 10 + 1).known !== undefined) known.push(step)
    }
    expect(known).toEqual([10, 25, 40])
  })

  it("is packed no more often than a checkpoint is written", () => {
    const { at, pass } = begin()
    at(0)
    at(11)
    let packed = 0
    for (let step = 0; step < 100; step++) {
      pass(50)
      // Every tenth step decides.
      if (at(12 + step).known !== undefined) packed++
    }
    expect(packed).toBeGreaterThan(4)
    expect(packed).toBeLessThanOrEqual(10)
  })

  it("is packed in a silence where it stands behind what was told last, once", () => {
    const { steps, at, pass } = begin()
    at(0)
    pass(1_000)
    expect(at(5).known).toBeDefined()
    pass(1_000)
    // Tells and decides at once, so that nothing is news in the silence but what is owed.
    expect(at(11)).toMatchObject({ decided: 1, tally: {}, known: undefined })
    pass(10)
    const silent = steps.silence({ clockMs: zeroMs + 12_000, isServed: false })
    expect(silent).toMatchObject({ decided: 0, position: { highestSeq: 3 } })
    expect(silent.known).toBeDefined()
    expect(steps.silence({ clockMs: zeroMs + 13_000, isServed: false }).known).toBeUndefined()
  })
})
