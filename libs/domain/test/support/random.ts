/** A seeded generator (mulberry32): a test that fails prints its seed and fails again with it. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** A number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number in [from, to]. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1))
  }

  chance(p: number): boolean {
    return this.next() < p
  }

  pick<A>(from: ReadonlyArray<A>): A {
    return from[Math.floor(this.next() * from.length)]!
  }

  /** As `pick`, but the first ones far more often: how clients and URLs are spread. */
  skewed<A>(from: ReadonlyArray<A>): A {
    return from[Math.floor(this.next() ** 3 * from.length)]!
  }

  shuffled<A>(from: ReadonlyArray<A>): Array<A> {
    const to = [...from]
    for (let i = to.length - 1; i > 0; i--) {
      const j = this.int(0, i)
      ;[to[i], to[j]] = [to[j]!, to[i]!]
    }
    return to
  }
}
