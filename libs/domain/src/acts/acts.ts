import type { IncidentEvent } from "../incidents/event.ts"
import { parseRfc3339 } from "../time.ts"
import { type Act, actLimits } from "./act.ts"
import { Matched, type ReadMatch, readMatch } from "./matches.ts"

/** What people said about an incident, as one of its events stands. */
export interface ActsOfIncident {
  /** The newest acknowledgement that holds. */
  readonly acknowledged?: Act
  /** The silence or maintenance under which this event falls; of several the one that ends last. */
  readonly silenced?: Act
  /** In the order in which they were said. */
  readonly notes: ReadonlyArray<Act>
}

/** A silence or maintenance, with its times. */
interface Quiet {
  readonly act: Act
  readonly match: ReadMatch | undefined
  readonly fromMs: number
  readonly untilMs: number
}

interface OfOne {
  readonly acknowledged: Array<Act>
  readonly notes: Array<Act>
}

/**
 * The fold of ACTS. What it answers follows from the acts and the event alone: a silence holds for an event by the event's own time, so the
 * same streams always say the same, whenever they are read. An act that comes twice counts once. At each limit the oldest act is forgotten.
 */
export class Acts {
  readonly #ofIncident = new Map<string, OfOne>()
  readonly #quiet = new Map<string, Quiet>()
  /** When each act was lifted, by its id. A lift may stand before what it lifts: two writers, two clocks. */
  readonly #liftedMs = new Map<string, number>()

  constructor(acts: Iterable<Act> = []) {
    for (const act of acts) this.add(act)
  }

  /** The next act of the stream. */
  add(act: Act): void {
    switch (act.type) {
      case "acknowledge":
        keep(this.#one(act.incident!).acknowledged, act)
        return
      case "note":
        keep(this.#one(act.incident!).notes, act)
        return
      case "silence":
      case "maintenance": {
        if (this.#quiet.has(act.id)) return
        const match = act.match === undefined ? undefined : readMatch(act.match)
        const quiet = { act, match, fromMs: parseRfc3339(act.from!)!, untilMs: parseRfc3339(act.until!)! }
        setWithin(this.#quiet, act.id, quiet, actLimits.quietKept)
        return
      }
      case "lift":
        if (!this.#liftedMs.has(act.lifts!))
          setWithin(this.#liftedMs, act.lifts!, parseRfc3339(act.at)!, actLimits.liftsKept)
        return
    }
  }

  /** What holds for an incident as this event tells it; at another time than the event's for who looks at it later. */
  ofIncident(
    event: Pick<IncidentEvent, "id" | "timestamp" | "kind" | "dimension" | "cause">,
    atMs = parseRfc3339(event.timestamp)!
  ): ActsOfIncident {
    const one = this.#ofIncident.get(event.id)
    const acknowledged = one?.acknowledged.findLast((act) => !this.#liftedMs.has(act.id))
    const notes = one?.notes.filter((act) => !this.#liftedMs.has(act.id)) ?? []
    const silenced = this.#silencing(event, atMs)
    return {
      ...(acknowledged === undefined ? {} : { acknowledged }),
      ...(silenced === undefined ? {} : { silenced }),
      notes
    }
  }

  /** Silences and maintenances that hold at a time or will, the one that ends last first. */
  quietFrom(timeMs: number): ReadonlyArray<Act> {
    return [...this.#quiet.values()]
      .filter((quiet) => this.#endMs(quiet) > timeMs)
      .sort((a, b) => b.untilMs - a.untilMs)
      .map(({ act }) => act)
  }

  /** The end of the maintenance in which a time lies, of several the last one; undefined where none does. */
  maintenanceUntil(timeMs: number): number | undefined {
    let until: number | undefined
    for (const quiet of this.#quiet.values()) {
      if (quiet.act.type !== "maintenance" || timeMs < quiet.fromMs || timeMs >= this.#endMs(quiet)) continue
      until = Math.max(until ?? 0, quiet.untilMs)
    }
    return until
  }

  /** Whether an act holds at a time, or will: one that was lifted does not, nor a silence that is over. A lift itself always does. */
  holds(act: Act, timeMs: number): boolean {
    const liftedMs = this.#liftedMs.get(act.id)
    if (act.until === undefined) return act.type === "lift" || liftedMs === undefined
    return Math.min(parseRfc3339(act.until)!, liftedMs ?? Number.POSITIVE_INFINITY) > timeMs
  }

  /** Whether there is such an act that can still be lifted, as far as they are kept. */
  knows(id: string): boolean {
    if (this.#liftedMs.has(id)) return false
    if (this.#quiet.has(id)) return true
    for (const { acknowledged, notes } of this.#ofIncident.values())
      if (acknowledged.some((act) => act.id === id) || notes.some((act) => act.id === id)) return true
    return false
  }

  /** The incidents that an act is about, as far as they are kept. */
  get incidents(): Iterable<string> {
    return this.#ofIncident.keys()
  }

  #silencing(event: Pick<IncidentEvent, "id" | "kind" | "dimension" | "cause">, timeMs: number): Act | undefined {
    let last: Quiet | undefined
    const matched = new Matched(event)
    for (const quiet of this.#quiet.values()) {
      const { act, match, fromMs, untilMs } = quiet
      if (timeMs < fromMs || timeMs >= this.#endMs(quiet) || untilMs <= (last?.untilMs ?? 0)) continue
      if (act.incident !== undefined && act.incident !== event.id) continue
      if (match === undefined || matched.isBy(match)) last = quiet
    }
    return last?.act
  }

  /** The first moment at which it holds no longer. */
  #endMs({ act, untilMs }: Quiet): number {
    return Math.min(untilMs, this.#liftedMs.get(act.id) ?? untilMs)
  }

  #one(incident: string): OfOne {
    const known = this.#ofIncident.get(incident)
    if (known !== undefined) return known
    const made: OfOne = { acknowledged: [], notes: [] }
    setWithin(this.#ofIncident, incident, made, actLimits.incidentsKept)
    return made
  }
}

const keep = (acts: Array<Act>, act: Act): void => {
  if (acts.some(({ id }) => id === act.id)) return
  acts.push(act)
  if (acts.length > actLimits.notesAnIncident) acts.shift()
}

const setWithin = <A>(map: Map<string, A>, key: string, value: A, most: number): void => {
  map.set(key, value)
  if (map.size > most) map.delete(map.keys().next().value!)
}
