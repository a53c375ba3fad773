import { type Dimension, defaultDimensions, dimensionsIn, mapDimensions } from "@chaussettes/domain"
import { Summary, type WindowPoint } from "./summary.ts"

/** Windows a chunk; a year of 10-s windows is 770 chunks. */
const chunkWindows = 4_096
/** Windows a block within a chunk: what lies whole inside a bucket is added as one. */
const blockWindows = 64

/** First place whose value is not below `limit`. */
export const lowerBound = (at: (i: number) => number, count: number, limit: number): number => {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (at(middle) < limit) low = middle + 1
    else high = middle
  }
  return low
}

/** Distances in a column must fit 32 bits; where one would not, the chunk is full before its time. */
const maxDistance = 2 ** 31 - 1

/** A stretch of windows in columns, with summaries of its blocks and of the whole: two steps of the pyramid. */
export class Chunk {
  count = 0
  whole = new Summary()
  /**
   * Starts, sequences in WINDOWS and in LOGS are kept as distances from the first ones. Sequences are those of a window's newest record, so they
   * do not rise with the windows.
   */
  #first = { startMs: 0, seq: 0, throughSeq: 0 }
  readonly #starts = new Uint32Array(chunkWindows)
  readonly #seqs = new Int32Array(chunkWindows)
  readonly #throughs = new Int32Array(chunkWindows)
  readonly totals = new Uint32Array(chunkWindows)
  readonly errors = new Uint32Array(chunkWindows)
  readonly #thresholds = new Float32Array(chunkWindows)
  /** Breaches by dimension. Those on request have a column where one of the windows tells them, and nought in windows that do not. */
  readonly #breaches = new Map<Dimension, Uint8Array | Uint16Array>()
  readonly #unused = new Uint32Array(chunkWindows)
  readonly #blocks: Array<Summary> = []

  constructor() {
    for (const dimension of defaultDimensions) this.#column(dimension)
  }

  #column(dimension: Dimension): Uint8Array | Uint16Array {
    let column = this.#breaches.get(dimension)
    if (column === undefined) {
      column = dimension === "global" ? new Uint8Array(chunkWindows) : new Uint16Array(chunkWindows)
      this.#breaches.set(dimension, column)
    }
    return column
  }

  get firstMs(): number {
    return this.startMs(0)
  }

  get lastMs(): number {
    return this.startMs(this.count - 1)
  }

  startMs(i: number): number {
    return this.#first.startMs + this.#starts[i]!
  }

  seq(i: number): number {
    return this.#first.seq + this.#seqs[i]!
  }

  throughSeq(i: number): number {
    return this.#first.throughSeq + this.#throughs[i]!
  }

  /** Adds the next window; answers whether there was room for it. */
  push(p: WindowPoint): boolean {
    if (this.count === 0) this.#first = { startMs: p.startMs, seq: p.seq, throughSeq: p.throughSeq }
    const first = this.#first
    const start = p.startMs - first.startMs
    const seq = p.seq - first.seq
    // A LOGS that was made anew begins again at 1.
    const through = p.throughSeq - first.throughSeq
    if (this.count === chunkWindows || start > maxDistance || !fits(seq) || !fits(through)) return false
    const i = this.count++
    this.#starts[i] = start
    this.#set(i, p)
    if (i % blockWindows === 0) this.#blocks.push(new Summary())
    this.#addTo(this.#blocks[this.#blocks.length - 1]!, i)
    this.#addTo(this.whole, i)
    return true
  }

  /** Puts a point in the place of an older one of its window; answers whether it fits there. */
  replace(i: number, p: WindowPoint): boolean {
    if (!fits(p.seq - this.#first.seq) || !fits(p.throughSeq - this.#first.throughSeq)) return false
    this.#set(i, p)
    const block = Math.floor(i / blockWindows)
    const summary = new Summary()
    const end = Math.min(this.count, (block + 1) * blockWindows)
    for (let k = block * blockWindows; k < end; k++) this.#addTo(summary, k)
    this.#blocks[block] = summary
    this.whole = new Summary()
    for (const each of this.#blocks) this.whole.add(each)
    return true
  }

  #set(i: number, p: WindowPoint): void {
    this.#seqs[i] = p.seq - this.#first.seq
    this.#throughs[i] = p.throughSeq - this.#first.throughSeq
    this.totals[i] = p.total
    this.errors[i] = p.errors
    this.#thresholds[i] = p.threshold
    for (const dimension of dimensionsIn(p.breaches)) {
      this.#column(dimension)[i] = Math.min(65_535, p.breaches[dimension]!)
    }
    this.#unused[i] = p.unused
  }

  /** The place of the first window that starts at or after a time. */
  placeOf(timeMs: number): number {
    return lowerBound((i) => this.startMs(i), this.count, timeMs)
  }

  point(i: number, windowMs: number): WindowPoint {
    return {
      seq: this.seq(i),
      startMs: this.startMs(i),
      endMs: this.startMs(i) + windowMs,
      throughSeq: this.throughSeq(i),
      total: this.totals[i]!,
      errors: this.errors[i]!,
      threshold: this.#thresholds[i]!,
      breaches: mapDimensions((dimension) => this.#breaches.get(dimension)![i]!, [...this.#breaches.keys()]),
      unused: this.#unused[i]!
    }
  }

  /** Adds the windows of [from, to) to a summary. */
  addRange(summary: Summary, from: number, to: number): void {
    if (from === 0 && to === this.count) {
      summary.add(this.whole)
      return
    }
    let i = from
    while (i < to) {
      if (i % blockWindows === 0 && i + blockWindows <= to) {
        summary.add(this.#blocks[i / blockWindows]!)
        i += blockWindows
      } else this.#addTo(summary, i++)
    }
  }

  #addTo(summary: Summary, i: number): void {
    summary.addWindow(this.totals[i]!, this.errors[i]!, this.#thresholds[i]!, this.#unused[i]!)
    for (const [dimension, column] of this.#breaches) summary.addBreaches(dimension, column[i]!)
  }
}

const fits = (distance: number): boolean => Math.abs(distance) <= maxDistance
