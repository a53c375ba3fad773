import type { Goal, Measured, Row } from "../rows/row.ts"
import type { Figures } from "./stats.ts"

/** A row as it was measured, or why it was not. */
export type Result =
  | {
      readonly id: string
      readonly what: string
      readonly against: string
      readonly ours: Figures
      readonly theirs: Figures | undefined
      readonly ratio: number | undefined
      readonly lessIsBetter: boolean
      readonly unit: string
      readonly goal: string
      readonly isMet: boolean
      readonly note: string | undefined
    }
  | {
      readonly id: string
      readonly what: string
      readonly against: string
      readonly failed: string
      readonly isMissing: boolean
    }

const goalText = (goal: Goal, unit: string): string => {
  const of = goal.of === "ratio" ? "" : ` ${unit}`
  if (goal.atLeast !== undefined) return `≥ ${goal.atLeast}${of}`
  return goal.atMost !== undefined ? `≤ ${goal.atMost}${of}` : "—"
}

export const resultOf = (row: Row, ours: Figures, theirs: Figures | undefined, measured: Measured): Result => {
  const ratio = theirs === undefined ? undefined : ours.median / theirs.median
  const value = row.goal.of === "ratio" ? (ratio ?? Number.NaN) : ours.median
  const isMet =
    (row.goal.atLeast === undefined || value >= row.goal.atLeast) &&
    (row.goal.atMost === undefined || value <= row.goal.atMost)
  return {
    id: row.id,
    what: row.what,
    against: row.against,
    ours,
    theirs,
    ratio,
    lessIsBetter: row.goal.atLeast === undefined,
    unit: measured.unit,
    goal: goalText(row.goal, measured.unit),
    isMet,
    note: measured.note
  }
}

const short = (n: number): string =>
  n >= 1e6
    ? `${(n / 1e6).toFixed(2)} M`
    : n >= 1e4
      ? `${(n / 1e3).toFixed(0)} k`
      : n >= 100
        ? n.toFixed(0)
        : n.toFixed(2)

const shown = (figures: Figures, unit: string): string =>
  figures.min === figures.max
    ? `${short(figures.median)} ${unit}`
    : `${short(figures.median)} ${unit} (${short(figures.min)}–${short(figures.max)})`

const head = [
  "| row | ours, median (range) | measured against | theirs | ratio | goal | |",
  "|---|---|---|---|---|---|---|"
]

const lineOf = (r: Result): string => {
  if ("failed" in r)
    return `| ${r.what} | ${r.isMissing ? "not measured" : "FAILED"}: ${r.failed} | ${r.against} | | | | |`
  const note = r.note === undefined ? "" : `; ${r.note}`
  const theirs = r.theirs === undefined ? "" : shown(r.theirs, r.unit)
  const ratio = r.ratio === undefined ? "" : r.ratio.toFixed(2)
  return `| ${r.what} | ${shown(r.ours, r.unit)}${note} | ${r.against} | ${theirs} | ${ratio} | ${r.goal} | ${r.isMet ? "met" : "not met"} |`
}

/** The results as a Markdown table. */
export const tableOf = (results: ReadonlyArray<Result>): string => [...head, ...results.map(lineOf)].join("\n")

const nameIn = (line: string): string => line.split(" | ")[0]!.replace(/^\| /, "")

/**
 * A table with some of its rows measured again: these are put in, the others stay as they are.
 *
 * @param names all rows that there are, in their order; a line that is none of them any more goes
 */
export const tableWith = (old: string, results: ReadonlyArray<Result>, names: ReadonlyArray<string>): string => {
  const lines = new Map(old.split("\n").map((line) => [nameIn(line), line]))
  for (const result of results) lines.set(result.what, lineOf(result))
  return [...head, ...names.flatMap((name) => lines.get(name) ?? [])].join("\n")
}
