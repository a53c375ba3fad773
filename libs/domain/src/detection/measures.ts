import { StatusCounts, type Statuses } from "../statuses.ts"

/*
 * What lines say besides their status, in all of a window: how long requests took, how large answers were, and what the server behind answered.
 * Durations are kept as a histogram whose buckets grow with them (as in HDR histograms and DDSketch): each is told with a bounded relative error, its
 * size does not depend on the number of lines, and two together are that of all lines. Sizes are summed: a histogram of them would cost every line of
 * Common, and nearly all logs are that.
 */

/** An amount from here on is no measure: a file of four terabytes, a request of fifty days. So sums of them stay whole numbers. */
export const mostMeasured = 2 ** 42

/**
 * Buckets between a duration and its double, as a power of two. The middle of a bucket is wrong by at most 1 / (2 ** (bits + 1) + 1): 3.1 %.
 */
export const durationBits = 4

/** A histogram as a record has it: `buckets` are pairs of a bucket's number and its count, the numbers rising. */
export interface Sketch {
  readonly count: number
  /** Exact up to 2^53 - 1, where it stays. */
  readonly sum: number
  readonly buckets: ReadonlyArray<number>
}

/** What a record says of a window's lines. What no line said is absent. */
export interface Measures {
  /** How long requests took, in microseconds. */
  readonly duration_us?: Sketch
  /** How large answers were together, and how many lines say it. */
  readonly bytes?: { readonly count: number; readonly sum: number }
  /** What the servers behind a proxy answered, by status: of several tries the last one. */
  readonly upstream?: Statuses
}

const two32 = 2 ** 32

/** The bucket of a whole number that is not negative. */
export const bucketOf = (amount: number, bits = durationBits): number => {
  if (amount < 2 << bits) return amount
  const exponent = amount < two32 ? 31 - Math.clz32(amount) : 63 - Math.clz32(Math.floor(amount / two32))
  const shift = exponent - bits
  return (shift << bits) + (amount < two32 ? amount >>> shift : Math.floor(amount / 2 ** shift))
}

/** What stands for the amounts of a bucket: as far from its ends, in proportion. */
export const amountOf = (bucket: number, bits = durationBits): number => {
  if (bucket < 2 << bits) return bucket
  const shift = (bucket >> bits) - 1
  const least = (bucket - (shift << bits)) * 2 ** shift
  const end = least + 2 ** shift
  return (2 * least * end) / (least + end)
}

/** Room is made by so many buckets at once. */
const chunk = 16

/** Numbers below are whole for the processor, too. */
const small = 2 ** 30

/** Counts amounts. A line may bring one, so there is nothing here but its bucket and the sum. */
class SketchCounts {
  #first = 0
  #counts = new Uint32Array(0)
  /** In an array, where a number that changes costs no object. */
  readonly #sum = new Float64Array(1)

  add(amount: number): void {
    const bits = durationBits
    let bucket = amount
    if (amount >= small) {
      if (amount >= mostMeasured) return
      bucket = bucketOf(amount, bits)
    } else if (amount >= 2 << bits) {
      const shift = 31 - Math.clz32(amount) - bits
      bucket = (shift << bits) + (amount >>> shift)
    }
    let at = bucket - this.#first
    if (at < 0 || at >= this.#counts.length) {
      this.#makeRoom(bucket)
      at = bucket - this.#first
    }
    this.#counts[at]!++
    this.#sum[0]! += amount
  }

  clear(): void {
    this.#sum[0] = 0
    this.#counts.fill(0)
  }

  /** Undefined where nothing was counted. */
  told(): Sketch | undefined {
    const buckets: Array<number> = []
    const counts = this.#counts
    let count = 0
    for (let i = 0; i < counts.length; i++) {
      if (counts[i] === 0) continue
      count += counts[i]!
      buckets.push(this.#first + i, counts[i]!)
    }
    // A sum that is too large for a whole number is so in whatever order its parts came.
    return count === 0 ? undefined : { count, sum: Math.min(this.#sum[0]!, Number.MAX_SAFE_INTEGER), buckets }
  }

  #makeRoom(bucket: number): void {
    const { length } = this.#counts
    const start = bucket - (bucket % chunk)
    const first = length === 0 ? start : Math.min(this.#first, start)
    const counts = new Uint32Array(Math.max(length === 0 ? 0 : this.#first + length, start + chunk) - first)
    counts.set(this.#counts, length === 0 ? 0 : this.#first - first)
    this.#first = first
    this.#counts = counts
  }
}

/** What was measured of the lines of a window. */
export class MeasureCounts {
  /** Lines that say a size below `mostMeasured`, and the sum of the sizes. Nearly every line has one: who reads lines counts here without a call. */
  readonly sizes = new Float64Array(2)
  /** What most formats do not say is not there before the first line that says it. */
  #durations: SketchCounts | undefined
  #upstream: StatusCounts | undefined

  durationUs(durationUs: number): void {
    this.#durations ??= new SketchCounts()
    this.#durations.add(durationUs)
  }

  upstream(fate: number): void {
    this.#upstream ??= new StatusCounts()
    this.#upstream.add(fate)
  }

  clear(): void {
    this.sizes[0] = this.sizes[1] = 0
    this.#durations?.clear()
    this.#upstream?.clear()
  }

  /** Undefined where no line has said anything. */
  told(): Measures | undefined {
    const [count, sum] = [this.sizes[0]!, Math.min(this.sizes[1]!, Number.MAX_SAFE_INTEGER)]
    const duration = this.#durations?.told()
    const upstream = this.#upstream?.byStatus()
    const measures: { -readonly [field in keyof Measures]: Measures[field] } = {}
    if (duration !== undefined) measures.duration_us = duration
    if (count > 0) measures.bytes = { count, sum }
    if (upstream !== undefined && upstream.length > 0) measures.upstream = upstream
    return (duration ?? measures.bytes ?? measures.upstream) ? measures : undefined
  }
}

/** The sketch of the amounts of both. */
export const mergedSketch = (a: Sketch, b: Sketch): Sketch => {
  const counts = new Map<number, number>()
  for (const { buckets } of [a, b]) {
    for (let i = 0; i < buckets.length; i += 2)
      counts.set(buckets[i]!, (counts.get(buckets[i]!) ?? 0) + buckets[i + 1]!)
  }
  return {
    count: a.count + b.count,
    sum: Math.min(a.sum + b.sum, Number.MAX_SAFE_INTEGER),
    buckets: [...counts].sort(([x], [y]) => x - y).flat()
  }
}

/** The amount that the share `q` of all does not exceed, within the sketch's relative error. NaN where nothing was counted. */
export const quantileOf = ({ count, buckets }: Sketch, q: number): number => {
  const rank = Math.max(1, Math.ceil(q * count))
  let seen = 0
  for (let i = 0; i < buckets.length; i += 2) {
    seen += buckets[i + 1]!
    if (seen >= rank) return amountOf(buckets[i]!)
  }
  return Number.NaN
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const isSketch = (json: unknown): json is Sketch => {
  if (typeof json !== "object" || json === null) return false
  const { count, sum, buckets } = json as { readonly [field: string]: unknown }
  return isWhole(count) && isWhole(sum) && Array.isArray(buckets) && buckets.length % 2 === 0 && buckets.every(isWhole)
}

const areStatuses = (json: unknown): json is Statuses =>
  Array.isArray(json) && json.length % 2 === 0 && json.every(isWhole)

const isSum = (json: unknown): boolean =>
  typeof json === "object" &&
  json !== null &&
  isWhole((json as { readonly count?: unknown }).count) &&
  isWhole((json as { readonly sum?: unknown }).sum)

/** Whether this is what a record says of measures. */
export const areMeasures = (json: unknown): json is Measures => {
  if (typeof json !== "object" || json === null) return false
  const { duration_us: duration, bytes, upstream } = json as { readonly [field: string]: unknown }
  return (
    (duration === undefined || isSketch(duration)) &&
    (bytes === undefined || isSum(bytes)) &&
    (upstream === undefined || areStatuses(upstream))
  )
}
