import type { KeyDimension, PerDimension } from "./dimension.ts"
import type { RejectReason } from "./reject.ts"
import type { DetectionSettings } from "./settings.ts"
import type { SeuilsInForce } from "./seuils.ts"

export const recordSchema = "chaussettes.window.v1"

/** Why a window was decided: the watermark reached its end, all sources were silent or had ended, or a limit forced it. */
export type ClosedBy = "watermark" | "idle" | "punctuation" | "limit"

/** A key that a record names for its errors. */
export interface TopKey {
  readonly key: string
  readonly total: number
  readonly errors: number
}

/** The settings that shape what is said of a window: with its record and LOGS all can be derived again. */
export interface Rules {
  readonly url_key: DetectionSettings["urlKey"]
  readonly ipv6_prefix: number
  readonly least_requests: PerDimension<number>
  readonly language: DetectionSettings["language"]
  readonly allowed_lateness_ms: number
  readonly idle_ms: number
  readonly max_behind_ms: number
  readonly max_ahead_ms: number
}

export const rulesOf = (settings: DetectionSettings): Rules => ({
  url_key: settings.urlKey,
  ipv6_prefix: settings.ipv6Prefix,
  least_requests: settings.leastRequests,
  language: settings.language,
  allowed_lateness_ms: settings.allowedLatenessMs,
  idle_ms: settings.idleMs,
  max_behind_ms: settings.maxBehindMs,
  max_ahead_ms: settings.maxAheadMs
})

/** The settings that a record was made by; the inverse of `rulesOf`. */
export const settingsOfRules = (rules: Rules, windowMs: number): DetectionSettings => ({
  windowMs,
  allowedLatenessMs: rules.allowed_lateness_ms,
  idleMs: rules.idle_ms,
  maxBehindMs: rules.max_behind_ms,
  maxAheadMs: rules.max_ahead_ms,
  urlKey: rules.url_key,
  ipv6Prefix: rules.ipv6_prefix,
  leastRequests: rules.least_requests,
  language: rules.language
})

/** Why lines did not come into a window, counted. */
export interface SinceLast {
  readonly late: number
  readonly rejected: { readonly [reason in RejectReason]?: number }
  /** Sequences of LOGS that were gone before they could be read. */
  readonly gap: number
  /** Late lines by source; only sources with some. */
  readonly late_by_source: { readonly [source: string]: number }
}

/** One message of the stream WINDOWS: a decided window. The order of the fields is the order on the wire. */
export interface WindowRecord {
  readonly schema: typeof recordSchema
  readonly start: string
  readonly end: string
  /** The window holds the lines of its span in the messages of LOGS up to this sequence; later ones are late. */
  readonly through_seq: number
  /** From this sequence of LOGS the windows that were still open can be built again. */
  readonly resume_seq: number
  /** When LOGS was created: sequences of another LOGS mean nothing here. */
  readonly logs_created?: string
  /** Lines of windows that end by then and have no record are late, too. */
  readonly decided_through: string
  readonly closed_by: ClosedBy
  readonly total: number
  readonly errors: number
  /** Distinct keys; where keys were forgotten (`overflow`), those that were left. */
  readonly keys: { readonly ip: number; readonly url: number }
  readonly seuils: SeuilsInForce
  readonly rules: Rules
  readonly breaches: PerDimension<number>
  /** Breaches that got no alert because the window had too many. */
  readonly suppressed: number
  /** Counted since the record before, over messages up to `through_seq`. */
  readonly since_last: SinceLast
  /** Present only where a limit of keys was reached: what was forgotten. */
  readonly overflow?: { readonly [dimension in KeyDimension]: Overflow }
  readonly top: { readonly [dimension in KeyDimension]: ReadonlyArray<TopKey> }
}

export interface Overflow {
  readonly keys: number
  readonly requests: number
  readonly errors: number
}

/** JSON of parts of records that are the same object from window to window: it is made once for each of them. */
const encoding = () => {
  let [last, json]: [object | undefined, string] = [undefined, ""]
  return (part: object): string => {
    if (part === last) return json
    last = part
    json = JSON.stringify(part)
    return json
  }
}

const encodedSeuils = encoding()
const encodedRules = encoding()
const encodedSinceLast = encoding()

const noKeys = '{"ip":[],"url":[]}'

/** `JSON.stringify(record)`, byte for byte, at a third of its cost: seuils and rules hardly ever change. */
export const encodeRecord = (record: WindowRecord): string => {
  const { logs_created: logs, breaches, keys, overflow, top } = record
  return (
    `{"schema":"${record.schema}","start":"${record.start}","end":"${record.end}","through_seq":${record.through_seq},` +
    `"resume_seq":${record.resume_seq},${logs === undefined ? "" : `"logs_created":${JSON.stringify(logs)},`}` +
    `"decided_through":"${record.decided_through}","closed_by":"${record.closed_by}","total":${record.total},` +
    `"errors":${record.errors},"keys":{"ip":${keys.ip},"url":${keys.url}},"seuils":${encodedSeuils(record.seuils)},` +
    `"rules":${encodedRules(record.rules)},"breaches":{"global":${breaches.global},"ip":${breaches.ip},"url":${breaches.url}},` +
    `"suppressed":${record.suppressed},"since_last":${encodedSinceLast(record.since_last)},` +
    `${overflow === undefined ? "" : `"overflow":${JSON.stringify(overflow)},`}` +
    `"top":${top.ip.length === 0 && top.url.length === 0 ? noKeys : JSON.stringify(top)}}`
  )
}
