import { type Dimension, defaultDimensions, dimensionsIn, mapDimensions } from "@chaussettes/domain"
import { Column } from "./column.ts"
import type { RateSpread } from "./rate-spread.ts"
import { Summary, type WindowPoint } from "./summary.ts"

/** Windows a chunk; a year of 10-s windows is 770 chunks. */
const chunkWindows = 4_096
/** Windows a block within a chunk: what lies whole inside a bucket is added as one. */
const blockWindows = 256

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
   * Starts are kept as windows that are missing since the first one, sequences in WINDOWS and in LOGS as distances from the first ones. Sequences are
   * those of a window's newest record, so they do not rise with the windows.
   */
  #first = { startMs: 0, unitMs: 1, seq: 0, throughSeq: 0 }
  readonly #holes = new Column(chunkWindows)
  readonly #seqs = new Column(chunkWindows, "signed")
  readonly #throughs = new Column(chunkWindows, "signed")
  readonly totals = new Column(chunkWindows)
  readonly errors = new Column(chunkWindows)
  /** Statuses 400 to 499, and 500 to 599, where records tell them. */
  #clientErrors: Column | undefined
  #serverErrors: Column | undefined
  readonly #thresholds = new Float32Array(chunkWindows)
  /** Breaches by dimension. Those on request have a column where one of the windows tells them, and nought in windows that do not. */
  readonly #breaches = new Map<Dimension, Column>()
  readonly #unused = new Column(chunkWindows)
  readonly #blocks: Array<Summary> = []

  constructor() {
    for (const dimension of defaultDimensions) this.#column(dimension)
  }

  #column(dimension: Dimension): Column {
    let column = this.#breaches.get(dimension)
    if (column === undefined) {
      column = new Column(chunkWindows)
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
    return this.#first.startMs + (i + this.#holes.get(i)) * this.#first.unitMs
  }

  seq(i: number): number {
    return this.#first.seq + i + this.#seqs.get(i)
  }

  throughSeq(i: number): number {
    return this.#first.throughSeq + this.#throughs.get(i)
  }

  /** Adds the next window; answers whether there was room for it. */
  push(p: WindowPoint): boolean {
    if (this.count === 0) {
      this.#first = { startMs: p.startMs, unitMs: p.endMs - p.startMs, seq: p.seq, throughSeq: p.throughSeq }
    }
    const { startMs, unitMs } = this.#first
    const holes = (p.startMs - startMs) / unitMs - this.count
    if (this.count === chunkWindows || holes > maxDistance || !this.#fits(p)) return false
    // Windows of another length begin a chunk of their own.
    if (p.endMs - p.startMs !== unitMs || !Number.isInteger(holes) || holes < 0) return false
    const i = this.count++
    this.#holes.set(i, holes)
    this.#set(i, p)
    if (i % blockWindows === 0) this.#blocks.push(new Summary())
    this.#addTo(this.#blocks[this.#blocks.length - 1]!, i)
    this.#addTo(this.whole, i)
    return true
  }

  /** Puts a point in the place of an older one of its window; answers whether it fits there. */
  replace(i: number, p: WindowPoint): boolean {
    if (!this.#fits(p)) return false
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

  /** Whether its sequences do: a LOGS that was made anew begins again at 1. */
  #fits(p: WindowPoint): boolean {
    return fits(p.seq - this.#first.seq) && fits(p.throughSeq - this.#first.throughSeq)
  }

  #set(i: number, p: WindowPoint): void {
    this.#seqs.set(i, p.seq - this.#first.seq - i)
    this.#throughs.set(i, p.throughSeq - this.#first.throughSeq)
    this.totals.set(i, p.total)
    this.errors.set(i, p.errors)
    if (p.clientErrors !== undefined && p.serverErrors !== undefined) {
      this.#clientErrors ??= new Column(chunkWindows)
      this.#serverErrors ??= new Column(chunkWindows)
      this.#clientErrors.set(i, p.clientErrors)
      this.#serverErrors.set(i, p.serverErrors)
    }
    this.#thresholds[i] = p.threshold
    for (const dimension of dimensionsIn(p.breaches)) this.#column(dimension).set(i, p.breaches[dimension]!)
    this.#unused.set(i, p.unused)
  }

  /** The place of the first window that starts at or after a time. */
  placeOf(timeMs: number): number {
    return lowerBound((i) => this.startMs(i), this.count, timeMs)
  }

  point(i: number): WindowPoint {
    return {
      seq: this.seq(i),
      startMs: this.startMs(i),
      endMs: this.startMs(i) + this.#first.unitMs,
      throughSeq: this.throughSeq(i),
      total: this.totals.get(i),
      errors: this.errors.get(i),
      ...(this.#clientErrors === undefined || this.#serverErrors === undefined
        ? {}
        : { clientErrors: this.#clientErrors.get(i), serverErrors: this.#serverErrors.get(i) }),
      threshold: this.#thresholds[i]!,
      breaches: mapDimensions((dimension) => this.#breaches.get(dimension)!.get(i), [...this.#breaches.keys()]),
      unused: this.#unused.get(i)
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

  /** Adds the rates of the windows of [from, to). */
  spread(into: RateSpread, from: number, to: number): void {
    const [totals, errors] = [this.totals.values, this.errors.values]
    for (let i = from; i < to; i++) into.add(totals[i]!, errors[i]!)
  }

  #addTo(summary: Summary, i: number): void {
    summary.addWindow(this.totals.get(i), this.errors.get(i), this.#thresholds[i]!, this.#unused.get(i))
    if (this.#clientErrors !== undefined) summary.addKinds(this.#clientErrors.get(i), this.#serverErrors!.get(i))
    for (const [dimension, column] of this.#breaches) summary.addBreaches(dimension, column.get(i))
  }
}

const fits = (distance: number): boolean => Math.abs(distance) <= maxDistance
