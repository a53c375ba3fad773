import { describe, expect, it } from "vitest"
import { logPmfOf, shapesOf, UpperTail } from "../../src/thresholds/beta-binomial.ts"
import { logBeta, logGamma, minimize2, significant, wilson } from "../../src/thresholds/numerics.ts"
import { Random } from "../support/random.ts"

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

describe("rounding to significant digits", () => {
  const asText = (x: number, digits: number) => Number.parseFloat(x.toExponential(digits - 1))

  it("gives what the number's text gives, to the last bit", () => {
    const random = new Random(7)
    for (let i = 0; i < 20_000; i++) {
      const whole = (random.chance(0.5) ? -1 : 1) * random.int(1, 1_000_000)
      // As they are in a model: counts that have faded, and rates of all sizes.
      for (const x of [whole, whole * 0.95 ** random.int(1, 40), whole * 10 ** random.int(-30, 14)]) {
        const digits = random.int(1, 12)
        if (significant(x, digits) !== asText(x, digits)) expect(`${x}, ${digits}`).toBe("rounded as its text")
      }
    }
  })

  it("rounds a tie as its text does, and what is next to one", () => {
    for (const tie of [2.5, 0.125, 1.0005, 12345, 99995, 9.9995, 0.00099995, 1e-7, 1e21, 123456789012]) {
      for (const x of [tie, tie * (1 + 2 ** -52), tie * (1 - 2 ** -53), -tie]) {
        for (const digits of [1, 2, 3, 4, 5, 6]) expect(significant(x, digits)).toBe(asText(x, digits))
      }
    }
    for (const x of [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 5e-324, Number.MAX_VALUE])
      expect(significant(x, 4)).toBe(asText(x, 4))
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
