import { type IncidentEvent, type IncidentSeverity, keyToken, parseRfc3339, rfc3339 } from "@chaussettes/domain"
import type { StoredIncident } from "@chaussettes/jetstream"
import { type Acknowledgement, type Change, isWorse } from "./change.ts"

/** What acts say of an incident at an event's time. */
export interface Standing {
  readonly acknowledged: Acknowledgement | undefined
  /** Whether a silence or a maintenance holds. */
  readonly isSilenced: boolean
}

export type StandingOf = (event: IncidentEvent) => Standing

/** What a receiver has been told of an incident. */
export interface Told {
  /** The worst. */
  readonly severity: IncidentSeverity
  /** A digest of the cause. */
  readonly cause: string
  /** The acknowledgement that it heard of last. */
  readonly acknowledged?: string
}

/** An incident that goes on, and what the receiver has been told of it; undefined for nothing. */
export interface Known {
  readonly stored: StoredIncident
  readonly told: Told | undefined
}

/** Incidents that are held at most. The detector has fewer open, so that more means that it forgot to close them: the oldest go. */
export const mostOpen = 300

export const causeToken = ({ cause: { dimension, key_count, keys } }: IncidentEvent): string =>
  keyToken(`${dimension} ${key_count} ${keys.join(" ")}`)

/** The same incident at a later time: whether it is silenced depends on that. */
const at = (event: IncidentEvent, timeMs: number): IncidentEvent =>
  timeMs > parseRfc3339(event.timestamp)! ? { ...event, timestamp: rfc3339(timeMs) } : event

/**
 * What one receiver has to be told: events of INCIDENTS and acts in, changes out.
 *
 * A change is the difference between how an incident stands and what the receiver was told of it, so nothing is told twice whatever comes
 * again, and what was not told for a while (a silence, an acknowledgement, a severity below what the receiver wants to hear of) is told when
 * the reason is gone, once. Who was told that an incident opened is told its end, whatever else holds by then.
 */
export class Teller {
  readonly #least: IncidentSeverity
  readonly #standingOf: StandingOf
  readonly #open = new Map<string, Known>()
  /** Incidents that were forgotten because too many were open. */
  forgotten = 0

  constructor(least: IncidentSeverity, standingOf: StandingOf) {
    this.#least = least
    this.#standingOf = standingOf
  }

  /** Takes note of an event without telling it; `told` is what the receiver knows. */
  remember(stored: StoredIncident, told?: Told): void {
    const { id, type } = stored.event
    if (type === "closed") this.#open.delete(id)
    else this.#hold(id, { stored, told: told ?? this.#open.get(id)?.told })
  }

  /** The next event. */
  take(stored: StoredIncident): Change | undefined {
    const { event } = stored
    const told = this.#open.get(event.id)?.told
    if (event.type !== "closed") return this.#due({ stored, told }, this.#standingOf(event))
    this.#open.delete(event.id)
    if (told === undefined) return undefined
    const { acknowledged } = this.#standingOf(event)
    return changeOf("closed", stored, told.severity, { acknowledged })
  }

  /** What has to be told without an event: acts came, or windows are decided up to then and a silence is over. */
  look(decidedMs: number): ReadonlyArray<Change> {
    return [...this.#open.values()].flatMap((known) => {
      const change = this.#due(known, this.#standingOf(at(known.stored.event, decidedMs)))
      return change === undefined ? [] : [change]
    })
  }

  /** All open incidents, oldest first. */
  known(): ReadonlyArray<Known> {
    return [...this.#open.values()]
  }

  /** Open incidents that the receiver knows of, as they stand, oldest first. */
  told(): ReadonlyArray<Change> {
    return this.known().flatMap(({ stored, told }) =>
      told === undefined
        ? []
        : [changeOf("opened", stored, told.severity, { acknowledged: this.#standingOf(stored.event).acknowledged })]
    )
  }

  #due(known: Known, { acknowledged, isSilenced }: Standing): Change | undefined {
    const { stored, told } = known
    const { event } = stored
    const keep = (next: Told | undefined) => this.#hold(event.id, { stored, told: next })
    const cause = causeToken(event)
    if (told === undefined) {
      if (isSilenced || isWorse(this.#least, event.severity)) {
        keep(undefined)
        return undefined
      }
      keep({ severity: event.severity, cause, ...(acknowledged && { acknowledged: acknowledged.id }) })
      return changeOf("opened", stored, event.severity, { acknowledged })
    }
    if (!isSilenced && acknowledged !== undefined && acknowledged.id !== told.acknowledged) {
      keep({ ...told, acknowledged: acknowledged.id })
      return changeOf("acknowledged", stored, told.severity, { acknowledged })
    }
    if (isSilenced || acknowledged !== undefined) {
      keep(told)
      return undefined
    }
    if (isWorse(event.severity, told.severity)) {
      keep({ ...told, severity: event.severity, cause })
      return changeOf("grew", stored, event.severity, { before: told.severity })
    }
    keep({ ...told, cause })
    return cause === told.cause ? undefined : changeOf("changed-cause", stored, told.severity)
  }

  #hold(id: string, known: Known): void {
    this.#open.set(id, known)
    if (this.#open.size <= mostOpen) return
    this.#open.delete(this.#open.keys().next().value!)
    this.forgotten++
  }
}

const changeOf = (
  state: Change["state"],
  { seq, event }: StoredIncident,
  severity: IncidentSeverity,
  more: { readonly before?: IncidentSeverity; readonly acknowledged?: Acknowledgement | undefined } = {}
): Change => {
  const { acknowledged, before } = more
  return {
    state,
    seq,
    event,
    severity,
    ...(before === undefined ? {} : { before }),
    ...(acknowledged === undefined ? {} : { acknowledged })
  }
}
