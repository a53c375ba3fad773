import type { Expected } from "./evidence.ts"
import type { ClassModel } from "./model.ts"

/** Windows of 10 s over which the level forgets by a factor of e: two hours. */
const memoryMs = 2 * 3_600_000
/** Expected errors that hold the level at what was learnt. */
const anchor = 5
/** A window pulls the level up by no more than what lies so many standard deviations above the expectation. */
const mostDeviations = 2

export interface StoredLevel {
  readonly errors: number
  readonly expected: number
}

/**
 * The site's slowly adapting level: errors over what the learnt rates led to expect, both forgotten over two hours. A drift, a mix of the night
 * and a rate that has halved are followed; an attack cannot pull it up fast, since each window's errors are capped and an open incident holds it.
 */
export class Level {
  #errors: number
  #expected: number
  /** What is kept of the past at the pace of the window before, which is nearly always that of the next one, too. */
  #keep = 1
  #keptMs = 0

  constructor(stored: StoredLevel = { errors: 0, expected: 0 }) {
    this.#errors = stored.errors
    this.#expected = stored.expected
  }

  /** Errors over expectation. */
  get ratio(): number {
    return (this.#errors + anchor) / (this.#expected + anchor)
  }

  /** What a window is expected to do whose learnt rate is `rate`. */
  expected(rate: number, { wander, errors }: Pick<ClassModel, "wander" | "errors">): Expected {
    const p = Math.min(0.95, Math.max(1e-6, rate * this.ratio))
    const alpha = Math.min(this.#errors + Math.min(anchor, errors), 1 / wander)
    return { alpha, beta: (alpha * (1 - p)) / p }
  }

  /** @param pace how fast the level follows: 1 while nothing speaks for an incident */
  add(requests: number, errors: number, rate: number, spread: number, windowMs: number, pace: number): void {
    const ms = windowMs * pace
    if (ms !== this.#keptMs) {
      this.#keep = Math.exp(-ms / memoryMs)
      this.#keptMs = ms
    }
    const keep = this.#keep
    const p = Math.min(0.95, rate * this.ratio)
    const mean = requests * p
    const sd = Math.sqrt(mean * (1 - p) * (1 + (requests - 1) * spread))
    const most = Math.max(1, mean + mostDeviations * sd)
    this.#errors = this.#errors * keep + pace * Math.min(errors, most)
    this.#expected = this.#expected * keep + pace * requests * rate
  }

  /** Another learnt rate: the level stands where it stood. */
  rebase(from: number, to: number): void {
    this.#set((this.ratio * from) / to)
  }

  /** What an incident showed is the new normal. */
  accept(rate: number, learnt: number): void {
    this.#set(rate / learnt)
  }

  #set(ratio: number): void {
    const whole = this.#errors + anchor
    this.#expected = whole / ratio - anchor
    if (this.#expected >= 0) return
    this.#expected = 0
    this.#errors = anchor * (ratio - 1)
  }

  stored(): StoredLevel {
    return { errors: this.#errors, expected: this.#expected }
  }
}
