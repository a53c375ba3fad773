import { describe, expect, it } from "vitest"
import type { SeriesResponse, WindowEvent } from "../src/api/index.ts"
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
  windows: [1, 1],
  clientErrors: [0, 0],
  serverErrors: [0, 0],
  lowRate: [0.05, 0.1],
  highRate: [0.05, 0.1],
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
  unused: 0,
  ...some
})

const grown = (series: SeriesResponse, window: WindowEvent, fromMs: number): SeriesResponse => {
  const next = withWindow(series, window, fromMs)
  expect(next).toBeDefined()
  return next!
}

describe("withWindow", () => {
  it("puts a newly decided window at the end of single windows", () => {
    const series = grown(base({}), decided(), 0)
    expect(series.startMs).toEqual([0, 10_000, 20_000])
    expect(series.total).toEqual([100, 200, 50])
    expect(series.seuil).toEqual([0.1, 0.1, 0.2])
    expect(series.endMs).toBe(30_000)
    expect(totalsOf(series)).toEqual({ requests: 350, errors: 50, alerts: 4 })
  })

  it("passes over a window that it knows already", () => {
    const series = base({ endMs: 30_000, position: "3.0" })
    expect(withWindow(series, decided(), 0)).toBe(series)
  })

  it("adds it to the last bucket where that holds several, and keeps the extremes", () => {
    const thinned = base({ exact: false, bucketMs: 60_000, startMs: [-60_000, 0], endMs: 20_000 })
    const series = grown(thinned, decided(), -60_000)
    expect(series.startMs).toEqual([-60_000, 0])
    expect([series.total[1], series.errors[1]]).toEqual([250, 45])
    expect([series.leastRate[1], series.greatestRate[1]]).toEqual([0.1, 0.5])
    expect(series.breaches.global).toEqual([0, 1])
  })

  it("puts what late lines have made of a window in its place, once", () => {
    const before = { total: 100, errors: 5, breaches: { global: 0, ip: 0, url: 0 }, unused: 0 }
    const revised = decided({ startMs: 0, endMs: 10_000, total: 140, errors: 35, before })
    const series = grown(base({}), revised, 0)
    expect(series.startMs).toEqual([0, 10_000])
    expect([series.total, series.errors]).toEqual([
      [140, 200],
      [35, 20]
    ])
    expect([series.greatestRate[0], series.leastRate[0], series.seuil[0]]).toEqual([0.25, 0.25, 0.2])
    expect(series.breaches.global).toEqual([1, 0])
    expect(series.endMs).toBe(20_000)
    expect(withWindow(series, revised, 0)).toBe(series)
  })

  it("puts a window between two others where only late lines came for it", () => {
    const series = grown(base({ startMs: [0, 30_000], endMs: 40_000 }), decided({ startMs: 10_000, endMs: 20_000 }), 0)
    expect([series.startMs, series.total]).toEqual([
      [0, 10_000, 30_000],
      [100, 50, 200]
    ])
  })

  it("changes a bucket of several windows by what its window has changed, and asks to load where that is not known", () => {
    const thinned = base({ exact: false, bucketMs: 60_000, startMs: [-60_000, 0], endMs: 20_000 })
    const before = { total: 20, errors: 1, breaches: { global: 0, ip: 1, url: 0 }, unused: 0 }
    const revised = decided({ startMs: 0, endMs: 10_000, total: 30, errors: 11, before })
    const series = grown(thinned, revised, -60_000)
    expect([series.total, series.errors]).toEqual([
      [100, 210],
      [5, 30]
    ])
    expect(series.breaches.ip).toEqual([0, 0])
    const { before: _before, ...unknown } = revised
    expect(withWindow(thinned, unknown, -60_000)).toBeUndefined()
  })

  it("lets go of what has left the span at its left", () => {
    const series = grown(base({}), decided(), 15_000)
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

  it("shows of windows taken together which share of them alerted, and a band that no tiny window widens", () => {
    const year = base({
      exact: false,
      bucketMs: 60_000,
      startMs: [0, 60_000],
      windows: [6, 6],
      lowRate: [0.04, 0.09],
      highRate: [0.06, 0.11],
      greatestRate: [1, 1],
      breaches: { global: [3, 0], ip: [0, 1], url: [0, 0] }
    })
    const { low, high, global, keys, alerting } = columnsOf(year)
    expect([low, high]).toEqual([
      [0.04, 0.09],
      [0.06, 0.11]
    ])
    expect(global).toEqual([null, null])
    expect([alerting, keys]).toEqual([
      [0.5, null],
      [null, 0]
    ])
  })

  it("marks alerts of all traffic at their rate and those of keys at the foot", () => {
    const { global, keys } = columnsOf(grown(base({}), decided(), 0))
    expect(global).toEqual([null, null, 0.5])
    expect(keys).toEqual([null, 0, 0])
  })
})
