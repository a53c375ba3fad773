import { Summary, type WindowPoint } from "./summary.ts"

/** Windows a chunk; a year of 10-s windows is 770 chunks. */
export const chunkWindows = 4_096
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

/** A stretch of windows in columns, with summaries of its blocks and of the whole: two steps of the pyramid. */
export class Chunk {
  count = 0
  readonly whole = new Summary()
  readonly starts = new Float64Array(chunkWindows)
  readonly seqs = new Float64Array(chunkWindows)
  readonly throughs = new Float64Array(chunkWindows)
  readonly totals = new Uint32Array(chunkWindows)
  readonly errors = new Uint32Array(chunkWindows)
  readonly #seuils = new Float32Array(chunkWindows)
  readonly #globals = new Uint8Array(chunkWindows)
  readonly #ips = new Uint16Array(chunkWindows)
  readonly #urls = new Uint16Array(chunkWindows)
  readonly #unused = new Uint32Array(chunkWindows)
  readonly #blocks: Array<Summary> = []

  get full(): boolean {
    return this.count === chunkWindows
  }

  get firstMs(): number {
    return this.starts[0]!
  }

  get lastMs(): number {
    return this.starts[this.count - 1]!
  }

  push(p: WindowPoint): void {
    const i = this.count++
    this.starts[i] = p.startMs
    this.seqs[i] = p.seq
    this.throughs[i] = p.throughSeq
    this.totals[i] = p.total
    this.errors[i] = p.errors
    this.#seuils[i] = p.seuil
    this.#globals[i] = p.global
    this.#ips[i] = Math.min(65_535, p.ip)
    this.#urls[i] = Math.min(65_535, p.url)
    this.#unused[i] = p.unused
    if (i % blockWindows === 0) this.#blocks.push(new Summary())
    this.#addTo(this.#blocks[this.#blocks.length - 1]!, i)
    this.#addTo(this.whole, i)
  }

  /** The place of the first window that starts at or after a time. */
  placeOf(timeMs: number): number {
    return lowerBound((i) => this.starts[i]!, this.count, timeMs)
  }

  point(i: number, windowMs: number): WindowPoint {
    return {
      seq: this.seqs[i]!,
      startMs: this.starts[i]!,
      endMs: this.starts[i]! + windowMs,
      throughSeq: this.throughs[i]!,
      total: this.totals[i]!,
      errors: this.errors[i]!,
      seuil: this.#seuils[i]!,
      global: this.#globals[i]!,
      ip: this.#ips[i]!,
      url: this.#urls[i]!,
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
    summary.addWindow(
      this.totals[i]!,
      this.errors[i]!,
      this.#seuils[i]!,
      this.#globals[i]!,
      this.#ips[i]!,
      this.#urls[i]!,
      this.#unused[i]!
    )
  }
}
