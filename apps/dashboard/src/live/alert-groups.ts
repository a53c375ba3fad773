import type { Incident } from "@chaussettes/domain"

/*
 * What the API calls an incident in its version 1: consecutive alerts of one key. What people are told are the incidents of INCIDENTS; these stay for
 * programs that know no others.
 */

export interface AlertGroups {
  /** The worst of the open ones, and how many there are. */
  readonly open: ReadonlyArray<Incident>
  readonly openCount: number
  readonly lastIncident: Incident | null
}

const mostOpen = 20

/**
 * How much an open one matters: its errors, twice where it is high. All traffic holds the errors of every key, so a key
 * stands above it only when it is high and has more than half of them: then it is who or what.
 */
const weight = (incident: Incident): number => incident.errors * (incident.severity === "HIGH" ? 2 : 1)

/** Open ones first, the weightiest on top; then what is over, newest first. */
export const byUrgency = (a: Incident, b: Incident): number =>
  Number(b.open) - Number(a.open) || (a.open ? weight(b) - weight(a) : b.lastMs - a.lastMs || b.errors - a.errors)

export const alertGroupsOf = (incidents: ReadonlyArray<Incident>): AlertGroups => {
  const open = incidents.filter((incident) => incident.open).sort(byUrgency)
  return {
    open: open.slice(0, mostOpen),
    openCount: open.length,
    lastIncident: incidents.reduce<Incident | null>((a, b) => (a === null || b.lastMs > a.lastMs ? b : a), null)
  }
}
