import { fewestErrors, type Unexplained } from "./attack.ts"
import type { BetaBinomial } from "./beta-binomial.ts"
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
  /** In each band the panes count for no more than this many: an earlier part helps where the later one is small. */
  readonly most: number
}

export interface Levels {
  /** By band; bands without panes have the nearest one's. */
  readonly byBand: ReadonlyArray<number>
}

const bands = 17
/** As many panes of the whole stand behind each band, so that a band of a few panes does not make a rule of chance. */
const shrinkPanes = 200
/** The nominal level is raised, where numbers are coarse or the model too wide, to no more than this multiple of the target. */
const mostRaised = 8
/** A band may have this multiple of the target where its steps would otherwise leave it below half of it. */
const mostStepped = 1.25

/**
 * For each band the greatest level at which no more than the target share of clean panes *to come* has a tail probability at or
 * below it: where x of m are, (x + 1)/(m + 1) is to be expected, since the level reaches down to the next one (David and
 * Nagaraja, "Order Statistics", 2.5). Where the model is right and numbers are fine that is the target itself; where few requests leave only coarse
 * steps, or the few popular keys of a band are not like the rest, it is not.
 */
export const levelsOf = (evidence: ReadonlyArray<Evidence>, model: BetaBinomial, target: number): Levels => {
  const first = Math.ceil(-24 * Math.log10(Math.min(0.5, target * mostRaised)))
  const last = Math.floor(-24 * Math.log10(Math.min(...evidence.map((e) => e.unexplained.below))))
  const steps = last - first + 1
  const counted = evidence.map((e) => countedOf(e, model, first, steps))
  const panes = Float64Array.from({ length: bands }, (_, band) => sum(counted.map((c) => c.panes[band]!)))
  const hits = Array.from({ length: bands }, (_, band) =>
    Float64Array.from({ length: steps }, (_, j) => sum(counted.map((c) => c.hits[band]![j]!)))
  )
  const allPanes = sum(panes)
  const all = Float64Array.from({ length: steps }, (_, j) => sum(hits.map((h) => h[j]!)) / allPanes)
  const greatestWithin = (band: number, most: number): number | undefined => {
    if (panes[band] === 0) return undefined
    for (let j = 0; j < steps; j++) {
      if ((hits[band]![j]! + 1 + shrinkPanes * all[j]!) / (panes[band]! + 1 + shrinkPanes) <= most) return j
    }
    return steps - 1
  }
  const shareOf = (levels: ReadonlyArray<number | undefined>): number =>
    sum(levels.map((j, band) => (j === undefined ? 0 : hits[band]![j]!))) / allPanes
  const strict = Array.from({ length: bands }, (_, band) => greatestWithin(band, target))
  // Where a step leaves a band far below the target, the next one is taken if that keeps all of them together within it.
  const stepped = strict.map((j, band) =>
    j !== undefined && hits[band]![j]! < (target / 2) * panes[band]! ? greatestWithin(band, mostStepped * target) : j
  )
  const chosen = shareOf(stepped) <= target ? stepped : strict
  return { byBand: nearest(chosen).map((j) => levelOf(j + first)) }
}

const sum = (values: Iterable<number>): number => {
  let total = 0
  for (const value of values) total += value
  return total
}

/** The clean panes of each band, and how many of them have a tail probability at or below each level. */
const countedOf = (
  { rows, unexplained, most }: Evidence,
  model: BetaBinomial,
  first: number,
  steps: number
): { readonly panes: Float64Array; readonly hits: ReadonlyArray<Float64Array> } => {
  const panes = new Float64Array(bands)
  const hits = Array.from({ length: bands }, () => new Float64Array(steps))
  const tails = tailsOf(rows, model)
  rows.forEach((row, r) => {
    const band = bandOf(row.requests)
    row.errors.forEach((k, i) => {
      if (k >= unexplained.bounds[r]!) {
        panes[band]! += unexplained.chanceShare * row.counts[i]!
        hits[band]![steps - 1]! += unexplained.chanceShare * row.counts[i]!
        return
      }
      panes[band]! += row.counts[i]!
      if (k < fewestErrors) return
      // The guard keeps ties on one side on every platform.
      const j = Math.min(steps - 1, Math.floor(-24 * Math.log10(tails[r]!.from(k)) + 1e-6) - first)
      if (j >= 0) hits[band]![j]! += row.counts[i]!
    })
    const hidden = unexplained.hiddenFrom(r, 0)
    if (hidden === 0) return
    panes[band]! -= hidden
    for (let j = 0; j < steps; j++) {
      const next = j + 1 === steps ? unexplained.bounds[r]! : tails[r]!.leastBelow(levelOf(j + 1 + first))
      const from = unexplained.hiddenFrom(r, tails[r]!.leastBelow(levelOf(j + first)))
      hits[band]![j]! -= from - unexplained.hiddenFrom(r, next)
    }
  })
  hits.forEach((h, band) => {
    for (let j = steps - 2; j >= 0; j--) h[j]! += h[j + 1]!
    const weight = Math.min(1, most / Math.max(1, panes[band]!))
    panes[band] = Math.max(0, panes[band]! * weight)
    for (let j = 0; j < steps; j++) h[j] = Math.max(0, h[j]! * weight)
  })
  return { panes, hits }
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
