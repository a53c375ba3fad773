import { describe, expect, it } from "vitest"
import { Evidence, independentOf, oddsOf } from "../../src/incidents/evidence.ts"
import { Level } from "../../src/incidents/level.ts"
import { firstModel } from "../../src/incidents/model.ts"
import { Peaks } from "../../src/incidents/peaks.ts"
import { Random } from "../support/random.ts"

const binomial = (random: Random, n: number, p: number): number => {
  let k = 0
  for (let i = 0; i < n; i++) if (random.chance(p)) k++
  return k
}

const known = { alpha: 500, beta: 9_500 }

describe("evidence", () => {
  it("reaches a strength of h in no more than e^-h of the excursions while all is as expected", () => {
    const random = new Random(1)
    const odds = oddsOf(known)
    const evidence = new Evidence()
    const peaks: Array<number> = []
    for (let i = 0; i < 60_000; i++) {
      evidence.add(20, binomial(random, 20, 0.05), odds, 0, i)
      if (!evidence.isEmpty) continue
      peaks.push(evidence.peak)
      evidence.clear()
    }
    expect(peaks.length).toBeGreaterThan(500)
    // Five alternatives share an excursion, and many ends with one of them.
    for (const h of [4, 5, 6]) {
      const share = peaks.filter((peak) => peak >= h).length / 60_000
      expect(share).toBeLessThan(Math.exp(-h))
    }
  })

  it("adds many weak windows up to what one strong window says", () => {
    const odds = oddsOf(known)
    const [slow, fast] = [new Evidence(), new Evidence()]
    for (let i = 0; i < 45; i++) slow.add(20, 2, odds, 0, i)
    fast.add(20, 12, odds, 0, 0)
    expect(slow.current!.strength).toBeGreaterThan(14)
    expect(fast.current!.strength).toBeGreaterThan(14)
    expect(slow.current!.sinceMs).toBe(0)
  })

  it("forgets when requests go well again", () => {
    const evidence = new Evidence()
    evidence.add(20, 5, oddsOf(known), 0, 0)
    expect(evidence.isEmpty).toBe(false)
    for (let i = 1; i < 60; i++) evidence.add(20, 0, oddsOf(known), 0, i)
    expect(evidence.isEmpty).toBe(true)
    expect(evidence.current).toBeUndefined()
  })

  it("does not fade while a rate lasts that lies between two alternatives, however uncertain the expectation", () => {
    const evidence = new Evidence()
    const odds = oddsOf({ alpha: 5, beta: 2_000 })
    const strengths: Array<number> = []
    for (let i = 0; i < 400; i++) {
      evidence.add(10, 3, odds, 0, i)
      strengths.push(evidence.current?.strength ?? 0)
    }
    expect(strengths[399]!).toBeGreaterThan(strengths[40]! / 2)
    expect(strengths[399]!).toBeGreaterThan(20)
  })

  it("is held against what was expected of its own time: an hour with another rate makes none of what was usual", () => {
    const day = { alpha: 200, beta: 19_800 }
    const [busy, quiet] = [oddsOf(day), oddsOf({ alpha: 200, beta: 59_800 })]
    const [falling, rising] = [new Evidence(), new Evidence()]
    // Barely more than usual, then exactly what the next hour has.
    for (let i = 0; i < 60; i++) falling.add(100, i % 10 < 3 ? 3 : 1, busy, 0, i)
    const before = falling.current!
    falling.add(100, 0, quiet, 0, 60)
    expect(falling.current?.strength ?? 0).toBeLessThanOrEqual(before.strength)
    for (let i = 0; i < 300; i++) rising.add(100, i % 5 === 0 ? 3 : 0, quiet, 0, i)
    const [told, expected] = [rising.current!.strength, rising.current!.expected]
    rising.add(100, 1, busy, 0, 300)
    expect(rising.current!.strength).toBeLessThan(told + 0.1)
    expect(expected.alpha / (expected.alpha + expected.beta)).toBeCloseTo(200 / 60_000, 6)
  })

  it("of yesterday is not held against today: it is over when as much speaks for the expectation again", () => {
    const evidence = new Evidence()
    const odds = oddsOf(known)
    for (let i = 0; i < 100; i++) evidence.add(20, 15, odds, 0, i)
    for (let i = 100; i < 350; i++) evidence.add(20, 1, odds, 0, i)
    expect(evidence.isEmpty).toBe(true)
  })

  it("needs more of a key of which little is known", () => {
    const [old, young] = [new Evidence(), new Evidence()]
    old.add(30, 20, oddsOf(known), 0, 0)
    young.add(30, 20, oddsOf({ alpha: 0.05, beta: 0.95 }), 0, 0)
    expect(old.current!.strength).toBeGreaterThan(30)
    expect(young.current?.strength ?? 0).toBeLessThan(8)
  })

  it("counts requests that fail together as fewer", () => {
    expect(independentOf(100, 0)).toBe(100)
    expect(independentOf(100, 1)).toBe(1)
    const [alone, together] = [new Evidence(), new Evidence()]
    alone.add(100, 30, oddsOf(known), 0, 0)
    together.add(100, 30, oddsOf(known), 0.05, 0)
    expect(together.current!.strength).toBeLessThan(alone.current!.strength / 3)
  })
})

describe("the level", () => {
  const model = { ...firstModel(10_000, 1).classes[1], wander: 1e-4, errors: 1_000 }
  const settled = () => {
    const level = new Level()
    for (let i = 0; i < 3_000; i++) level.add(100, 1, 0.01, 0, 10_000, 1)
    return level
  }
  const rateOf = (level: Level) => {
    const { alpha, beta } = level.expected(0.01, model)
    return alpha / (alpha + beta)
  }

  it("is pulled up by ten minutes of an outage by less than a fifth", () => {
    const level = settled()
    for (let i = 0; i < 60; i++) level.add(100, 90, 0.01, 0, 10_000, 1)
    expect(rateOf(level)).toBeLessThan(0.012)
  })

  it("follows a rate that has doubled or halved within some hours", () => {
    const [up, down] = [settled(), settled()]
    for (let i = 0; i < 360 * 9; i++) {
      up.add(100, 2, 0.01, 0, 10_000, 1)
      down.add(100, i % 2, 0.01, 0, 10_000, 1)
    }
    expect(rateOf(up)).toBeCloseTo(0.02, 3)
    expect(rateOf(down)).toBeCloseTo(0.005, 3)
  })

  it("stands where it stood when another model comes", () => {
    const level = settled()
    level.rebase(0.01, 0.004)
    const { alpha, beta } = level.expected(0.004, model)
    expect(alpha / (alpha + beta)).toBeCloseTo(0.01, 4)
  })
})

describe("a threshold", () => {
  /** Peaks whose tail falls with this slope, so many a week, over four weeks. */
  const peaksOf = (slope: number, weekly: number, attacks = 0) => {
    const random = new Random(3)
    const peaks = new Peaks()
    peaks.watched(4 * 7 * 86_400_000)
    for (let i = 0; i < 4 * weekly; i++) peaks.add(-Math.log(1 - random.next()) / slope)
    for (let i = 0; i < attacks; i++) peaks.add(random.int(30, 200))
    return peaks.threshold("global.server", 1)
  }

  it("is what theory says where the tail is that of theory", () => {
    const { strength, slope } = peaksOf(1, 5_000)
    expect(slope).toBeGreaterThan(0.8)
    expect(strength).toBeGreaterThan(Math.log(5_000 / 0.15) - 1)
    expect(strength).toBeLessThan(Math.log(5_000 / 0.15) + 2)
  })

  it("rises where the site wanders, and says so where it has to rise far", () => {
    expect(peaksOf(0.5, 5_000).strength).toBeGreaterThan(1.4 * peaksOf(1, 5_000).strength)
    expect(peaksOf(0.2, 5_000).conservative).toBe(true)
    expect(peaksOf(1, 5_000).conservative).toBe(false)
  })

  describe("on a site with scanners of all sizes, a dozen a day", () => {
    const scanned = (most?: number) => {
      const random = new Random(4)
      const peaks = new Peaks()
      peaks.watched(2 * 7 * 86_400_000)
      for (let i = 0; i < 10_000; i++) peaks.add(-Math.log(1 - random.next()))
      for (let i = 0; i < 170; i++) peaks.add(15 * (1 - random.next()) ** -0.7)
      return peaks.threshold("ip.client", 1, most)
    }

    it("is reached by hardly any of them", () => {
      const { strength, conservative } = scanned()
      // Of 85 a week so many are as strong.
      expect(85 * (strength / 15) ** (-1 / 0.7)).toBeLessThan(0.3)
      expect(conservative).toBe(true)
    })

    it("never lies above what has to be told, and says how often that is told by chance", () => {
      const { strength, weekly } = scanned(100)
      expect(strength).toBe(100)
      expect(weekly).toBeGreaterThan(2)
      expect(weekly).toBeLessThan(12)
    })
  })

  it("asks for more while next to nothing was watched", () => {
    const watched = (days: number) => {
      const peaks = new Peaks()
      peaks.watched(days * 86_400_000)
      return peaks.threshold("global.server", 1).strength
    }
    expect(watched(0.04)).toBeGreaterThan(2 * watched(7))
    expect(watched(3)).toBeLessThan(1.05 * watched(7))
  })

  it("hardly rises where history holds an attack on most days", () => {
    expect(peaksOf(1, 5_000, 20).strength).toBeLessThan(peaksOf(1, 5_000).strength + 4)
  })
})
