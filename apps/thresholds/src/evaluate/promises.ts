import { type DefaultDimension, defaultDimensions, defaultTarget } from "@chaussettes/domain"
import type { CleanResult } from "./clean.ts"
import type { IncidentResult } from "./incidents.ts"
import { nextStepOf, type Share, shareOf } from "./tally.ts"

/** What is asked of the method `calibrated`. */
const promised = {
  overall: { least: 0.005, most: 0.015 },
  mostInBucket: 0.02,
  leastSeen: 0.95,
  mostDelayWindows: 2,
  /** So many attacked windows and the thresholds have to be as sharp as without. */
  sharpUpTo: 0.05,
  /** From so many attacked windows on nothing may be published. */
  refusedFrom: 0.3
} as const

/** Fewer panes say nothing of a share of a hundredth. */
const leastPanes = 500

/** A cell in which fewer panes alert than half of the target. */
export interface Low {
  readonly site: string
  readonly dimension: DefaultDimension
  /** Undefined for the whole dimension. */
  readonly bucket: string | undefined
  readonly share: number
  /** The share if one error fewer were enough. */
  readonly nextStep: number
  /** The next step would be above the target: there is nothing between. */
  readonly coarse: boolean
}

const lowOf = (
  site: string,
  dimension: DefaultDimension,
  bucket: string | undefined,
  share: Share
): ReadonlyArray<Low> => {
  const nextStep = nextStepOf(share)
  return share.panes >= leastPanes && shareOf(share) < promised.overall.least
    ? [{ site, dimension, bucket, share: shareOf(share), nextStep, coarse: nextStep > defaultTarget }]
    : []
}

const ownOf = ({ calibrated, tallies }: CleanResult) => (calibrated.rule === undefined ? undefined : tallies[0]!)

/** Dimensions, or buckets of them, that alert on less than half of the target. */
export const lows = (results: ReadonlyArray<CleanResult>, by: "dimension" | "bucket"): ReadonlyArray<Low> =>
  results.flatMap((result) =>
    defaultDimensions.flatMap((d) => {
      const own = ownOf(result)
      if (own === undefined) return []
      return by === "dimension"
        ? lowOf(result.of.name, d, undefined, own.overall()[d])
        : own.byBucket(d).flatMap((share) => lowOf(result.of.name, d, share.bucket, share))
    })
  )

/** As a page in English writes it, to two decimals. */
const written = (share: number): string => `${(share * 100).toFixed(2)}%`

/** What clean traffic shows to be broken: alerts above the promise, no publication, or too few of them without a step that explains it. */
export const brokenOnClean = (results: ReadonlyArray<CleanResult>): ReadonlyArray<string> => [
  ...results.flatMap((result) => {
    const own = ownOf(result)
    const { name } = result.of
    if (own === undefined) return [`${name}: nothing was published`]
    return defaultDimensions.flatMap((d) => [
      ...[own.overall()[d]]
        .filter((share) => shareOf(share) > promised.overall.most)
        .map((share) => `${name}, ${d}: ${written(shareOf(share))} overall`),
      ...own
        .byBucket(d)
        .filter((share) => share.panes >= leastPanes && shareOf(share) > promised.mostInBucket)
        .map((share) => `${name}, ${d}, ${share.bucket} requests: ${written(shareOf(share))}`)
    ])
  }),
  ...lows(results, "dimension")
    .filter((low) => !low.coarse)
    .map((low) => `${low.site}, ${low.dimension}: ${written(low.share)} overall`)
]

const caseOf = ({ attack, errorRate, contamination }: IncidentResult): string =>
  `${attack}, ${errorRate * 100}% base errors, ${contamination * 100}% of the history attacked`

/** What incidents show to be broken. The delay is the mean: see `slow` for how the slowest fare. */
export const brokenInIncidents = (results: ReadonlyArray<IncidentResult>): ReadonlyArray<string> =>
  results.flatMap((result) => {
    const { contamination, refusal, seen } = result
    if (refusal !== undefined) return contamination <= promised.sharpUpTo ? [`${caseOf(result)}: ${refusal}`] : []
    const own = seen.find((s) => s.method === "calibrated")!
    return [
      ...(contamination >= promised.refusedFrom ? ["published"] : []),
      ...(own.seen < promised.leastSeen * own.incidents ? [`${own.seen} of ${own.incidents} seen`] : []),
      ...(own.meanDelay <= promised.mostDelayWindows ? [] : [`seen after ${own.meanDelay.toFixed(2)} windows`])
    ].map((what) => `${caseOf(result)}: ${what}`)
  })

/** Incidents of which one in twenty is seen later than promised of the mean. */
export const slow = (results: ReadonlyArray<IncidentResult>): ReadonlyArray<string> =>
  results.flatMap((result) => {
    const own = result.seen.find((s) => s.method === "calibrated")
    return result.refusal === undefined && own !== undefined && own.delay95 > promised.mostDelayWindows
      ? [`${caseOf(result)}: ${own.meanDelay.toFixed(2)} windows on average, 95 of 100 within ${own.delay95}`]
      : []
  })
