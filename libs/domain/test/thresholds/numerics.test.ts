import { describe, expect, it } from "vitest"
import { logPmfOf, shapesOf, UpperTail } from "../../src/thresholds/beta-binomial.ts"
import { logBeta, logGamma, minimize2, wilson } from "../../src/thresholds/numerics.ts"

describe("special functions", () => {
  it("agrees with factorials and with known values of the gamma function", () => {
    let logFactorial = 0
    for (let n = 1; n < 200; n++) {
      expect(logGamma(n)).toBeCloseTo(logFactorial, 10)
      logFactorial += Math.log(n)
    }
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 13)
    expect(logGamma(0.1)).toBeCloseTo(2.252712651734206, 12)
    expect(logGamma(1e6)).toBeCloseTo(12815504.569147611, 5)
  })

  it("does not jump where its two formulas meet", () => {
    const slope = (logGamma(100.001) - logGamma(99.999)) / 0.002
    // The digamma function at 100: ln 100 - 1/200 - 1/120000.
    expect(slope).toBeCloseTo(Math.log(100) - 1 / 200 - 1 / 120_000, 7)
  })

  it("is symmetric in the beta function's arguments", () => {
    expect(logBeta(2.5, 30)).toBeCloseTo(logBeta(30, 2.5), 12)
    expect(logBeta(1, 1)).toBeCloseTo(0, 12)
    expect(logBeta(2, 3)).toBeCloseTo(Math.log(1 / 12), 12)
  })

  it("gives Wilson's interval as it is published", () => {
    // Newcombe 1998, table I: 81 of 263, 95 %
    const { low, high } = wilson(81, 263, 1.959964)
    expect(low).toBeCloseTo(0.2553, 4)
    expect(high).toBeCloseTo(0.3662, 4)
    expect(wilson(0, 0, 2)).toEqual({ low: 0, high: 1 })
  })

  it("finds the bottom of a valley", () => {
    const [x, y] = minimize2((a, b) => (a - 1) ** 2 + 10 * (b + 2 - a) ** 2, [5, 5], [1, 1], 1e-6, 500)
    expect(x).toBeCloseTo(1, 4)
    expect(y).toBeCloseTo(-1, 4)
  })
})

describe("the beta-binomial tail", () => {
  const exactTail = (n: number, k: number, rate: number, spread: number): number => {
    const { a, b } = shapesOf({ rate, spread })
    const logPmf = logPmfOf(n, a, b)
    let sum = 0
    for (let i = k; i <= n; i++) sum += Math.exp(logPmf(i))
    return sum
  }

  it("is the sum of the probabilities behind it, for few requests and for many", () => {
    for (const n of [1, 3, 30, 300, 3_000, 30_000]) {
      for (const rate of [0.01, 0.2, 0.9]) {
        for (const spread of [1e-6, 0.001, 0.1]) {
          const tail = new UpperTail(n, { rate, spread })
          for (const k of [1, Math.ceil(n * rate * 0.7), Math.ceil(n * rate), Math.ceil(n * rate * 1.5)]) {
            if (k > n) continue
            const exact = exactTail(n, k, rate, spread)
            expect(Math.abs(tail.from(k) - exact)).toBeLessThan(1e-9 + 0.005 * exact)
          }
        }
      }
    }
  })

  it("says from how many errors on the tail is at most the level", () => {
    for (const n of [3, 30, 30_000]) {
      const tail = new UpperTail(n, { rate: 0.05, spread: 0.01 })
      const k = tail.leastBelow(0.01)
      expect(tail.from(k)).toBeLessThanOrEqual(0.01)
      expect(tail.from(k - 1)).toBeGreaterThan(0.01)
    }
    expect(new UpperTail(2, { rate: 0.9, spread: 0.01 }).leastBelow(0.01)).toBe(3)
  })
})
