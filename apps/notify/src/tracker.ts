import { type Incident, Incidents, type Severity } from "@chaussettes/domain"
import type { StoredAlert } from "@chaussettes/jetstream"

/** What happens to an incident: it begins, its alerts rise from medium to high, it is over. */
export type ChangeState = "opened" | "escalated" | "closed"

export interface Change {
  readonly state: ChangeState
  readonly incident: Incident
}

interface Held {
  readonly firstSeq: number
  readonly told: boolean
  severity: Severity
}

/**
 * Incidents as a receiver hears of them: windows in, changes out. It follows from the windows and their alerts alone, so that the same
 * changes come again, with the same bodies, when a notifier begins again behind an older position.
 *
 * At most `mostTold` open incidents are told of. One that opens beyond that is not told of at all, neither its beginning nor its end, and
 * is counted; how many can be open at once is bounded by the alerts a window and the quiet windows.
 */
export class Tracker {
  readonly #incidents: Incidents
  readonly #held = new Map<string, Held>()
  readonly #mostTold: number
  #toldOpen = 0
  /** Incidents that were not told of because too many were open. */
  untold = 0

  constructor(options: { readonly quiet: number; readonly mostTold: number }) {
    this.#incidents = new Incidents(options.quiet)
    this.#mostTold = options.mostTold
  }

  /**
   * Takes alerts that were handled in an earlier life, in order from the first alert of the oldest incident that was open at its end.
   * Incidents that were over by then may come out cut: `settle` drops them, as their end was told.
   */
  remember(alerts: ReadonlyArray<StoredAlert>): void {
    for (const { alert } of alerts) this.#forget(this.#incidents.take(alert))
    this.#meet(alerts, () => false)
  }

  /**
   * Ends the remembering: windows are decided up to `decidedMs`. `told` are the open incidents that the receiver knows; without it,
   * it knows none yet, and those that are open are its first changes.
   */
  settle(decidedMs: number, told: ReadonlySet<string> | undefined): ReadonlyArray<Change> {
    this.#forget(this.#incidents.decided(decidedMs))
    const changes: Array<Change> = []
    for (const incident of this.#incidents.open()) {
      const held = this.#held.get(incident.id)!
      const tell = told === undefined ? this.#toldOpen < this.#mostTold : told.has(incident.id)
      this.#held.set(incident.id, { ...held, told: tell })
      if (tell) this.#toldOpen++
      else if (told === undefined) this.untold++
      if (tell && told === undefined) changes.push({ state: "opened", incident })
    }
    return changes
  }

  /** The next decided window with all its alerts. */
  window(endMs: number, alerts: ReadonlyArray<StoredAlert>): ReadonlyArray<Change> {
    const changes: Array<Change> = []
    for (const { alert } of alerts) this.#close(this.#incidents.take(alert), changes)
    if (alerts.length > 0) {
      for (const { state, incident } of this.#meet(alerts, () => this.#toldOpen < this.#mostTold)) {
        if (this.#held.get(incident.id)!.told) changes.push({ state, incident })
        else if (state === "opened") this.untold++
      }
    }
    this.#close(this.#incidents.decided(endMs), changes)
    return changes
  }

  /** Open incidents that the receiver knows of, oldest first. */
  told(): ReadonlyArray<Incident> {
    return this.#incidents.open().filter(({ id }) => this.#held.get(id)!.told)
  }

  /** All open incidents. */
  get open(): number {
    return this.#held.size
  }

  /** The sequence in ALERTS from which the open incidents can be built again; `nextSeq` where none is open. */
  resumeSeq(nextSeq: number): number {
    let seq = nextSeq
    for (const { firstSeq } of this.#held.values()) if (firstSeq < seq) seq = firstSeq
    return seq
  }

  /** Takes note of what opened and what rose with these alerts. */
  #meet(alerts: ReadonlyArray<StoredAlert>, tell: () => boolean): ReadonlyArray<Change> {
    const seqs = new Map(alerts.map(({ seq, alert }) => [alert.id, seq]))
    const changes: Array<Change> = []
    for (const incident of this.#incidents.open()) {
      const held = this.#held.get(incident.id)
      if (held === undefined) {
        const told = tell()
        if (told) this.#toldOpen++
        this.#held.set(incident.id, { firstSeq: seqs.get(incident.id)!, told, severity: incident.severity })
        changes.push({ state: "opened", incident })
      } else if (held.severity !== incident.severity) {
        held.severity = incident.severity
        changes.push({ state: "escalated", incident })
      }
    }
    return changes
  }

  #close(closed: ReadonlyArray<Incident>, changes: Array<Change>): void {
    for (const incident of closed) {
      if (this.#held.get(incident.id)?.told === true) {
        this.#toldOpen--
        changes.push({ state: "closed", incident })
      }
      this.#held.delete(incident.id)
    }
  }

  #forget(closed: ReadonlyArray<Incident>): void {
    for (const { id } of closed) this.#held.delete(id)
  }
}
