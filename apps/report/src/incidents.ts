import {
  type CauseDimension,
  type IncidentEvent,
  type IncidentKind,
  type IncidentSeverity,
  IncidentWatcher,
  parseRfc3339,
  type WindowWatcher
} from "@chaussettes/domain"

/** An incident, as a report tells it. */
interface ReportIncident {
  readonly id: string
  readonly kind: IncidentKind
  readonly dimension: CauseDimension
  /** The key that explains most of it, and how many do; null for all traffic. */
  readonly key: string | null
  readonly keys: number
  readonly openedMs: number
  readonly lastMs: number
  readonly open: boolean
  readonly requests: number
  readonly errors: number
  readonly clients: number
  readonly severity: IncidentSeverity
  /** What is usual of the cause: a part of its requests. */
  readonly usualRate: number
  /** The part of the site's unexpected errors of its class that lies within the cause. */
  readonly share: number
}

export interface FoundIncidents {
  /** How many there were; the rows are those with the most errors, these first. */
  readonly count: number
  readonly rows: ReadonlyArray<ReportIncident>
}

const mostIncidents = 50
/** So many are kept while they come; beyond, those with the fewest errors are only counted. */
const mostKept = 5_000

/** False incidents a week that a report may tell, as `analyze --incidents` by default. */
const budgetWeekly = 1

const byErrors = (a: IncidentEvent, b: IncidentEvent): number =>
  b.errors - a.errors || (a.opened_at < b.opened_at ? -1 : 1)

const rowOf = (event: IncidentEvent, endMs: number): ReportIncident => ({
  id: event.id,
  kind: event.kind,
  dimension: event.cause.dimension,
  key: event.cause.key,
  keys: event.cause.key_count,
  openedMs: parseRfc3339(event.opened_at)!,
  lastMs: event.closed_at === undefined ? endMs : parseRfc3339(event.closed_at)!,
  open: event.type !== "closed",
  requests: event.requests,
  errors: event.errors,
  clients: event.clients,
  severity: event.severity,
  usualRate: event.certificate.expected_rate,
  share: event.cause.share
})

/** Finds incidents in a report's windows by what these teach up to each of them, in bounded memory. */
export class ReportIncidents implements WindowWatcher {
  readonly #watcher: IncidentWatcher
  readonly #sinceMs: number
  readonly #open = new Map<string, IncidentEvent>()
  #closed: Array<IncidentEvent> = []
  #count = 0

  /** @param sinceMs those that were over before are no matter of the report */
  constructor(windowMs: number, sinceMs = Number.NEGATIVE_INFINITY) {
    this.#watcher = new IncidentWatcher(windowMs, budgetWeekly)
    this.#sinceMs = sinceMs
  }

  decided(window: Parameters<WindowWatcher["decided"]>[0]): void {
    this.#watcher.decided(window)
    for (const event of this.#watcher.take()) {
      if (event.type !== "closed") this.#open.set(event.id, event)
      else {
        this.#open.delete(event.id)
        // What turned out to be a part of another one is told with it.
        if (event.closed_why === "merged" || parseRfc3339(event.closed_at!)! <= this.#sinceMs) continue
        this.#count++
        this.#closed.push(event)
        if (this.#closed.length > mostKept * 2) this.#closed = this.#closed.sort(byErrors).slice(0, mostKept)
      }
    }
  }

  /** @param endMs end of the newest decided window */
  found(endMs: number): FoundIncidents {
    return {
      count: this.#count + this.#open.size,
      rows: [...this.#closed, ...this.#open.values()]
        .sort(byErrors)
        .slice(0, mostIncidents)
        .map((event) => rowOf(event, endMs))
    }
  }
}
