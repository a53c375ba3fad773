import {
  type Dimension,
  dimensionsIn,
  firstThresholds,
  type History,
  leastErrors,
  type PerDimension,
  percentile99Interval,
  rateOf,
  sameThreshold,
  type Threshold,
  type Totals,
  thresholdAtHour,
  wilson
} from "@chaussettes/domain"

/** How many panes of the history alert. */
const alertsOf = (history: History, dimension: Dimension, threshold: Threshold): { panes: number; alerts: number } => {
  let [panes, alerts] = [0, 0]
  for (const part of history.parts()) {
    for (const { hour, cells } of part.hours) {
      const ofHour = thresholdAtHour(threshold, hour)
      for (const cell of cells[dimension] ?? []) {
        const requests = Math.round(cell.requests / cell.panes)
        panes += cell.panes
        if (cell.errors / cell.panes >= leastErrors(ofHour, requests)) alerts += cell.panes
      }
    }
  }
  return { panes, alerts }
}

/** For 95 %. */
const z95 = 1.96

/** What the new thresholds were learnt from, and how. */
interface Basis {
  readonly history: History
  readonly totals: Totals
  readonly method: string
}

/**
 * Whether a new threshold differs from the one in force by more than what is not known of it: the shares of the history's panes that
 * the two alert on lie in one another's interval. For a percentile: the old value lies in the interval of the new one.
 */
const isChange = (dimension: Dimension, before: Threshold, after: Threshold, basis: Basis): boolean => {
  if (sameThreshold(before, after)) return false
  if (basis.method !== "calibrated") {
    const { low, high } = percentile99Interval(basis.totals)[dimension]!
    return typeof before !== "number" || before < low - 0.0005 || before > high + 0.0005
  }
  // A bare number is another rule than a table, however often the two agree.
  if (typeof before !== typeof after) return true
  const old = alertsOf(basis.history, dimension, before)
  const now = alertsOf(basis.history, dimension, after)
  if (now.panes === 0) return rateOf(before) !== rateOf(after)
  const interval = wilson(now.alerts, now.panes, z95)
  const share = old.alerts / old.panes
  return share < interval.low || share > interval.high
}

export const changesOf = (
  before: PerDimension<Threshold>,
  after: PerDimension<Threshold | undefined>,
  basis: Basis
): ReadonlyArray<Dimension> =>
  dimensionsIn(after).filter((d) => {
    const threshold = after[d]
    return threshold !== undefined && isChange(d, before[d] ?? firstThresholds[d], threshold, basis)
  })
