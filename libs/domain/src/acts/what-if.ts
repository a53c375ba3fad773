import type { Certificate, IncidentEvent } from "../incidents/event.ts"
import { budgetShares, type EvidenceThreshold, spentShare } from "../incidents/model.ts"
import type { Act } from "./act.ts"
import type { Acts } from "./acts.ts"

/** A share of the budget as a model computes it differs from ours by rounding alone. */
const rounding = 1.001

/**
 * The level that evidence would have to reach with a smaller budget. False incidents of a family get rarer by `slope` with each nat, so a budget that is
 * smaller by a factor f needs ln(f) / slope more. What has to be told whatever the budget (its share is overdrawn already) keeps its level.
 *
 * @param threshold the family's in the model that the certificate rests on; without it, as theory has it
 */
export const levelWithin = (
  { family, level, budget_weekly: weekly, budget_total_weekly: total }: Certificate,
  budgetWeekly: number,
  threshold?: Pick<EvidenceThreshold, "slope">
): number => {
  const isTold = weekly > total * spentShare * budgetShares[family] * rounding
  return isTold || budgetWeekly >= total ? level : level + Math.log(total / budgetWeekly) / (threshold?.slope ?? 1)
}

export interface ToldBy {
  readonly acts: Acts
  /** A smaller budget than the one that the events were decided by. */
  readonly budgetWeekly?: number
  readonly thresholdOf?: (certificate: Certificate) => Pick<EvidenceThreshold, "slope"> | undefined
}

/** What becomes of one incident. */
export interface ToldIncident {
  /** Its newest event. */
  readonly event: IncidentEvent
  /** When it is told first: at the first event whose evidence reaches the level and that nothing silences; undefined where nobody is told. */
  readonly told?: string
  /** What kept people from being told, where the evidence was enough. */
  readonly silenced?: Act
}

/** Which incidents people are told of, by events in their order: a pure fold, an incident a time. */
export class Telling {
  readonly #by: ToldBy
  readonly #found = new Map<string, ToldIncident>()
  readonly #most: number
  /** Incidents that were let go of at the limit, the oldest. */
  left = 0

  constructor(by: ToldBy, most: number) {
    this.#by = by
    this.#most = most
  }

  add(event: IncidentEvent): void {
    const before = this.#found.get(event.id)
    this.#found.set(event.id, { ...this.#after(before, event), event })
    if (this.#found.size <= this.#most) return
    this.#found.delete(this.#found.keys().next().value!)
    this.left++
  }

  get incidents(): ReadonlyArray<ToldIncident> {
    return [...this.#found.values()]
  }

  #after(before: ToldIncident | undefined, event: IncidentEvent): Omit<ToldIncident, "event"> {
    if (before?.told !== undefined) return { told: before.told }
    const held = before?.silenced === undefined ? {} : { silenced: before.silenced }
    // Nobody has to be told that something is over of which nobody knows.
    if (event.type === "closed" && before !== undefined) return held
    if (!this.#isEnough(event.certificate)) return held
    const { silenced } = this.#by.acts.ofIncident(event)
    return silenced === undefined ? { told: event.timestamp } : { silenced }
  }

  #isEnough(certificate: Certificate): boolean {
    const { budgetWeekly, thresholdOf } = this.#by
    return (
      budgetWeekly === undefined ||
      certificate.evidence >= levelWithin(certificate, budgetWeekly, thresholdOf?.(certificate))
    )
  }
}
