/** What all tables of the open windows hold together, so that it can be bounded. */
export interface KeyBudget {
  keys: number
}

const firstKeys = 8

/**
 * Counts requests and errors by key. Keys are interned: open addressing over their bytes gives a small integer, and the
 * counts stand in typed arrays under it, so a line makes no string and no object. A key's integer is its place in the order
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
  #slots: Int32Array
  #mask: number
  #hashes: Int32Array
  #offsets: Uint32Array
  #lengths: Uint16Array
  #totals: Uint32Array
  #errors: Uint32Array
  #first: Uint32Array
  #last: Uint32Array
  #missed: Uint32Array | undefined
  /** What a key seen from now on may have had before: no forgotten key had more. */
  #floor = 0
  #bytes: Uint8Array
  #used = 0
  readonly #maxKeys: number
  readonly #maxBytes: number
  readonly #budget: KeyBudget

  constructor(maxKeys: number, maxBytes: number, budget: KeyBudget) {
    this.#maxKeys = maxKeys
    this.#maxBytes = maxBytes
    this.#budget = budget
    this.#slots = new Int32Array(firstKeys * 2)
    this.#mask = firstKeys * 2 - 1
    this.#hashes = new Int32Array(firstKeys)
    this.#offsets = new Uint32Array(firstKeys)
    this.#lengths = new Uint16Array(firstKeys)
    this.#totals = new Uint32Array(firstKeys)
    this.#errors = new Uint32Array(firstKeys)
    this.#first = new Uint32Array(firstKeys)
    this.#last = new Uint32Array(firstKeys)
    this.#bytes = new Uint8Array(firstKeys * 32)
  }

  /** Counts one request of the key bytes[start, end), whose hash the scanner has made on its way. */
  add(bytes: Uint8Array, start: number, end: number, hash: number, error: number, seq: number): void {
    const length = end - start
    const slots = this.#slots
    const mask = this.#mask
    let slot = (hash ^ (hash >>> 15)) & mask
    for (let k = slots[slot]!; k !== 0; k = slots[slot]!) {
      const i = k - 1
      if (this.#hashes[i] === hash && this.#lengths[i] === length) {
        const own = this.#bytes
        let at = this.#offsets[i]!
        let p = start
        while (p < end && own[at] === bytes[p]) {
          at++
          p++
        }
        if (p === end) {
          this.#totals[i]!++
          this.#errors[i]! += error
          this.#last[i] = seq - this.baseSeq
          return
        }
      }
      slot = (slot + 1) & mask
    }
    this.#insert(bytes, start, length, hash, error, seq)
  }

  /** Counts here what another table has counted under its key i. Both tables' hashes must have been made alike. */
  addFrom(other: KeyTable, i: number): void {
    const start = other.#offsets[i]!
    const j = this.#placeOf(other.#bytes, start, other.#lengths[i]!, other.#hashes[i]!)
    this.#totals[j]! += other.#totals[i]!
    this.#errors[j]! += other.#errors[i]!
    if (other.#missed !== undefined && other.#missed[i]! > 0) {
      this.#missed ??= new Uint32Array(this.#hashes.length)
      this.#missed[j]! += other.#missed[i]!
    }
  }

  /** The hash of a key's bytes, as the scanner made it. */
  hash(i: number): number {
    return this.#hashes[i]!
  }
  total(i: number): number {
    return this.#totals[i]!
  }
  errors(i: number): number {
    return this.#errors[i]!
  }
  missed(i: number): number {
    return this.#missed === undefined ? 0 : this.#missed[i]!
  }
  firstSeq(i: number): number {
    return this.baseSeq + this.#first[i]!
  }
  lastSeq(i: number): number {
    return this.baseSeq + this.#last[i]!
  }
  /** The key's bytes; a view that holds until the table changes. */
  key(i: number): Uint8Array {
    const offset = this.#offsets[i]!
    return this.#bytes.subarray(offset, offset + this.#lengths[i]!)
  }

  /** The order in which keys are told: more errors first, then more requests, then by their bytes. */
  worse(a: number, b: number): number {
    return (
      this.#errors[b]! - this.#errors[a]! ||
      this.#totals[b]! - this.#totals[a]! ||
      compareBytes(this.key(a), this.key(b))
    )
  }

  /** Empties the table for another window. A table much larger than it was used is made small again. */
  clear(baseSeq: number): void {
    const used = this.count
    this.#budget.keys -= used
    if (used * 16 < this.#hashes.length && this.#hashes.length > 1024)
      this.#resize(Math.max(firstKeys, this.#hashes.length >> 2), 0)
    else if (used * 8 < this.#slots.length) {
      for (let i = 0; i < used; i++) {
        let slot = (this.#hashes[i]! ^ (this.#hashes[i]! >>> 15)) & this.#mask
        while (this.#slots[slot] !== i + 1) slot = (slot + 1) & this.#mask
        this.#slots[slot] = 0
      }
    } else this.#slots.fill(0)
    if (this.#bytes.length > 1 << 20 && this.#used * 8 < this.#bytes.length)
      this.#bytes = new Uint8Array(this.#bytes.length >> 1)
    this.count = 0
    this.#used = 0
    this.#missed = undefined
    this.#floor = 0
    this.forgotten.keys = this.forgotten.requests = this.forgotten.errors = 0
    this.baseSeq = baseSeq
  }

  /** The place of a key; of one that is new, with nothing counted under it. */
  #placeOf(bytes: Uint8Array, start: number, length: number, hash: number): number {
    let slot = (hash ^ (hash >>> 15)) & this.#mask
    for (let k = this.#slots[slot]!; k !== 0; k = this.#slots[slot]!) {
      const i = k - 1
      if (this.#hashes[i] === hash && this.#lengths[i] === length) {
        let p = 0
        while (p < length && this.#bytes[this.#offsets[i]! + p] === bytes[start + p]) p++
        if (p === length) return i
      }
      slot = (slot + 1) & this.#mask
    }
    this.#insert(bytes, start, length, hash, 0, this.baseSeq)
    const i = this.count - 1
    this.#totals[i] = 0
    return i
  }

  #insert(bytes: Uint8Array, start: number, length: number, hash: number, error: number, seq: number): void {
    if (this.count >= this.#maxKeys || this.#used + length > this.#maxBytes) this.#forget()
    if (this.count === this.#hashes.length) this.#resize(this.count * 2, this.count)
    if (this.#used + length > this.#bytes.length) {
      const more = new Uint8Array(Math.max(this.#bytes.length * 2, this.#used + length))
      more.set(this.#bytes.subarray(0, this.#used))
      this.#bytes = more
    }
    const i = this.count
    const distance = seq - this.baseSeq
    this.#hashes[i] = hash
    this.#offsets[i] = this.#used
    this.#lengths[i] = length
    this.#totals[i] = 1
    this.#errors[i] = error
    this.#first[i] = distance
    this.#last[i] = distance
    if (this.#missed !== undefined) this.#missed[i] = this.#floor
    const own = this.#bytes
    for (let k = 0, at = this.#used; k < length; k++, at++) own[at] = bytes[start + k]!
    this.#used += length
    this.count = i + 1
    this.#budget.keys++
    this.#place(i, hash)
  }

  #place(i: number, hash: number): void {
    let slot = (hash ^ (hash >>> 15)) & this.#mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask
    this.#slots[slot] = i + 1
  }

  #resize(keys: number, kept: number): void {
    this.#hashes = resized(this.#hashes, new Int32Array(keys), kept)
    this.#offsets = resized(this.#offsets, new Uint32Array(keys), kept)
    this.#lengths = resized(this.#lengths, new Uint16Array(keys), kept)
    this.#totals = resized(this.#totals, new Uint32Array(keys), kept)
    this.#errors = resized(this.#errors, new Uint32Array(keys), kept)
    this.#first = resized(this.#first, new Uint32Array(keys), kept)
    this.#last = resized(this.#last, new Uint32Array(keys), kept)
    if (this.#missed !== undefined) this.#missed = resized(this.#missed, new Uint32Array(keys), kept)
    this.#slots = new Int32Array(keys * 2)
    this.#mask = keys * 2 - 1
    for (let i = 0; i < kept; i++) this.#place(i, this.#hashes[i]!)
  }

  /** Forgets the keys that can have had the fewest requests, until at least a quarter of them and of their bytes is gone. */
  #forget(): void {
    const n = this.count
    this.#missed ??= new Uint32Array(this.#hashes.length)
    let bound = this.#floor
    for (let [keys, bytes] = [0, 0]; keys * 4 < n || bytes * 4 < this.#used; ) {
      bound = this.#nextBound(bound)
      keys = bytes = 0
      for (let i = 0; i < n; i++) {
        if (this.#totals[i]! + this.#missed[i]! <= bound) {
          keys++
          bytes += this.#lengths[i]!
        }
      }
    }
    let kept = 0
    let used = 0
    for (let i = 0; i < n; i++) {
      if (this.#totals[i]! + this.#missed[i]! <= bound) {
        this.forgotten.keys++
        this.forgotten.requests += this.#totals[i]!
        this.forgotten.errors += this.#errors[i]!
        continue
      }
      const offset = this.#offsets[i]!
      this.#bytes.copyWithin(used, offset, offset + this.#lengths[i]!)
      this.#hashes[kept] = this.#hashes[i]!
      this.#offsets[kept] = used
      this.#lengths[kept] = this.#lengths[i]!
      this.#totals[kept] = this.#totals[i]!
      this.#errors[kept] = this.#errors[i]!
      this.#first[kept] = this.#first[i]!
      this.#last[kept] = this.#last[i]!
      this.#missed[kept] = this.#missed[i]!
      used += this.#lengths[i]!
      kept++
    }
    this.#budget.keys -= n - kept
    this.count = kept
    this.#used = used
    this.#floor = bound
    this.#slots.fill(0)
    for (let i = 0; i < kept; i++) this.#place(i, this.#hashes[i]!)
  }

  /** The next higher count that any key can have had: skips the ones between, so that forgetting ends soon. */
  #nextBound(bound: number): number {
    let next = Number.POSITIVE_INFINITY
    for (let i = 0; i < this.count; i++) {
      const most = this.#totals[i]! + this.#missed![i]!
      if (most > bound && most < next) next = most
    }
    return next
  }
}

const resized = <A extends Int32Array | Uint32Array | Uint16Array>(from: A, to: A, kept: number): A => {
  to.set(from.subarray(0, kept) as A & Int32Array)
  return to
}

export const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
  const n = Math.min(a.length, b.length)
  for (let i = 0; i < n; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}
