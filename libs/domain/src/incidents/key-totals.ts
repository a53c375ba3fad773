import { incidentLimits } from "./incident-limits.ts"
import type { KeyPanes } from "./panes.ts"
import { sortByRequests, type Totals, totalsOf } from "./totals.ts"

const firstRoom = 1_024

/**
 * Requests and errors by key over a whole history, the keys by their hashes; of two that share one the first. Open addressing in typed arrays: each
 * key of each window comes here.
 */
export class KeyTotals {
  #count = 0
  #slots = new Int32Array(firstRoom * 2)
  #hashes = new Int32Array(firstRoom)
  /** Requests, 4xx, 5xx of each key. */
  #sums = new Float64Array(firstRoom * 3)
  #keys: Array<string> = []
  /** The keys by their places, as they were sorted last: hardly any has another place the next time, and sorting what is sorted is cheap. */
  #order: Array<number> = []

  /** Adds the requests of all keys of a window. */
  window(panes: KeyPanes): void {
    for (let i = 0; i < panes.count; i++) {
      const hash = panes.hash(i)
      const found = this.#find(hash)
      const at = found >= 0 ? found : this.#add(hash, panes.text(i))
      this.#sums[at * 3]! += panes.requests(i)
    }
  }

  errors(hash: number, key: string, client: number, server: number): void {
    const found = this.#find(hash)
    const at = found >= 0 ? found : this.#add(hash, key)
    this.#sums[at * 3 + 1]! += client
    this.#sums[at * 3 + 2]! += server
  }

  fade(by: number): void {
    for (let i = 0; i < this.#count * 3; i++) this.#sums[i]! *= by
  }

  /** Those with the most requests first. */
  sorted(): Totals {
    for (let i = this.#order.length; i < this.#count; i++) this.#order.push(i)
    sortByRequests(this.#order, this.#keys, this.#sums)
    return totalsOf(this.#order, this.#keys, this.#sums)
  }

  #find(hash: number): number {
    const mask = this.#slots.length - 1
    const wanted = hash | 0
    let slot = slotOf(wanted, mask)
    for (let k = this.#slots[slot]!; k !== 0; k = this.#slots[slot]!) {
      if (this.#hashes[k - 1] === wanted) return k - 1
      slot = (slot + 1) & mask
    }
    return -1
  }

  #add(hash: number, key: string): number {
    if (this.#count >= incidentLimits.learntKeys) this.#forget()
    if (this.#count === this.#hashes.length) this.#grow()
    const i = this.#count++
    this.#hashes[i] = hash | 0
    this.#keys[i] = key
    this.#sums.fill(0, i * 3, i * 3 + 3)
    this.#place(i)
    return i
  }

  #place(i: number): void {
    const mask = this.#slots.length - 1
    let slot = slotOf(this.#hashes[i]!, mask)
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = i + 1
  }

  #grow(): void {
    const hashes = new Int32Array(this.#hashes.length * 2)
    hashes.set(this.#hashes)
    this.#hashes = hashes
    const sums = new Float64Array(this.#sums.length * 2)
    sums.set(this.#sums)
    this.#sums = sums
    this.#slots = new Int32Array(this.#slots.length * 2)
    for (let i = 0; i < this.#count; i++) this.#place(i)
  }

  /** Keeps the half with the most requests. */
  #forget(): void {
    const order = Array.from(this.#keys, (_, i) => i)
    sortByRequests(order, this.#keys, this.#sums)
    const kept = order.slice(0, incidentLimits.learntKeys >> 1)
    const keys = this.#keys
    const [hashes, sums] = [this.#hashes.slice(), this.#sums.slice()]
    this.#count = kept.length
    this.#keys = kept.map((i) => keys[i]!)
    this.#order = []
    this.#slots.fill(0)
    for (const [to, i] of kept.entries()) {
      this.#hashes[to] = hashes[i]!
      this.#sums.set(sums.subarray(i * 3, i * 3 + 3), to * 3)
      this.#place(to)
    }
  }
}

const slotOf = (hash: number, mask: number): number => Math.imul(hash ^ (hash >>> 16), 0x45d9f3b) & mask
