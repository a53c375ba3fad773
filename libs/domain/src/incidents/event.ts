import { windowName } from "../time.ts"
import { keyToken } from "../wire/alert.ts"
import type { Family } from "./model.ts"
import type { CauseDimension } from "./panes.ts"

export const incidentSchema = "chaussettes.incident.v1"

export const incidentKinds = ["client-errors", "server-errors", "silence", "drop", "spike"] as const
export type IncidentKind = (typeof incidentKinds)[number]
export type IncidentEventType = "opened" | "grew" | "changed-cause" | "closed"
export type IncidentSeverity = "LOW" | "MEDIUM" | "HIGH"
/**
 * Why an incident is over: errors are as expected again, none came any more, it lasted so long that it is the new normal, another incident explains it,
 * or what the detector knew of it is gone: if the trouble goes on, it opens again.
 */
export type ClosedWhy = "recovered" | "quiet" | "accepted" | "merged" | "forgotten"

/** Why an incident was told, so that it can be checked: evidence against what was needed, and the budget it is a part of. */
export interface Certificate {
  readonly family: Family
  /** Log likelihood ratio of the evidence, and what was needed. */
  readonly evidence: number
  readonly level: number
  /** False incidents a week that this family is allowed, of the budget over all. */
  readonly budget_weekly: number
  readonly budget_total_weekly: number
  readonly expected_rate: number
  readonly observed_rate: number
  readonly since: string
  /** End of the history that the model was learnt from; null before there is any. */
  readonly learnt_through: string | null
}

/** One message of the stream INCIDENTS. The order of the fields is the order on the wire. */
export interface IncidentEvent {
  readonly schema: typeof incidentSchema
  readonly id: string
  readonly type: IncidentEventType
  /** End of the window that decided it. */
  readonly timestamp: string
  readonly dimension: CauseDimension
  readonly kind: IncidentKind
  readonly severity: IncidentSeverity
  readonly message: string
  readonly cause: {
    readonly dimension: CauseDimension
    /** The key that explains most; null for all traffic. */
    readonly key: string | null
    /** All keys of the cause, the first ten by what they explain, and how many they are. */
    readonly keys: ReadonlyArray<string>
    readonly key_count: number
    /** Part of the site's unexpected errors of this class that lies within the cause. */
    readonly share: number
  }
  readonly victims: { readonly network: number; readonly url: number; readonly ip: number }
  readonly opened_at: string
  readonly closed_at?: string
  readonly closed_why?: ClosedWhy
  readonly requests: number
  readonly errors: number
  /** Clients whose requests failed within the cause, in the windows whose combinations are kept. */
  readonly clients: number
  readonly windows: number
  readonly certificate: Certificate
}

export const incidentId = (
  kind: IncidentKind,
  dimension: CauseDimension,
  startMs: number,
  windowMs: number,
  key: string
) => `${kind}.${dimension}.${windowName(startMs, windowMs)}${key === "" ? "" : `.${keyToken(key)}`}`

const plural = (n: number, one: string) => `${n.toLocaleString("en")} ${one}${n === 1 ? "" : "s"}`

const names = { global: "All traffic", network: "Network", url: "URL", ip: "Client" } as const
const manyNames = { global: "", network: "networks", url: "URLs", ip: "clients" } as const
const classNames = { "client-errors": "client errors (4xx)", "server-errors": "server errors (5xx)" } as const

const percent = (rate: number): string => `${(rate * 100).toFixed(rate < 0.1 ? 1 : 0)}%`

/** One line that a person can act on. */
export const messageOf = (event: Omit<IncidentEvent, "message" | "schema">): string => {
  const { kind, cause, certificate, victims } = event
  if (kind === "silence") return "No requests: far more were expected at this hour."
  if (kind === "drop") return `Too few requests: ${plural(event.requests, "request")} since ${event.opened_at}.`
  if (kind === "spike") {
    const of = cause.key === null ? "" : ` most of them ${cause.dimension === "url" ? "to" : "of"} ${cause.key},`
    return `Too many requests:${of} ${plural(event.requests, "request")} in all since ${event.opened_at}.`
  }
  const first = cause.key === null ? names.global : `${names[cause.dimension]} ${cause.key}`
  const others = cause.key_count < 2 ? "" : ` and ${cause.key_count - 1} more ${manyNames[cause.dimension]}`
  const hurt =
    cause.dimension !== "ip"
      ? `; ${plural(event.clients, "client")} affected`
      : victims.url === 0
        ? ""
        : `; ${plural(victims.url, "URL")} affected`
  const rates = `${percent(certificate.observed_rate)} where ${percent(certificate.expected_rate)} is usual`
  return `${first}${others}: ${plural(event.errors, "request")} failed with ${classNames[kind]}, ${rates}${hurt}.`
}
