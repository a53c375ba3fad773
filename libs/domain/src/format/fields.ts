/*
 * What a line of any format is made of. A reader finds where each of these fields stands and leaves it in `Slots`; what they mean is then
 * read in one place (`finish.ts`).
 */

export const fieldNames = [
  "client", // who has connected: an address or a host name
  "forwarded", // X-Forwarded-For, Forwarded: a list of addresses, the nearest last
  "real_client", // a header with one address: X-Real-IP, CF-Connecting-IP, True-Client-IP
  "time", // as logged: when the request began or ended
  "date", // the day of a time that stands apart from it
  "request", // `GET /path HTTP/1.1`
  "method",
  "url", // a path, with or without its query string, or an absolute URL
  "query",
  "status",
  "size",
  "duration",
  "upstream_status",
  "host",
  "agent",
  "referer"
] as const

export type FieldName = (typeof fieldNames)[number]

export const slotOf = (name: FieldName): number => fieldNames.indexOf(name)

export const CLIENT_AT = slotOf("client")
export const FORWARDED_AT = slotOf("forwarded")
export const REAL_CLIENT_AT = slotOf("real_client")
export const TIME_AT = slotOf("time")
export const DATE_AT = slotOf("date")
export const REQUEST_AT = slotOf("request")
export const METHOD_AT = slotOf("method")
export const URL_AT = slotOf("url")
export const QUERY_AT = slotOf("query")
export const STATUS_AT = slotOf("status")
export const SIZE_AT = slotOf("size")
export const DURATION_AT = slotOf("duration")
export const UPSTREAM_STATUS_AT = slotOf("upstream_status")
export const HOST_AT = slotOf("host")
export const AGENT_AT = slotOf("agent")
export const REFERER_AT = slotOf("referer")

/** A duration may stand in parts, each in a field of its own: so do those of AWS' load balancers. These are the places of the parts behind the first. */
export const FURTHER_DURATIONS_AT: ReadonlyArray<number> = [fieldNames.length, fieldNames.length + 1]
const slotCount = fieldNames.length + FURTHER_DURATIONS_AT.length

/** Where the fields of a line stand: `from[slot]` is -1 for one that is not there. */
export class Slots {
  readonly from = new Int32Array(slotCount)
  readonly to = new Int32Array(slotCount)

  clear(): void {
    const { from } = this
    // A loop: the call of `fill` costs more than so few places.
    for (let slot = 0; slot < from.length; slot++) from[slot] = -1
  }
}

/** What a number of a duration counts. */
export type DurationUnit = "s" | "ms" | "us" | "ns"

export const msOfUnit: { readonly [unit in DurationUnit]: number } = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 }

/** How the fields are to be read, where their text alone does not say it. */
export interface Reading {
  /** What the duration counts, where it is known. */
  readonly unit?: DurationUnit
  /** All URLs are absolute, with the server's own host: the path alone is the URL. */
  readonly ownHost?: boolean
  /** Paths stand without the slash that they begin with, as Akamai writes them. */
  readonly bareUrl?: boolean
  /** The field `forwarded` is the header Forwarded (RFC 7239) and not X-Forwarded-For. What stands in it does not say so: a client may send anything. */
  readonly rfc7239?: boolean
}
