/** Panes that are counted together: how many, and the sums of their requests and errors. */
export interface Cell {
  readonly panes: number
  readonly requests: number
  readonly errors: number
}

/**
 * How exactly counts are kept: a number keeps its leading bits (as in an HDR histogram), so that requests below 64 and
 * errors below 256 are exact and greater ones fall together with their near neighbours; a cell's sums keep its mean exact.
 */
const requestBits = 6
const errorBits = 8
/** Coarser than this it does not get. */
const maxCoarse = 3

const leading = (x: number, bits: number): number => {
  const shift = 32 - Math.clz32(x) - bits
  return shift <= 0 ? x : (x >>> shift) << shift
}

/** A small whole number that stands for `leading(x)`: the place among all such values. Below 2^13 for any 31-bit x. */
const place = (x: number, bits: number): number => {
  const shift = 32 - Math.clz32(x) - bits
  return shift <= 0 ? x : (shift << (bits - 1)) + (x >>> shift)
}

const keyOf = (requests: number, errors: number, coarse: number): number =>
  (place(requests, requestBits - coarse) << 13) | place(errors, errorBits - coarse)

const most = 0x7fff_ffff

/**
 * Panes as counts of (requests, errors): what a history keeps of them. Adding is commutative and associative, so the order of
 * panes does not matter and two halves merged are the whole. `coarse` gives up one leading bit a step; a coarser count is the
 * same whether its panes or its finer counts are put together.
 */
export class PaneCounts {
  readonly coarse: number
  /** Panes, requests and errors of each cell, one behind the other. */
  #sums: Float64Array
  readonly #index = new Map<number, number>()
  panes = 0

  constructor(coarse = 0, capacity = 16) {
    this.coarse = coarse
    this.#sums = new Float64Array(3 * capacity)
  }

  get cells(): number {
    return this.#index.size
  }

  add(requests: number, errors: number): void {
    const n = requests > most ? most : requests
    this.#put(keyOf(n, errors > n ? n : errors, this.coarse), 1, n, errors)
  }

  /** The counts that were kept, in no order that matters. */
  *[Symbol.iterator](): Iterator<Cell> {
    for (const i of this.#index.values()) {
      yield { panes: this.#sums[i]!, requests: this.#sums[i + 1]!, errors: this.#sums[i + 2]! }
    }
  }

  /** Both together; as coarse as the coarser one, or as asked. */
  static merged(parts: ReadonlyArray<PaneCounts>, atLeast = 0): PaneCounts {
    const coarse = parts.reduce((c, part) => Math.max(c, part.coarse), atLeast)
    const whole = new PaneCounts(coarse)
    for (const part of parts) {
      for (const [key, i] of part.#index) {
        const k = part.coarse === coarse ? key : coarser(key, part.coarse, coarse)
        whole.#put(k, part.#sums[i]!, part.#sums[i + 1]!, part.#sums[i + 2]!)
      }
    }
    return whole
  }

  /** Whether it can get coarser. */
  get canCoarsen(): boolean {
    return this.coarse < maxCoarse
  }

  #put(key: number, panes: number, requests: number, errors: number): void {
    let i = this.#index.get(key)
    if (i === undefined) {
      i = this.#index.size * 3
      if (i === this.#sums.length) {
        const sums = new Float64Array(this.#sums.length * 2)
        sums.set(this.#sums)
        this.#sums = sums
      }
      this.#index.set(key, i)
    }
    this.#sums[i] = this.#sums[i]! + panes
    this.#sums[i + 1] = this.#sums[i + 1]! + requests
    this.#sums[i + 2] = this.#sums[i + 2]! + errors
    this.panes += panes
  }
}

/** The inverse of `place`. */
const valueAt = (at: number, bits: number): number => {
  if (at < 2 ** bits) return at
  const shift = (at >> (bits - 1)) - 1
  return (at - (shift << (bits - 1))) * 2 ** shift
}

const coarser = (key: number, from: number, to: number): number =>
  keyOf(
    leading(valueAt(key >>> 13, requestBits - from), requestBits - to),
    leading(valueAt(key & 0x1fff, errorBits - from), errorBits - to),
    to
  )
