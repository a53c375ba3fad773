import { leastErrors, maxKnots, type Threshold, type ThresholdTable, thresholdFromJson } from "@chaussettes/domain"
import { describe, expect, it } from "vitest"
import { shapesOf, UpperTail } from "../../src/thresholds/beta-binomial.ts"
import { bandOf } from "../../src/thresholds/level.ts"
import { thresholdOf } from "../../src/thresholds/table.ts"

const levels = (level: number) => ({ byBand: Array.from({ length: 17 }, () => level), share: level })

const models = [0.001, 0.01, 0.05, 0.2, 0.6].flatMap((rate) =>
  [1e-6, 0.001, 0.05, 0.3].map((spread) => ({ rate, spread }))
)

const asTable = (seuil: Threshold): ThresholdTable => {
  expect(typeof seuil).toBe("object")
  return seuil as ThresholdTable
}

describe("a table of least errors", () => {
  it("is a good seuil of at most 64 knots, whatever the model", () => {
    for (const model of models) {
      const seuil = thresholdOf(model, levels(0.01), 3, 50_000)
      if (typeof seuil === "number") continue
      expect(seuil.least_errors.length).toBeLessThanOrEqual(maxKnots)
      expect(thresholdFromJson(JSON.parse(JSON.stringify(seuil)))).toEqual({ ok: true, value: seuil })
    }
  })

  it("asks for a rate beyond its last knot, however seldom the site fails", () => {
    const { rate } = asTable(thresholdOf({ rate: 1e-6, spread: 1e-6 }, levels(0.01), 1, 5_000_000))
    expect(rate).toBeGreaterThan(0)
    expect(rate).toBeLessThan(5e-5)
  })

  it("never alerts on what the model finds more frequent than the level, and is exact where steps are few", () => {
    for (const model of models) {
      const seuil = thresholdOf(model, levels(0.01), 3, 2_000)
      // Where most panes fail altogether (b < 1) the curve rises at its very end, and strides there are rough.
      if (typeof seuil === "number" || shapesOf(model).b < 1) continue
      let before = 0
      for (let n = 3; n <= 2_000; n += n < 200 ? 1 : 37) {
        const rule = Math.max(2, new UpperTail(n, model).leastBelow(0.01))
        const least = leastErrors(seuil, n)
        if (least === Number.POSITIVE_INFINITY) expect(rule).toBeGreaterThan(n)
        else {
          // Beyond a thousand errors the tail itself is summed in strides.
          expect(least).toBeGreaterThanOrEqual(rule < 1_000 ? rule : Math.floor(0.995 * rule))
          // Little sharpness is given up for so few knots.
          expect(least - rule).toBeLessThanOrEqual(Math.max(1, 0.06 * rule))
        }
        if (least !== Number.POSITIVE_INFINITY) {
          expect(least).toBeGreaterThanOrEqual(before)
          before = least
        }
      }
    }
  })

  it("goes on behind its last knot without a jump", () => {
    const seuil = asTable(thresholdOf({ rate: 0.05, spread: 0.01 }, levels(0.01), 1, 30_000))
    const [n, k] = seuil.least_errors[seuil.least_errors.length - 1]!
    expect(n).toBeGreaterThanOrEqual(8 * 30_000)
    expect(leastErrors(seuil, n + 1) - k).toBeLessThanOrEqual(0.001 * n)
    expect(leastErrors(seuil, n + 1)).toBeGreaterThanOrEqual(k)
  })

  it("never alerts on a single error", () => {
    const seuil = thresholdOf({ rate: 1e-6, spread: 1e-6 }, levels(0.01), 1, 10)
    for (const n of [1, 2, 10, 1_000, 1e6]) expect(leastErrors(seuil, n)).toBeGreaterThanOrEqual(2)
  })

  it("is the plain seuil 1, which nothing breaches, where everything fails", () => {
    expect(thresholdOf({ rate: 1 - 1e-6, spread: 1e-6 }, levels(0.01), 3, 100)).toBe(1)
  })

  it("puts the bands' bounds where the reports have theirs", () => {
    const bounds = [3, 10, 30, 100, 300, 1_000, 3_000, 10_000]
    for (const bound of bounds) expect(bandOf(bound)).toBe(bandOf(bound - 1) + 1)
  })
})
