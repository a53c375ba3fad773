import { dimensionsIn } from "@chaussettes/domain"
import { describe, expect, it } from "vitest"
import { History, windowsWithin } from "../src/history/history.ts"
import { Summary, type WindowPoint } from "../src/history/summary.ts"
import { randomOf } from "./fixture.ts"

const t0 = Date.UTC(2026, 0, 1)

const pointsOf = (count: number, seed = 1): ReadonlyArray<WindowPoint> => {
  const random = randomOf(seed)
  const points: Array<WindowPoint> = []
  let startMs = t0
  for (let i = 0; i < count; i++) {
    // A window without lines has no record: there are holes.
    startMs += random() < 0.05 ? 10_000 * Math.ceil(random() * 20) : 10_000
    const total = Math.floor(random() * 200)
    points.push({
      seq: i + 1,
      startMs,
      endMs: startMs + 10_000,
      throughSeq: (i + 1) * 10,
      total,
      errors: Math.floor(random() * 0.2 * total),
      threshold: i < count / 2 ? 0.25 : 0.125,
      breaches: { global: random() < 0.01 ? 1 : 0, ip: Math.floor(random() * 3), url: 0 },
      unused: 1
    })
  }
  return points
}

/** The same without any cleverness. */
const naive = (points: ReadonlyArray<WindowPoint>, fromMs: number, toMs: number): Summary => {
  const sum = new Summary()
  for (const p of points) {
    if (p.startMs < fromMs || p.startMs >= toMs) continue
    sum.addWindow(p.total, p.errors, p.threshold, p.unused)
    for (const d of dimensionsIn(p.breaches)) sum.addBreaches(d, p.breaches[d]!)
  }
  return sum
}

const historyOf = (points: ReadonlyArray<WindowPoint>): History => {
  const history = new History()
  for (const p of points) history.append(p)
  return history
}

/** The same windows, a third of them first without some of their lines, the rest following up to 40 windows later; a few come so altogether. */
const revisedOf = (points: ReadonlyArray<WindowPoint>): ReadonlyArray<WindowPoint> => {
  const random = randomOf(5)
  const waiting: Array<{ readonly at: number; readonly point: WindowPoint }> = []
  const messages: Array<WindowPoint> = []
  points.forEach((point, i) => {
    const chance = random()
    const at = i + 1 + Math.floor(random() * 40)
    if (chance < 0.3) {
      if (chance > 0.05)
        messages.push({
          ...point,
          total: Math.floor(point.total / 2),
          errors: 0,
          breaches: { ...point.breaches, global: 0 },
          unused: 1
        })
      waiting.push({ at, point: { ...point, unused: chance > 0.05 ? 0 : 1 } })
    } else messages.push(point)
    for (let k = waiting.length - 1; k >= 0; k--) {
      if (waiting[k]!.at <= i) messages.push(...waiting.splice(k, 1).map((w) => ({ ...w.point, throughSeq: i * 10 })))
    }
  })
  messages.push(...waiting.map(({ point }) => point))
  return messages.map((point, i) => ({ ...point, seq: i + 1 }))
}

describe("History with revisions", () => {
  const points = pointsOf(12_000)
  const messages = revisedOf(points)
  const spans = Array.from({ length: 60 }, (_, k) => {
    const fromMs = t0 + k * 1_700_000
    return [fromMs, fromMs + (k % 7) ** 4 * 50_000] as const
  })
  const agrees = (history: History) => {
    expect(history.windows).toBe(points.length)
    for (const [from, to] of [...spans, [0, t0 * 2] as const]) {
      expect(history.sum(from, to)).toEqual(naive(points, from, to))
    }
  }

  it("sums up what windows are by their newest records, in each of which a window counts once", () => {
    agrees(historyOf(messages))
  })

  it("is the same when older messages are read later, wherever revisions are parted from their windows", () => {
    const late = historyOf(messages.slice(9_000))
    for (const [from, to] of [
      [5_001, 9_000],
      [5_000, 5_001],
      [0, 5_000]
    ] as const)
      expect(late.prepend(historyOf(messages.slice(from, to)), from + 1)).toBe(true)
    agrees(late)
    expect([late.firstSeq, late.lastSeq]).toEqual([1, messages.length])
  })

  it("answers what a window was before, and tells of all that changed behind a sequence", () => {
    const history = historyOf(messages.slice(0, 9_000))
    const known = new Map<number, number>()
    history.forEach(0, t0 * 2, (chunk, i) => known.set(chunk.startMs(i), chunk.totals.get(i)))
    const changed = new Set<number>()
    for (const message of messages.slice(9_000)) {
      expect(history.append(message)?.total).toBe(known.get(message.startMs))
      known.set(message.startMs, message.total)
      changed.add(message.startMs)
    }
    const told: Array<number> = []
    history.forEachAfter(9_000, (chunk, i) => told.push(chunk.startMs(i)))
    expect(told).toEqual([...changed].sort((a, b) => a - b))
  })

  it("knows between which sequences the newest records of a span stand", () => {
    const history = historyOf(messages)
    const [fromMs, toMs] = [points[6_000]!.startMs, points[6_100]!.startMs]
    const newest = new Map<number, number>()
    for (const { startMs, seq } of messages) if (startMs >= fromMs && startMs < toMs) newest.set(startMs, seq)
    const { first, last } = history.seqsOf(fromMs, toMs)!
    expect([first, last]).toEqual([Math.min(...newest.values()), Math.max(...newest.values())])
  })
})

describe("History", () => {
  const points = pointsOf(20_000)
  const history = historyOf(points)

  it("sums any span up like a look at every window", () => {
    const random = randomOf(9)
    const whole = points[points.length - 1]!.endMs - t0
    for (let k = 0; k < 300; k++) {
      const fromMs = t0 + Math.floor(random() * whole)
      const toMs = fromMs + Math.floor(random() ** 4 * whole)
      expect(history.sum(fromMs, toMs)).toEqual(naive(points, fromMs, toMs))
    }
  })

  it("is the same when the older half was read later, backwards", () => {
    const late = new History()
    for (const p of points.slice(9_001)) late.append(p)
    late.prepend(historyOf(points.slice(4_000, 9_001)))
    late.prepend(historyOf(points.slice(0, 4_000)))
    for (const [from, to] of [
      [0, 1e12],
      [3_000_000, 90_000_000],
      [40_000_000, 91_234_567]
    ] as const) {
      expect(late.sum(t0 + from, t0 + to)).toEqual(naive(points, t0 + from, t0 + to))
    }
    expect(late.firstSeq).toBe(1)
    expect(late.lastSeq).toBe(20_000)
  })

  it("thins a long span out without losing a request or the highest rate", () => {
    const toMs = points[points.length - 1]!.endMs
    const series = history.series(t0, toMs, 500)
    const all = naive(points, t0, toMs)
    expect(series.exact).toBe(false)
    expect(series.buckets.length).toBeLessThanOrEqual(501)
    expect(series.buckets.reduce((n, b) => n + b.summary.total, 0)).toBe(all.total)
    expect(Math.max(...series.buckets.map((b) => b.summary.greatestRate))).toBe(all.greatestRate)
    expect(series.buckets.reduce((n, b) => n + b.summary.breaches.global, 0)).toBe(all.breaches.global)
  })

  it("gives the band in which the windows of eight tenths of the requests lie, whatever tiny windows say", () => {
    const mixed = new History()
    for (let i = 0; i < 9_000; i++) {
      const [startMs, isTiny] = [t0 + i * 10_000, i % 3 === 0]
      // Each tiny window has failed altogether; of the others' requests a twentieth lies in windows of 30 %.
      const [total, errors] = isTiny ? [1, 1] : [100, i % 60 === 1 ? 30 : 4 + (i % 2)]
      mixed.append({ ...points[0]!, seq: i + 1, startMs, endMs: startMs + 10_000, total, errors })
    }
    const { buckets } = mixed.series(t0, t0 + 90_000_000, 10)
    expect(buckets.length).toBeGreaterThan(5)
    for (const { summary, lowRate, highRate } of buckets) {
      expect(summary.greatestRate).toBe(1)
      expect(lowRate).toBeCloseTo(0.04, 3)
      expect(highRate).toBeCloseTo(0.05, 3)
    }
  })

  it("tells client and server errors as far as windows do", () => {
    const some = new History()
    for (const [i, p] of points.slice(0, 5_000).entries()) {
      some.append(i % 2 === 0 ? p : { ...p, clientErrors: 3, serverErrors: 300 })
    }
    const { clientErrors, serverErrors } = some.sum(0, t0 * 2)
    expect([clientErrors, serverErrors]).toEqual([7_500, 750_000])
    expect(some.pointAt(points[1]!.startMs)).toMatchObject({ clientErrors: 3, serverErrors: 300 })
  })

  it("gives single windows for a short span", () => {
    const series = history.series(points[100]!.startMs, points[150]!.startMs, 800)
    expect(series.exact).toBe(true)
    expect(series.buckets.map((b) => b.startMs)).toEqual(points.slice(100, 150).map((p) => p.startMs))
  })

  it("cuts buckets of whole windows, whatever a window's length is", () => {
    const seven = new History()
    for (let i = 0; i < 5_000; i++) {
      const startMs = t0 + i * 7_000
      seven.append({ ...points[0]!, seq: i + 1, startMs, endMs: startMs + 7_000 })
    }
    const series = seven.series(t0, t0 + 5_000 * 7_000, 500)
    expect(series.bucketMs).toBe(126_000)
    expect(series.buckets.length).toBeGreaterThan(200)
  })

  it("keeps windows of another length in chunks of their own", () => {
    const mixed = new History()
    const at = [0, 10_000, 20_000, 25_000, 30_000, 40_000].map((ms, i) => ({
      ...{ ...points[0]!, seq: i + 1, startMs: t0 + ms },
      endMs: t0 + ms + (ms < 20_000 || ms >= 30_000 ? 10_000 : 5_000)
    }))
    for (const p of at) mixed.append(p)
    const seen: Array<WindowPoint> = []
    mixed.forEach(t0, t0 * 2, (chunk, i) => seen.push(chunk.point(i)))
    expect(seen.map(({ startMs, endMs }) => [startMs, endMs])).toEqual(at.map((p) => [p.startMs, p.endMs]))
  })

  it("counts windows by requests and errors, as a verdict needs them", () => {
    const pairs = history.pairs(t0, points[500]!.startMs)
    let windows = 0
    for (const byErrors of pairs.values()) for (const n of byErrors.values()) windows += n
    expect(windows).toBe(500)
  })

  it("gives the windows behind a sequence, and looks at no others", () => {
    const after = (seq: number) => {
      const seqs: Array<number> = []
      history.forEachAfter(seq, (chunk, i) => seqs.push(chunk.seq(i)))
      return seqs
    }
    expect(after(19_997)).toEqual([19_998, 19_999, 20_000])
    expect(after(20_000)).toEqual([])
    expect(after(12_000)).toEqual(points.slice(12_000).map((p) => p.seq))
  })

  it("finds the sequences of a span", () => {
    expect(history.seqsOf(points[10]!.startMs, points[20]!.startMs)).toEqual({ first: 11, last: 20 })
    expect(history.seqsOf(0, 1)).toBeUndefined()
  })

  it("drops its oldest windows at the limit and says so", () => {
    const small = new History(10_000)
    for (const p of points) small.append(p)
    expect(small.windows).toBeLessThanOrEqual(10_000)
    expect(small.truncated).toBe(true)
    expect(small.lastSeq).toBe(20_000)
    expect(small.prepend(historyOf(points.slice(0, 9_999)))).toBe(false)
  })

  it("goes on in a new chunk where a silence, or a LOGS that was made anew, is further away than a column can say", () => {
    const far = new History()
    const at = [
      { startMs: t0, throughSeq: 5e12 },
      { startMs: t0 + 10_000, throughSeq: 5e12 + 10 },
      { startMs: t0 + 1e11, throughSeq: 5e12 + 20 },
      { startMs: t0 + 1e11 + 10_000, throughSeq: 7 },
      { startMs: t0 + 1e11 + 20_000, throughSeq: 1e11 }
    ].map((some, i): WindowPoint => ({ ...points[0]!, ...some, endMs: some.startMs + 10_000, seq: i + 1 }))
    for (const p of at) far.append(p)
    const seen: Array<{ startMs: number; throughSeq: number }> = []
    far.forEach(t0, t0 + 2e11, (chunk, i) => seen.push({ startMs: chunk.startMs(i), throughSeq: chunk.throughSeq(i) }))
    expect(seen).toEqual(at.map(({ startMs, throughSeq }) => ({ startMs, throughSeq })))
    expect(far.lastSeq).toBe(5)
  })

  it("holds as many windows as the memory of its container allows, and some in any case", () => {
    expect(windowsWithin(undefined)).toBe(4_000_000)
    expect(windowsWithin(2 ** 40)).toBe(4_000_000)
    expect(windowsWithin(256e6)).toBe(2_000_000)
    expect(windowsWithin(64e6)).toBe(100_000)
  })

  describe("of a year of ten-second windows", () => {
    const n = 3_153_600
    const toMs = t0 + n * 10_000
    const year = new History()
    const bytesBefore = process.memoryUsage().arrayBuffers
    for (let i = 0; i < n; i++) {
      const startMs = t0 + i * 10_000
      const total = 100 + ((i * 7_919) % 900)
      year.append({
        ...{ seq: i + 1, startMs, endMs: startMs + 10_000, throughSeq: i * 4, total, errors: i % 40 },
        ...{ clientErrors: i % 20, serverErrors: i % 40 < 20 ? 0 : 20, threshold: 0.1, unused: 0 },
        breaches: { global: 0, ip: i % 3, url: 0 }
      })
    }
    const bytes = process.memoryUsage().arrayBuffers - bytesBefore

    it("keeps each in some twenty bytes", () => {
      expect(bytes / n).toBeLessThan(24)
    })

    it("answers in a moment", () => {
      // The quickest of some, for others may be busy here: 20 ms each on a slow machine. A summary of each window would take far longer.
      const ms = Array.from({ length: 10 }, () => {
        const startedMs = performance.now()
        year.series(t0, toMs, 1_000)
        return performance.now() - startedMs
      })
      expect(Math.min(...ms)).toBeLessThan(150)
    })
  })
})
