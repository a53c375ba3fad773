import { type Expected, type Odds, oddsOf } from "./evidence.ts"
import type { IncidentModel } from "./model.ts"
import type { ClassIndex, KeyedCause } from "./panes.ts"

/** Rates by class that a long incident showed and that count as normal until the model has learnt them, and until when. */
export interface Accepted {
  readonly rates: readonly [number | null, number | null]
  readonly untilMs: number
}

const mostKeyStrength = 5_000
/** What a long incident showed of a key counts as so many requests of it. */
const acceptedStrength = 100
/** The level that keys are expected to follow, in steps of so many an octave. */
export const levelSteps = 16

interface Known {
  readonly odds: [Odds | undefined, Odds | undefined]
  readonly steps: [number, number]
}

const unknown = (): Known => ({ odds: [undefined, undefined], steps: [0, 0] })

/**
 * What the keys of one dimension are expected to do. Made once for each key that the model knows, and once for all others, until the model or the
 * step of the site's level is another one.
 */
export class KeyOdds {
  readonly #dimension: KeyedCause
  #model: IncidentModel | undefined
  #others = unknown()
  readonly #known = new Map<string, Known>()

  constructor(dimension: KeyedCause) {
    this.#dimension = dimension
  }

  /** @param step of the site's level, above what was learnt */
  of(model: IncidentModel, key: string, accepted: Accepted | undefined, c: ClassIndex, step: number): Odds {
    if (this.#model !== model) {
      this.#model = model
      this.#others = unknown()
      this.#known.clear()
    }
    if (accepted?.rates[c] != null) return oddsOf(this.#expected(model, key, accepted.rates[c], c, step))
    let of = this.#others
    if (model.keys[this.#dimension][key] !== undefined) {
      const found = this.#known.get(key)
      of = found ?? unknown()
      if (found === undefined) this.#known.set(key, of)
    }
    const known = of.odds[c]
    if (known !== undefined && of.steps[c] === step) return known
    const odds = oddsOf(this.#expected(model, key, undefined, c, step))
    of.odds[c] = odds
    of.steps[c] = step
    return odds
  }

  #expected(model: IncidentModel, key: string, accepted: number | undefined, c: ClassIndex, step: number): Expected {
    const { priors, wander } = model.classes[c]
    const prior = priors[this.#dimension]
    const known = model.keys[this.#dimension][key]
    let size = prior.strength
    let alpha = prior.strength * prior.rate
    if (known !== undefined) {
      size += known[0]
      alpha += known[c + 1]!
      if (size > mostKeyStrength) {
        alpha *= mostKeyStrength / size
        size = mostKeyStrength
      }
    }
    if (accepted !== undefined) {
      size = Math.max(size, acceptedStrength)
      alpha = size * accepted
    }
    alpha = Math.min(0.999 * size, Math.max(1e-4, alpha * 2 ** (step / levelSteps)))
    // A key wanders with its site at least.
    const most = 1 / wander
    if (alpha > most) return { alpha: most, beta: ((size - alpha) * most) / alpha }
    return { alpha, beta: size - alpha }
  }
}
