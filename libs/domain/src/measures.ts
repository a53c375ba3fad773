import { StatusCounts, type Statuses, statusesEnd } from "./statuses.ts"

/*
 * What lines say besides their status, in all of a window: how long requests took, how large answers were, and what the server behind answered.
 * Amounts are kept as histograms whose buckets grow with the amounts (as in HDR histograms and DDSketch): every amount is told with a bounded
 * relative error, their size does not depend on the number of lines, and two of them together are those of all lines.
 */

/** An amount from here on is no measure: a file of four terabytes, a request of fifty days. So sums of them stay whole numbers. */
export const mostMeasured = 2 ** 42

/**
 * Buckets between an amount and its double, as a power of two. The middle of a bucket is wrong by at most 1 / (2 ** (bits + 1) + 1): 3.1 % of a
 * duration, 20 % of a size. Sizes lie far apart and are summed exactly; finer buckets of them would double the records of most sites.
 */
export const sketchBits = { duration_us: 4, bytes: 1 } as const

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
  /** How large answers were. */
  readonly bytes?: Sketch
  /** What the servers behind a proxy answered, by status: of several tries the last one. */
  readonly upstream?: Statuses
}

const two32 = 2 ** 32

/** The bucket of a whole number that is not negative. */
export const bucketOf = (amount: number, bits: number): number => {
  if (amount < 2 << bits) return amount
  const exponent = amount < two32 ? 31 - Math.clz32(amount) : 63 - Math.clz32(Math.floor(amount / two32))
  const shift = exponent - bits
  return (shift << bits) + (amount < two32 ? amount >>> shift : Math.floor(amount / 2 ** shift))
}

/** What stands for the amounts of a bucket: as far from its ends, in proportion. */
export const amountOf = (bucket: number, bits: number): number => {
  if (bucket < 2 << bits) return bucket
  const shift = (bucket >> bits) - 1
  const least = (bucket - (shift << bits)) * 2 ** shift
  const end = least + 2 ** shift
  return (2 * least * end) / (least + end)
}

/** Room is made by so many buckets at once. */
const chunk = 16

/** Counts amounts. */
class SketchCounts {
  count = 0
  sum = 0
  #first = 0
  #counts = new Uint32Array(0)
  readonly #bits: number

  constructor(bits: number) {
    this.#bits = bits
  }

  add(amount: number): void {
    const bucket = bucketOf(amount, this.#bits)
    let at = bucket - this.#first
    if (at < 0 || at >= this.#counts.length) {
      this.#makeRoom(bucket)
      at = bucket - this.#first
    }
    this.#counts[at]!++
    this.count++
    this.sum += amount
    if (this.sum > Number.MAX_SAFE_INTEGER) this.sum = Number.MAX_SAFE_INTEGER
  }

  clear(): void {
    this.count = this.sum = 0
    this.#counts.fill(0)
  }

  told(): Sketch {
    const buckets: Array<number> = []
    const counts = this.#counts
    for (let i = 0; i < counts.length; i++) if (counts[i]! > 0) buckets.push(this.#first + i, counts[i]!)
    return { count: this.count, sum: this.sum, buckets }
  }

  #makeRoom(bucket: number): void {
    const start = bucket - (bucket % chunk)
    const end = this.#first + this.#counts.length
    const first = this.#counts.length === 0 ? start : Math.min(this.#first, start)
    const counts = new Uint32Array(Math.max(this.#counts.length === 0 ? 0 : end, start + chunk) - first)
    counts.set(this.#counts, this.#counts.length === 0 ? 0 : this.#first - first)
    this.#first = first
    this.#counts = counts
  }
}

/** What was measured of the lines of a window. */
export class MeasureCounts {
  readonly #durations = new SketchCounts(sketchBits.duration_us)
  readonly #bytes = new SketchCounts(sketchBits.bytes)
  readonly #upstream = new StatusCounts()
  #answers = 0

  /** Counts what a line says; -1 for what it does not say. */
  add(bytes: number, durationUs: number, upstreamPlace: number): void {
    if (bytes >= 0 && bytes < mostMeasured) this.#bytes.add(bytes)
    if (durationUs >= 0 && durationUs < mostMeasured) this.#durations.add(durationUs)
    if (upstreamPlace >= 0) {
      this.#upstream.add(upstreamPlace)
      this.#answers++
    }
  }

  clear(): void {
    this.#durations.clear()
    this.#bytes.clear()
    this.#upstream.clear()
    this.#answers = 0
  }

  /** Undefined where no line has said anything. */
  told(): Measures | undefined {
    if (this.#durations.count + this.#bytes.count + this.#answers === 0) return undefined
    return {
      ...(this.#durations.count === 0 ? {} : { duration_us: this.#durations.told() }),
      ...(this.#bytes.count === 0 ? {} : { bytes: this.#bytes.told() }),
      ...(this.#answers === 0 ? {} : { upstream: this.#upstream.byStatus() })
    }
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
export const quantileOf = ({ count, buckets }: Sketch, q: number, bits: number): number => {
  const rank = Math.max(1, Math.ceil(q * count))
  let seen = 0
  for (let i = 0; i < buckets.length; i += 2) {
    seen += buckets[i + 1]!
    if (seen >= rank) return amountOf(buckets[i]!, bits)
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
  typeof json === "object" &&
  json !== null &&
  Object.entries(json).every(([status, lines]) => Number(status) < statusesEnd && isWhole(lines))

/** Whether this is what a record says of measures. */
export const areMeasures = (json: unknown): json is Measures => {
  if (typeof json !== "object" || json === null) return false
  const { duration_us: duration, bytes, upstream } = json as { readonly [field: string]: unknown }
  return (
    [duration, bytes].every((sketch) => sketch === undefined || isSketch(sketch)) &&
    (upstream === undefined || areStatuses(upstream))
  )
}
