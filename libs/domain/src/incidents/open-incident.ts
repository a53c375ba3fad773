import { type Cause, nameOf } from "./causes.ts"
import type { Certificate, IncidentEventType, IncidentKind, IncidentSeverity } from "./event.ts"
import type { CauseDimension, ClassIndex, WindowPanes } from "./panes.ts"

/** Evidence that all is as expected again that closes an incident: a thousand to one. */
const calmStrength = 7
/** What a window keeps of the recent counts of the one before: sixty windows or so. */
const recentKept = 59 / 60
/** Windows after which causes are looked for again while an incident is open. */
const looksAgain = [1, 2, 4, 8, 16, 32]
/** An incident that has this many times the errors that were last told has grown. */
const growth = 4
const leastGrown = 40
/** Part of the site's requests that must fail, and errors, for an incident to be severe. */
const severeShare = 0.1
const severeErrors = 30

type Mutable<A> = { -readonly [K in keyof A]: A[K] }

export interface StoredIncident {
  readonly id: string
  readonly kind: IncidentKind
  /** Undefined for incidents of traffic. */
  readonly class?: ClassIndex
  readonly dimension: CauseDimension
  readonly keys: ReadonlyArray<string>
  readonly explained: ReadonlyArray<readonly [dimension: CauseDimension, key: string]>
  readonly openedMs: number
  readonly sinceMs: number
  readonly lastErrorMs: number
  readonly requests: number
  readonly errors: number
  readonly clients: number
  readonly share: number
  readonly windows: number
  /** Requests of the whole site in these windows. */
  readonly siteRequests: number
  readonly calm: number
  /** Of the newest ten minutes or so. */
  readonly recentRequests: number
  readonly recentErrors: number
  readonly toldErrors: number
  readonly toldKeys: number
  readonly severity: IncidentSeverity
  readonly certificate: Certificate
}

/** What a cause's keys did since each of them is too high. */
const countsOf = ({ series, own }: Cause) => {
  const all = series.length === 0 ? [own] : series
  const sum = (of: (s: Cause["own"]) => number) => Math.round(all.reduce((total, s) => total + of(s), 0))
  return { requests: sum((s) => s.rawRequests), errors: sum((s) => s.rawErrors) }
}

/** An incident that goes on. */
export class OpenIncident {
  readonly #s: Mutable<StoredIncident>
  #explained: Map<string, readonly [CauseDimension, string]>

  constructor(stored: StoredIncident) {
    this.#s = { ...stored }
    this.#explained = new Map(stored.explained.map(([d, k]) => [nameOf(d, k), [d, k]]))
  }

  static of(
    id: string,
    kind: IncidentKind,
    errorClass: ClassIndex,
    cause: Cause,
    clients: number,
    share: number,
    certificate: Certificate,
    window: Pick<WindowPanes, "startMs" | "requests">
  ): OpenIncident {
    const { requests, errors } = countsOf(cause)
    const incident = new OpenIncident({
      id,
      kind,
      class: errorClass,
      dimension: cause.dimension,
      keys: cause.series.map((s) => s.key),
      explained: [],
      openedMs: cause.sinceMs,
      sinceMs: cause.sinceMs,
      lastErrorMs: window.startMs,
      requests,
      errors,
      clients,
      share,
      windows: 1,
      siteRequests: window.requests,
      calm: 0,
      // An incident that is old when it is told may be accepted in the same window: this is what is then normal.
      recentRequests: requests,
      recentErrors: errors,
      toldErrors: 0,
      toldKeys: cause.series.length,
      severity: "LOW",
      certificate
    })
    incident.#explain(cause)
    incident.#rate()
    return incident
  }

  static ofTraffic(
    id: string,
    kind: IncidentKind,
    dimension: "global" | "ip" | "url",
    key: string,
    startMs: number,
    certificate: Certificate
  ): OpenIncident {
    return new OpenIncident({
      id,
      kind,
      dimension,
      keys: key === "" ? [] : [key],
      explained: [],
      openedMs: startMs,
      sinceMs: startMs,
      lastErrorMs: startMs,
      requests: 0,
      errors: 0,
      clients: 0,
      share: 1,
      windows: 0,
      siteRequests: 0,
      calm: 0,
      recentRequests: 0,
      recentErrors: 0,
      toldErrors: 0,
      toldKeys: 0,
      severity: kind === "spike" ? "LOW" : kind === "silence" ? "HIGH" : "MEDIUM",
      certificate
    })
  }

  get id() {
    return this.#s.id
  }
  get kind() {
    return this.#s.kind
  }
  get class(): ClassIndex | undefined {
    return this.#s.class
  }
  get dimension() {
    return this.#s.dimension
  }
  get keys() {
    return this.#s.keys
  }
  get openedMs() {
    return this.#s.openedMs
  }
  get sinceMs() {
    return this.#s.sinceMs
  }
  get lastErrorMs() {
    return this.#s.lastErrorMs
  }
  get requests() {
    return this.#s.requests
  }
  get errors() {
    return this.#s.errors
  }
  get clients() {
    return this.#s.clients
  }
  /** Rate of the newest ten minutes or so. */
  get recentRate(): number {
    return this.#s.recentErrors / Math.max(1, this.#s.recentRequests)
  }
  get share() {
    return this.#s.share
  }
  get windows() {
    return this.#s.windows
  }
  get severity() {
    return this.#s.severity
  }
  get certificate() {
    return this.#s.certificate
  }

  get victims() {
    const victims = { network: 0, url: 0, ip: 0 }
    for (const [dimension] of this.#explained.values()) if (dimension !== "global") victims[dimension]++
    return victims
  }

  /** Its cause or one of its victims. */
  explains(dimension: CauseDimension, key: string): boolean {
    return this.isCause(dimension, key) || this.#explained.has(nameOf(dimension, key))
  }

  /** Whether nothing more is to be told of a series while this is open. */
  covers(dimension: CauseDimension, key: string): boolean {
    return this.class === undefined
      ? this.#explained.has(nameOf(dimension, key)) || (key !== "" && this.isCause(dimension, key))
      : this.explains(dimension, key)
  }

  /** A flood's errors are explained by it, too. */
  cover(cause: Cause): void {
    this.#explain(cause)
  }

  isCause(dimension: CauseDimension, key: string): boolean {
    return dimension === this.dimension && (dimension === "global" || this.keys.includes(key))
  }

  /** Whether another incident's cause is among what this one explains. */
  names(other: OpenIncident): boolean {
    if (other.dimension === "global") return this.explains("global", "")
    return other.keys.every((key) => this.explains(other.dimension, key))
  }

  members(): ReadonlyArray<{ readonly dimension: CauseDimension; readonly key: string }> {
    const own = this.dimension === "global" ? [""] : this.keys
    return [
      ...own.map((key) => ({ dimension: this.dimension, key })),
      ...Array.from(this.#explained.values(), ([dimension, key]) => ({ dimension, key }))
    ]
  }

  /** What the cause did in the next window, and how many errors were expected of it. */
  window(startMs: number, requests: number, errors: number, expected: number, siteRequests: number): void {
    const s = this.#s
    s.windows++
    s.siteRequests += siteRequests
    s.requests += requests
    s.errors += errors
    s.recentRequests = s.recentRequests * recentKept + requests
    s.recentErrors = s.recentErrors * recentKept + errors
    if (errors > 0) s.lastErrorMs = startMs
    if (s.class === undefined || requests === 0) return
    // A sequential test of the expectation against a third of what the incident showed.
    const bad = Math.max(expected * 1.5, (requests * (s.errors / Math.max(1, s.requests))) / 2)
    const ratio = errors * Math.log(Math.max(1e-9, expected) / bad) + bad - expected
    s.calm = Math.max(0, s.calm + ratio)
    this.#rate()
  }

  /** For traffic: whether the window was as usual. */
  isNormal(normal: boolean): void {
    this.#s.calm = normal ? this.#s.calm + calmStrength / 6 : 0
  }

  get isCalm(): boolean {
    return this.#s.calm >= calmStrength
  }

  isDue(): boolean {
    return looksAgain.includes(this.#s.windows)
  }

  get hasGrown(): boolean {
    return this.#s.errors >= Math.max(leastGrown, growth * this.#s.toldErrors)
  }

  told(type: IncidentEventType): void {
    if (type !== "closed") this.#s.toldErrors = this.#s.errors
  }

  /** Another look at it; answers whether the cause is now another one, or at least twice as many keys. What is told of it is then the new cause's. */
  take(cause: Cause, clients: number, share: number, certificate: Certificate): boolean {
    const s = this.#s
    s.clients = Math.max(s.clients, clients)
    s.share = share
    const keys = cause.series.map((c) => c.key)
    const isOther =
      cause.dimension !== s.dimension ||
      (keys.length > 0 && !keys.some((key) => s.keys.includes(key))) ||
      keys.length >= 2 * Math.max(1, s.toldKeys) ||
      (s.toldKeys >= 2 && keys.length === 1)
    if (isOther) {
      s.dimension = cause.dimension
      s.keys = keys
      s.toldKeys = keys.length
      s.certificate = certificate
      const { requests, errors } = countsOf(cause)
      s.requests = s.recentRequests = requests
      s.errors = s.recentErrors = errors
    }
    this.#explain(cause)
    return isOther
  }

  #explain(cause: Cause): void {
    const named = [...cause.victims, ...cause.series]
    for (const { dimension, key } of named) {
      if (!this.isCause(dimension, key)) this.#explained.set(nameOf(dimension, key), [dimension, key])
    }
    for (const key of this.keys) this.#explained.delete(nameOf(this.dimension, key))
    if (this.dimension === "global") this.#explained.delete(nameOf("global", ""))
    this.#s.explained = [...this.#explained.values()]
  }

  /** By how much is hurt, not by the rate of a few requests. A client that asks for what is not there hurts nobody else. */
  #rate(): void {
    const s = this.#s
    if (s.class === undefined) return
    const isLarge = s.errors >= severeErrors && s.errors >= severeShare * s.siteRequests
    if (s.class === 0 && s.dimension !== "global" && s.dimension !== "url") s.severity = "LOW"
    else if (s.class === 1 && isLarge && s.clients > 1) s.severity = "HIGH"
    else if (s.severity === "LOW") s.severity = s.class === 1 || s.dimension === "global" ? "MEDIUM" : "LOW"
  }

  stored(): StoredIncident {
    return { ...this.#s, explained: [...this.#explained.values()] }
  }
}
