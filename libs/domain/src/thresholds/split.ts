import type { Dimension } from "../dimension.ts"
import type { Part } from "./history.ts"

/** The parts of a history that are fitted, calibrated and checked on. */
export type Split = readonly [ReadonlyArray<Part>, ReadonlyArray<Part>, ReadonlyArray<Part>]

/** The three parts of a history in the order of time: half of the windows, a quarter, the last quarter. */
export const splitOf = (parts: ReadonlyArray<Part>): Split => {
  const windows = parts.reduce((sum, part) => sum + part.windows, 0)
  const split: [Array<Part>, Array<Part>, Array<Part>] = [[], [], []]
  let before = 0
  for (const part of parts) {
    const middle = (before + part.windows / 2) / windows
    split[middle < 0.5 ? 0 : middle < 0.75 ? 1 : 2].push(part)
    before += part.windows
  }
  return split
}

export const panesOf = (parts: ReadonlyArray<Part>, dimension: Dimension): number =>
  parts.reduce((sum, part) => sum + (part.panes[dimension] ?? 0), 0)

export const cellsOf = (parts: ReadonlyArray<Part>, dimension: Dimension) =>
  parts.flatMap((part) => part.cells[dimension] ?? [])
