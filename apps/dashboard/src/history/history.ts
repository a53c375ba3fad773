import { limits } from "@chaussettes/domain"
import { Chunk, lowerBound } from "./chunk.ts"
import { RateSpread } from "./rate-spread.ts"
import { Summary, type WindowPoint } from "./summary.ts"

interface Bucket {
  readonly startMs: number
  readonly summary: Summary
  /** Between these lay the rate of the windows of eight tenths of the requests; null where there were none. */
  readonly lowRate: number | null
  readonly highRate: number | null
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

/** Of the requests of a bucket so many lie in windows with a lower rate than its band shows, and as many in windows with a higher one. */
const outsideBand = 0.1

/** At the limit the oldest chunk goes. A window of a busy site takes some 20 bytes, so that a year of 10-s windows takes 65 MB. */
const mostWindows = 4_000_000
const leastWindows = 100_000
/** With the summaries, and room for counts that are greater than usual. */
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

const withUnused = (point: WindowPoint, more: number): WindowPoint =>
  more === 0 ? point : { ...point, unused: point.unused + more }

/**
 * All windows in memory, thinned to columns: the summaries over them answer any span in a few thousand steps. It grows at its
 * end by what is decided, and at its front while older records are being read. A revision takes the place of its window's point; a window that
 * has only revisions is put in its place among the others.
 */
export class History {
  readonly #chunks: Array<Chunk> = []
  readonly #maxWindows: number
  #firstSeq = 0
  #lastSeq = 0
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

  /** The sequences in WINDOWS of the first and the last message that was taken in; 0 where there is none. */
  get lastSeq(): number {
    return this.#lastSeq
  }

  get firstSeq(): number {
    return this.#firstSeq
  }

  /** End of the newest window. */
  get endMs(): number | undefined {
    const last = this.#chunks[this.#chunks.length - 1]
    return last === undefined ? undefined : last.lastMs + this.windowMs
  }

  /** Takes in what the next message of WINDOWS says of a window; answers what was known of that window before. */
  append(point: WindowPoint): WindowPoint | undefined {
    this.windowMs = point.endMs - point.startMs
    this.#lastSeq = point.seq
    if (this.#firstSeq === 0) this.#firstSeq = point.seq
    const last = this.#chunks[this.#chunks.length - 1]
    if (last === undefined || point.startMs > last.lastMs) put(this.#chunks, point)
    else {
      const before = this.#revise(point)
      if (before !== undefined) return before
    }
    this.windows++
    while (this.windows > this.#maxWindows && this.#chunks.length > 1) {
      this.windows -= this.#chunks.shift()!.count
      this.truncated = true
    }
    return undefined
  }

  /**
   * Takes in a stretch of older messages of WINDOWS, from the sequence `fromSeq` up to the first one that was taken in; answers whether there was room.
   * What they say of a window of which a newer message was taken in is superseded: of that, only what was counted beside the window is added to it.
   * They come as columns, too: as so many objects they would fill the memory while they wait for each other.
   */
  prepend(older: History, fromSeq = older.firstSeq): boolean {
    if (this.windows + older.windows > this.#maxWindows) {
      this.truncated = true
      return false
    }
    const firstMs = this.firstMs ?? Number.POSITIVE_INFINITY
    const before: Array<Chunk> = []
    /** Those of which only a revision was known until now may stand among the others. */
    const among: Array<WindowPoint> = []
    older.forEach(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, (from, at) => {
      const point = from.point(at)
      const known = this.#find(point.startMs)
      if (known !== undefined) {
        const [chunk, i] = known
        chunk.replace(i, withUnused(chunk.point(i), point.unused))
        return
      }
      this.windows++
      if (point.startMs < firstMs) put(before, point)
      else among.push(point)
    })
    this.#chunks.unshift(...before)
    for (const point of among) {
      const last = this.#chunks[this.#chunks.length - 1]
      if (last === undefined || point.startMs > last.lastMs) put(this.#chunks, point)
      else this.#revise(point)
    }
    this.#firstSeq = fromSeq
    return true
  }

  /** The newest point of a window. */
  pointAt(startMs: number): WindowPoint | undefined {
    const found = this.#find(startMs)
    return found?.[0].point(found[1])
  }

  #find(startMs: number): readonly [chunk: Chunk, i: number] | undefined {
    const chunk = this.#chunks[this.#chunkOf(startMs)]
    const i = chunk?.placeOf(startMs)
    return chunk === undefined || i === chunk.count || chunk.startMs(i!) !== startMs ? undefined : [chunk, i!]
  }

  /** The last chunk that begins at or before a time; -1 where none does. */
  #chunkOf(startMs: number): number {
    return lowerBound((i) => this.#chunks[i]!.firstMs, this.#chunks.length, startMs + 1) - 1
  }

  /** Puts a point that is not the newest in its place; answers the one that stood there. */
  #revise(point: WindowPoint): WindowPoint | undefined {
    const found = this.#find(point.startMs)
    if (found !== undefined) {
      const [chunk, i] = found
      const before = chunk.point(i)
      const after = withUnused(point, before.unused)
      // Its distances do not fit where LOGS was made anew in between: then the window keeps its old place in the streams.
      if (!chunk.replace(i, after)) chunk.replace(i, { ...after, seq: before.seq, throughSeq: before.throughSeq })
      return before
    }
    const at = Math.max(0, this.#chunkOf(point.startMs))
    const chunk = this.#chunks[at]!
    const place = chunk.placeOf(point.startMs)
    const parts: Array<Chunk> = []
    for (let i = 0; i < place; i++) put(parts, chunk.point(i))
    put(parts, point)
    for (let i = place; i < chunk.count; i++) put(parts, chunk.point(i))
    this.#chunks.splice(at, 1, ...parts)
    return undefined
  }

  clear(): void {
    this.#chunks.length = 0
    this.#firstSeq = 0
    this.#lastSeq = 0
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
        const rate = summary.total === 0 ? null : summary.errors / summary.total
        buckets.push({ startMs: chunk.startMs(i), summary, lowRate: rate, highRate: rate })
      })
      return { bucketMs: this.windowMs, exact: true, buckets }
    }
    const wanted = Math.max(least, this.windowMs)
    const width = widthsMs.find((w) => w >= wanted) ?? Math.ceil(wanted / weekMs) * weekMs
    // A bucket holds whole windows, whatever their length is.
    const bucketMs = Math.ceil(width / this.windowMs) * this.windowMs
    const buckets: Array<Bucket> = []
    const spread = new RateSpread()
    for (let startMs = Math.floor(fromMs / bucketMs) * bucketMs; startMs < toMs; startMs += bucketMs) {
      const summary = this.sum(startMs, startMs + bucketMs)
      if (summary.windows === 0) continue
      spread.clear()
      this.#overlapping(startMs, startMs + bucketMs, (chunk, from, to) => chunk.spread(spread, from, to))
      buckets.push({
        startMs,
        summary,
        lowRate: spread.quantile(outsideBand) ?? null,
        highRate: spread.quantile(1 - outsideBand) ?? null
      })
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
      const total = chunk.totals.get(i)
      let byErrors = pairs.get(total)
      if (byErrors === undefined) {
        byErrors = new Map()
        pairs.set(total, byErrors)
      }
      byErrors.set(chunk.errors.get(i), (byErrors.get(chunk.errors.get(i)) ?? 0) + 1)
    })
    return pairs
  }

  /** Between which sequences of WINDOWS the newest records of the windows stand that start in [fromMs, toMs). */
  seqsOf(fromMs: number, toMs: number): { readonly first: number; readonly last: number } | undefined {
    let [first, last] = [Number.POSITIVE_INFINITY, 0]
    this.forEach(fromMs, toMs, (chunk, i) => {
      const seq = chunk.seq(i)
      if (seq < first) first = seq
      if (seq > last) last = seq
    })
    return last === 0 ? undefined : { first, last }
  }

  forEach(fromMs: number, toMs: number, visit: (chunk: Chunk, i: number) => void): void {
    this.#overlapping(fromMs, toMs, (chunk, from, to) => {
      for (let i = from; i < to; i++) visit(chunk, i)
    })
  }

  /** The windows of which messages behind a sequence of WINDOWS speak, however many others there are before. */
  forEachAfter(seq: number, visit: (chunk: Chunk, i: number) => void): void {
    // What no longer changed by then lies a horizon behind the newest window that has not changed since.
    let untilMs = Number.NEGATIVE_INFINITY
    const found: Array<readonly [chunk: Chunk, i: number]> = []
    for (let at = this.#chunks.length - 1; at >= 0; at--) {
      const chunk = this.#chunks[at]!
      for (let i = chunk.count - 1; i >= 0; i--) {
        const startMs = chunk.startMs(i)
        if (startMs < untilMs) {
          at = 0
          break
        }
        if (chunk.seq(i) > seq) found.push([chunk, i])
        else untilMs = Math.max(untilMs, startMs - limits.longestHorizonMs)
      }
    }
    for (const [chunk, i] of found.reverse()) visit(chunk, i)
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
