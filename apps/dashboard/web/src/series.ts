import { dimensions, dimensionsIn, isDefault, mapDimensions } from "@chaussettes/domain"
import type { SeriesResponse, WindowEvent } from "../../src/api/index.ts"

/** All messages of WINDOWS up to here are in the series. */
const seqOf = (series: SeriesResponse): number => Number(series.position.split(".")[0])

/**
 * The series with what is new of a window since it was loaded: one that was decided, or one that late lines came into. Buckets that have left the
 * span at its left go; what is known already, or lies outside, changes nothing. Undefined where the series has to be loaded again: a bucket of
 * several windows holds one that has changed, and it is not known from what.
 */
export const withWindow = (series: SeriesResponse, window: WindowEvent, fromMs: number): SeriesResponse | undefined => {
  if (window.seq <= seqOf(series)) return series
  const position = series.position.replace(/^\d+/, `${window.seq}`)
  const bucketMs = series.exact ? window.endMs - window.startMs : series.bucketMs
  const startMs = series.exact ? window.startMs : Math.floor(window.startMs / bucketMs) * bucketMs
  const isNewest = series.endMs === null || window.endMs > series.endMs
  if (!isNewest && startMs + bucketMs <= Math.max(fromMs, series.fromMs)) return { ...series, position }
  if (!isNewest && !series.exact && window.before === undefined) return undefined
  const n = series.startMs.length
  let at = n
  while (at > 0 && series.startMs[at - 1]! >= startMs) at--
  const known = series.startMs[at] === startMs
  // A bucket that is one window becomes what the window is now; one of several changes by what the window has changed.
  const replaces = known && series.exact
  const before = replaces ? undefined : window.before
  const put = <A>(column: ReadonlyArray<A>, merge: (before: A) => A, fresh: A): ReadonlyArray<A> => [
    ...column.slice(0, at),
    known && !replaces ? merge(column[at]!) : fresh,
    ...column.slice(known ? at + 1 : at)
  ]
  const sum = (column: ReadonlyArray<number>, of: (w: NonNullable<WindowEvent["before"]>) => number) =>
    put(column, (x) => x + of(window) - (before === undefined ? 0 : of(before)), of(window))
  // One that was put on while the page was open has no column yet.
  const on = dimensions.filter(
    (d) => isDefault(d) || series.breaches[d] !== undefined || window.breaches[d] !== undefined
  )
  const rate = window.total === 0 ? null : window.errors / window.total
  const next: SeriesResponse = {
    ...series,
    position,
    endMs: isNewest ? window.endMs : series.endMs,
    startMs: known ? series.startMs : [...series.startMs.slice(0, at), startMs, ...series.startMs.slice(at)],
    total: sum(series.total, (w) => w.total),
    errors: sum(series.errors, (w) => w.errors),
    windows: put(series.windows, (x) => x + (before === undefined ? 1 : 0), 1),
    clientErrors: sum(series.clientErrors, (w) => w.clientErrors ?? 0),
    serverErrors: sum(series.serverErrors, (w) => w.serverErrors ?? 0),
    // Where windows are taken together, one more hardly moves what eight tenths of the requests lie between.
    lowRate: put(series.lowRate, (x) => x ?? rate, rate),
    highRate: put(series.highRate, (x) => x ?? rate, rate),
    leastRate: put(series.leastRate, (x) => least(x, rate, Math.min), rate),
    greatestRate: put(series.greatestRate, (x) => least(x, rate, Math.max), rate),
    seuil: put(series.seuil, (x) => (isNewest ? (window.seuil ?? x) : x), window.seuil),
    breaches: mapDimensions(
      (d) => sum(series.breaches[d] ?? series.startMs.map(() => 0), (w) => w.breaches[d] ?? 0),
      on
    ),
    unused: sum(series.unused, (w) => w.unused)
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
    windows: cut(series.windows),
    clientErrors: cut(series.clientErrors),
    serverErrors: cut(series.serverErrors),
    lowRate: cut(series.lowRate),
    highRate: cut(series.highRate),
    leastRate: cut(series.leastRate),
    greatestRate: cut(series.greatestRate),
    seuil: cut(series.seuil),
    breaches: mapDimensions((d) => cut(series.breaches[d]!), dimensionsIn(series.breaches)),
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
  alerts: dimensionsIn(series.breaches).reduce((all, d) => all + sum(series.breaches[d]!), 0)
})

/** Alerts of a bucket, of all dimensions together. */
export const breachesAt = (breaches: SeriesResponse["breaches"], bucket: number): number =>
  dimensionsIn(breaches).reduce((all, d) => all + breaches[d]![bucket]!, 0)

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

/** Places that have a value and no neighbour with one: a line draws nothing there. */
export const alone = (column: ArrayLike<number | null | undefined>): ReadonlyArray<number> => {
  const is = (i: number) => column[i] !== null && column[i] !== undefined
  return Array.from(column, (_, i) => i).filter((i) => is(i) && !is(i - 1) && !is(i + 1))
}

/**
 * Columns as the chart wants them; where windows are missing an empty point breaks the line. An alert over all traffic stands on the line where a point
 * is one window (`global`); where it is several, which share of them alerted (`alerting`).
 */
export const columnsOf = (series: SeriesResponse) => {
  const x: Array<number> = []
  type Eight = readonly [Column, Column, Column, Column, Column, Column, Column, Column]
  const columns: Eight = [[], [], [], [], [], [], [], []]
  /** Which bucket stands at a place of the columns; none at an empty point. */
  const bucketAt: Array<number | undefined> = []
  const point = (ms: number, values: ReadonlyArray<number | null>, bucket: number | undefined) => {
    x.push(ms / 1000)
    for (const [i, column] of columns.entries()) column.push(values[i]!)
    bucketAt.push(bucket)
  }
  const nothing = columns.map(() => null)
  const { bucketMs } = series
  for (let i = 0; i < series.startMs.length; i++) {
    const startMs = series.startMs[i]!
    const before = series.startMs[i - 1]
    if (before !== undefined && startMs - before > bucketMs * 1.5) point(before + bucketMs * 1.5, nothing, undefined)
    const total = series.total[i]!
    const mean = total === 0 ? null : series.errors[i]! / total
    const global = series.breaches.global[i]!
    const keyBreaches = breachesAt(series.breaches, i) - global
    point(
      startMs + bucketMs / 2,
      [
        mean,
        series.lowRate[i]!,
        series.highRate[i]!,
        series.seuil[i]!,
        series.exact && global > 0 ? mean : null,
        keyBreaches > 0 && (series.exact || global === 0) ? 0 : null,
        !series.exact && global > 0 ? global / Math.max(global, series.windows[i]!) : null,
        perSecondOf(series, i)
      ],
      i
    )
  }
  const [rate, low, high, threshold, global, keys, alerting, perSecond] = columns
  return { x, rate, low, high, threshold, global, keys, alerting, perSecond, bucketAt }
}
