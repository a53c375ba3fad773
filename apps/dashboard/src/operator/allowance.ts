/** So many at once, and then one in this time: a person acts slower, and what runs away fills no stream. */
const atOnce = 30
const eachMs = 2_000

/** A bucket of tokens that refills (RFC 2697 calls it a meter). Times are of a clock that never goes back. */
export class Allowance {
  #left = atOnce
  #atMs = 0

  take(nowMs: number): boolean {
    this.#left = Math.min(atOnce, this.#left + (nowMs - this.#atMs) / eachMs)
    this.#atMs = nowMs
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
