import type { IncidentSeverity } from "@chaussettes/domain"
import type { IncidentView } from "./incident-view.ts"
import { isAcknowledged, isQuiet } from "./marks.ts"

const weights: { readonly [severity in IncidentSeverity]: number } = { HIGH: 2, MEDIUM: 1, LOW: 0 }

/**
 * The order in which incidents are looked at: open ones first, those that somebody silenced behind the others. The most severe is on top, of these one
 * that nobody takes care of, and of these the one with the most errors. Then what is over, newest first.
 */
export const byHurt = (a: IncidentView, b: IncidentView): number =>
  Number(b.isOpen) - Number(a.isOpen) ||
  (a.isOpen
    ? Number(isQuiet(a)) - Number(isQuiet(b)) ||
      weights[b.event.severity] - weights[a.event.severity] ||
      Number(isAcknowledged(a)) - Number(isAcknowledged(b)) ||
      b.event.errors - a.event.errors
    : b.closedMs! - a.closedMs!) ||
  a.openedMs - b.openedMs ||
  (a.id < b.id ? -1 : 1)
