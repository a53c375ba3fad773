import { Chunk, lowerBound } from "./chunk.ts"
import { Summary, type WindowPoint } from "./summary.ts"

export interface Bucket {
  readonly startMs: number
  readonly summary: Summary
}

export interface Series {
  readonly bucketMs: number
  /** Each bucket is one window. */
  readonly exact: boolean
  /** Buckets that hold a window, in their order. */
  readonly buckets: ReadonlyArray<Bucket>
}

/** Widths that a bucket may have beyond single windows: such as a reader can name. */
const widthsMs = [
  10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000,
  21_600_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000
]

const weekMs = 604_800_000

/** At the limit the oldest chunk goes: 33 bytes a window make this some 130 MB, a year of 10-s windows 105 MB. */
const mostWindows = 4_000_000
const leastWindows = 100_000
const bytesAWindow = 33
/** What the rest of the process needs at most. */
const otherBytes = 190e6

/** How many windows there is room for where the process may use so many bytes; undefined where nothing bounds it. */
export const windowsWithin = (memoryBytes: number | undefined): number =>
  memoryBytes === undefined || memoryBytes === 0
    ? mostWindows
    : Math.min(mostWindows, Math.max(leastWindows, Math.floor((memoryBytes - otherBytes) / bytesAWindow)))

/** Adds a point to the last chunk, or to a new one behind it. */
const put = (chunks: Array<Chunk>, point: WindowPoint): void => {
  if (chunks[chunks.length - 1]?.push(point) === true) return
  const chunk = new Chunk()
  chunk.push(point)
  chunks.push(chunk)
}

/**
 * All windows in memory, thinned to columns: the summaries over them answer any span in a few thousand steps. It grows at its
 * end by what is decided, and at its front while older records are being read.
 */
export class History {
  readonly #chunks: Array<Chunk> = []
  readonly #maxWindows: number
  windows = 0
  windowMs = 10_000
  /** Older windows were left out because of the limit. */
  truncated = false

  constructor(maxWindows = mostWindows) {
    this.#maxWindows = maxWindows
  }

  get firstMs(): number | undefined {
    return this.#chunks[0]?.firstMs
  }

  get lastSeq(): number {
    return this.#chunks[this.#chunks.length - 1]?.lastSeq ?? 0
  }

  get firstSeq(): number {
    return this.#chunks[0]?.seq(0) ?? 0
  }

  /** End of the newest window. */
  get endMs(): number | undefined {
    const last = this.#chunks[this.#chunks.length - 1]
    return last === undefined ? undefined : last.lastMs + this.windowMs
  }

  append(point: WindowPoint): void {
    put(this.#chunks, point)
    this.windows++
    this.windowMs = point.endMs - point.startMs
    while (this.windows > this.#maxWindows && this.#chunks.length > 1) {
      this.windows -= this.#chunks.shift()!.count
      this.truncated = true
    }
  }

  /** Puts older windows, in their order, before all others; answers whether there was room. */
  prepend(points: ReadonlyArray<WindowPoint>): boolean {
    if (this.windows + points.length > this.#maxWindows) {
      this.truncated = true
      return false
    }
    const chunks: Array<Chunk> = []
    for (const point of points) put(chunks, point)
    this.#chunks.unshift(...chunks)
    this.windows += points.length
    return true
  }

  clear(): void {
    this.#chunks.length = 0
    this.windows = 0
    this.truncated = false
  }

  /** The windows of [fromMs, toMs), thinned to at most `points` buckets. */
  series(fromMs: number, toMs: number, points: number): Series {
    const least = (toMs - fromMs) / Math.max(1, points)
    if (this.windowMs >= least) {
      const buckets: Array<Bucket> = []
      this.forEach(fromMs, toMs, (chunk, i) => {
        const summary = new Summary()
        chunk.addRange(summary, i, i + 1)
        buckets.push({ startMs: chunk.startMs(i), summary })
      })
      return { bucketMs: this.windowMs, exact: true, buckets }
    }
    const wanted = Math.max(least, this.windowMs)
    const width = widthsMs.find((w) => w >= wanted) ?? Math.ceil(wanted / weekMs) * weekMs
    // A bucket holds whole windows, whatever their length is.
    const bucketMs = Math.ceil(width / this.windowMs) * this.windowMs
    const buckets: Array<Bucket> = []
    for (let startMs = Math.floor(fromMs / bucketMs) * bucketMs; startMs < toMs; startMs += bucketMs) {
      const summary = this.sum(startMs, startMs + bucketMs)
      if (summary.windows > 0) buckets.push({ startMs, summary })
    }
    return { bucketMs, exact: false, buckets }
  }

  /** The windows that start in [fromMs, toMs), taken together. */
  sum(fromMs: number, toMs: number): Summary {
    const summary = new Summary()
    this.#overlapping(fromMs, toMs, (chunk, from, to) => chunk.addRange(summary, from, to))
    return summary
  }

  /** How many windows of the span have so many requests and so many errors: all that a verdict over all traffic needs. */
  pairs(fromMs: number, toMs: number): Map<number, Map<number, number>> {
    const pairs = new Map<number, Map<number, number>>()
    this.forEach(fromMs, toMs, (chunk, i) => {
      const total = chunk.totals[i]!
      let byErrors = pairs.get(total)
      if (byErrors === undefined) {
        byErrors = new Map()
        pairs.set(total, byErrors)
      }
      byErrors.set(chunk.errors[i]!, (byErrors.get(chunk.errors[i]!) ?? 0) + 1)
    })
    return pairs
  }

  /** Sequences in WINDOWS of the first and the last window that start in [fromMs, toMs). */
  seqsOf(fromMs: number, toMs: number): { readonly first: number; readonly last: number } | undefined {
    let range: { first: number; last: number } | undefined
    this.#overlapping(fromMs, toMs, (chunk, from, to) => {
      range = { first: range?.first ?? chunk.seq(from), last: chunk.seq(to - 1) }
    })
    return range
  }

  forEach(fromMs: number, toMs: number, visit: (chunk: Chunk, i: number) => void): void {
    this.#overlapping(fromMs, toMs, (chunk, from, to) => {
      for (let i = from; i < to; i++) visit(chunk, i)
    })
  }

  /** The windows behind a sequence of WINDOWS: the newest ones, however many there are before. */
  forEachAfter(seq: number, visit: (chunk: Chunk, i: number) => void): void {
    let at = this.#chunks.length
    while (at > 0 && this.#chunks[at - 1]!.lastSeq > seq) at--
    for (; at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at]!
      for (let i = lowerBound((k) => chunk.seq(k), chunk.count, seq + 1); i < chunk.count; i++) visit(chunk, i)
    }
  }

  #overlapping(fromMs: number, toMs: number, visit: (chunk: Chunk, from: number, to: number) => void): void {
    // The first chunk that may hold something: the last one that begins at or before the span.
    let at = lowerBound((i) => this.#chunks[i]!.firstMs, this.#chunks.length, fromMs)
    if (at > 0 && this.#chunks[at - 1]!.lastMs >= fromMs) at--
    for (; at < this.#chunks.length && this.#chunks[at]!.firstMs < toMs; at++) {
      const chunk = this.#chunks[at]!
      const [from, to] = [chunk.placeOf(fromMs), chunk.placeOf(toMs)]
      if (from < to) visit(chunk, from, to)
    }
  }
}
