import { significant } from "../thresholds/numerics.ts"
import { rfc3339 } from "../time.ts"
import { type ClosedWhy, type IncidentEvent, incidentId } from "./event.ts"
import { eventOf } from "./incident-event.ts"
import {
  acceptedAfterMs,
  type Family,
  type IncidentModel,
  isWeekend,
  knownMs,
  stratumOf,
  type TrafficModel
} from "./model.ts"
import { OpenIncident } from "./open-incident.ts"
import type { WindowPanes } from "./panes.ts"
import { type StoredTraffic, Traffic, type TrafficEvidence } from "./traffic.ts"

/** No more windows without a line are looked at; by then a silence is accepted. */
export const mostGap = 20_000
/** An incident of errors that began no longer ago is what a flood is of. */
const flood = { windows: 30, /** Fewer requests a second harm no server, however quiet the site. */ leastASecond: 10 }
const weekMs = 7 * 86_400_000
const hoursADay = 24

/** What a learner hears of traffic. */
export interface TrafficObserver {
  traffic(startMs: number, requests: number, expected: number | undefined, held: boolean): void
  peak(family: Family, strength: number): void
}

/** All open incidents, of whatever kind, and where the judge tells of its own. */
export interface OpenIncidents {
  readonly all: ReadonlyArray<OpenIncident>
  opened(incident: OpenIncident): void
  closed(incident: OpenIncident, why: ClosedWhy): void
}

/** Whether as many requests come as this hour brings: silence, drop and spike. */
export class TrafficJudge {
  readonly #incidents: OpenIncidents
  readonly #observer: TrafficObserver | undefined
  readonly #traffic: Traffic

  constructor(incidents: OpenIncidents, observer?: TrafficObserver, stored?: StoredTraffic) {
    this.#incidents = incidents
    this.#observer = observer
    this.#traffic = new Traffic(stored)
  }

  /** @param panes without them the window had no line */
  window(model: IncidentModel, startMs: number, requests: number, panes?: WindowPanes): void {
    const { traffic: of, window_ms: windowMs } = model
    if (of === undefined) {
      this.#observer?.traffic(startMs, requests, undefined, false)
      return
    }
    const learnt = usualRequests(of, startMs)
    const traffic = this.#traffic
    const mean = traffic.mean(learnt)
    traffic.add(requests, learnt, of, startMs, isDayKnown(model, startMs))
    for (const side of [0, 1] as const) this.#judge(side, model, startMs, requests, mean, panes)
    const isHeld = this.#incidents.all.some((o) => o.class === undefined)
    this.#observer?.traffic(startMs, requests, mean, isHeld)
    traffic.adapt(requests, learnt, windowMs)
  }

  #judge(
    side: 0 | 1,
    model: IncidentModel,
    startMs: number,
    requests: number,
    mean: number,
    panes: WindowPanes | undefined
  ): void {
    const { window_ms: windowMs } = model
    const traffic = this.#traffic
    const { all } = this.#incidents
    const family: Family = side === 0 ? "traffic.drop" : "traffic.spike"
    const evidence = side === 0 ? traffic.drop : traffic.spike
    const open = all.find((o) => o.class === undefined && (o.kind === "spike") === (side === 1))
    if (evidence.strength === 0 && traffic.peaks[side] > 0) {
      this.#observer?.peak(family, traffic.peaks[side])
      traffic.peaks[side] = 0
    }
    if (open !== undefined) {
      open.window(startMs, requests, 0, 0, requests)
      open.isNormal(side === 0 ? requests > mean * 0.6 : requests < mean * 2)
      const isLong = startMs + windowMs - open.openedMs >= acceptedAfterMs(model)
      if (!open.isCalm && !isLong) return
      if (traffic.peaks[side] > 0) this.#observer?.peak(family, traffic.peaks[side])
      traffic.clear(side)
      this.#incidents.closed(open, isLong ? "accepted" : "recovered")
      return
    }
    if (evidence.strength < model.thresholds[family].strength) return
    if (side === 0) {
      this.#incidents.opened(
        unusual(model, requests === 0 ? "silence" : "drop", siteAlone, startMs, { requests, mean, evidence })
      )
      return
    }
    if (requests < (flood.leastASecond * windowMs) / 1000) return
    if (all.some((o) => o.class !== undefined && startMs - o.sinceMs < flood.windows * windowMs)) {
      traffic.clear(1)
      return
    }
    const cause = panes === undefined ? siteAlone : busiestOf(panes, requests - mean)
    if (all.some((o) => cause[1] !== "" && o.isCause(...cause))) return
    this.#incidents.opened(unusual(model, "spike", cause, startMs, { requests, mean, evidence }))
  }

  /**
   * The silence that would be told if no window from `endMs` on and before `throughMs` had a line. Changes nothing: lines may be on their way.
   * @returns undefined where there would be none, or where requests are known to be too few already
   */
  silenceBy(model: IncidentModel, endMs: number, throughMs: number): IncidentEvent | undefined {
    const { traffic: of, window_ms: windowMs } = model
    if (of === undefined || endMs === Number.NEGATIVE_INFINITY) return undefined
    if (this.#incidents.all.some(({ kind }) => kind === "silence" || kind === "drop")) return undefined
    const level = model.thresholds["traffic.drop"].strength
    const traffic = new Traffic(this.#traffic.stored())
    let startMs = endMs
    for (let i = 0; startMs + windowMs <= throughMs && i < mostGap; i++, startMs += windowMs) {
      const learnt = usualRequests(of, startMs)
      const mean = traffic.mean(learnt)
      traffic.add(0, learnt, of, startMs, isDayKnown(model, startMs))
      const evidence = traffic.drop
      if (evidence.strength >= level) {
        const incident = unusual(model, "silence", siteAlone, startMs, { requests: 0, mean, evidence })
        return eventOf(incident, "opened", startMs + windowMs)
      }
      traffic.adapt(0, learnt, windowMs)
    }
    return undefined
  }

  stored(): StoredTraffic {
    return this.#traffic.stored()
  }
}

const usualRequests = ({ requests }: TrafficModel, startMs: number): number =>
  Math.max(1e-6, requests[stratumOf(requests.length, startMs)]!)

/** Whether it is known what comes at the hours of such a day: on weekends not until they are learnt apart from the other days. */
const isDayKnown = (model: IncidentModel, startMs: number): boolean => {
  const isApart = (model.traffic?.requests.length ?? 0) > hoursADay
  return isApart || (knownMs(model) >= weekMs && !isWeekend(startMs))
}

interface Unusual {
  readonly requests: number
  readonly mean: number
  readonly evidence: TrafficEvidence
}

/** Requests that are too few or too many, from the window that says so on. */
const unusual = (
  { window_ms: windowMs, budget_weekly: total, learnt, thresholds }: IncidentModel,
  kind: "silence" | "drop" | "spike",
  [dimension, key]: BusiestKey,
  startMs: number,
  { requests, mean, evidence }: Unusual
): OpenIncident => {
  const family: Family = kind === "spike" ? "traffic.spike" : "traffic.drop"
  const { strength: level, weekly } = thresholds[family]
  const id = incidentId(kind, dimension, startMs, windowMs, key)
  const incident = OpenIncident.ofTraffic(id, kind, dimension, key, startMs, {
    family,
    evidence: significant(evidence.strength, 6),
    level: significant(level, 6),
    budget_weekly: significant(weekly, 6),
    budget_total_weekly: total,
    expected_rate: significant(mean, 6),
    observed_rate: requests,
    since: rfc3339(evidence.sinceMs),
    learnt_through: learnt?.end ?? null
  })
  incident.window(startMs, requests, 0, 0, requests)
  return incident
}

type BusiestKey = readonly [dimension: "global" | "ip" | "url", key: string]

const siteAlone: BusiestKey = ["global", ""]
/** The key that has more than half of the requests which nobody expected; all traffic where none has. */
const busiestOf = (panes: WindowPanes, excess: number): BusiestKey => {
  for (const dimension of ["ip", "url"] as const) {
    const table = panes[dimension]
    for (let i = 0; i < table.count; i++)
      if (table.requests(i) > excess / 2 && table.requests(i) > 1) return [dimension, table.text(i)]
  }
  return siteAlone
}
