import {
  type Act,
  actSchema,
  defaultSettings,
  type IncidentEvent,
  messageOf,
  parseRfc3339,
  recordSchema,
  rfc3339,
  rulesOf,
  type WindowRecord
} from "@chaussettes/domain"
import type { StoredIncident } from "@chaussettes/jetstream"
import { certificateOf, incidentEvent } from "../../../../libs/domain/test/support/incident-event.ts"
import type { Change, ChangeState } from "../../src/change.ts"

/* What the detector and people say, written by hand: windows of ten seconds, in which incidents open, grow and close. */

const windowMs = 10_000
const firstMs = parseRfc3339("2026-01-05T10:00:00Z")!

export const endOf = (n: number): string => rfc3339(firstMs + (n + 1) * windowMs)

/** What becomes of an incident in a window. Its name is the URL that is its cause, unless it says otherwise. */
export interface Happened extends Partial<Omit<IncidentEvent, "cause">> {
  readonly type: IncidentEvent["type"]
  readonly name: string
  readonly cause?: Partial<IncidentEvent["cause"]>
}

const happens =
  (type: IncidentEvent["type"]) =>
  (name: string, more: Partial<Omit<Happened, "type" | "name">> = {}): Happened => ({ type, name, ...more })

export const opened = happens("opened")
export const grew = happens("grew")
export const changed = happens("changed-cause")
export const closed = happens("closed")

export const idOf = (name: string): string => `server-errors.url.20260105T100000Z-10s.${name}`

/** The event of an incident in the window `n`. */
export const eventIn = (n: number, { name, type, cause, ...more }: Happened): IncidentEvent => {
  const url = `/${name}`
  const { dimension = "url", key = url } = cause ?? {}
  const event = incidentEvent({
    id: idOf(name),
    type,
    timestamp: endOf(n),
    severity: "MEDIUM",
    victims: { network: 0, url: 0, ip: 0 },
    ...(type === "closed" ? { closed_at: endOf(n), closed_why: "recovered" } : {}),
    requests: 100,
    errors: 40,
    windows: n + 1,
    ...more,
    dimension,
    cause: { dimension, key, keys: key === null ? [] : [key], key_count: key === null ? 0 : 1, share: 1, ...cause },
    certificate: certificateOf({ observed_rate: 0.4 })
  })
  return { ...event, message: more.message ?? messageOf(event) }
}

export const storedIn = (seq: number, n: number, happened: Happened): StoredIncident => ({
  seq,
  event: eventIn(n, happened)
})

/** A change as receivers get it. */
export const changeIn = (state: ChangeState, happened: Partial<Happened> & { readonly name: string }): Change => {
  const type = state === "acknowledged" ? "opened" : state
  const event = eventIn(0, { type, ...happened })
  return { state, seq: 1, event, severity: event.severity }
}

export const recordOf = (n: number): WindowRecord => {
  const inForce = (value: number) => ({ value, revision: 1 })
  return {
    schema: recordSchema,
    start: rfc3339(firstMs + n * windowMs),
    end: endOf(n),
    through_seq: n + 1,
    resume_seq: n + 1,
    decided_through: endOf(n),
    closed_by: "watermark",
    total: 100,
    errors: 50,
    keys: { ip: 1, url: 1 },
    seuils: { global: inForce(0.1), ip: inForce(0.3), url: inForce(0.5) },
    rules: rulesOf(defaultSettings),
    breaches: { global: 0, ip: 0, url: 0 },
    suppressed: 0,
    since_last: { late: 0, rejected: {}, gap: 0, late_by_source: {} },
    top: { ip: [], url: [] }
  }
}

/** No event has such a time before the next window is decided. */
const behind = (n: number): string => rfc3339(parseRfc3339(endOf(n))! + 1_000)

export const acknowledgement = (id: string, name: string, by = "anna"): Act => ({
  schema: actSchema,
  id,
  type: "acknowledge",
  at: endOf(0),
  by,
  incident: idOf(name)
})

/** A silence that is said behind a window, of one incident, up to the end of another window: the first moment behind it. */
export const silence = (id: string, name: string, from: number, until: number): Act => ({
  schema: actSchema,
  id,
  type: "silence",
  at: endOf(from),
  by: "anna",
  incident: idOf(name),
  from: behind(from),
  until: endOf(until)
})

export const maintenance = (id: string, from: number, until: number): Act => ({
  schema: actSchema,
  id,
  type: "maintenance",
  at: endOf(from),
  by: "anna",
  from: behind(from),
  until: endOf(until)
})

export const lift = (id: string, lifts: string, n: number): Act => ({
  schema: actSchema,
  id,
  type: "lift",
  at: endOf(n),
  by: "anna",
  lifts
})
