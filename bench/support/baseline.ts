import type { Result } from "./table.ts"

/** The ratio of each row as it was when the baseline was renewed, for the rows of which more is better. */
export type Baseline = { readonly [id: string]: number }

/**
 * A row fails below this share of its baseline. Ratios of one run on a noisy machine lie within a third of each other; a change that
 * halves a row does not pass.
 */
export const tolerance = 0.6

/** What is worse than the baseline allows, as sentences. */
export const checkAgainst = (baseline: Baseline, results: ReadonlyArray<Result>): ReadonlyArray<string> =>
  results.flatMap((result) => {
    if ("failed" in result) return result.isMissing ? [] : [`${result.id} could not be measured: ${result.failed}`]
    const was = baseline[result.id]
    if (was === undefined || result.ratio === undefined) return []
    return result.ratio < was * tolerance
      ? [`${result.id}: ${result.ratio.toFixed(3)} of its limit, ${was.toFixed(3)} in the baseline`]
      : []
  })
