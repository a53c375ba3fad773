import {
  type Dimension,
  dimensionsIn,
  mapDimensions,
  type PerDimension,
  sameThreshold,
  type Threshold,
  visibleText
} from "@chaussettes/domain"
import { thresholdWord } from "../words.ts"
import type { Comparison, Pair } from "./comparison.ts"

/** Keys that a person is shown; `--json` has all. */
const shownKeys = 20

const number = (n: number): string => n.toLocaleString("en")
const aDay = (n: number, days: number): string => (days === 0 ? "–" : number(Math.round((n / days) * 10) / 10))
const pad = (cells: ReadonlyArray<string>, widths: ReadonlyArray<number>): string =>
  cells
    .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
    .join("  ")
    .trimEnd()

const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows.map((row) => pad(row, widths)).join("\n")
}

const leftTable = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = [0, 1].map((i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

export const textOf = (
  comparison: Comparison,
  inForce: PerDimension<Threshold>,
  tried: PerDimension<Threshold>
): string => {
  const totals = comparison.totals()
  const days = comparison.daysSpanned
  const on = dimensionsIn(inForce)
  const dimensionRow = (d: Dimension) => {
    const total = totals[d]!
    return [
      d,
      number(comparison.panes[d]!.eligible),
      number(total.inForce),
      aDay(total.inForce, days),
      number(total.tried),
      aDay(total.tried, days)
    ]
  }
  const rule = (d: Dimension) => [
    [d, "in force", thresholdWord(inForce[d]!)],
    ["", "tried", sameThreshold(inForce[d]!, tried[d]!) ? "the same" : thresholdWord(tried[d]!)]
  ]
  const parts = [
    leftTable(on.flatMap(rule)),
    table([["", "panes", "in force: alerts", "a day", "tried: alerts", "a day"], ...on.map((d) => dimensionRow(d))])
  ]
  const arrow = ({ inForce: before, tried: after }: Pair) => `${number(before)} → ${number(after)}`
  const byDay = comparison.days()
  if (byDay.length > 0) {
    parts.push(table([["day", ...on], ...byDay.map((day) => [day.day, ...on.map((d) => arrow(day[d]!))])]))
  }
  const changes = comparison.changes()
  if (changes.length > 0) {
    const shown = changes.slice(0, shownKeys)
    parts.push(
      table([["key", "", "alerts"], ...shown.map((c) => [visibleText(c.key).slice(0, 80), c.dimension, arrow(c)])]) +
        (changes.length > shown.length
          ? `\nand ${number(changes.length - shown.length)} further keys (see --json)`
          : "")
    )
  } else parts.push("No key changes.")
  return `${parts.join("\n\n")}\n`
}

export const jsonOf = (comparison: Comparison, inForce: PerDimension<Threshold>, tried: PerDimension<Threshold>) => {
  const totals = comparison.totals()
  const days = comparison.daysSpanned
  const pair = (p: Pair) => ({ in_force: p.inForce, tried: p.tried })
  const of = <A>(f: (d: Dimension) => A) => mapDimensions(f, dimensionsIn(inForce))
  const expected = (n: number) => (days === 0 ? null : Math.round((n / days) * 100) / 100)
  return {
    schema: "chaussettes.what-if.v1",
    in_force: inForce,
    tried,
    days_spanned: Math.round(days * 10_000) / 10_000,
    panes: of((d) => comparison.panes[d]!.eligible),
    alerts: of((d) => pair(totals[d]!)),
    alerts_a_day: of((d) => ({ in_force: expected(totals[d]!.inForce), tried: expected(totals[d]!.tried) })),
    days: comparison.days().map((day) => ({ day: day.day, ...of((d) => pair(day[d]!)) })),
    keys: comparison.changes().map(({ dimension, key, ...p }) => ({ dimension, key, ...pair(p) })),
    keys_left_out: comparison.keysLeftOut
  }
}
