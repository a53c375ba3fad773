/** One row of the table: something of ours beside its limit or its rival, measured in the same run. */
export interface Row {
  /** Short and stable: the baseline is kept under it. */
  readonly id: string
  readonly what: string
  readonly against: string
  readonly goal: Goal
  /** Whether `--quick` has time for it. */
  readonly quick: boolean
  readonly measure: (options: { readonly quick: boolean }) => Promise<Measured>
}

/** What the row promises: of the ratio of ours to theirs, or of our figure alone. */
export interface Goal {
  readonly of: "ratio" | "ours"
  readonly atLeast?: number
  readonly atMost?: number
}

export interface Measured {
  /** One figure a round; for rates more is better. */
  readonly ours: ReadonlyArray<number>
  readonly theirs: ReadonlyArray<number>
  readonly unit: string
  /** What else was seen: a peak of memory, a condition of the goal. */
  readonly note?: string
}

/** A row that cannot be measured here, and why. */
export class Unmeasurable extends Error {}

/** Rounds of two measurements in turn, so that a machine that grows slower does so for both. */
export const interleaved = async (
  rounds: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>
): Promise<{ readonly ours: ReadonlyArray<number>; readonly theirs: ReadonlyArray<number> }> => {
  const seen = { ours: [] as Array<number>, theirs: [] as Array<number> }
  for (let round = 0; round < rounds; round++) {
    seen.theirs.push(await theirs())
    seen.ours.push(await ours())
  }
  return seen
}
