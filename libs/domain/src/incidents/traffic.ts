import type { TrafficModel } from "./model.ts"

/** Requests fall to these shares of what is expected, or rise to these multiples. */
const drops = [0.1, 0.02] as const
const spikes = [8, 40] as const
const ratios = [...drops, ...spikes]
/** What a window with so many times the expected requests says for a spike, for each that was expected. */
export const spikeOf = (times: number): number => times * Math.log(spikes[0]) - (spikes[0] - 1)

const memoryMs = 2 * 3_600_000
const anchorWindows = 30

export interface StoredTraffic {
  readonly sums: ReadonlyArray<number>
  readonly since: ReadonlyArray<number>
  readonly seen: number
  readonly expected: number
  readonly peaks: readonly [number, number]
}

export interface TrafficEvidence {
  readonly strength: number
  readonly sinceMs: number
}

const none: TrafficEvidence = { strength: 0, sinceMs: 0 }

/**
 * Whether as many requests come as are expected at this hour: a CUSUM of Poisson log likelihood ratios over the site's dispersion for each
 * multiple. Windows without any line count like all others, so silence is evidence from the first one on.
 */
export class Traffic {
  readonly #sums = new Float64Array(drops.length + spikes.length)
  readonly #since = new Float64Array(drops.length + spikes.length)
  #seen = 0
  #expected = 0
  /** The greatest strength of the excursions for fewer and for more requests. */
  readonly peaks: [drop: number, spike: number] = [0, 0]

  constructor(stored?: StoredTraffic) {
    if (stored === undefined) return
    this.#sums.set(stored.sums)
    this.#since.set(stored.since)
    this.#seen = stored.seen
    this.#expected = stored.expected
    this.peaks = [...stored.peaks]
  }

  mean(learnt: number): number {
    return learnt * ((this.#seen + anchorWindows * learnt) / (this.#expected + anchorWindows * learnt))
  }

  /** @param isDayKnown until such days are, a weekend may be a third of what its hours led to expect: only next to nothing counts as a drop */
  add(requests: number, learnt: number, { dispersion }: TrafficModel, startMs: number, isDayKnown: boolean): void {
    const mean = Math.max(1e-6, this.mean(learnt))
    for (let j = isDayKnown ? 0 : drops.length - 1; j < ratios.length; j++) {
      const ratio = (requests * Math.log(ratios[j]!) - mean * (ratios[j]! - 1)) / dispersion
      const sum = Math.max(0, this.#sums[j]! + ratio)
      if (this.#sums[j] === 0) this.#since[j] = startMs
      this.#sums[j] = sum
    }
    this.peaks[0] = Math.max(this.peaks[0], this.drop.strength)
    this.peaks[1] = Math.max(this.peaks[1], this.spike.strength)
  }

  /** Adapts the level; neither a silence nor a flood pulls it far. */
  adapt(requests: number, learnt: number, windowMs: number): void {
    const keep = Math.exp(-windowMs / memoryMs)
    const mean = this.mean(learnt)
    const taken = Math.min(2 * mean + 1, Math.max(mean / 2, requests))
    this.#seen = this.#seen * keep + taken
    this.#expected = this.#expected * keep + learnt
  }

  get drop(): TrafficEvidence {
    return this.#strongest(0, drops.length)
  }

  get spike(): TrafficEvidence {
    return this.#strongest(drops.length, spikes.length)
  }

  #strongest(from: number, count: number): TrafficEvidence {
    let best = none
    for (let j = from; j < from + count; j++) {
      if (this.#sums[j]! > best.strength) best = { strength: this.#sums[j]!, sinceMs: this.#since[j]! }
    }
    return best
  }

  /** Forgets the evidence for fewer (0) or for more requests (1). */
  clear(side: 0 | 1): void {
    if (side === 0) this.#sums.fill(0, 0, drops.length)
    else this.#sums.fill(0, drops.length)
    this.peaks[side] = 0
  }

  stored(): StoredTraffic {
    return {
      sums: [...this.#sums],
      since: [...this.#since],
      seen: this.#seen,
      expected: this.#expected,
      peaks: [...this.peaks]
    }
  }
}
