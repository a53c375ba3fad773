import { significant } from "../../thresholds/numerics.ts"
import { rfc3339 } from "../../time.ts"
import {
  type Certificate,
  type ClosedWhy,
  type IncidentEvent,
  type IncidentEventType,
  type IncidentSeverity,
  incidentSchema,
  messageOf
} from "../event.ts"
import { quantileOfBins } from "./time-bins.ts"
import { addCounts, noCounts, type SlowCounts, type TimesRow } from "./url-times.ts"
import type { CutIndex } from "./usual.ts"

/** Evidence that requests are as fast as expected again that closes an incident: a thousand to one. */
const calmStrength = 7
/** What a window keeps of the recent counts of the one before: sixty windows or so. */
const recentKept = 59 / 60
/** Windows after which the cause is looked for again. */
const looksAgain = [1, 2, 4, 8, 16, 32]
/** An incident that has this many times the slow requests that were told last has grown. */
const growth = 4
const leastGrown = 100
/** Requests that are slower than they should be for an incident to be noticed; and their part of the site's, and how slow, for it to be severe. */
const noticedSlow = 30
const severeSlow = 100
const severeShare = 0.2
const severeTimes = 2
/** URLs of a cause that an event names. */
const namedKeys = 10

type Mutable<A> = { -readonly [K in keyof A]: A[K] }

export interface StoredLatencyIncident {
  readonly id: string
  /** Empty for all traffic. */
  readonly keys: ReadonlyArray<string>
  readonly cut: CutIndex
  readonly openedMs: number
  readonly lastMs: number
  readonly sum: SlowCounts
  /** Of the newest ten minutes or so. */
  readonly recent: SlowCounts
  readonly bins: ReadonlyArray<number>
  readonly usual: { readonly p50_us: number; readonly p95_us: number }
  readonly siteRequests: number
  readonly clients: number
  readonly share: number
  readonly victims: number
  readonly windows: number
  readonly calm: number
  readonly toldSlow: number
  readonly toldKeys: number
  readonly severity: IncidentSeverity
  readonly certificate: Certificate
}

/** What an incident is told with. */
export interface LatencyCause {
  /** Empty for all traffic; else the URLs, the one with the most slow requests first. */
  readonly keys: ReadonlyArray<string>
  readonly cut: CutIndex
  readonly share: number
  /** URLs that are slow because all traffic is. */
  readonly victims: number
  readonly clients: number
  /** What was counted since it began. */
  readonly sum: SlowCounts
  readonly bins: ReadonlyArray<number>
  readonly usual: { readonly p50_us: number; readonly p95_us: number }
}

/** An incident of latency that goes on. */
export class LatencyIncident {
  readonly #s: Mutable<StoredLatencyIncident>

  constructor({ sum, recent, bins, ...stored }: StoredLatencyIncident) {
    this.#s = { ...stored, sum: copied(sum), recent: copied(recent), bins: [...bins] }
  }

  static of(
    id: string,
    cause: LatencyCause,
    { openedMs, startMs, siteRequests }: { openedMs: number; startMs: number; siteRequests: number },
    certificate: Certificate
  ): LatencyIncident {
    const incident = new LatencyIncident({
      id,
      ...cause,
      openedMs,
      lastMs: startMs,
      recent: cause.sum,
      siteRequests,
      windows: 1,
      calm: 0,
      toldSlow: 0,
      toldKeys: cause.keys.length,
      severity: "LOW",
      certificate
    })
    incident.#rate()
    return incident
  }

  get keys() {
    return this.#s.keys
  }
  get isGlobal(): boolean {
    return this.#s.keys.length === 0
  }
  get openedMs() {
    return this.#s.openedMs
  }
  get lastMs() {
    return this.#s.lastMs
  }
  get bins() {
    return this.#s.bins
  }
  /** The share of slow requests in the newest ten minutes or so. */
  recentShare(c: CutIndex): number {
    return this.#s.recent.slow[c] / Math.max(1, this.#s.recent.requests)
  }

  /** Whether nothing more is to be told of it while this is open. */
  covers(key: string): boolean {
    return this.isGlobal || this.#s.keys.includes(key)
  }

  /**
   * What its cause did in the next window.
   * @param row request times of all traffic, or of the first URL; undefined where it had none
   */
  window(
    startMs: number,
    counts: SlowCounts,
    site: { readonly requests: number; readonly clients: number },
    row: TimesRow | undefined
  ): void {
    const s = this.#s
    s.windows++
    s.siteRequests += site.requests
    s.clients = Math.max(s.clients, site.clients)
    addCounts(s.sum, counts)
    const recent = noCounts()
    addCounts(recent, s.recent, recentKept)
    addCounts(recent, counts)
    s.recent = recent
    if (row !== undefined) s.bins = s.bins.map((n, bin) => n + row.bins[row.at + bin]!)
    if (counts.requests === 0) return
    s.lastMs = startMs
    // A sequential test of the expectation against half of what the incident showed.
    const slow = counts.slow[s.cut]
    const expected = Math.max(1e-9, counts.expected[s.cut])
    const bad = Math.max(expected * 1.3, ((counts.requests * s.sum.slow[s.cut]) / s.sum.requests + expected) / 2)
    s.calm = Math.max(0, s.calm + slow * Math.log(expected / bad) + bad - expected)
    this.#rate()
  }

  get isCalm(): boolean {
    return this.#s.calm >= calmStrength
  }
  get isDue(): boolean {
    return looksAgain.includes(this.#s.windows)
  }
  get hasGrown(): boolean {
    return this.#s.sum.slow[this.#s.cut] >= Math.max(leastGrown, growth * this.#s.toldSlow)
  }

  /** Another look at its cause; answers whether it is another one, or at least twice as many URLs. */
  take({ keys, share, victims, clients, usual, bins }: LatencyCause): boolean {
    const s = this.#s
    const isOther = (keys.length === 0) !== this.isGlobal || keys.length >= 2 * Math.max(1, s.toldKeys)
    const isFirst = keys[0] === s.keys[0]
    s.share = share
    s.victims = Math.max(s.victims, victims)
    s.clients = Math.max(s.clients, clients)
    s.keys = keys
    if (!isFirst) {
      s.usual = usual
      s.bins = [...bins]
    }
    if (isOther) s.toldKeys = keys.length
    return isOther
  }

  /** By how many requests are slower than they should be, and of how many clients. */
  #rate(): void {
    const s = this.#s
    const excess = s.sum.slow[s.cut] - s.sum.expected[s.cut]
    if (s.clients < 2 || excess < noticedSlow || s.severity === "HIGH") return
    const isTwice = quantileOfBins(s.bins, 0.95) >= severeTimes * s.usual.p95_us
    const isSevere = isTwice && excess >= severeSlow && excess >= severeShare * s.siteRequests
    s.severity = isSevere ? "HIGH" : "MEDIUM"
  }

  /** What is said of it at the end of a window. */
  event(type: IncidentEventType, endMs: number, why?: ClosedWhy): IncidentEvent {
    const s = this.#s
    if (type !== "closed") s.toldSlow = s.sum.slow[s.cut]
    const dimension = this.isGlobal ? "global" : "url"
    const head = {
      id: s.id,
      type,
      timestamp: rfc3339(endMs),
      dimension,
      kind: "latency",
      severity: s.severity
    } as const
    const rest = {
      cause: {
        dimension,
        key: s.keys[0] ?? null,
        keys: s.keys.slice(0, namedKeys),
        key_count: s.keys.length,
        share: significant(s.share, 3)
      },
      victims: { network: 0, url: s.victims, ip: 0 },
      opened_at: rfc3339(s.openedMs),
      ...(why === undefined ? {} : { closed_at: rfc3339(endMs), closed_why: why }),
      requests: s.sum.requests,
      errors: 0,
      clients: s.clients,
      windows: s.windows,
      latency: {
        slow: s.sum.slow[s.cut],
        p50_us: Math.round(significant(quantileOfBins(s.bins, 0.5), 3)),
        p95_us: Math.round(significant(quantileOfBins(s.bins, 0.95), 3)),
        usual_p50_us: Math.round(s.usual.p50_us),
        usual_p95_us: Math.round(s.usual.p95_us)
      },
      certificate: s.certificate
    } as const
    return { schema: incidentSchema, ...head, message: messageOf({ ...head, ...rest }), ...rest }
  }

  stored(): StoredLatencyIncident {
    const { sum, recent, bins, ...rest } = this.#s
    return { ...rest, sum: copied(sum), recent: copied(recent), bins: [...bins] }
  }

  get cut(): CutIndex {
    return this.#s.cut
  }
}

const copied = (counts: SlowCounts): SlowCounts => {
  const copy = noCounts()
  addCounts(copy, counts)
  return copy
}

/** The series of an incident: of all traffic, or of its URLs together. */
export const sumOf = (all: Iterable<SlowCounts>): SlowCounts => {
  const sum = noCounts()
  for (const counts of all) addCounts(sum, counts)
  return sum
}
