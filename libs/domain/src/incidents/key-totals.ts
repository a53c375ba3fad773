import { logBeta, logGamma, significant } from "../thresholds/numerics.ts"
import { incidentLimits } from "./incident-limits.ts"
import type { DimensionPrior } from "./model.ts"
import { networksOf } from "./network.ts"
import type { ClassIndex, KeyPanes } from "./panes.ts"

export interface Total {
  key: string
  requests: number
  errors: [number, number]
}

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

  requests(hash: number, panes: KeyPanes, i: number): void {
    const found = this.#find(hash)
    const at = found >= 0 ? found : this.#add(hash, panes.text(i))
    this.#sums[at * 3]! += panes.requests(i)
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
  sorted(): ReadonlyArray<Total> {
    const sums = this.#sums
    const totals = this.#keys.map(
      (key, i): Total => ({ key, requests: sums[i * 3]!, errors: [sums[i * 3 + 1]!, sums[i * 3 + 2]!] })
    )
    return totals.sort(byRequests)
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
    const kept = Array.from(this.#keys, (key, i) => ({ key, requests: this.#sums[i * 3]!, i }))
      .sort(byRequests)
      .slice(0, incidentLimits.learntKeys >> 1)
    const [hashes, sums] = [this.#hashes.slice(), this.#sums.slice()]
    this.#count = kept.length
    this.#keys = kept.map(({ key }) => key)
    this.#slots.fill(0)
    for (const [to, { i }] of kept.entries()) {
      this.#hashes[to] = hashes[i]!
      this.#sums.set(sums.subarray(i * 3, i * 3 + 3), to * 3)
      this.#place(to)
    }
  }
}

const slotOf = (hash: number, mask: number): number => Math.imul(hash ^ (hash >>> 16), 0x45d9f3b) & mask

const byRequests = (a: Pick<Total, "key" | "requests">, b: Pick<Total, "key" | "requests">): number =>
  b.requests - a.requests || (a.key < b.key ? -1 : 1)

/** The totals of the networks that these clients are of. */
export const networkTotals = (ips: ReadonlyArray<Total>): ReadonlyArray<Total> => {
  const byNetwork = new Map<string, Total>()
  for (const { key: ip, requests, errors } of ips) {
    for (const key of networksOf(ip)) {
      let total = byNetwork.get(key)
      if (total === undefined) {
        total = { key, requests: 0, errors: [0, 0] }
        byNetwork.set(key, total)
      }
      total.requests += requests
      total.errors[0] += errors[0]
      total.errors[1] += errors[1]
    }
  }
  return [...byNetwork.values()].sort(byRequests)
}

const strengths = [0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] as const
const asked = 300

/**
 * Log likelihood of keys' counts where their rates are beta distributed: the sum of `logBeta(a + errors, b + fine) - logBeta(a, b)`, to the last bit.
 * Much of it comes again: keys without an error, keys with the same counts, and sums a + b for each rate that is tried.
 */
const likelihoods = (totals: ReadonlyArray<Total>, c: ClassIndex): ((a: number, b: number) => number) => {
  const errors = Float64Array.from(totals, (t) => t.errors[c])
  const fine = Float64Array.from(totals, (t) => Math.max(0, t.requests - t.errors[c]))
  const wholes = new Float64Array(totals.length)
  const ofWholes = new Float64Array(totals.length)
  return (a, b) => {
    const ofA = logGamma(a)
    const constant = logBeta(a, b)
    let [likelihood, own] = [0, 0]
    for (let i = 0; i < errors.length; i++) {
      if (i === 0 || errors[i] !== errors[i - 1] || fine[i] !== fine[i - 1]) {
        const [k, m] = [a + errors[i]!, b + fine[i]!]
        if (wholes[i] !== k + m) {
          wholes[i] = k + m
          ofWholes[i] = logGamma(k + m)
        }
        own = (errors[i] === 0 ? ofA : logGamma(k)) + logGamma(m) - ofWholes[i]! - constant
      }
      likelihood += own
    }
    return likelihood
  }
}

/** Empirical Bayes: the beta distribution of the keys' rates that makes their totals most likely. */
export const priorFrom = (totals: ReadonlyArray<Total>, c: ClassIndex, spread: number): DimensionPrior => {
  let [requests, errors] = [0, 0]
  for (const t of totals) {
    requests += t.requests
    errors += t.errors[c]
  }
  const mean = Math.min(0.95, Math.max(1e-5, (errors + 0.5) / (requests + 10)))
  // As many of the busiest as of the rest: new keys are like the rest.
  const step = Math.max(1, Math.floor(totals.length / asked))
  const sample = totals.filter((t, i) => t.requests >= 2 && i % step === 0).slice(0, asked)
  const likelihoodOf = likelihoods(sample, c)
  const tried = strengths.map((strength) => {
    let [best, most] = [mean, Number.NEGATIVE_INFINITY]
    for (const times of [0.25, 0.5, 1, 2]) {
      const rate = Math.min(0.95, mean * times)
      const likelihood = likelihoodOf(rate * strength, (1 - rate) * strength)
      if (likelihood > most) [best, most] = [rate, likelihood]
    }
    return { strength, rate: best, likelihood: most }
  })
  // The least strength that is about as likely as the best: keys may differ more than so few of them show.
  const most = Math.max(...tried.map((t) => t.likelihood))
  const best = tried.find((t) => t.likelihood >= most - 1)!
  return { rate: significant(best.rate, 4), strength: best.strength, spread: significant(spread, 3) }
}
