import { describe, expect, it } from "vitest"
import type { SeriesResponse, WindowEvent } from "../src/api.ts"
import { columnsOf, totalsOf, withWindow } from "../web/src/series.ts"

const base = (some: Partial<SeriesResponse>): SeriesResponse => ({
  fromMs: 0,
  toMs: 100_000,
  bucketMs: 10_000,
  windowMs: 10_000,
  exact: true,
  loaded: 1,
  truncated: false,
  position: "2.0",
  endMs: 20_000,
  firstMs: 0,
  startMs: [0, 10_000],
  total: [100, 200],
  errors: [5, 20],
  leastRate: [0.05, 0.1],
  greatestRate: [0.05, 0.1],
  seuil: [0.1, 0.1],
  breaches: { global: [0, 0], ip: [0, 1], url: [0, 0] },
  unused: [0, 0],
  ...some
})

const decided = (some: Partial<WindowEvent> = {}): WindowEvent => ({
  seq: 3,
  startMs: 20_000,
  endMs: 30_000,
  total: 50,
  errors: 25,
  seuil: 0.2,
  breaches: { global: 1, ip: 0, url: 2 },
  ...some
})

describe("withWindow", () => {
  it("puts a newly decided window at the end of single windows", () => {
    const series = withWindow(base({}), decided(), 0)
    expect(series.startMs).toEqual([0, 10_000, 20_000])
    expect(series.total).toEqual([100, 200, 50])
    expect(series.seuil).toEqual([0.1, 0.1, 0.2])
    expect(series.endMs).toBe(30_000)
    expect(totalsOf(series)).toEqual({ requests: 350, errors: 50, alerts: 4 })
  })

  it("passes over a window that it knows already", () => {
    const series = base({ endMs: 30_000 })
    expect(withWindow(series, decided(), 0)).toBe(series)
  })

  it("adds it to the last bucket where that holds several, and keeps the extremes", () => {
    const thinned = base({ exact: false, bucketMs: 60_000, startMs: [-60_000, 0], endMs: 20_000 })
    const series = withWindow(thinned, decided(), -60_000)
    expect(series.startMs).toEqual([-60_000, 0])
    expect([series.total[1], series.errors[1]]).toEqual([250, 45])
    expect([series.leastRate[1], series.greatestRate[1]]).toEqual([0.1, 0.5])
    expect(series.breaches.global).toEqual([0, 1])
  })

  it("lets go of what has left the span at its left", () => {
    const series = withWindow(base({}), decided(), 15_000)
    expect(series.startMs).toEqual([10_000, 20_000])
    expect(series.breaches.url).toEqual([0, 2])
  })
})

describe("columnsOf", () => {
  it("breaks the line where windows are missing", () => {
    const { x, rate, bucketAt } = columnsOf(base({ startMs: [0, 40_000], endMs: 50_000 }))
    expect(x).toEqual([5, 15, 45])
    expect(rate).toEqual([0.05, null, 0.1])
    expect(bucketAt).toEqual([0, undefined, 1])
  })

  it("gives requests a second of what has been decided of a bucket, so that the newest does not look like a fall", () => {
    const { perSecond } = columnsOf(base({ exact: false, bucketMs: 60_000, startMs: [0, 60_000], endMs: 70_000 }))
    expect(perSecond[1]).toBe(20)
  })

  it("marks alerts of all traffic at their rate and those of keys at the foot", () => {
    const { global, keys } = columnsOf(withWindow(base({}), decided(), 0))
    expect(global).toEqual([null, null, 0.5])
    expect(keys).toEqual([null, 0, 0])
  })
})
