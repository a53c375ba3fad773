import type { Incident } from "@chaussettes/domain"

/**
 * How much an open incident matters: its errors, twice where it is high. All traffic holds the errors of every key, so a key
 * stands above it only when it is high and has more than half of them: then it is who or what.
 */
const weight = (incident: Incident): number => incident.errors * (incident.severity === "HIGH" ? 2 : 1)

/** The order in which incidents are looked at: open ones first, the weightiest on top; then what is over, newest first. */
export const byUrgency = (a: Incident, b: Incident): number =>
  Number(b.open) - Number(a.open) || (a.open ? weight(b) - weight(a) : b.lastMs - a.lastMs || b.errors - a.errors)
