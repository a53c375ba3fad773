import type { SeriesResponse, WindowEvent } from "../../src/api.ts"

/**
 * The series with a window that was decided after it was loaded. Buckets that have left the span at its left go; a window
 * that is known already, or lies outside, changes nothing.
 */
export const withWindow = (series: SeriesResponse, window: WindowEvent, fromMs: number): SeriesResponse => {
  if (series.endMs !== null && window.endMs <= series.endMs) return series
  const bucketMs = series.exact ? window.endMs - window.startMs : series.bucketMs
  const startMs = series.exact ? window.startMs : Math.floor(window.startMs / bucketMs) * bucketMs
  const n = series.startMs.length
  const same = n > 0 && series.startMs[n - 1] === startMs
  const rate = window.total === 0 ? null : window.errors / window.total
  const last = n - 1
  const put = <A>(column: ReadonlyArray<A>, merge: (before: A) => A, fresh: A): ReadonlyArray<A> =>
    same ? [...column.slice(0, last), merge(column[last]!)] : [...column, fresh]
  const next: SeriesResponse = {
    ...series,
    endMs: window.endMs,
    startMs: same ? series.startMs : [...series.startMs, startMs],
    total: put(series.total, (x) => x + window.total, window.total),
    errors: put(series.errors, (x) => x + window.errors, window.errors),
    leastRate: put(series.leastRate, (x) => least(x, rate, Math.min), rate),
    greatestRate: put(series.greatestRate, (x) => least(x, rate, Math.max), rate),
    seuil: put(series.seuil, (x) => window.seuil ?? x, window.seuil),
    breaches: {
      global: put(series.breaches.global, (x) => x + window.breaches.global, window.breaches.global),
      ip: put(series.breaches.ip, (x) => x + window.breaches.ip, window.breaches.ip),
      url: put(series.breaches.url, (x) => x + window.breaches.url, window.breaches.url)
    },
    unused: put(series.unused, (x) => x, 0)
  }
  return from(next, fromMs)
}

const least = (a: number | null, b: number | null, of: (a: number, b: number) => number): number | null =>
  a === null ? b : b === null ? a : of(a, b)

/** Without what lies before the span. */
const from = (series: SeriesResponse, fromMs: number): SeriesResponse => {
  const first = series.startMs.findIndex((startMs) => startMs + series.bucketMs > fromMs)
  if (first <= 0) return series
  const cut = <A>(column: ReadonlyArray<A>): ReadonlyArray<A> => column.slice(first)
  return {
    ...series,
    startMs: cut(series.startMs),
    total: cut(series.total),
    errors: cut(series.errors),
    leastRate: cut(series.leastRate),
    greatestRate: cut(series.greatestRate),
    seuil: cut(series.seuil),
    breaches: { global: cut(series.breaches.global), ip: cut(series.breaches.ip), url: cut(series.breaches.url) },
    unused: cut(series.unused)
  }
}

export interface Totals {
  readonly requests: number
  readonly errors: number
  readonly alerts: number
}

const sum = (column: ReadonlyArray<number>): number => column.reduce((a, b) => a + b, 0)

export const totalsOf = (series: SeriesResponse): Totals => ({
  requests: sum(series.total),
  errors: sum(series.errors),
  alerts: sum(series.breaches.global) + sum(series.breaches.ip) + sum(series.breaches.url)
})

/** How much of a bucket has been decided: the newest one and the oldest one are seldom whole. */
const heldMs = (series: SeriesResponse, startMs: number): number =>
  Math.max(
    1,
    Math.min(startMs + series.bucketMs, series.endMs ?? Number.POSITIVE_INFINITY) -
      Math.max(startMs, series.firstMs ?? Number.NEGATIVE_INFINITY)
  )

/** Requests a second of what has been decided of a bucket, so that the newest one does not look like a fall. */
export const perSecondOf = (series: SeriesResponse, bucket: number): number =>
  series.total[bucket]! / (heldMs(series, series.startMs[bucket]!) / 1000)

type Column = Array<number | null>
export type Columns = ReturnType<typeof columnsOf>

/** Columns as the chart wants them; where windows are missing an empty point breaks the line. */
export const columnsOf = (series: SeriesResponse) => {
  const x: Array<number> = []
  const columns: readonly [Column, Column, Column, Column, Column, Column, Column] = [[], [], [], [], [], [], []]
  /** Which bucket stands at a place of the columns; none at an empty point. */
  const bucketAt: Array<number | undefined> = []
  const point = (ms: number, values: ReadonlyArray<number | null>, bucket: number | undefined) => {
    x.push(ms / 1000)
    for (const [i, column] of columns.entries()) column.push(values[i]!)
    bucketAt.push(bucket)
  }
  const nothing = [null, null, null, null, null, null, null]
  const { bucketMs } = series
  for (let i = 0; i < series.startMs.length; i++) {
    const startMs = series.startMs[i]!
    const before = series.startMs[i - 1]
    if (before !== undefined && startMs - before > bucketMs * 1.5) point(before + bucketMs * 1.5, nothing, undefined)
    const total = series.total[i]!
    const mean = total === 0 ? null : series.errors[i]! / total
    const keyBreaches = series.breaches.ip[i]! + series.breaches.url[i]!
    point(
      startMs + bucketMs / 2,
      [
        mean,
        series.leastRate[i]!,
        series.greatestRate[i]!,
        series.seuil[i]!,
        series.breaches.global[i]! > 0 ? series.greatestRate[i]! : null,
        keyBreaches > 0 ? 0 : null,
        perSecondOf(series, i)
      ],
      i
    )
  }
  const [rate, least, most, seuil, global, keys, perSecond] = columns
  return { x, rate, least, most, seuil, global, keys, perSecond, bucketAt }
}
