import type { StoredIncident } from "@chaussettes/jetstream"
import { briefEvent, type IncidentView, incidentViewsOf } from "@chaussettes/readmodel"

/** Events kept in memory, newest last: at most a hundred incidents are open at once, each of a handful of events. */
export const tailEvents = 2_000

/** The newest events of INCIDENTS, in their order, and the incidents that they tell of. */
export class IncidentTail {
  readonly #events: Array<StoredIncident> = []
  #views: ReadonlyArray<IncidentView> | undefined

  get events(): ReadonlyArray<StoredIncident> {
    return this.#events
  }

  get lastSeq(): number {
    return this.#events[this.#events.length - 1]?.seq ?? 0
  }

  /** Asked for with every status, and made again only when something was told. */
  get views(): ReadonlyArray<IncidentView> {
    this.#views ??= incidentViewsOf(this.#events.map(({ event }) => event))
    return this.#views
  }

  push({ seq, event }: StoredIncident): StoredIncident {
    const brief = { seq, event: briefEvent(event) }
    this.#events.push(brief)
    // By a half at a time, for taking from an array's front is dear.
    if (this.#events.length > tailEvents * 1.5) this.#events.splice(0, this.#events.length - tailEvents)
    this.#views = undefined
    return brief
  }

  clear(): void {
    this.#events.length = 0
    this.#views = undefined
  }
}
