import type { BetaBinomial } from "./beta-binomial.ts"
import type { Unexplained } from "./attack.ts"
import { type Row, tailsOf } from "./fit.ts"

/** Numbers of requests that get a level of their own: half decades, from 3 on as in the reports' buckets. */
export const bandOf = (requests: number): number => {
  let [band, from] = [0, 3]
  while (requests >= from && band < 16) {
    band++
    from = Math.round(band % 2 === 0 ? 3 * 10 ** (band / 2) : 10 ** ((band + 1) / 2))
  }
  return band
}

/** A level is one of these, so that it never hangs on a last bit: 24 a decade. */
const levelOf = (j: number): number => 10 ** (-j / 24)

/** The part of one history, with what is known of its attacks. */
export interface Evidence {
  readonly rows: ReadonlyArray<Row>
  readonly unexplained: Unexplained
  /** How much a pane counts for. */
  readonly weight: number
}

export interface Levels {
  /** By band; bands without panes have the nearest one's. */
  readonly byBand: ReadonlyArray<number>
  /** Share of the clean panes that this alerts on in the history that it was chosen by. */
  readonly share: number
}

const bands = 17
/** As many panes of the whole stand behind each band, so that a band of a few panes does not make a rule of chance. */
const shrinkPanes = 200
/** The nominal level is raised, where numbers are coarse or the model too wide, to no more than this multiple of the target. */
const mostRaised = 3

/**
 * For each band the greatest level at which no more than the target share of its clean panes has a tail probability at or
 * below it. Where the model is right and numbers are fine that is the target itself; where few requests leave only coarse
 * steps, or the few popular keys of a band are not like the rest, it is not.
 */
export const levelsOf = (evidence: ReadonlyArray<Evidence>, model: BetaBinomial, target: number): Levels => {
  const first = Math.ceil(-24 * Math.log10(target * mostRaised))
  const last = Math.floor(-24 * Math.log10(Math.min(...evidence.map((e) => e.unexplained.below))))
  const steps = last - first + 1
  const panes = new Float64Array(bands)
  // hits[band][j]: panes whose tail probability is at or below level j
  const hits = Array.from({ length: bands }, () => new Float64Array(steps + 1))
  for (const { rows, unexplained, weight } of evidence) {
    const tails = tailsOf(rows, model)
    rows.forEach((row, r) => {
      const band = bandOf(row.requests)
      row.errors.forEach((k, i) => {
        const p = tails[r]!.from(k)
        if (p < unexplained.below) return
        const clean = weight * Math.max(0, row.counts[i]! - unexplained.hidden(r, k))
        panes[band]! += clean
        if (k === 0) return
        // p <= level j for all j up to this one; the guard keeps ties on one side on every platform.
        const j = Math.min(steps - 1, Math.floor(-24 * Math.log10(p) + 1e-6) - first)
        if (j >= 0) hits[band]![j]! += clean
      })
    })
  }
  for (const h of hits) for (let j = steps - 2; j >= 0; j--) h[j]! += h[j + 1]!
  const allPanes = panes.reduce((a, b) => a + b, 0)
  const all = Float64Array.from({ length: steps }, (_, j) => hits.reduce((sum, h) => sum + h[j]!, 0) / allPanes)
  const chosen = Array.from({ length: bands }, (_, band) => {
    if (panes[band] === 0) return undefined
    for (let j = 0; j < steps; j++) {
      if ((hits[band]![j]! + shrinkPanes * all[j]!) / (panes[band]! + shrinkPanes) <= target) return j
    }
    return steps - 1
  })
  const share = chosen.reduce<number>((sum, j, band) => sum + (j === undefined ? 0 : hits[band]![j]!), 0) / allPanes
  return { byBand: nearest(chosen).map((j) => levelOf(j + first)), share }
}

/** Fills what is missing with what is nearest; from above where both are as near. */
const nearest = (values: ReadonlyArray<number | undefined>): ReadonlyArray<number> =>
  values.map((value, i) => {
    if (value !== undefined) return value
    for (let d = 1; d < values.length; d++) {
      const there = values[i + d] ?? values[i - d]
      if (there !== undefined) return there
    }
    return 0
  })
