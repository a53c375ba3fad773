import { logBeta, logGamma, significant } from "../thresholds/numerics.ts"
import type { DimensionPrior } from "./model.ts"
import type { ClassIndex } from "./panes.ts"
import type { Totals } from "./totals.ts"

const strengths = [0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] as const
const asked = 300

/**
 * Log likelihood of keys' counts where their rates are beta distributed: the sum of `logBeta(a + errors, b + fine) - logBeta(a, b)`. Much of it comes
 * again: keys without an error, keys with the same counts, and ln Γ(a + b + requests) for each rate that is tried of one strength.
 */
class Likelihoods {
  readonly #errors: Float64Array
  readonly #fine: Float64Array
  readonly #requests: Float64Array
  readonly #ofWholes: Float64Array

  /** @param places of the keys in the totals */
  constructor({ requests, errors }: Totals, c: ClassIndex, places: ReadonlyArray<number>) {
    const count = places.length
    this.#errors = new Float64Array(count)
    this.#requests = new Float64Array(count)
    this.#fine = new Float64Array(count)
    this.#ofWholes = new Float64Array(count)
    for (let i = 0; i < count; i++) {
      const k = errors[c][places[i]!]!
      this.#errors[i] = k
      this.#fine[i] = Math.max(0, requests[places[i]!]! - k)
      this.#requests[i] = k + this.#fine[i]!
    }
  }

  /** a + b of what is asked from now on. */
  set strength(strength: number) {
    const [requests, ofWholes] = [this.#requests, this.#ofWholes]
    for (let i = 0; i < requests.length; i++) {
      const isSame = i > 0 && requests[i] === requests[i - 1]
      ofWholes[i] = isSame ? ofWholes[i - 1]! : logGamma(strength + requests[i]!)
    }
  }

  of(a: number, b: number): number {
    const [errors, fine, ofWholes] = [this.#errors, this.#fine, this.#ofWholes]
    const ofA = logGamma(a)
    const constant = logBeta(a, b)
    let [likelihood, own] = [0, 0]
    for (let i = 0; i < errors.length; i++) {
      if (i === 0 || errors[i] !== errors[i - 1] || fine[i] !== fine[i - 1])
        own = (errors[i] === 0 ? ofA : logGamma(a + errors[i]!)) + logGamma(b + fine[i]!) - ofWholes[i]! - constant
      likelihood += own
    }
    return likelihood
  }
}

/** Empirical Bayes: the beta distribution of the keys' rates that makes their totals most likely. */
export const priorFrom = (totals: Totals, c: ClassIndex, spread: number): DimensionPrior => {
  let [requests, errors] = [0, 0]
  for (let i = 0; i < totals.requests.length; i++) {
    requests += totals.requests[i]!
    errors += totals.errors[c][i]!
  }
  const mean = Math.min(0.95, Math.max(1e-5, (errors + 0.5) / (requests + 10)))
  // As many of the busiest as of the rest: new keys are like the rest.
  const step = Math.max(1, Math.floor(totals.requests.length / asked))
  const sample: Array<number> = []
  for (let i = 0; i < totals.requests.length && sample.length < asked; i += step)
    if (totals.requests[i]! >= 2) sample.push(i)
  const likelihoods = new Likelihoods(totals, c, sample)
  const tried = strengths.map((strength) => {
    likelihoods.strength = strength
    let [best, most] = [mean, Number.NEGATIVE_INFINITY]
    for (const times of [0.25, 0.5, 1, 2]) {
      const rate = Math.min(0.95, mean * times)
      const likelihood = likelihoods.of(rate * strength, (1 - rate) * strength)
      if (likelihood > most) [best, most] = [rate, likelihood]
    }
    return { strength, rate: best, likelihood: most }
  })
  // The least strength that is about as likely as the best: keys may differ more than so few of them show.
  const most = Math.max(...tried.map((t) => t.likelihood))
  const best = tried.find((t) => t.likelihood >= most - 1)!
  return { rate: significant(best.rate, 4), strength: best.strength, spread: significant(spread, 3) }
}
