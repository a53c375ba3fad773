/** Finer where rates are low: at 5 % a step is 0.04 points of a percent, at 0.1 % a hundredth of one. */
const steps = 1_024

/**
 * How the error rate of many windows is spread, each weighted by its requests: a window of three requests that all failed is no half of the truth
 * beside one of a thousand. Quantiles are as exact as a step is wide.
 */
export class RateSpread {
  #requests = 0
  readonly #weights = new Float64Array(steps + 1)

  clear(): void {
    this.#requests = 0
    this.#weights.fill(0)
  }

  add(total: number, errors: number): void {
    if (total === 0) return
    this.#requests += total
    // Most windows of most logs have no error.
    this.#weights[errors === 0 ? 0 : Math.round(Math.sqrt(errors / total) * steps)]! += total
  }

  /** The least rate that this share of the requests lies in windows of, or below; undefined without requests. */
  quantile(share: number): number | undefined {
    if (this.#requests === 0) return undefined
    const wanted = share * this.#requests
    let seen = 0
    for (let step = 0; step <= steps; step++) {
      seen += this.#weights[step]!
      if (seen >= wanted && seen > 0) return (step / steps) ** 2
    }
    return 1
  }
}
