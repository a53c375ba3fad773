import { describe, expect, it } from "vitest"
import {
  judge,
  leastErrors,
  maxKnots,
  parseThreshold,
  rateOf,
  sameThreshold,
  severityOf,
  type Threshold,
  thresholdFromJson
} from "../src/index.ts"
import { breaches } from "./oracle/judge.ts"
import { Random } from "./support/random.ts"

/** The least errors by trying them all: what the rule says and nothing else. */
const leastByTrying = (seuil: Threshold, requests: number): number => {
  for (let errors = 0; errors <= requests; errors++) if (breaches(seuil, 0, requests, errors)) return errors
  return Number.POSITIVE_INFINITY
}

describe("a plain seuil", () => {
  it("breaches when errors/requests is strictly greater, for every small pane and every rate that a pane can have", () => {
    for (let n = 1; n <= 60; n++) {
      for (let k = 0; k <= n; k++) {
        for (let requests = 1; requests <= 60; requests++) {
          const least = leastErrors(k / n, requests)
          // in whole numbers: errors/requests > k/n
          const exact = Math.floor((k * requests) / n) + 1
          expect(least, `${k}/${n} on ${requests}`).toBe(exact)
        }
      }
    }
  })

  it("agrees with the division for any rate and pane, at the edges of floating point, too", () => {
    const random = new Random(1)
    for (let i = 0; i < 200_000; i++) {
      const requests = random.pick([random.int(1, 50), random.int(1, 100_000), random.int(1, 2 ** 31)])
      const errors = random.int(0, Math.min(requests, 1_000_000))
      // a rate that the pane meets exactly, or misses by one bit
      const rate = Math.min(1, (errors / requests) * random.pick([1, 1 + Number.EPSILON, 1 - Number.EPSILON / 2]))
      const least = leastErrors(rate, requests)
      expect(least / requests > rate && (least === 0 || (least - 1) / requests <= rate), `${rate} on ${requests}`).toBe(
        true
      )
      expect(errors >= least).toBe(errors / requests > rate)
    }
  })

  it("never breaches at 1, and at the first error at 0", () => {
    for (const requests of [1, 2, 1_000, 2 ** 31]) {
      expect(leastErrors(1, requests)).toBe(requests + 1)
      expect(leastErrors(0, requests)).toBe(1)
    }
  })

  it.each([
    [0.1, 10, 1, false],
    [0.1, 10, 2, true],
    [0.3, 10, 3, false],
    [0.3, 10, 4, true],
    [0.5, 4, 2, false],
    [0.1, 1, 1, true],
    [0.7, 10, 7, false], // 0.7 * 10 is 7.000000000000001 the other way round
    [0.29, 100, 29, false],
    [0.57, 100, 57, false]
  ])("%f on %i requests with %i errors: %s", (seuil, requests, errors, breach) => {
    expect(judge(seuil, 1, requests, errors)).toBe(breach ? "breach" : "normal")
  })
})

describe("a table of least errors", () => {
  const table: Threshold = {
    rate: 0.2,
    least_errors: [
      [3, 2],
      [5, 2],
      [9, 5],
      [100, 30]
    ]
  }

  it.each([
    [1, Number.POSITIVE_INFINITY], // fewer than the first knot
    [2, Number.POSITIVE_INFINITY],
    [3, 2], // a knot
    [4, 2],
    [5, 2], // a knot
    [6, 3], // 2.75, rounded up
    [7, 4], // 3.5
    [8, 5], // 4.25
    [9, 5], // a knot
    [10, 6], // 5.27
    [99, 30],
    [100, 30], // the last knot
    [101, 30], // beyond: the rate, but not below the last knot
    [149, 30],
    [150, 31], // strictly more than 0.2
    [1_000, 201]
  ])("on %i requests asks for %f errors", (requests, least) => {
    expect(leastErrors(table, requests)).toBe(least)
  })

  it("agrees with the rule as it is written, for random tables", () => {
    const random = new Random(2)
    for (let round = 0; round < 300; round++) {
      const knots: Array<[number, number]> = []
      let [requests, errors] = [0, 1]
      for (let i = random.pick([1, 2, 3, 10, maxKnots]); i > 0; i--) {
        requests += random.int(1, 12)
        errors += random.int(0, 3)
        knots.push([requests, errors])
      }
      const seuil: Threshold = { rate: random.pick([0, 0.1, 0.25, 1 / 3, random.next(), 1]), least_errors: knots }
      expect(thresholdFromJson(seuil)).toEqual({ ok: true, value: seuil })
      for (let n = 1; n <= requests + 30; n++) {
        const least = leastErrors(seuil, n)
        if (least > n) expect(leastByTrying(seuil, n)).toBe(Number.POSITIVE_INFINITY)
        else expect(least, `${JSON.stringify(seuil)} on ${n}`).toBe(leastByTrying(seuil, n))
      }
    }
  })

  it("is exact between knots that are far apart", () => {
    const seuil: Threshold = {
      rate: 0.5,
      least_errors: [
        [1, 1],
        [50_000_001, 10_000_001]
      ]
    }
    for (let k = 1; k < 200; k++) {
      expect(leastErrors(seuil, 1 + 5 * k)).toBe(1 + k)
      expect(leastErrors(seuil, 1 + 5 * k + 1)).toBe(2 + k)
    }
  })
})

describe("a verdict", () => {
  it("is given from the least number of requests on", () => {
    expect(judge(0.3, 5, 4, 4)).toBe("too few")
    expect(judge(0.3, 5, 5, 4)).toBe("breach")
    expect(judge(0.3, 5, 5, 1)).toBe("normal")
    expect(judge(0.3, 5, 0, 0)).toBe("too few")
  })

  it("is a breach only if it is for every number of requests that may have been forgotten", () => {
    const tables: ReadonlyArray<Threshold> = [
      0.3,
      {
        rate: 0.2,
        least_errors: [
          [10, 2],
          [20, 3]
        ]
      }
    ]
    for (const seuil of tables) {
      for (let total = 1; total <= 25; total++) {
        for (let errors = 0; errors <= total; errors++) {
          for (let missed = 0; missed <= 25; missed++) {
            // what was forgotten may all have been right, or none of it may have been there
            let always = true
            for (let more = 0; more <= missed; more++) always &&= breaches(seuil, 1, total + more, errors)
            expect(judge(seuil, 1, total, errors, missed) === "breach", `${errors}/${total} + ${missed}`).toBe(always)
          }
        }
      }
    }
  })

  it("is HIGH strictly above 0.3, 0.5, 0.7", () => {
    for (const [dimension, edge] of [
      ["global", 0.3],
      ["ip", 0.5],
      ["url", 0.7]
    ] as const) {
      expect(severityOf(dimension, edge)).toBe("MEDIUM")
      expect(severityOf(dimension, edge + 1e-9)).toBe("HIGH")
    }
  })
})

describe("reading a seuil", () => {
  it.each([
    ["0.1", 0.1],
    [" 0.4\n", 0.4],
    ["0", 0],
    ["1", 1],
    ["1e-1", 0.1],
    ['{"rate":0.2}', 0.2],
    ['{"rate":0.2,"note":"what else stands there is left alone"}', 0.2],
    ['{"rate":0.2,"least_errors":[[5,2]]}', { rate: 0.2, least_errors: [[5, 2]] }]
  ])("takes %s", (text, value) => {
    expect(parseThreshold(text)).toEqual({ ok: true, value })
  })

  it.each([
    "abc",
    "-1",
    "1e9",
    "",
    "  ",
    "NaN",
    "Infinity",
    "-0.0001",
    "1.0000001",
    "0,1",
    "0x1",
    '"0.1"',
    "true",
    "null",
    "[]",
    "[0.1]",
    "{}",
    '{"rate":2}',
    '{"rate":"0.1"}',
    '{"rate":0.1,"least_errors":[]}',
    '{"rate":0.1,"least_errors":0.2}',
    '{"rate":0.1,"least_errors":[[5]]}',
    '{"rate":0.1,"least_errors":[[5,2,1]]}',
    '{"rate":0.1,"least_errors":[[5.5,2]]}',
    '{"rate":0.1,"least_errors":[["5",2]]}',
    '{"rate":0.1,"least_errors":[[5,0]]}',
    '{"rate":0.1,"least_errors":[[0,1]]}',
    '{"rate":0.1,"least_errors":[[5,2],[5,3]]}',
    '{"rate":0.1,"least_errors":[[5,2],[4,3]]}',
    '{"rate":0.1,"least_errors":[[5,3],[6,2]]}',
    '{"rate":0.1,"least_errors":[[5,3],[1e10,4]]}',
    `{"rate":0.1,"least_errors":${JSON.stringify(Array.from({ length: maxKnots + 1 }, (_, i) => [i + 1, 1]))}}`,
    "0.1 0.2"
  ])("refuses %j and says why", (text) => {
    const parsed = parseThreshold(text)
    expect(parsed.ok).toBe(false)
    expect(parsed.ok ? "" : parsed.reason).toMatch(/^\S.*\S$/)
  })

  it("knows the same seuil again, and the one number that stands for it", () => {
    const table = { rate: 0.2, least_errors: [[5, 2]] as const }
    expect(sameThreshold(0.1, 0.1)).toBe(true)
    expect(sameThreshold(0.1, 0.2)).toBe(false)
    expect(sameThreshold(table, structuredClone(table))).toBe(true)
    expect(sameThreshold(table, 0.2)).toBe(false)
    expect([rateOf(0.1), rateOf(table)]).toEqual([0.1, 0.2])
  })
})
