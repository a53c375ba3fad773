import { type Alert, type Dimension, type Incident, Incidents } from "@chaussettes/domain"

/** What most of an incident's errors are of. */
interface Cause {
  readonly dimension: Dimension
  readonly key: string
  /** Of the incident's errors. */
  readonly share: number
}

/** An incident, as a report tells it. */
interface ReportIncident {
  readonly id: string
  readonly dimension: Dimension
  /** Null for all traffic. */
  readonly key: string | null
  readonly openedMs: number
  readonly lastMs: number
  readonly open: boolean
  readonly requests: number
  readonly errors: number
  readonly severity: Incident["severity"]
  readonly cause: Cause | undefined
}

/** All that a report knows of incidents. Whoever finds them otherwise, or knows better causes, makes one of these. */
export interface FoundIncidents {
  /** How many there were; the rows are those with the most errors, these first. */
  readonly count: number
  readonly rows: ReadonlyArray<ReportIncident>
}

const mostIncidents = 50
/** So many are kept while they come; beyond, those with the fewest errors are only counted. */
const mostKept = 5_000
/** A key with a smaller share of the errors is not the cause. */
const leastShare = 0.3

const byErrors = (a: Incident, b: Incident): number => b.errors - a.errors || a.openedMs - b.openedMs

/** Of the incidents of keys in the time of one of all traffic the one with the most errors, where these are a good part. */
const causeOf = (incident: Incident, all: ReadonlyArray<Incident>): Cause | undefined => {
  if (incident.key !== null || incident.errors === 0) return undefined
  let worst: Incident | undefined
  for (const other of all) {
    if (other.key === null || other.lastMs <= incident.openedMs || other.openedMs >= incident.lastMs) continue
    if (worst === undefined || other.errors > worst.errors) worst = other
  }
  if (worst === undefined) return undefined
  const share = Math.min(1, worst.errors / incident.errors)
  return share < leastShare ? undefined : { dimension: worst.dimension, key: worst.key!, share }
}

/** The incidents that were found, ordered and with their causes. */
export const foundIncidents = (all: ReadonlyArray<Incident>, count = all.length): FoundIncidents => ({
  count,
  rows: all
    .toSorted(byErrors)
    .slice(0, mostIncidents)
    .map((incident) => ({
      id: incident.id,
      dimension: incident.dimension,
      key: incident.key,
      openedMs: incident.openedMs,
      lastMs: incident.lastMs,
      open: incident.open,
      requests: incident.requests,
      errors: incident.errors,
      severity: incident.severity,
      cause: causeOf(incident, all)
    }))
})

/** Groups alerts into incidents as they come, in bounded memory. */
export class IncidentsOfAlerts {
  readonly #grouping = new Incidents()
  #kept: Array<Incident> = []
  #count = 0

  take(alert: Alert): void {
    this.#keep(this.#grouping.take(alert))
  }

  /** @param endMs end of the newest decided window */
  end(endMs: number): FoundIncidents {
    this.#keep(this.#grouping.decided(endMs))
    this.#keep(this.#grouping.open())
    return foundIncidents(this.#kept, this.#count)
  }

  #keep(incidents: ReadonlyArray<Incident>): void {
    this.#count += incidents.length
    for (const incident of incidents) this.#kept.push(incident)
    if (this.#kept.length > mostKept * 2) this.#kept = this.#kept.sort(byErrors).slice(0, mostKept)
  }
}
