import { windowName } from "../time.ts"
import { keyToken } from "../wire/alert.ts"
import { seconds } from "./latency/seconds.ts"
import type { AnyFamily } from "./model.ts"
import type { CauseDimension } from "./panes.ts"

export const incidentSchema = "chaussettes.incident.v1"

export const incidentKinds = ["client-errors", "server-errors", "silence", "drop", "spike", "latency"] as const
export type IncidentKind = (typeof incidentKinds)[number]
export type IncidentEventType = "opened" | "grew" | "changed-cause" | "closed"
export type IncidentSeverity = "LOW" | "MEDIUM" | "HIGH"
/**
 * Why an incident is over: errors are as expected again, none came any more, it lasted so long that it is the new normal, another incident explains it,
 * what the detector knew of it is gone: if the trouble goes on, it opens again; or it was a silence, and lines of that time came later.
 */
export type ClosedWhy = "recovered" | "quiet" | "accepted" | "merged" | "forgotten" | "withdrawn"

/** Why an incident was told, so that it can be checked: evidence against what was needed, and the budget it is a part of. */
export interface Certificate {
  readonly family: AnyFamily
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

/** What an incident of latency showed: of its cause, or of the first URL of it. */
interface EventLatency {
  /** Requests that took longer than all but the certificate's `expected_rate` usually do. */
  readonly slow: number
  readonly p50_us: number
  readonly p95_us: number
  readonly usual_p50_us: number
  readonly usual_p95_us: number
}

/** One message of the stream INCIDENTS. The order of the fields is the order on the wire. */
export interface IncidentEvent {
  readonly schema: typeof incidentSchema
  readonly id: string
  readonly type: IncidentEventType
  /** End of the window that decided it. */
  readonly timestamp: string
  /**
   * In a silence that was told before a line came that could decide its windows: end of the last window that was decided. No line was there of the time
   * from then on; should some come later, the silence is withdrawn.
   */
  readonly silent_from?: string
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
  /** Present in incidents of latency, whose `errors` is 0: slow requests are no failed ones. */
  readonly latency?: EventLatency
  readonly certificate: Certificate
}

export const incidentId = (
  kind: IncidentKind,
  dimension: CauseDimension,
  startMs: number,
  windowMs: number,
  key: string
) => `${kind}.${dimension}.${windowName(startMs, windowMs)}${key === "" ? "" : `.${keyToken(key)}`}`

/** As `toLocaleString("en")` of a whole number. Its first call takes 25 ms, and the first alert of an incident would wait for it. */
const grouped = (n: number): string => `${n}`.replace(/\B(?=(\d{3})+$)/g, ",")

const plural = (n: number, one: string) => `${grouped(n)} ${one}${n === 1 ? "" : "s"}`

const names = { global: "All traffic", network: "Network", url: "URL", ip: "Client" } as const
const otherNames = { global: "", network: "more network", url: "more URL", ip: "more client" } as const
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
  const others = cause.key_count < 2 ? "" : ` and ${plural(cause.key_count - 1, otherNames[cause.dimension])}`
  if (kind === "latency") {
    const { p95_us, usual_p95_us } = event.latency!
    const many = `${plural(event.requests, "request")}, ${plural(event.clients, "client")} affected`
    return `${first}${others}: p95 is ${seconds(p95_us)} where ${seconds(usual_p95_us)} is usual; ${many}.`
  }
  const hurt =
    cause.dimension !== "ip"
      ? `; ${plural(event.clients, "client")} affected`
      : victims.url === 0
        ? ""
        : `; ${plural(victims.url, "URL")} affected`
  const rates = `${percent(certificate.observed_rate)} where ${percent(certificate.expected_rate)} is usual`
  return `${first}${others}: ${plural(event.errors, "request")} failed with ${classNames[kind]}, ${rates}${hurt}.`
}
