import { logBeta, logGamma } from "./numerics.ts"

/**
 * How errors are distributed where each pane has its own rate: the rate is drawn from a beta distribution of mean `rate`,
 * then each request fails with it. `spread` is the correlation of two requests of one pane (over-dispersion, ρ): 0 is the plain
 * binomial; with a and b of the beta distribution, rate = a/(a+b) and spread = 1/(a+b+1).
 */
export interface BetaBinomial {
  readonly rate: number
  readonly spread: number
}

/** The smallest spread that is told from none. */
export const leastSpread = 1e-6

/** a and b of the beta distribution. */
export const shapesOf = ({ rate, spread }: BetaBinomial): { readonly a: number; readonly b: number } => {
  const size = (1 - spread) / spread
  return { a: rate * size, b: (1 - rate) * size }
}

/** ln P(K = k) of `n` requests, as a function of k: what does not hang on k is computed once. */
export const logPmfOf = (n: number, a: number, b: number): ((k: number) => number) => {
  const constant = logGamma(n + 1) - logBeta(a, b) - logGamma(n + a + b)
  return (k) => constant - logGamma(k + 1) - logGamma(n - k + 1) + logGamma(k + a) + logGamma(n - k + b)
}

/** P(K = k+1) / P(K = k). */
const step = (n: number, k: number, a: number, b: number): number => ((n - k) * (a + k)) / ((k + 1) * (b + n - k - 1))

/** Beyond this many errors the sums go on in strides; the curve is so smooth there that next to nothing is lost. */
const exactErrors = 1_024
/** So many standard deviations below the mean nothing is left to add. */
const deviationsBelow = 12

/**
 * The tail of the distribution for one number of requests: P(K >= k), computed once for all k. Beyond `exactErrors` the curve is
 * sampled at points an eighth of its standard deviation apart (a sixteenth of k at most) and joined by straight lines in its logarithm.
 */
export class UpperTail {
  readonly requests: number
  readonly #at: Array<number> = []
  readonly #tail: Array<number> = []

  constructor(requests: number, model: BetaBinomial) {
    this.requests = requests
    const n = requests
    const { a, b } = shapesOf(model)
    const sd = n * Math.sqrt(model.rate * (1 - model.rate) * (model.spread + (1 - model.spread) / n))
    const stride = Math.max(1, Math.floor(sd / 8))
    const logPmf = logPmfOf(n, a, b)
    const mass: Array<number> = []
    let k = Math.max(0, Math.floor(model.rate * n - deviationsBelow * sd))
    let p = Math.exp(logPmf(k))
    while (k <= n) {
      if (k < exactErrors || stride === 1) {
        // The recurrence begins anew where it could have begun from an underflow.
        if (p < 1e-280) p = Math.exp(logPmf(k))
        this.#at.push(k)
        mass.push(p)
        p *= step(n, k, a, b)
        k++
      } else {
        const width = Math.min(stride, k >> 4, n - k + 1)
        this.#at.push(k)
        mass.push(width * Math.exp(logPmf(k + (width - 1) / 2)))
        k += width
      }
      // Far behind the bulk nothing is left to add.
      if (k > model.rate * n && mass[mass.length - 1]! < 1e-18) break
    }
    this.#at.push(k)
    let sum = 0
    const tail = new Array<number>(mass.length + 1)
    tail[mass.length] = 0
    for (let i = mass.length - 1; i >= 0; i--) {
      sum += mass[i]!
      tail[i] = sum
    }
    for (let i = 0; i < tail.length; i++) tail[i] = tail[i]! / sum
    this.#tail = tail
  }

  /** P(K >= k). */
  from(k: number): number {
    const at = this.#at
    if (k <= at[0]!) return 1
    const last = at.length - 1
    if (k >= at[last]!) return 0
    const i = this.#find(k)
    if (at[i] === k) return this.#tail[i]!
    const [low, high] = [this.#tail[i]!, this.#tail[i + 1]!]
    const t = (k - at[i]!) / (at[i + 1]! - at[i]!)
    return high > 0 ? low * (high / low) ** t : low * (1 - t)
  }

  /** The least k >= 1 with P(K >= k) <= level; requests + 1 where none is rare enough. */
  leastBelow(level: number): number {
    let [low, high] = [0, this.requests + 1]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.from(middle) <= level) high = middle
      else low = middle
    }
    return high
  }

  #find(k: number): number {
    let [low, high] = [0, this.#at.length - 1]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.#at[middle]! <= k) low = middle
      else high = middle
    }
    return low
  }
}
