import { viewOf } from "../line/bytes.ts"

/** Numbers that are counted under a key; each key has a row of them. */
export const REQUESTS = 0
export const CLIENT_ERRORS = 1
export const SERVER_ERRORS = 2
export const NOT_FOUND = 3
export const BYTES = 4
/** Durations: their sum, in microseconds, and how many lines have one. */
export const DURATION_US = 5
export const DURATIONS = 6
/** So many requests the key may have had before it was counted, at most. */
const MISSED = 7
/** Whatever the caller keeps of a key. */
export const NOTE = 8
const width = 9

const firstKeys = 256

/**
 * A hash of bytes[start, end), four at a time in two chains, so that the processor multiplies for both at once. What is hashed was chosen by clients, so the seed has to be drawn anew for each process: nobody then
 * knows which texts collide.
 */
export const hashOf = (bytes: Uint8Array, start: number, end: number, seed: number): number => {
  const view = viewOf(bytes)
  let hash = seed ^ (end - start)
  let other = seed
  let i = start
  for (; i + 8 <= end; i += 8) {
    hash = Math.imul(hash ^ view.getInt32(i, true), 0x9e3779b1)
    hash ^= hash >>> 15
    other = Math.imul(other ^ view.getInt32(i + 4, true), 0x85ebca6b)
    other ^= other >>> 13
  }
  hash ^= Math.imul(other, 0xc2b2ae35)
  if (i + 4 <= end) {
    hash = Math.imul(hash ^ view.getInt32(i, true), 0x9e3779b1)
    hash ^= hash >>> 15
    i += 4
  }
  for (; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  return hash ^ (hash >>> 13)
}

export interface KeyLimits {
  readonly keys: number
  /** Of the keys' texts together. */
  readonly bytes: number
}

/**
 * Counts lines by key over a whole log, in bounded memory. Up to its limits all is exact. At a limit the rarest keys are forgotten (lossy counting, as
 * in `KeyTable`, which counts a window): what was counted of a key is then the least that it can have had, and `missed` says by how much it may be
 * short.
 */
export class CountedKeys {
  /** Keys that are held. */
  count = 0
  /** The most that were held at a time: so many different keys there were at least. */
  distinct = 0
  isExact = true
  /** A row of numbers a key. */
  numbers = new Float64Array(firstKeys * width)
  readonly #limits: KeyLimits
  #slots = new Int32Array(firstKeys * 2)
  #mask = firstKeys * 2 - 1
  /** Hash, offset and length of each key. */
  #keys = new Int32Array(firstKeys * 3)
  #bytes = new Uint8Array(firstKeys * 64)
  #view = new DataView(this.#bytes.buffer)
  #used = 0
  #floor = 0

  constructor(limits: KeyLimits) {
    this.#limits = limits
  }

  /** The place of the row of bytes[start, end); a new key's is the last one, with `isNew` set until the next call. */
  rowOf(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const keys = this.#keys
    const length = end - start
    this.isNew = false
    let slot = (hash ^ (hash >>> 15)) & this.#mask
    for (let k = this.#slots[slot]!; k !== 0; k = this.#slots[slot]!) {
      const at = (k - 1) * 3
      if (keys[at] === hash && keys[at + 2] === length && this.#isAt(keys[at + 1]!, bytes, start, end))
        return (k - 1) * width
      slot = (slot + 1) & this.#mask
    }
    return this.#insert(bytes, start, length, hash)
  }

  isNew = false

  /**
   * Whether a row that was answered once is that of a key that stands at `start` now. Where rows have moved since, it is another one's or none's.
   * @returns the place behind it, or -1
   */
  behindKey(row: number, bytes: Uint8Array, start: number, end: number): number {
    const i = row / width
    if (row < 0 || i >= this.count) return -1
    const behind = start + this.#keys[i * 3 + 2]!
    return behind <= end && this.#isAt(this.#keys[i * 3 + 1]!, bytes, start, behind) ? behind : -1
  }

  /** The hash of a row's key. */
  hashAt(row: number): number {
    return this.#keys[(row / width) * 3]!
  }

  /** The text of the key at a place from 0 on. */
  key(i: number): Uint8Array {
    const offset = this.#keys[i * 3 + 1]!
    return this.#bytes.subarray(offset, offset + this.#keys[i * 3 + 2]!)
  }

  number(i: number, column: number): number {
    return this.numbers[i * width + column]!
  }

  /** How many requests more than were counted the key may have had. */
  missed(i: number): number {
    return this.number(i, MISSED)
  }

  #isAt(offset: number, bytes: Uint8Array, start: number, end: number): boolean {
    const view = viewOf(bytes)
    const shift = offset - start
    let i = start
    for (; i + 4 <= end; i += 4) if (this.#view.getInt32(i + shift, true) !== view.getInt32(i, true)) return false
    for (; i < end; i++) if (this.#bytes[i + shift] !== bytes[i]) return false
    return true
  }

  #insert(bytes: Uint8Array, start: number, length: number, hash: number): number {
    if (this.count >= this.#limits.keys || this.#used + length > this.#limits.bytes) this.#forget()
    if (this.count * width === this.numbers.length) this.#grow()
    if (this.#used + length > this.#bytes.length) {
      const more = new Uint8Array(Math.max(this.#bytes.length * 2, this.#used + length))
      more.set(this.#bytes.subarray(0, this.#used))
      this.#bytes = more
      this.#view = new DataView(more.buffer)
    }
    const i = this.count++
    this.#keys[i * 3] = hash
    this.#keys[i * 3 + 1] = this.#used
    this.#keys[i * 3 + 2] = length
    for (let k = 0; k < length; k++) this.#bytes[this.#used + k] = bytes[start + k]!
    this.#used += length
    this.numbers.fill(0, i * width, (i + 1) * width)
    this.numbers[i * width + MISSED] = this.#floor
    this.#place(i)
    this.distinct = Math.max(this.distinct, this.count)
    this.isNew = true
    return i * width
  }

  #place(i: number): void {
    const hash = this.#keys[i * 3]!
    let slot = (hash ^ (hash >>> 15)) & this.#mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask
    this.#slots[slot] = i + 1
  }

  #grow(): void {
    const keys = this.count * 2
    const numbers = new Float64Array(keys * width)
    numbers.set(this.numbers)
    this.numbers = numbers
    const about = new Int32Array(keys * 3)
    about.set(this.#keys)
    this.#keys = about
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(keys * 2)))
    this.#mask = this.#slots.length - 1
    for (let i = 0; i < this.count; i++) this.#place(i)
  }

  /** Forgets the keys that can have had the fewest requests: at least a quarter of them, and of their bytes. */
  #forget(): void {
    this.isExact = false
    const most = (i: number) => this.number(i, REQUESTS) + this.missed(i)
    const byCount = Float64Array.from({ length: this.count }, (_, i) => most(i)).sort()
    let bound = byCount[Math.floor(this.count / 4)] ?? 0
    const bytesUpTo = (limit: number) => {
      let bytes = 0
      for (let i = 0; i < this.count; i++) if (most(i) <= limit) bytes += this.#keys[i * 3 + 2]!
      return bytes
    }
    for (let share = 4; bytesUpTo(bound) * 4 < this.#used && share > 1; share--) {
      bound = byCount[Math.min(this.count - 1, Math.floor(this.count / (share - 1)))]!
    }
    this.#floor = Math.max(this.#floor, bound)
    let [kept, used] = [0, 0]
    for (let i = 0; i < this.count; i++) {
      if (most(i) <= bound) continue
      const [offset, length] = [this.#keys[i * 3 + 1]!, this.#keys[i * 3 + 2]!]
      this.#bytes.copyWithin(used, offset, offset + length)
      this.#keys[kept * 3] = this.#keys[i * 3]!
      this.#keys[kept * 3 + 1] = used
      this.#keys[kept * 3 + 2] = length
      this.numbers.copyWithin(kept * width, i * width, (i + 1) * width)
      used += length
      kept++
    }
    this.count = kept
    this.#used = used
    this.#slots.fill(0)
    for (let i = 0; i < kept; i++) this.#place(i)
  }
}
