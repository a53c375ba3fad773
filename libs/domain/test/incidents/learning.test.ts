import { describe, expect, it } from "vitest"
import { IncidentLearner } from "../../src/incidents/learner.ts"
import { priorFrom } from "../../src/incidents/prior.ts"
import { logBeta } from "../../src/thresholds/numerics.ts"
import { Random } from "../support/random.ts"

const windowMs = 10_000
const hourMs = 3_600_000

interface Total {
  readonly key: string
  readonly requests: number
  readonly errors: readonly [number, number]
}

describe("the prior of keys", () => {
  /** The log likelihood as it is defined. */
  const likelihood = (totals: ReadonlyArray<Total>, a: number, b: number) =>
    totals.reduce(
      (sum, { requests, errors }) =>
        sum + (logBeta(a + errors[0], b + Math.max(0, requests - errors[0])) - logBeta(a, b)),
      0
    )

  const columnsOf = (totals: ReadonlyArray<Total>) => ({
    keys: totals.map(({ key }) => key),
    requests: Float64Array.from(totals, ({ requests }) => requests),
    errors: [0, 1].map((c) => Float64Array.from(totals, ({ errors }) => errors[c]!)) as [Float64Array, Float64Array]
  })

  it("is the likeliest one, or a weaker one that is nearly as likely", () => {
    const random = new Random(3)
    for (let site = 0; site < 20; site++) {
      const rate = 10 ** random.int(-3, -1)
      const faded = random.chance(0.5) ? 0.95 ** random.int(1, 9) : 1
      const totals = Array.from({ length: random.int(1, 80) }, (_, i): Total => {
        const requests = random.int(2, 60)
        let errors = 0
        for (let k = 0; k < requests; k++) if (random.chance(rate)) errors++
        return { key: `${i}`, requests: requests * faded, errors: [errors * faded, 0] }
      }).sort((a, b) => b.requests - a.requests)
      const kept = totals.filter((t) => t.requests >= 2)
      const mean = Math.max(
        1e-5,
        (totals.reduce((sum, t) => sum + t.errors[0], 0) + 0.5) / (totals.reduce((sum, t) => sum + t.requests, 0) + 10)
      )
      const tried = [0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((strength) => {
        const by = [0.25, 0.5, 1, 2].map((times) => mean * times)
        const found = by.map((p) => likelihood(kept, p * strength, (1 - p) * strength))
        return { strength, most: Math.max(...found) }
      })
      const most = Math.max(...tried.map((t) => t.most))
      expect(priorFrom(columnsOf(totals), 0, 0).strength).toBe(tried.find((t) => t.most >= most - 1)!.strength)
    }
  })
})

describe("a learner", () => {
  const startMs = Date.UTC(2026, 0, 5, 7, 59, 50)
  const learnt = (hears: (learner: IncidentLearner) => void) => {
    const learner = new IncidentLearner(windowMs, 1)
    const none = { count: 0, requests: zero, errors: zero, errorsOf: zero, hash: zero, text: () => "", is: () => false }
    const window = (ms: number) => {
      const counts = { requests: 100, errors: [0, 0] as const, ip: none, url: none, joint: () => [] }
      learner.window({ startMs: ms, endMs: ms + windowMs, ...counts })
    }
    // Faded by the days, so that a window counts for no round number.
    for (let day = 0; day < 4; day++) for (let w = 0; w < 5_000; w++) window(startMs + day * 24 * hourMs + w * windowMs)
    hears(learner)
    return learner.model()
  }
  const zero = () => 0

  it("hears of a long silence at once as of its windows one by one, at the ends of hours, too", () => {
    const [fromMs, windows] = [startMs + 96 * hourMs, 9_001]
    const atOnce = learnt((learner) => learner.silence(fromMs, windows))
    const byOne = learnt((learner) => {
      for (let w = 0; w < windows; w++) learner.traffic(fromMs + w * windowMs, 0, undefined, false)
    })
    expect(atOnce.traffic).toBeDefined()
    expect(atOnce).toEqual(byOne)
    expect(atOnce).not.toEqual(learnt(() => undefined))
  })
})
