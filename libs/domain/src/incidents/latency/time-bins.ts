import { bucketOf } from "../../detection/measures.ts"

/** Four bins between a request time and its double. */
const binBits = 2
/** What takes less time is not told apart: nobody is woken for it. */
const leastUs = 1_024
const firstBucket = bucketOf(leastUs, binBits)
/** Everything from 46 s on is in the last one. */
export const timeBins = 64
/** A row of bins is found by a shift. */
export const rowBits = 6

/** The bin of a request time. The bins are fixed, so that counts of two windows, or of two parts of one, are added bin by bin. */
export const timeBinOf = (durationUs: number): number =>
  durationUs < leastUs ? 0 : Math.min(timeBins - 1, bucketOf(durationUs, binBits) - firstBucket + 1)

/** The least request time of a bin, in microseconds. */
export const leastOfBin = (bin: number): number => {
  if (bin === 0) return 0
  const bucket = bin - 1 + firstBucket
  const shift = (bucket >> binBits) - 1
  return (bucket - (shift << binBits)) * 2 ** shift
}

/** The request time that the share `q` does not exceed, in microseconds, as if times lay evenly within a bin. NaN where nothing was counted. */
export const quantileOfBins = (counts: ArrayLike<number>, q: number): number => {
  let all = 0
  for (let bin = 0; bin < timeBins; bin++) all += counts[bin]!
  const wanted = q * all
  let seen = 0
  for (let bin = 0; bin < timeBins; bin++) {
    const here = counts[bin]!
    if (here > 0 && seen + here >= wanted) {
      const least = leastOfBin(bin)
      return bin === timeBins - 1 ? least : least + ((leastOfBin(bin + 1) - least) * (wanted - seen)) / here
    }
    seen += here
  }
  return Number.NaN
}
