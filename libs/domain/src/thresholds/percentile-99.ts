import {
  type Dimension,
  everyDimension,
  everyKeyDimension,
  type KeyDimension,
  keyDimensionsIn,
  mapDimensions,
  type PerDimension,
  type PerKeyDimension
} from "../dimension.ts"
import { firstThresholds } from "../wire/threshold.ts"
import { rounded } from "./numerics.ts"

/*
 * The method of the system that this one replaces, formulas and all, so that its users find their numbers again. Its rates are of a
 * key's whole history, while a verdict is about one window; `calibrated` compares like with like.
 */

/** One key's whole history. */
export interface KeyTotal {
  readonly requests: number
  readonly errors: number
}

/** All lines of a history, in all and by key. */
export type Totals = PerKeyDimension<ReadonlyArray<KeyTotal>> & { readonly lines: number; readonly errors: number }

/** Keys with fewer requests have no rate worth a name. */
export const leastForRate = everyKeyDimension((declaration): number => declaration.leastForRate)
const floors = everyDimension(({ percentileFloor }): number => percentileFloor)
/** The global threshold is this part of the mean error rate. */
const globalShare = 0.2
/** Fewer lines say nothing. */
const leastLines = 100

/** The percentile by linear interpolation between the two nearest values, as NumPy's default; `values` must rise. */
export const percentile = (values: ReadonlyArray<number>, share: number): number => {
  const at = (values.length - 1) * share
  const below = Math.floor(at)
  const low = values[below]!
  const high = values[Math.min(below + 1, values.length - 1)]!
  return low + (high - low) * (at - below)
}

export type PercentileMethod = "percentile_99" | "insufficient_data" | "default_values"

/** Error rates of the keys that have enough requests, rising. */
const ratesOf = (keys: ReadonlyArray<KeyTotal>, least: number): ReadonlyArray<number> =>
  keys.flatMap((key) => (key.requests >= least ? [key.errors / key.requests] : [])).sort((a, b) => a - b)

const ofKeys = (dimension: KeyDimension, totals: Totals): number => {
  const rates = ratesOf(totals[dimension] ?? [], leastForRate[dimension])
  return rates.length === 0 ? firstThresholds[dimension] : Math.max(percentile(rates, 0.99), floors[dimension])
}

const onIn = (totals: Totals): ReadonlyArray<Dimension> => ["global", ...keyDimensionsIn(totals)]

/**
 * The thresholds, to three decimals: a fifth of the mean error rate (0.05 at least) for all traffic; the 99th percentile of
 * the rates of the IPs with 10 requests or more (0.2 at least), of the URLs with 5 or more (0.3 at least), and in the same way of further keys.
 */
export const percentile99 = (
  totals: Totals
): { readonly method: PercentileMethod; readonly thresholds: PerDimension<number> } => {
  const on = onIn(totals)
  const first = () => mapDimensions((dimension) => firstThresholds[dimension], on)
  if (totals.lines === 0) return { method: "default_values", thresholds: first() }
  if (totals.lines < leastLines) return { method: "insufficient_data", thresholds: first() }
  const of = (dimension: Dimension) =>
    dimension === "global"
      ? Math.max((globalShare * totals.errors) / totals.lines, floors.global)
      : ofKeys(dimension, totals)
  return { method: "percentile_99", thresholds: mapDimensions((dimension) => rounded(of(dimension), 3), on) }
}

/**
 * Between which values the percentile lies with 95 % confidence, by the ranks that a binomial count of keys above it allows
 * (David and Nagaraja, "Order Statistics", 7.1). A change within is no change.
 */
export const percentile99Interval = (totals: Totals): PerDimension<{ readonly low: number; readonly high: number }> => {
  const p = totals.lines === 0 ? 0 : totals.errors / totals.lines
  const half = 1.96 * globalShare * Math.sqrt((p * (1 - p)) / Math.max(1, totals.lines))
  const ofDimension = (dimension: KeyDimension) => {
    const rates = ratesOf(totals[dimension] ?? [], leastForRate[dimension])
    const n = rates.length
    if (n === 0) return { low: firstThresholds[dimension], high: firstThresholds[dimension] }
    const spread = 1.96 * Math.sqrt(n * 0.99 * 0.01)
    const at = (rank: number) => Math.max(floors[dimension], rates[Math.min(n - 1, Math.max(0, rank))]!)
    return { low: at(Math.floor(n * 0.99 - spread)), high: at(Math.ceil(n * 0.99 + spread)) }
  }
  const overall = {
    low: Math.max(floors.global, globalShare * p - half),
    high: Math.max(floors.global, globalShare * p + half)
  }
  return mapDimensions((dimension) => (dimension === "global" ? overall : ofDimension(dimension)), onIn(totals))
}
