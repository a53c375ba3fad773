import type { Dimension } from "../dimension.ts"
import { leastErrors, type Threshold } from "../wire/threshold.ts"
import { boundsOf, type Unexplained } from "./attack.ts"
import type { BetaBinomial } from "./beta-binomial.ts"
import { type Row, rowsOf } from "./fit.ts"
import { wilson } from "./numerics.ts"
import { type AlertShare, buckets, type Figures, z99 } from "./report.ts"
import type { Split } from "./split.ts"

/** The clean panes of a row, hidden attacks among them, and how many of these panes alert. */
const cleanOf = (
  row: Row,
  r: number,
  threshold: Threshold,
  { bounds, chanceShare }: Pick<Unexplained, "bounds" | "chanceShare">
): { readonly panes: number; readonly alerts: number } => {
  const breach = leastErrors(threshold, row.requests)
  let [panes, alerts] = [0, 0]
  row.errors.forEach((k, i) => {
    const clean = (k >= bounds[r]! ? chanceShare : 1) * row.counts[i]!
    panes += clean
    if (k >= breach) alerts += clean
  })
  return { panes, alerts }
}

/** What share of the clean panes alerts, by bucket and overall. */
export const bucketsOf = (
  rows: ReadonlyArray<Row>,
  threshold: Threshold,
  unexplained: Unexplained,
  variance: number
): { readonly all: AlertShare; readonly byBucket: Figures["checkedByBucket"] } => {
  const counted = buckets.map(() => ({ panes: 0, alerts: 0 }))
  rows.forEach((row, r) => {
    const bucket = counted[buckets.findIndex((b) => row.requests <= b.to)]!
    const { panes, alerts } = cleanOf(row, r, threshold, unexplained)
    bucket.panes += panes - unexplained.hiddenFrom(r, 0)
    bucket.alerts += alerts - unexplained.hiddenFrom(r, leastErrors(threshold, row.requests))
  })
  for (const c of counted) c.alerts = Math.max(0, c.alerts)
  const shareOf = (panes: number, alerts: number): AlertShare => ({
    panes: Math.round(panes),
    alerts: Math.round(alerts),
    share: panes === 0 ? 0 : alerts / panes,
    interval: wilson(alerts / variance, panes / variance, z99)
  })
  return {
    all: shareOf(
      counted.reduce((sum, c) => sum + c.panes, 0),
      counted.reduce((sum, c) => sum + c.alerts, 0)
    ),
    byBucket: counted.flatMap((c, i) =>
      c.panes === 0 ? [] : [{ bucket: buckets[i]!.name, ...shareOf(c.panes, c.alerts) }]
    )
  }
}

/**
 * By how much the alerts of the slots within each of the later parts vary more than independent panes would; never less than
 * 1. Each part about its own mean: that the two differ is what is to be judged by this.
 */
export const varianceOf = (
  split: Split,
  dimension: Dimension,
  threshold: Threshold,
  model: BetaBinomial,
  below: number
): number => {
  let [squares, freedom] = [0, 0]
  for (const parts of split.slice(1)) {
    const slots = parts.map((part) => {
      const rows = rowsOf(part.cells[dimension] ?? [])
      const bounds = boundsOf(rows, model, below)
      const counted = rows.map((row, r) => cleanOf(row, r, threshold, { bounds, chanceShare: 0 }))
      return { panes: sum(counted.map((c) => c.panes)), alerts: sum(counted.map((c) => c.alerts)) }
    })
    const share = sum(slots.map((s) => s.alerts)) / sum(slots.map((s) => s.panes))
    if (!(share > 0)) continue
    squares += sum(slots.map((s) => (s.panes === 0 ? 0 : (s.alerts - s.panes * share) ** 2 / (s.panes * share))))
    freedom += slots.length - 1
  }
  return freedom < 2 ? 1 : Math.max(1, squares / freedom)
}

const sum = (values: ReadonlyArray<number>): number => values.reduce((a, b) => a + b, 0)
