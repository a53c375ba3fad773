import { type BetaBinomial, leastSpread, UpperTail } from "./beta-binomial.ts"

const bins = 33
/** Lower ends of the rates that are told apart: none, and 32 steps that are alike in the arc sine of the root, as chance is. */
const ends = Float64Array.from({ length: bins }, (_, i) => (i === 0 ? 0 : Math.sin(((i - 1) * Math.PI) / 64) ** 2))

const binOf = (rate: number): number => {
  if (rate === 0) return 0
  let bin = Math.min(bins - 1, 1 + Math.floor((Math.asin(Math.sqrt(rate)) * 64) / Math.PI))
  // Whatever the last bit of the arc sine is, a rate lies at or above its bin's lower end and below the next one's.
  if (bin + 1 < bins && rate >= ends[bin + 1]!) bin++
  else if (rate < ends[bin]!) bin--
  return bin
}

/** Rows that are kept; beyond, every other key is left out, then every other of the rest, by their hashes. */
const mostRows = 40_000
/** Panes of fewer requests have too few rates to tell what is usual. */
const leastRequests = 8
/** A key needs so many panes before anything is usual for it. */
const leastPanesOfKey = 20

interface Row {
  readonly key: number
  /** The least number of requests that its panes can have. */
  readonly atLeast: number
  requests: number
  errors: number
  panes: number
  readonly counts: Uint32Array
}

/**
 * How often each key had which error rate: what is usual for it, and how often it was beside itself. Panes alone cannot tell a
 * URL that always fails more than others from one that was broken for a third of the time; for the first no incident is over, for the
 * second a third of the history is one.
 *
 * Keys are known by a hash. Which of them are left out at the limit hangs on the hashes alone, so pieces merge to the whole.
 */
export class KeyRates {
  #rows = new Map<number, Row>()
  /** Keys whose hash has one of so many lowest bits set are left out. */
  #leftOutBits = 0

  add(key: number, requests: number, errors: number): void {
    if (requests < leastRequests || (key & ((1 << this.#leftOutBits) - 1)) !== 0) return
    // Numbers of requests that share their three leading bits: at most a quarter apart.
    const shift = 29 - Math.clz32(requests)
    const row = this.#row(key, (requests >>> shift) * 2 ** shift)
    row.requests += requests
    row.errors += errors
    row.panes++
    row.counts[binOf(errors / requests)]!++
    this.#bound()
  }

  static merged(parts: ReadonlyArray<KeyRates>): KeyRates {
    const whole = new KeyRates()
    whole.#leftOutBits = Math.max(0, ...parts.map((part) => part.#leftOutBits))
    for (const part of parts) {
      for (const { key, atLeast, requests, errors, panes, counts } of part.#rows.values()) {
        if ((key & ((1 << whole.#leftOutBits) - 1)) !== 0) continue
        const row = whole.#row(key, atLeast)
        row.requests += requests
        row.errors += errors
        row.panes += panes
        for (let i = 0; i < bins; i++) row.counts[i]! += counts[i]!
      }
    }
    whole.#bound()
    return whole
  }

  /**
   * Panes in which a key was far above what is usual for it: of the panes that have its usual rate, and vary as keys vary
   * within themselves, less than the share `below` is so far off.
   */
  struck(model: BetaBinomial, below: number): number {
    const rows = this.#told()
    const spread = spreadWithin(rows, model)
    let struck = 0
    for (const row of rows) {
      const n = row.atLeast
      const bound = new UpperTail(n, { rate: usualOf(row), spread }).leastBelow(below) / n
      for (let bin = 1; bin < bins; bin++) if (ends[bin]! >= bound) struck += row.counts[bin]!
    }
    return struck * 2 ** this.#leftOutBits
  }

  /**
   * Panes beyond what the model explains, of keys that are there in most of the `windows` and for which such panes are usual
   * (not `struck` at `beside`): that is how these keys are, and no incident.
   */
  habitual(model: BetaBinomial, below: number, beside: number, windows: number): number {
    const panesOf = new Map<number, number>()
    for (const { key, panes } of this.#rows.values()) panesOf.set(key, (panesOf.get(key) ?? 0) + panes)
    const rows = this.#told()
    const spread = spreadWithin(rows, model)
    let habitual = 0
    for (const row of rows) {
      if (2 * panesOf.get(row.key)! < windows) continue
      const n = row.atLeast
      const beyond = new UpperTail(n, model).leastBelow(below) / n
      const struck = new UpperTail(n, { rate: usualOf(row), spread }).leastBelow(beside) / n
      for (let bin = 1; bin < bins; bin++) {
        if ((ends[bin + 1] ?? 1) > beyond && ends[bin]! < struck) habitual += row.counts[bin]!
      }
    }
    return habitual * 2 ** this.#leftOutBits
  }

  /** The rows with enough panes to tell what is usual. */
  #told(): ReadonlyArray<Row> {
    return [...this.#rows.values()].filter((row) => row.panes >= leastPanesOfKey)
  }

  #row(key: number, atLeast: number): Row {
    const id = key * 2 ** 20 + Math.min(atLeast, 2 ** 20 - 1)
    let row = this.#rows.get(id)
    if (row === undefined) {
      row = { key, atLeast, requests: 0, errors: 0, panes: 0, counts: new Uint32Array(bins) }
      this.#rows.set(id, row)
    }
    return row
  }

  #bound(): void {
    while (this.#rows.size > mostRows) {
      this.#leftOutBits++
      for (const [id, { key }] of this.#rows) if ((key & ((1 << this.#leftOutBits) - 1)) !== 0) this.#rows.delete(id)
    }
  }
}

const clampRate = (rate: number): number => Math.min(0.999, Math.max(1e-4, rate))

/**
 * A key's usual rate: its mean, or what half of its panes do not exceed where that is less, as it is after attacks. Half of
 * them being without error only says that the rate is below ln 2 in a pane.
 */
const usualOf = ({ atLeast, requests, errors, panes, counts }: Row): number => {
  let median = 0
  for (let sum = counts[0]!; sum * 2 < panes; sum += counts[median]!) median++
  return clampRate(Math.min(errors / requests, Math.max(ends[median + 1] ?? 1, Math.LN2 / atLeast)))
}

/** So many keys say how much keys vary within themselves. */
const mostAsked = 200

/** The spread of a key's panes about its own rate: the most likely one of each of the busiest keys, and of these the median. */
const spreadWithin = (rows: ReadonlyArray<Row>, model: BetaBinomial): number => {
  const asked = [...rows]
    .sort((a, b) => b.panes - a.panes || a.key - b.key || a.atLeast - b.atLeast)
    .slice(0, mostAsked)
  const likeliest = asked.map((row) => {
    const mean = Math.round(row.requests / row.panes)
    const rate = clampRate(row.errors / row.requests)
    let [best, bestLikelihood] = [model.spread, Number.NEGATIVE_INFINITY]
    for (let spread = model.spread; spread >= Math.max(leastSpread, model.spread / 256); spread /= 2) {
      const tail = new UpperTail(mean, { rate, spread })
      let likelihood = 0
      for (let bin = 0; bin < bins; bin++) {
        if (row.counts[bin] === 0) continue
        const from = bin === 0 ? 0 : Math.max(1, Math.ceil(ends[bin]! * mean))
        const to = bin === 0 ? 1 : bin + 1 < bins ? Math.max(1, Math.ceil(ends[bin + 1]! * mean)) : mean + 1
        likelihood += row.counts[bin]! * Math.log(Math.max(1e-9, tail.from(from) - tail.from(to)))
      }
      if (likelihood > bestLikelihood) [best, bestLikelihood] = [spread, likelihood]
    }
    return { spread: best, panes: row.panes }
  })
  likeliest.sort((a, b) => a.spread - b.spread)
  const half = likeliest.reduce((sum, l) => sum + l.panes, 0) / 2
  let sum = 0
  for (const { spread, panes } of likeliest) {
    sum += panes
    if (sum >= half) return spread
  }
  return model.spread
}
