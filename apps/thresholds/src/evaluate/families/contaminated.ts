import { randomOf } from "../random.ts"
import type { Planted } from "./faults.ts"
import { dayMs, type Fault, type Site, windowMs } from "./site.ts"
import { learn, type TrialResult, tryFault } from "./trials.ts"

/** Windows of one attack of the history: ten minutes. */
const attackWindows = 60

export interface ContaminatedResult {
  readonly share: number
  readonly trial: TrialResult
  /** Families of evidence that the model says it is conservative in. */
  readonly conservative: ReadonlyArray<string>
  /** Incidents that were opened in the history: its attacks were told. */
  readonly toldADay: number
}

/** Lets a site learn from a history of which a share was attacked, then plants the same attack again. */
export const runContaminated = (
  site: Site,
  planted: Planted,
  share: number,
  days: number,
  trials: number
): ContaminatedResult => {
  const random = randomOf(site.seed + 77)
  const fault = planted.fault(site, random)
  const none: Fault = {}
  const attacked = new Set<number>()
  const slots = (days * dayMs) / windowMs / attackWindows
  for (let slot = 0; slot < slots; slot++) if (random.uniform() < share) attacked.add(slot)
  const learnt = learn(site, days, (ms) => (attacked.has(Math.floor(ms / windowMs / attackWindows)) ? fault : none))
  return {
    share,
    trial: tryFault(learnt, planted, trials),
    conservative: Object.entries(learnt.model.thresholds).flatMap(([family, t]) => (t.conservative ? [family] : [])),
    toldADay: learnt.opened.length / days
  }
}
