import type { TimePanes, WindowPanes } from "../panes.ts"
import type { LatencyModel } from "./latency-model.ts"
import { rowBits, timeBins } from "./time-bins.ts"
import { addCounts, noCounts, type SlowCounts } from "./url-times.ts"
import { type CutIndex, cutIndexes, slowShareOf, type UsualTimes } from "./usual.ts"

/** How many of a row of bins lie above a bin. */
const above = (bins: ArrayLike<number>, at: number, bin: number): number => {
  let sum = 0
  for (let b = at + bin + 1; b < at + timeBins; b++) sum += bins[b]!
  return sum
}

/** Requests of a row, by what is usual of their URL. */
const countsOf = (bins: ArrayLike<number>, at: number, requests: number, usual: UsualTimes): SlowCounts => {
  const counts = noCounts()
  counts.requests = requests
  for (const c of cutIndexes) {
    counts.slow[c] = above(bins, at, usual.cuts[c][0])
    counts.expected[c] = requests * slowShareOf(usual, c)
  }
  return counts
}

/** A URL whose usual times are known. */
interface KnownUrl {
  readonly key: string
  readonly place: number
  readonly at: number
  readonly usual: UsualTimes
  readonly counts: SlowCounts
}

/**
 * The requests of a window against what is usual of each URL; those of URLs that are not known against what is usual of all traffic. So a site that is
 * asked for its slow pages more than usually is no slower.
 */
export const timesOf = (
  panes: WindowPanes,
  times: TimePanes,
  model: LatencyModel,
  usualOfUrl: (key: string) => UsualTimes | undefined
): { readonly site: SlowCounts; readonly urls: ReadonlyArray<KnownUrl> } => {
  const urls: Array<KnownUrl> = []
  const site = noCounts()
  const others = countsOf(times.site, 0, times.requests, model.site)
  for (let place = 0; place < times.count; place++) {
    const at = place << rowBits
    const requests = above(times.urls, at, -1)
    if (requests === 0) continue
    const key = panes.url.text(place)
    const usual = usualOfUrl(key)
    if (usual === undefined) continue
    const counts = countsOf(times.urls, at, requests, usual)
    urls.push({ key, place, at, usual, counts })
    addCounts(site, counts)
    addCounts(others, countsOf(times.urls, at, requests, model.site), -1)
  }
  addCounts(site, others)
  return { site, urls }
}

/** Counts as they are expected in an hour in which so many times the usual share is slow. */
export const atFactors = (counts: SlowCounts, factor: (c: CutIndex) => number): SlowCounts => {
  const scaled = noCounts()
  addCounts(scaled, counts)
  for (const c of cutIndexes) scaled.expected[c] = Math.min(counts.requests * mostShare, counts.expected[c] * factor(c))
  return scaled
}

/** No larger share is expected to be slow. */
export const mostShare = 0.95
