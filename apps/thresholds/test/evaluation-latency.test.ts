import { beforeAll, describe, expect, it } from "vitest"
import { type LatencyResult, latencySites, runLatency } from "../src/evaluate/families/latency.ts"

/** The evaluation of latency in small: the same code as `npm run evaluate -- --incidents`, with fewer days. */
describe("on a site whose log says how long requests took", () => {
  let result: LatencyResult
  beforeAll(() => {
    result = runLatency(latencySites(7)[0]!, { learntDays: 1, days: 4, trials: 6 })
  }, 60_000)
  const of = (name: string) => result.trials.find((trial) => trial.name === name)!

  it("nothing is told while it is as usual", () => {
    expect(result.openedAtFirst + result.opened).toBe(0)
  })

  it.each([
    ["all traffic × 2", 3],
    ["all traffic × 4", 1.5],
    ["URL with 28 % of the requests × 2", 14],
    ["URL with 9 % × 4", 9]
  ] as const)("it is told in time, by its cause, and once: %s", (name, mostWindows) => {
    const { seen, trials, meanDelay, firstRight, opened } = of(name)
    expect(seen).toBe(trials)
    expect(meanDelay).toBeLessThanOrEqual(mostWindows)
    expect(firstRight).toBeGreaterThanOrEqual(trials - 1)
    expect(opened).toBeLessThan(1.4)
  })
})
