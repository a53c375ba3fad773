import type { IncidentSeverity } from "@chaussettes/domain"
import type { IncidentView } from "./incident-view.ts"

const weights: { readonly [severity in IncidentSeverity]: number } = { HIGH: 2, MEDIUM: 1, LOW: 0 }

/**
 * The order in which incidents are looked at: open ones first, the most severe on top and of these the one with the most errors; then what is over,
 * newest first.
 */
export const byHurt = (a: IncidentView, b: IncidentView): number =>
  Number(b.isOpen) - Number(a.isOpen) ||
  (a.isOpen
    ? weights[b.event.severity] - weights[a.event.severity] || b.event.errors - a.event.errors
    : b.closedMs! - a.closedMs!) ||
  a.openedMs - b.openedMs ||
  (a.id < b.id ? -1 : 1)
