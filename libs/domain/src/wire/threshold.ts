import {
  type Dimension,
  defaultDimensions,
  dimensionsIn,
  everyDimension,
  mapDimensions,
  type PerDimension
} from "../dimension.ts"
import { type Hours, hourOf, hoursApart, hoursFromJson, leastOfHour, mostOfHour, percentAt } from "./hours.ts"

/**
 * A threshold: breach when errors/requests is strictly greater than it. A bare number is the plain rule.
 * Where one number cannot serve few requests and many alike, `least_errors` says from how many errors on a pane
 * breaches: its knots `[requests, errors]` rise in both, the line between two knots is straight and rounded up,
 * a pane with fewer requests than the first knot never breaches, and beyond the last one `rate` decides, but never
 * below the last knot's errors. `rate` is then what the table tends to, so that one number can be read and drawn.
 */
export type Threshold = number | ThresholdTable

export interface ThresholdTable {
  readonly rate: number
  readonly least_errors: ReadonlyArray<readonly [requests: number, errors: number]>
  /** Where the usual rate moves by the clock. Who does not know it judges all hours by the table as it stands. */
  readonly hours?: Hours
}

/** A threshold with the KV revision that it was read at; a revision of 0 says that it is from a file or a default. */
export interface ThresholdInForce {
  readonly value: Threshold
  readonly revision: number
}

export type ThresholdsInForce = PerDimension<ThresholdInForce>

/** Until something better is known (deploy/seuils.json holds those of the dimensions that always are on). */
export const firstThresholds = everyDimension(({ firstThreshold }): number => firstThreshold)

/** @param on the dimensions that are on */
export const thresholdsOf = (
  values: PerDimension<Threshold>,
  revision = 0,
  on: ReadonlyArray<Dimension> = defaultDimensions
): ThresholdsInForce =>
  mapDimensions((dimension) => ({ value: values[dimension] ?? firstThresholds[dimension], revision }), on)

/** The most knots that a table may have: every record carries it. */
export const maxKnots = 64

export type ThresholdParsed =
  | { readonly ok: true; readonly value: Threshold }
  | { readonly ok: false; readonly reason: string }

/** Why a value is no threshold. */
export const thresholdReasons = {
  empty: "it is empty",
  notJson: "it is neither a number nor JSON",
  outOfRange: "it is not between 0 and 1",
  notNumber: "it is not a number",
  badRate: "its rate is not a number between 0 and 1",
  badList: `its least_errors is not a list of 1 to ${maxKnots} pairs`,
  badPair: "its least_errors holds something that is not a pair of whole numbers",
  notRising: "its least_errors does not rise",
  badHours: `its hours are not weekday and weekend, each a list of 24 whole numbers from ${leastOfHour} to ${mostOfHour}`
} as const

const refused = (reason: string): ThresholdParsed => ({ ok: false, reason })

const isRate = (x: unknown): x is number => typeof x === "number" && x >= 0 && x <= 1

/** Reads what stands in the bucket or a file. A bad value is refused with a reason that can be shown. */
export const parseThreshold = (text: string): ThresholdParsed => {
  if (text.trim() === "") return refused(thresholdReasons.empty)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return refused(thresholdReasons.notJson)
  }
  return thresholdFromJson(json)
}

/** The same for a value that has been parsed already. */
export const thresholdFromJson = (json: unknown): ThresholdParsed => {
  if (typeof json === "number") {
    return isRate(json) ? { ok: true, value: json } : refused(thresholdReasons.outOfRange)
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) return refused(thresholdReasons.notNumber)
  const { rate, least_errors: knots, hours } = json as { rate?: unknown; least_errors?: unknown; hours?: unknown }
  if (!isRate(rate)) return refused(thresholdReasons.badRate)
  if (knots === undefined) return { ok: true, value: rate }
  if (!Array.isArray(knots) || knots.length === 0 || knots.length > maxKnots) {
    return refused(thresholdReasons.badList)
  }
  let [lastRequests, lastErrors] = [0, 0]
  for (const knot of knots as ReadonlyArray<unknown>) {
    if (!Array.isArray(knot) || knot.length !== 2 || !knot.every((x) => Number.isSafeInteger(x))) {
      return refused(thresholdReasons.badPair)
    }
    const [requests, errors] = knot as [number, number]
    if (requests <= lastRequests || errors < lastErrors || errors < 1 || requests > 1e9) {
      return refused(thresholdReasons.notRising)
    }
    ;[lastRequests, lastErrors] = [requests, errors]
  }
  const table = { rate, least_errors: knots as ThresholdTable["least_errors"] }
  if (hours === undefined) return { ok: true, value: table }
  const byHour = hoursFromJson(hours)
  return byHour === undefined ? refused(thresholdReasons.badHours) : { ok: true, value: { ...table, hours: byHour } }
}

/** The one number that stands for a threshold in a message, a chart or an alert. */
export const rateOf = (threshold: Threshold): number => (typeof threshold === "number" ? threshold : threshold.rate)

/** The smallest whole number of errors that breaches a plain rate, guarded against rounding in the product. */
const leastAbove = (rate: number, requests: number): number => {
  let k = Math.floor(rate * requests)
  while (k > 0 && (k - 1) / requests > rate) k--
  while (k / requests <= rate) k++
  return k
}

/**
 * From how many errors on `requests` requests breach: the whole rule of a threshold in one number.
 * Infinity says that this many requests never breach. O(log knots).
 */
export const leastErrors = (threshold: Threshold, requests: number): number => {
  if (typeof threshold === "number") return leastAbove(threshold, requests)
  const knots = threshold.least_errors
  const last = knots[knots.length - 1]!
  if (requests >= last[0])
    return requests === last[0] ? last[1] : Math.max(last[1], leastAbove(threshold.rate, requests))
  if (requests < knots[0]![0]) return Number.POSITIVE_INFINITY
  let [low, high] = [0, knots.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (knots[middle]![0] <= requests) low = middle
    else high = middle
  }
  const [[n0, k0], [n1, k1]] = [knots[low]!, knots[high]!]
  return k0 + Math.ceil(((k1 - k0) * (requests - n0)) / (n1 - n0))
}

/** Tables by hour that were made from one that is in force; windows and their alerts then share one. */
const tablesByHour = new WeakMap<ThresholdTable, Array<ThresholdTable | undefined>>()

/**
 * The threshold that judges a window of this time: a pane of `n` requests at an hour of `x` percent as one of `n * x / 100` requests. It follows
 * from the threshold and the window's start alone.
 */
export const thresholdAt = (threshold: Threshold, startMs: number): Threshold =>
  typeof threshold === "number" || threshold.hours === undefined
    ? threshold
    : thresholdAtHour(threshold, hourOf(startMs))

/** The same of an hour, by its place (`hourOf`). */
export const thresholdAtHour = (threshold: Threshold, hour: number): Threshold => {
  if (typeof threshold === "number" || threshold.hours === undefined) return threshold
  let tables = tablesByHour.get(threshold)
  if (tables === undefined) {
    tables = new Array(hoursApart)
    tablesByHour.set(threshold, tables)
  }
  tables[hour] ??= tableAt(threshold, percentAt(threshold.hours, hour))
  return tables[hour]
}

/** The thresholds that judge a window of this time. */
export const thresholdsAt = (thresholds: ThresholdsInForce, startMs: number): ThresholdsInForce => {
  for (const dimension in thresholds) {
    const { value } = thresholds[dimension as Dimension]!
    if (typeof value !== "number" && value.hours !== undefined) {
      return mapDimensions(
        (d) => ({ ...thresholds[d]!, value: thresholdAt(thresholds[d]!.value, startMs) }),
        dimensionsIn(thresholds)
      )
    }
  }
  return thresholds
}

/** The knots where a number of requests comes to them at this many percent; beginning where the table begins, so that nothing goes unjudged. */
const tableAt = ({ rate, least_errors: knots }: ThresholdTable, percent: number): ThresholdTable => {
  const [first] = knots
  const moved: Array<readonly [requests: number, errors: number]> = []
  for (const [requests, errors] of knots) {
    const at = Math.min(1e9, Math.max(1, Math.floor((requests * 100) / percent)))
    if (moved.at(-1)?.[0] === at) moved.pop()
    moved.push([at, errors])
  }
  if (moved[0]![0] > first![0]) {
    // The first step begins no later than it would; the table stays within its limit.
    if (moved.length === maxKnots) moved.shift()
    moved.unshift(first!)
  }
  return { rate: Math.min(1, Math.round(rate * percent * 1e4) / 1e6), least_errors: moved }
}

/** The two thresholds say the same. */
export const sameThreshold = (a: Threshold, b: Threshold): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

/** Above this error rate an alert is HIGH. */
const highAbove = everyDimension((declaration): number => declaration.highAbove)

export type Severity = "HIGH" | "MEDIUM"

export const severityOf = (dimension: Dimension, rate: number): Severity =>
  rate > highAbove[dimension] ? "HIGH" : "MEDIUM"
