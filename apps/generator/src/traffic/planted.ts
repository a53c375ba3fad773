import { type Incident, type Label, labelOf } from "./incident.ts"

/** An incident on its way: when it is, what of it was written already. */
interface Planted {
  readonly incident: Incident
  /** ms of event time from the start of the traffic. */
  readonly fromMs: number
  readonly toMs: number
  readonly everyMs: number
  /** Its own lines that were written. */
  own: number
  requests: number
  errors: number
}

/**
 * The incidents of one run of traffic. For the many lines between two happenings (an incident begins, ends or has a line of
 * its own) it costs one comparison with `nextMs`.
 */
export class PlantedIncidents {
  /** Nothing happens before this time. */
  nextMs = Number.POSITIVE_INFINITY
  active: ReadonlyArray<Planted> = []
  readonly #waiting: Array<Planted>
  #labels: Array<Label> = []
  readonly #startMs: number

  /** @param startMs when the traffic starts, ms since the epoch. An incident that is over by then never happens. */
  constructor(incidents: ReadonlyArray<Incident>, startMs: number) {
    this.#startMs = startMs
    this.#waiting = incidents
      .map((incident) => {
        const fromMs = incident.start._tag === "After" ? incident.start.ms : incident.start.ms - startMs
        const everyMs = incident.requestsPerSecond === 0 ? Number.POSITIVE_INFINITY : 1000 / incident.requestsPerSecond
        return { incident, fromMs, toMs: fromMs + incident.lengthMs, everyMs, own: 0, requests: 0, errors: 0 }
      })
      .filter((planted) => planted.toMs > 0)
      .sort((a, b) => a.fromMs - b.fromMs)
    // What began before the traffic did has missed its first lines.
    for (const planted of this.#waiting)
      if (planted.fromMs < 0) planted.own = Math.ceil(-planted.fromMs / planted.everyMs)
    this.#plan()
  }

  /** When the next line of an incident's own is due. */
  get nextOwnMs(): number {
    let least = Number.POSITIVE_INFINITY
    for (const planted of [...this.active, ...this.#waiting]) least = Math.min(least, dueMs(planted))
    return least
  }

  /** Lets incidents begin and end that do so by `nowMs`. */
  advance(nowMs: number): void {
    const begun = this.#waiting.filter((planted) => planted.fromMs <= nowMs)
    for (const planted of begun) this.#waiting.splice(this.#waiting.indexOf(planted), 1)
    this.active = [...this.active, ...begun].filter((planted) => {
      if (planted.toMs > nowMs) return true
      this.#label(planted, planted.toMs)
      return false
    })
    this.#plan()
  }

  /** The incident of which a line is due at `dueMs`, marked as done. */
  takeOwn(atMs: number): Incident | undefined {
    const planted = this.active.find((one) => dueMs(one) <= atMs)
    if (planted === undefined) return undefined
    planted.own++
    this.#plan()
    return planted.incident
  }

  /** Labels of the incidents that ended since the last call. */
  takeLabels(): ReadonlyArray<Label> {
    const labels = this.#labels
    this.#labels = []
    return labels
  }

  /** The traffic ends at `nowMs`: what is still under way ends there, too. */
  finish(nowMs: number): void {
    for (const planted of this.active) if (nowMs > planted.fromMs) this.#label(planted, Math.min(nowMs, planted.toMs))
    this.active = []
  }

  #label(planted: Planted, toMs: number): void {
    // Lines tell whole seconds: the label spans the seconds that stand in them.
    const startMs = Math.floor((this.#startMs + Math.max(0, planted.fromMs)) / 1000) * 1000
    const endMs = Math.ceil((this.#startMs + toMs) / 1000) * 1000
    this.#labels.push(labelOf(planted.incident, { startMs, endMs }, planted))
  }

  #plan(): void {
    let next = Number.POSITIVE_INFINITY
    for (const planted of this.#waiting) next = Math.min(next, planted.fromMs)
    for (const planted of this.active) next = Math.min(next, planted.toMs, dueMs(planted))
    this.nextMs = next
  }
}

/** When an incident's next own line is due; never where it has none or once it would be behind its end. */
const dueMs = ({ fromMs, toMs, everyMs, own }: Planted): number => {
  if (everyMs === Number.POSITIVE_INFINITY) return everyMs
  const at = fromMs + own * everyMs
  return at < toMs ? at : Number.POSITIVE_INFINITY
}
