import { parseRfc3339, rfc3339 } from "@chaussettes/domain"
import { parseSpanMs } from "@chaussettes/service"
import { urls } from "./population.ts"

/*
 * An incident that is planted in the traffic, as it is asked for:
 *
 *   KIND[:KEY]@START/LENGTH[,rate=R][,requests=N/s]
 *
 *   ip:192.168.1.200@+2m/5m,rate=0.7,requests=2/s   an address attacks: 2 further requests a second, 70 % of them fail
 *   url:/api/panier@+10m/3m,rate=0.9                a URL is broken: whoever asks for it, 90 % fail
 *   outage@2026-01-05T03:00:00Z/10m,rate=1          everything fails
 *
 * START is `+SPAN` from the start of the traffic, or an RFC 3339 time.
 */

type IncidentKind = "ip" | "url" | "outage"

export interface Incident {
  readonly kind: IncidentKind
  /** The address or the URL; empty for an outage, which has none. */
  readonly key: string
  readonly start: { readonly _tag: "After"; readonly ms: number } | { readonly _tag: "At"; readonly ms: number }
  readonly lengthMs: number
  /** Probability that a line of it is an error. */
  readonly rate: number
  /** Lines a second that come on top of the background. */
  readonly requestsPerSecond: number
}

export type IncidentParsed =
  | { readonly ok: true; readonly incident: Incident }
  | { readonly ok: false; readonly why: string }

const defaults = {
  ip: { rate: 0.7, requestsPerSecond: 2 },
  url: { rate: 0.9, requestsPerSecond: 1 },
  outage: { rate: 0.9, requestsPerSecond: 0 }
} as const

const wrong = (why: string): IncidentParsed => ({ ok: false, why })

/** Reads the form above. */
export const parseIncident = (text: string): IncidentParsed => {
  // The key may hold any of the signs but never decides: what stands behind the last @ cannot hold one.
  const at = text.lastIndexOf("@")
  if (at < 0) return wrong("it has no @START/LENGTH")
  const subject = readSubject(text.slice(0, at))
  if (!("kind" in subject)) return wrong(subject.why)
  const [when, ...options] = text.slice(at + 1).split(",")
  const span = readSpan(when!)
  if (!("start" in span)) return wrong(span.why)
  let { rate, requestsPerSecond } = defaults[subject.kind]! as { rate: number; requestsPerSecond: number }
  for (const option of options) {
    const [name, value] = [option.slice(0, option.indexOf("=")), option.slice(option.indexOf("=") + 1)]
    if (name === "rate") {
      rate = value === "" ? Number.NaN : Number(value)
      if (!(rate >= 0 && rate <= 1)) return wrong("its rate is not between 0 and 1")
    } else if (name === "requests") {
      if (subject.kind === "outage") return wrong("an outage has no requests of its own")
      requestsPerSecond = value === "" ? Number.NaN : Number(value.replace(/\/s$/, ""))
      if (!(requestsPerSecond >= 0 && requestsPerSecond <= 100_000)) return wrong("its requests are not like 2/s")
    } else return wrong(`it has no option "${option}" (rate=0.7, requests=2/s)`)
  }
  if (requestsPerSecond === 0 && subject.kind === "url" && !urls.includes(subject.key)) {
    return wrong("the simulated traffic has no requests for this URL: give it requests=N/s")
  }
  return { ok: true, incident: { ...subject, ...span, rate, requestsPerSecond } }
}

type Wrong = { readonly why: string }

/** What may stand in a line without ending its field or its quotes. */
const clientForm = /^[A-Za-z0-9.:_-]{1,255}$/
const urlForm = /^\/[^\s"\\\p{Cc}]{0,2047}$/u

const readSubject = (text: string): { kind: IncidentKind; key: string } | Wrong => {
  if (text === "outage") return { kind: "outage", key: "" }
  const colon = text.indexOf(":")
  const [kind, key] = [text.slice(0, colon), text.slice(colon + 1)]
  if (kind === "ip") return clientForm.test(key) ? { kind, key } : { why: `"${key}" is no address` }
  if (kind === "url") return urlForm.test(key) ? { kind, key } : { why: `"${key}" is no path that begins with /` }
  return { why: "it must begin with ip:ADDRESS, url:PATH or outage" }
}

const readSpan = (text: string): Pick<Incident, "start" | "lengthMs"> | Wrong => {
  const slash = text.lastIndexOf("/")
  const [when, length] = [text.slice(0, Math.max(slash, 0)), text.slice(slash + 1)]
  const lengthMs = slash < 0 ? undefined : parseSpanMs(length)
  if (lengthMs === undefined || lengthMs <= 0) return { why: "it has no length such as /5m after its start" }
  if (when.startsWith("+")) {
    const ms = parseSpanMs(when.slice(1))
    return ms === undefined ? { why: `"${when}" is no start like +2m` } : { start: { _tag: "After", ms }, lengthMs }
  }
  const ms = parseRfc3339(when)
  return ms === undefined
    ? { why: `"${when}" is no start: +2m, or a time like 2026-01-05T03:00:00Z` }
    : { start: { _tag: "At", ms }, lengthMs }
}

/** What is written of an incident that was planted, one JSON object a line. The order of the fields is the order on the wire. */
export interface Label {
  readonly dimension: "global" | "ip" | "url"
  /** The key as it stands in the lines; null for `global`. */
  readonly key: string | null
  readonly start: string
  readonly end: string
  readonly kind: "attack" | "broken_url" | "outage"
  readonly rate: number
  /** What really was planted: lines of this key (of all keys for an outage) in the span, and how many of them are errors. */
  readonly requests: number
  readonly errors: number
}

const labelKinds = { ip: "attack", url: "broken_url", outage: "outage" } as const
const labelDimensions = { ip: "ip", url: "url", outage: "global" } as const

export const labelOf = (
  incident: Incident,
  span: { readonly startMs: number; readonly endMs: number },
  planted: { readonly requests: number; readonly errors: number }
): Label => ({
  dimension: labelDimensions[incident.kind],
  key: incident.kind === "outage" ? null : incident.key,
  start: rfc3339(span.startMs),
  end: rfc3339(span.endMs),
  kind: labelKinds[incident.kind],
  rate: incident.rate,
  requests: planted.requests,
  errors: planted.errors
})
