import { limits } from "@chaussettes/domain"

/**
 * How many rejects may be stored: so many at once, and so many a second after that. In a flood of lines that cannot be used, or that
 * come too late, the first ones tell what is the matter, and the others cost the server memory and disk: they are only counted.
 */
export class RejectBudget {
  readonly #nowMs: () => number
  #left: number = limits.rejectsAtOnce
  #sinceMs: number

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
    this.#sinceMs = nowMs()
  }

  /** How many may be stored now. */
  left(): number {
    const nowMs = this.#nowMs()
    const earned = Math.floor(((nowMs - this.#sinceMs) * limits.rejectsASecond) / 1000)
    if (earned > 0) {
      this.#left = Math.min(limits.rejectsAtOnce, this.#left + earned)
      this.#sinceMs = nowMs
    }
    return this.#left
  }

  spend(rejects: number): void {
    this.#left -= rejects
  }
}
