/** How far panes are from what was expected, beyond chance: gives the correlation of two requests of one pane. */
export class Spread {
  #excess = 0
  #squares = 0
  #pairs = 0

  add(requests: number, errors: number, rate: number, spread: number): void {
    if (requests < 2 || rate <= 0 || rate >= 1) return
    const variance = requests * rate * (1 - rate)
    const sd = Math.sqrt(variance * (1 + (requests - 1) * spread))
    const off = Math.min(3 * sd + 1, Math.abs(errors - requests * rate))
    // Weighed so that panes of many requests do not say it all.
    const weight = 1 / (variance * (1 + (requests - 1) * spread)) ** 2
    const excess = weight * variance * (off * off - variance)
    this.#excess += excess
    this.#squares += excess * excess
    this.#pairs += weight * variance * variance * (requests - 1)
  }

  fade(by: number): void {
    this.#excess *= by
    this.#squares *= by
    this.#pairs *= by
  }

  /** What is no more than chance counts as none. */
  of(former: number): number {
    if (this.#pairs === 0) return former
    return Math.min(0.5, Math.max(1e-6, (this.#excess - 2 * Math.sqrt(this.#squares)) / this.#pairs))
  }
}

const blockMs = 300_000

/** How far a site's blocks of five minutes are from what was expected, beyond chance, as a relative variance. */
export class Wander {
  #block = Number.NaN
  #errors = 0
  #expected = 0
  #chance = 0
  #excess = 0
  #squares = 0
  #weight = 0

  add(startMs: number, errors: number, expected: number, spread: number, requests: number, former: number): void {
    const block = Math.floor(startMs / blockMs)
    if (block !== this.#block) this.#end(former)
    this.#block = block
    this.#errors += errors
    // What panes vary by chance and by their own spread counts as expected.
    this.#expected += expected
    this.#chance += expected * (1 + requests * spread)
  }

  #end(former: number): void {
    const [k, e, chance] = [this.#errors, this.#expected, this.#chance]
    this.#errors = this.#expected = this.#chance = 0
    if (e <= 0) return
    const most = 3 * Math.sqrt(chance + former * e * e) + 1
    const off = Math.min(most, Math.abs(k - e))
    const weight = 1 / (chance + former * e * e) ** 2
    const excess = weight * e * e * (off * off - chance)
    this.#excess += excess
    this.#squares += excess * excess
    this.#weight += weight * e ** 4
  }

  fade(by: number): void {
    this.#excess *= by
    this.#squares *= by
    this.#weight *= by
  }

  of(former: number): number {
    if (this.#weight === 0) return former
    return Math.min(1, Math.max(1e-4, (this.#excess - 2 * Math.sqrt(this.#squares)) / this.#weight))
  }
}
