import { keptView } from "../line/bytes.ts"
import { CLIENT_ERROR, ERROR, SERVER_ERROR } from "../statuses.ts"

/** What all tables of the open windows hold together, so that it can be bounded. */
export interface KeyBudget {
  keys: number
}

const firstKeys = 8
/** A table that holds no more is not made smaller: it would have to grow again for the next window. */
const trimmedFromBytes = 8 * 1024

/** A power of two, so that at most half of the slots are taken. */
const slotsFor = (keys: number): number => 2 ** Math.ceil(Math.log2(keys * 2))

/*
 * What is known of a key stands together, in a row of numbers: so a key that is met again costs the processor one or two
 * lines of its cache, and a window with few keys few objects.
 */
const rowShift = 3
const HASH = 0
const LENGTH = 1
const OFFSET = 2
const TOTAL = 3
const ERRORS = 4
const FIRST = 5
const LAST = 6
const MISSED = 7

/**
 * Counts requests and errors by key. Keys are interned: open addressing over their bytes gives a small integer, and the
 * counts stand in a typed array under it, so a line makes no string and no object. A key's integer is its place in the order
 * of first sight, which makes everything that is read from a table a function of the lines alone.
 *
 * At the limit the rarest keys are forgotten (Manku and Motwani, "Approximate Frequency Counts over Data Streams", lossy
 * counting): a key's true count is then between `total(i)` and `total(i) + missed(i)`, frequent keys stay, and what went
 * is summed up in `forgotten`.
 */
export class KeyTable {
  count = 0
  readonly forgotten = { keys: 0, requests: 0, errors: 0 }
  /** Sequences are kept as distances from this one. */
  baseSeq = 0
  /** Is told the new places of the keys when some are forgotten, -1 for those that are gone. */
  onForget: ((moved: Int32Array) => void) | undefined
  #slots: Int32Array
  #mask: number
  #rows: Uint32Array
  /** What a key seen from now on may have had before: no forgotten key had more. */
  #floor = 0
  #bytes: Uint8Array
  /** The same bytes, to be compared by fours. */
  #view: DataView
  #used = 0
  /** Client errors and server errors by key, side by side: only lines with one of them come here, and most tables have none. */
  #kinds: Uint32Array | undefined
  readonly #maxKeys: number
  readonly #maxBytes: number
  #budget: KeyBudget

  constructor(maxKeys: number, maxBytes: number, budget: KeyBudget) {
    this.#maxKeys = maxKeys
    this.#maxBytes = maxBytes
    this.#budget = budget
    this.#slots = new Int32Array(firstKeys * 2)
    this.#mask = firstKeys * 2 - 1
    this.#rows = new Uint32Array(firstKeys << rowShift)
    this.#bytes = new Uint8Array(firstKeys * 32)
    this.#view = new DataView(this.#bytes.buffer)
  }

  /**
   * Counts one request of the key bytes[start, end), whose hash the scanner has made on its way. Answers the key's place.
   * @param mark what it counts as: bits, as `statuses.ts` has them
   */
  add(bytes: Uint8Array, start: number, end: number, hash: number, mark: number, seq: number): number {
    const length = end - start
    const rows = this.#rows
    const slots = this.#slots
    const mask = this.#mask
    const unsigned = hash >>> 0
    let slot = (hash ^ (hash >>> 15)) & mask
    for (let k = slots[slot]!; k !== 0; k = slots[slot]!) {
      const row = (k - 1) << rowShift
      if (rows[row] === unsigned && rows[row + LENGTH] === length) {
        const shift = rows[row + OFFSET]! - start
        let p = start
        const view = keptView(bytes)
        if (view !== undefined) {
          const ownView = this.#view
          while (p + 4 <= end && ownView.getInt32(p + shift, true) === view.getInt32(p, true)) p += 4
        }
        const own = this.#bytes
        while (p < end && own[p + shift] === bytes[p]) p++
        if (p === end) {
          rows[row + TOTAL]!++
          rows[row + LAST] = seq - this.baseSeq
          if (mark !== 0) this.#addMark(k, mark)
          return k - 1
        }
      }
      slot = (slot + 1) & mask
    }
    this.#insert(bytes, start, length, hash, mark, seq)
    return this.count - 1
  }

  /** Counts here what another table has counted under its key i. Both tables' hashes must have been made alike. */
  addFrom(other: KeyTable, i: number): void {
    const from = i << rowShift
    const [start, length] = [other.#rows[from + OFFSET]!, other.#rows[from + LENGTH]!]
    const place = this.#placeOf(other.#bytes, start, length, other.hash(i))
    const to = place << rowShift
    for (const field of [TOTAL, ERRORS, MISSED]) this.#rows[to + field]! += other.#rows[from + field]!
    if (other.#kinds === undefined) return
    const kinds = this.#kinds ?? this.#beginKinds()
    kinds[place * 2]! += other.clientErrors(i)
    kinds[place * 2 + 1]! += other.serverErrors(i)
  }

  /** The hash of a key's bytes, as the scanner made it. */
  hash(i: number): number {
    return this.#rows[(i << rowShift) + HASH]! | 0
  }
  total(i: number): number {
    return this.#rows[(i << rowShift) + TOTAL]!
  }
  errors(i: number): number {
    return this.#rows[(i << rowShift) + ERRORS]!
  }
  clientErrors(i: number): number {
    return this.#kinds === undefined ? 0 : this.#kinds[i * 2]!
  }
  serverErrors(i: number): number {
    return this.#kinds === undefined ? 0 : this.#kinds[i * 2 + 1]!
  }
  missed(i: number): number {
    return this.#rows[(i << rowShift) + MISSED]!
  }
  firstSeq(i: number): number {
    return this.baseSeq + this.#rows[(i << rowShift) + FIRST]!
  }
  lastSeq(i: number): number {
    return this.baseSeq + this.#rows[(i << rowShift) + LAST]!
  }
  /** Memory that the table holds, used or not. */
  get roomBytes(): number {
    return this.#rows.byteLength + this.#slots.byteLength + this.#bytes.length + (this.#kinds?.byteLength ?? 0)
  }
  /** The key's bytes; a view that holds until the table changes. */
  key(i: number): Uint8Array {
    const row = i << rowShift
    const offset = this.#rows[row + OFFSET]!
    return this.#bytes.subarray(offset, offset + this.#rows[row + LENGTH]!)
  }

  /** Whether these are the key's bytes; as comparing with `key(i)`, but makes no view. */
  isKey(i: number, bytes: Uint8Array): boolean {
    const row = i << rowShift
    const length = bytes.length
    if (this.#rows[row + LENGTH] !== length) return false
    const own = this.#bytes
    for (let k = 0, at = this.#rows[row + OFFSET]!; k < length; k++, at++) if (own[at] !== bytes[k]) return false
    return true
  }

  /** Whether the key's bytes are this text, of ASCII alone. */
  isAscii(i: number, text: string): boolean {
    const row = i << rowShift
    const length = text.length
    if (this.#rows[row + LENGTH] !== length) return false
    const own = this.#bytes
    for (let k = 0, at = this.#rows[row + OFFSET]!; k < length; k++, at++) {
      if (own[at] !== text.charCodeAt(k) || own[at]! > 126) return false
    }
    return true
  }

  /** The order in which keys are told: more errors first, then more requests, then by their bytes. */
  worse(a: number, b: number): number {
    return this.errors(b) - this.errors(a) || this.total(b) - this.total(a) || compareBytes(this.key(a), this.key(b))
  }

  /** Empties the table for another window. A table much larger than it was used is made small again. */
  clear(baseSeq: number): void {
    const used = this.count
    const room = this.#rows.length >> rowShift
    this.#budget.keys -= used
    if (used * 16 < room && room > 1024) this.#resize(Math.max(firstKeys, room >> 2), 0)
    else if (used * 8 < this.#slots.length) {
      for (let i = 0; i < used; i++) {
        const hash = this.hash(i)
        let slot = (hash ^ (hash >>> 15)) & this.#mask
        while (this.#slots[slot] !== i + 1) slot = (slot + 1) & this.#mask
        this.#slots[slot] = 0
      }
    } else this.#slots.fill(0)
    if (this.#bytes.length > 1 << 20 && this.#used * 8 < this.#bytes.length)
      this.#keepIn(new Uint8Array(this.#bytes.length >> 1))
    this.count = 0
    this.#used = 0
    this.#floor = 0
    this.forgotten.keys = this.forgotten.requests = this.forgotten.errors = 0
    this.baseSeq = baseSeq
  }

  /** From now on the keys count against another budget. */
  moveTo(budget: KeyBudget): void {
    this.#budget.keys -= this.count
    budget.keys += this.count
    this.#budget = budget
  }

  /** Gives back the memory that no key uses: for a table that is kept and hardly grows any more. */
  trim(): void {
    if (this.roomBytes <= trimmedFromBytes) return
    const keys = Math.max(firstKeys, this.count)
    if (slotsFor(keys) < this.#slots.length) this.#resize(keys, this.count)
    else if (keys << rowShift < this.#rows.length) {
      this.#rows = this.#rows.slice(0, keys << rowShift)
      this.#kinds = this.#kinds?.slice(0, keys * 2)
    }
    const bytes = Math.max(firstKeys * 32, this.#used)
    if (bytes < this.#bytes.length) this.#keepIn(this.#bytes.slice(0, bytes))
  }

  #keepIn(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }

  /** The place of a key; of one that is new, with nothing counted under it. */
  #placeOf(bytes: Uint8Array, start: number, length: number, hash: number): number {
    const unsigned = hash >>> 0
    let slot = (hash ^ (hash >>> 15)) & this.#mask
    for (let k = this.#slots[slot]!; k !== 0; k = this.#slots[slot]!) {
      const row = (k - 1) << rowShift
      if (this.#rows[row] === unsigned && this.#rows[row + LENGTH] === length) {
        let p = 0
        while (p < length && this.#bytes[this.#rows[row + OFFSET]! + p] === bytes[start + p]) p++
        if (p === length) return k - 1
      }
      slot = (slot + 1) & this.#mask
    }
    this.#insert(bytes, start, length, hash, 0, this.baseSeq)
    const i = this.count - 1
    this.#rows[(i << rowShift) + TOTAL] = 0
    return i
  }

  #insert(bytes: Uint8Array, start: number, length: number, hash: number, mark: number, seq: number): void {
    if (this.count >= this.#maxKeys || this.#used + length > this.#maxBytes) this.#forget()
    if (this.count << rowShift === this.#rows.length) this.#resize(this.count * 2, this.count)
    if (this.#used + length > this.#bytes.length) {
      // many bytes grow by less: what is not used of them would count most
      const room = this.#bytes.length < 1 << 20 ? this.#bytes.length * 2 : Math.ceil(this.#bytes.length * 1.25)
      const more = new Uint8Array(Math.max(room, this.#used + length))
      more.set(this.#bytes.subarray(0, this.#used))
      this.#keepIn(more)
    }
    const i = this.count
    const distance = seq - this.baseSeq
    const rows = this.#rows
    const row = i << rowShift
    rows[row + HASH] = hash
    rows[row + LENGTH] = length
    rows[row + OFFSET] = this.#used
    rows[row + TOTAL] = 1
    rows[row + ERRORS] = mark & ERROR
    rows[row + FIRST] = distance
    rows[row + LAST] = distance
    rows[row + MISSED] = this.#floor
    const own = this.#bytes
    for (let k = 0, at = this.#used; k < length; k++, at++) own[at] = bytes[start + k]!
    this.#used += length
    this.count = i + 1
    this.#budget.keys++
    this.#place(i, hash)
    if (this.#kinds !== undefined) this.#kinds[i * 2] = this.#kinds[i * 2 + 1] = 0
    if (mark > ERROR) this.#addKind(i, mark)
  }

  /**
   * Apart from `add`, which the engine puts into the loop over the lines only while it is small.
   * @param k the key's integer, from 1
   */
  #addMark(k: number, mark: number): void {
    this.#rows[((k - 1) << rowShift) + ERRORS]! += mark & ERROR
    if (mark > ERROR) this.#addKind(k - 1, mark)
  }

  #addKind(i: number, mark: number): void {
    const kinds = this.#kinds ?? this.#beginKinds()
    kinds[i * 2]! += (mark & CLIENT_ERROR) === 0 ? 0 : 1
    kinds[i * 2 + 1]! += (mark & SERVER_ERROR) === 0 ? 0 : 1
  }

  #beginKinds(): Uint32Array {
    this.#kinds = new Uint32Array((this.#rows.length >> rowShift) * 2)
    return this.#kinds
  }

  #place(i: number, hash: number): void {
    let slot = (hash ^ (hash >>> 15)) & this.#mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask
    this.#slots[slot] = i + 1
  }

  #resize(keys: number, kept: number): void {
    const rows = new Uint32Array(keys << rowShift)
    rows.set(this.#rows.subarray(0, kept << rowShift))
    this.#rows = rows
    if (this.#kinds !== undefined) {
      const kinds = kept === 0 ? undefined : new Uint32Array(keys * 2)
      kinds?.set(this.#kinds.subarray(0, kept * 2))
      this.#kinds = kinds
    }
    this.#slots = new Int32Array(slotsFor(keys))
    this.#mask = this.#slots.length - 1
    for (let i = 0; i < kept; i++) this.#place(i, this.hash(i))
  }

  /** Forgets the keys that can have had the fewest requests, until at least a quarter of them and of their bytes is gone. */
  #forget(): void {
    const n = this.count
    const rows = this.#rows
    const own = this.#bytes
    let bound = this.#floor
    for (let [keys, bytes] = [0, 0]; keys * 4 < n || bytes * 4 < this.#used; ) {
      bound = this.#nextBound(bound)
      keys = bytes = 0
      for (let row = 0; row < n << rowShift; row += 1 << rowShift) {
        if (rows[row + TOTAL]! + rows[row + MISSED]! > bound) continue
        keys++
        bytes += rows[row + LENGTH]!
      }
    }
    let kept = 0
    let used = 0
    const moved = this.onForget === undefined ? undefined : new Int32Array(n).fill(-1)
    for (let row = 0; row < n << rowShift; row += 1 << rowShift) {
      if (rows[row + TOTAL]! + rows[row + MISSED]! <= bound) {
        this.forgotten.keys++
        this.forgotten.requests += rows[row + TOTAL]!
        this.forgotten.errors += rows[row + ERRORS]!
        continue
      }
      const offset = rows[row + OFFSET]!
      const length = rows[row + LENGTH]!
      own.copyWithin(used, offset, offset + length)
      rows.copyWithin(kept << rowShift, row, row + (1 << rowShift))
      rows[(kept << rowShift) + OFFSET] = used
      this.#kinds?.copyWithin(kept * 2, row >> (rowShift - 1), (row >> (rowShift - 1)) + 2)
      used += length
      if (moved !== undefined) moved[row >> rowShift] = kept
      kept++
    }
    this.#budget.keys -= n - kept
    this.count = kept
    this.#used = used
    this.#floor = bound
    this.#slots.fill(0)
    for (let i = 0; i < kept; i++) this.#place(i, this.hash(i))
    if (moved !== undefined) this.onForget?.(moved)
  }

  /** The next higher count that any key can have had: skips the ones between, so that forgetting ends soon. */
  #nextBound(bound: number): number {
    let next = Number.POSITIVE_INFINITY
    for (let i = 0; i < this.count; i++) {
      const most = this.total(i) + this.missed(i)
      if (most > bound && most < next) next = most
    }
    return next
  }
}

export const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
  const n = Math.min(a.length, b.length)
  for (let i = 0; i < n; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}
