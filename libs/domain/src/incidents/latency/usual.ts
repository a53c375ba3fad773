import { significant } from "../../thresholds/numerics.ts"
import { quantileOfBins, timeBins } from "./time-bins.ts"

/**
 * A request is slow by one of these cuts where no more than that share of its URL's requests usually is slower: a quarter, which a shift of all times
 * moves most, and a twentieth, which is p95 and sees a tail that grows.
 */
export const cutShares = [0.25, 0.05] as const
export type CutIndex = 0 | 1
export const cutIndexes: ReadonlyArray<CutIndex> = [0, 1]

/** What is usual of the request times of all traffic, or of a URL. */
export interface UsualTimes {
  /** Requests that it was learnt from. */
  readonly requests: number
  /** By cut: slow is what lies in a bin above, and how many of the requests did. */
  readonly cuts: readonly [cut: Cut, cut: Cut]
  readonly p50_us: number
  readonly p95_us: number
}
type Cut = readonly [bin: number, slow: number]

/** Requests of a URL that weigh as much as what the cut itself says. */
const cutWeight = 40

/** The share of slow requests that is expected. */
export const slowShareOf = ({ requests, cuts }: UsualTimes, c: CutIndex): number =>
  (cuts[c][1] + cutWeight * cutShares[c]) / (requests + cutWeight)

/** What counts by bin show as usual. */
export const usualOf = (counts: ArrayLike<number>): UsualTimes => {
  let requests = 0
  for (let bin = 0; bin < timeBins; bin++) requests += counts[bin]!
  const cutOf = (share: number): Cut => {
    let bin = timeBins - 1
    let slow = 0
    while (bin > 0 && slow + counts[bin]! <= share * requests) slow += counts[bin--]!
    return [bin, significant(slow, 4)]
  }
  return {
    requests: significant(requests, 4),
    cuts: [cutOf(cutShares[0]), cutOf(cutShares[1])],
    p50_us: significant(quantileOfBins(counts, 0.5), 3),
    p95_us: significant(quantileOfBins(counts, 0.95), 3)
  }
}
