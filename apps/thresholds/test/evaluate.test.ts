import { buckets, defaultDimensions } from "@chaussettes/domain"
import { beforeAll, describe, expect, it } from "vitest"
import { runClean, smallSite } from "../src/evaluate/clean.ts"
import { runIncidents } from "../src/evaluate/incidents.ts"
import { shareOf } from "../src/evaluate/tally.ts"

/** The evaluation in small: the same code and seeds as `npm run evaluate`, with fewer days. */
describe("on clean traffic that was not learnt from", () => {
  for (const [errorRate, windowMs, days] of [
    [0.05, 10_000, 2],
    [0.2, 10_000, 2],
    [0.05, 60_000, 6]
  ] as const) {
    it(`about one pane in a hundred alerts at ${errorRate * 100} % errors and ${windowMs / 1000}-s windows, in every bucket at most two`, () => {
      const requests = (smallSite.requests * windowMs) / 10_000
      const { tallies, calibrated } = runClean({
        name: "",
        site: { ...smallSite, requests, errorRate, windowMs, seed: 7 },
        historyDays: days,
        judgedDays: days / 2,
        withCandidates: false
      })
      expect(calibrated.refusal).toBeUndefined()
      const [own, percentile, fixed] = tallies
      for (const dimension of defaultDimensions) {
        const share = shareOf(own!.overall()[dimension])
        expect(share).toBeGreaterThan(0.005)
        expect(share).toBeLessThan(0.015)
        for (const bucket of own!.byBucket(dimension)) {
          if (bucket.panes >= 500) expect(shareOf(bucket)).toBeLessThan(0.02)
        }
      }
      expect(own!.byBucket("ip").length).toBe(buckets.length)
      // What it is better than: the original fires on half of all windows, or on all of them.
      expect(shareOf(percentile!.overall().global)).toBeGreaterThan(0.3)
      expect(shareOf(percentile!.overall().ip)).toBeGreaterThan(0.03)
      if (errorRate === 0.2) expect(shareOf(fixed!.overall().global)).toBeGreaterThan(0.9)
    }, 120_000)
  }
})

describe("incidents", () => {
  let results: ReturnType<typeof runIncidents> = []
  beforeAll(() => {
    results = runIncidents({
      errorRate: 0.05,
      seed: 4,
      historyDays: 1,
      judgedDays: 0.25,
      contaminations: [0, 0.02, 0.05, 0.1, 0.3]
    })
  }, 120_000)

  it("are seen within two windows, 95 of 100 at least, after histories of which up to 5 % were attacked", () => {
    const published = results.filter((r) => r.contamination <= 0.05)
    expect(published).toHaveLength(9)
    for (const { refusal, seen } of published) {
      expect(refusal).toBeUndefined()
      const own = seen.find((s) => s.method === "calibrated")!
      expect(own.incidents).toBe(18)
      expect(own.seen / own.incidents).toBeGreaterThanOrEqual(0.95)
      expect(own.delay95).toBeLessThanOrEqual(2)
    }
  })

  it("are still seen, or nothing is published, when a tenth of the history was attacked", () => {
    for (const { refusal, seen } of results.filter((r) => r.contamination === 0.1)) {
      if (refusal !== undefined) continue
      const own = seen.find((s) => s.method === "calibrated")!
      expect(own.seen / own.incidents).toBeGreaterThanOrEqual(0.95)
      expect(own.meanDelay).toBeLessThanOrEqual(2)
    }
  })

  it("keep anything from being published when they were three tenths of the history", () => {
    const heavy = results.filter((r) => r.contamination === 0.3)
    expect(heavy).toHaveLength(3)
    for (const { refusal } of heavy) expect(refusal).toContain("clean traffic does not explain")
  })
})
