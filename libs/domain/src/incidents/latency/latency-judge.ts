import { significant } from "../../thresholds/numerics.ts"
import { rfc3339 } from "../../time.ts"
import { type Certificate, type ClosedWhy, type IncidentEvent, type IncidentEventType, incidentId } from "../event.ts"
import { Evidence, type Excursion, type Expected, oddsOf, type StoredEvidence } from "../evidence.ts"
import { incidentLimits } from "../incident-limits.ts"
import { Level, type StoredLevel } from "../level.ts"
import { acceptedAfterMs, type IncidentModel, type LatencyFamily, stratumOf } from "../model.ts"
import type { WindowPanes } from "../panes.ts"
import { latencyCause } from "./latency-causes.ts"
import { type LatencyCause, LatencyIncident, type StoredLatencyIncident, sumOf } from "./latency-incident.ts"
import { type LatencyModel, latencyLimits } from "./latency-model.ts"
import { quantileOfBins, timeBins } from "./time-bins.ts"
import { noCounts, type SlowCounts, type StoredUrlState, strengthOf, type UrlState, UrlTimes } from "./url-times.ts"
import { type CutIndex, cutIndexes, slowShareOf, type UsualTimes, usualOf } from "./usual.ts"
import { atFactors, mostShare, timesOf } from "./window-times.ts"

/** What a learner hears while request times are judged. */
export interface LatencyObserver {
  /** All traffic by one cut: `expected` without the hour's factor and the level. */
  site(
    c: CutIndex,
    startMs: number,
    requests: number,
    slow: number,
    expected: number,
    rate: number,
    held: boolean
  ): void
  /** A URL whose usual times are known; `rate` is what was expected of it. */
  url(c: CutIndex, startMs: number, requests: number, slow: number, rate: number): void
  peak(family: LatencyFamily, strength: number): void
}

/** Request times of all traffic in one window: pairs of a bin and its count. */
interface RecentTimes {
  readonly startMs: number
  readonly bins: ReadonlyArray<number>
}

export interface StoredLatency {
  readonly levels: readonly [StoredLevel, StoredLevel]
  readonly site: readonly [StoredEvidence, StoredEvidence]
  readonly peaks: readonly [number, number]
  readonly urls: ReadonlyArray<StoredUrlState>
  readonly recent: ReadonlyArray<RecentTimes>
  readonly open: ReadonlyArray<StoredLatencyIncident>
  /** Since when it is in doubt what the cause is. */
  readonly doubtMs: number | null
}

/** The odds of a slow request have risen by this at least, and p95 by that: what is less wakes nobody, however sure it is. */
const leastOddsRatio = 2
const leastTimesP95 = 1.5
/** Nor what is quick all the same. */
const leastP95Us = 5_000
const leastSlow = 3
/** From this evidence on the level follows at a quarter of its pace, and at a tenth while an incident is open. */
const doubtfulStrength = 3
const doubtfulPace = 0.25
const heldPace = 0.1
/** A cause that leads by less is told when the doubt has lasted for so long. */
const clearLead = 3
const mostDoubtWindows = 2
/** Slow URLs that become so within so many windows are one incident. */
const togetherWindows = 12
const acceptedForMs = 3 * 86_400_000

/**
 * Whether requests take longer than usual: of all traffic, and of each URL whose times are known. A request is slow by its URL's own cuts, so what is
 * tested is a share, by the same evidence as errors (`Evidence`). As all of the incidents a pure fold: the same windows and models give the same events,
 * whenever it stops and goes on in between (`stored`).
 */
export class LatencyJudge {
  readonly #levels: readonly [Level, Level]
  readonly #site: readonly [Evidence, Evidence]
  /** How strong the site's evidence was while it was also slower by much. */
  readonly #peaks: [number, number]
  readonly #urls: UrlTimes
  #recent: Array<RecentTimes>
  #open: Array<LatencyIncident>
  #doubtMs: number | null
  #events: Array<IncidentEvent> = []
  #known: ReadonlyMap<string, UsualTimes> = new Map()
  #knownOf: LatencyModel | undefined

  constructor(stored?: StoredLatency) {
    this.#levels = [new Level(stored?.levels[0]), new Level(stored?.levels[1])]
    this.#site = [new Evidence(stored?.site[0]), new Evidence(stored?.site[1])]
    this.#peaks = [...(stored?.peaks ?? ([0, 0] as const))]
    this.#urls = new UrlTimes(stored?.urls)
    this.#recent = [...(stored?.recent ?? [])]
    this.#open = (stored?.open ?? []).map((o) => new LatencyIncident(o))
    this.#doubtMs = stored?.doubtMs ?? null
    for (const incident of this.#open) this.#hold(incident, 1)
  }

  /** Another model: the level stands where it stood. */
  setModel(before: LatencyModel | undefined, after: LatencyModel | undefined, endMs: number): void {
    if (before === undefined || after === undefined) return
    const factorOf = ({ factors }: LatencyModel["cuts"][CutIndex]) => factors[stratumOf(factors.length, endMs)]!
    for (const c of cutIndexes) this.#levels[c].rebase(factorOf(before.cuts[c]), factorOf(after.cuts[c]))
  }

  /** Undefined where no line has said a time yet. */
  stored(): StoredLatency | undefined {
    if (this.#recent.length === 0) return undefined
    return {
      levels: [this.#levels[0].stored(), this.#levels[1].stored()],
      site: [this.#site[0].stored(), this.#site[1].stored()],
      peaks: [...this.#peaks],
      urls: this.#urls.stored(),
      recent: [...this.#recent],
      open: this.#open.map((o) => o.stored()),
      doubtMs: this.#doubtMs
    }
  }

  take(): ReadonlyArray<IncidentEvent> {
    const events = this.#events
    this.#events = []
    return events
  }

  /** Whether what comes now is part of an incident, and so not usual. */
  isHeld(key?: string): boolean {
    return this.#open.some((o) => (key === undefined ? o.isGlobal : o.covers(key)))
  }

  /** Windows without a line, up to `endMs`. */
  through(endMs: number): void {
    if (this.#open.length === 0) return
    for (const incident of [...this.#open]) {
      if (endMs - incident.lastMs >= incidentLimits.quietMs) this.#close(incident, endMs, "quiet")
    }
  }

  /**
   * The next window.
   * @param isTold whether another incident (errors) already tells of a URL, or of all traffic (undefined): servers that fail are slow, too
   */
  window(
    panes: WindowPanes,
    model: IncidentModel,
    isTold: (url?: string) => boolean,
    observer?: LatencyObserver
  ): void {
    const { times, startMs, endMs } = panes
    const { latency } = model
    if (times !== undefined && times.requests > 0 && latency !== undefined) {
      this.#keep(times.site, startMs)
      const known = this.#knownUrls(latency)
      const { site, urls } = timesOf(
        panes,
        times,
        latency,
        (key) => this.#urls.states.get(key)?.accepted?.usual ?? known.get(key)
      )
      const factors = cutIndexes.map((c) => {
        const of = latency.cuts[c].factors
        return of[stratumOf(of.length, startMs)]!
      })
      const now = atFactors(site, (c) => factors[c]! * this.#levels[c].ratio)
      this.#judgeUrls(urls, panes, latency, factors, startMs, observer)
      for (const c of cutIndexes) this.#judgeSite(c, site, factors[c]!, latency, startMs)
      for (const incident of this.#open) this.#follow(incident, now, panes)
      this.#decide(model, latency, panes, now, isTold)
      this.#learn(site, factors, latency, panes, observer)
      this.#urls.end(endMs, (key, peak) => {
        if (!this.#open.some((o) => o.covers(key))) observer?.peak("url.latency", peak)
      })
      for (const c of cutIndexes) {
        if (!this.#site[c].isEmpty || this.#peaks[c] === 0) continue
        observer?.peak("global.latency", this.#peaks[c])
        this.#peaks[c] = 0
      }
      this.#end(model, latency, panes, observer)
    }
    this.through(endMs)
  }

  #knownUrls(latency: LatencyModel): ReadonlyMap<string, UsualTimes> {
    if (this.#knownOf !== latency) {
      this.#knownOf = latency
      this.#known = new Map(Object.entries(latency.urls))
    }
    return this.#known
  }

  #keep(site: ArrayLike<number>, startMs: number): void {
    const bins: Array<number> = []
    for (let bin = 0; bin < timeBins; bin++) if (site[bin]! > 0) bins.push(bin, site[bin]!)
    this.#recent.push({ startMs, bins })
    if (this.#recent.length > latencyLimits.recentWindows) this.#recent.shift()
  }

  #judgeUrls(
    urls: ReturnType<typeof timesOf>["urls"],
    panes: WindowPanes,
    latency: LatencyModel,
    factors: ReadonlyArray<number>,
    startMs: number,
    observer: LatencyObserver | undefined
  ): void {
    const times = panes.times!
    const spreads = [latency.cuts[0].url_spread, latency.cuts[1].url_spread] as const
    // A URL is as slow for the hour as its site is.
    const slowed = cutIndexes.map((c) => factors[c]! * this.#levels[c].ratio)
    this.#urls.begin()
    for (const { key, place, at, usual, counts } of urls) {
      const now = atFactors(counts, (c) => slowed[c]!)
      const odds = (c: CutIndex) => oddsOf(expectedOf(usual, c, now.expected[c] / now.requests, latency.cuts[c].wander))
      this.#urls.window(key, now, { bins: times.urls, at }, times.clients(place), startMs, spreads, odds)
      if (observer === undefined) continue
      for (const c of cutIndexes) observer.url(c, startMs, now.requests, now.slow[c], now.expected[c] / now.requests)
    }
  }

  #judgeSite(c: CutIndex, site: SlowCounts, factor: number, latency: LatencyModel, startMs: number): void {
    const rate = Math.min(mostShare, (site.expected[c] / site.requests) * factor)
    const { slow, spread, wander } = latency.cuts[c]
    const expected = this.#levels[c].expected(rate, { wander, errors: slow })
    this.#site[c].add(site.requests, site.slow[c], oddsOf(expected), spread, startMs)
  }

  #learn(
    site: SlowCounts,
    factors: ReadonlyArray<number>,
    latency: LatencyModel,
    panes: WindowPanes,
    observer: LatencyObserver | undefined
  ): void {
    const windowMs = panes.endMs - panes.startMs
    const isHeld = this.#open.length > 0
    for (const c of cutIndexes) {
      const level = this.#levels[c]
      const rate = Math.min(mostShare, (site.expected[c] / site.requests) * factors[c]!)
      const now = Math.min(mostShare, rate * level.ratio)
      observer?.site(c, panes.startMs, site.requests, site.slow[c], site.expected[c], now, isHeld)
      const strength = this.#site[c].current?.strength ?? 0
      const pace = isHeld ? heldPace : strength >= doubtfulStrength ? doubtfulPace : 1
      level.add(site.requests, site.slow[c], rate, latency.cuts[c].spread, windowMs, pace)
    }
  }

  /** The cut by which all traffic is slow, where it is alarming. */
  #siteAlarm(
    latency: LatencyModel,
    now: SlowCounts,
    startMs: number
  ): { c: CutIndex; excursion: Excursion } | undefined {
    const c = strongest(this.#site)
    const excursion = this.#site[c].current
    if (excursion === undefined || !isMuch(excursion, now.expected[c] / now.requests)) return undefined
    const { p95_us } = usualOfSite(latency, startMs)
    if (!isSlower(this.#binsSince(excursion.sinceMs), p95_us)) return undefined
    this.#peaks[c] = Math.max(this.#peaks[c], excursion.strength)
    return excursion.strength < latency.thresholds.global.strength ? undefined : { c, excursion }
  }

  #urlAlarms(latency: LatencyModel): ReadonlyArray<UrlState> {
    const alarming: Array<UrlState> = []
    for (const state of this.#urls.states.values()) {
      const c = strongest(state.evidence)
      const { current } = state.evidence[c]
      const { requests, expected } = state.sum
      if (current === undefined || !isMuch(current, expected[c] / Math.max(1, requests))) continue
      if (!isSlower(state.bins, this.#usualOfUrl(state).p95_us)) continue
      state.peaks[c] = Math.max(state.peaks[c], current.strength)
      if (current.strength < latency.thresholds.url.strength || this.#open.some((o) => o.covers(state.key))) continue
      alarming.push(state)
    }
    return byExcess(alarming)
  }

  #usualOfUrl({ key, accepted }: UrlState): UsualTimes {
    return accepted?.usual ?? this.#known.get(key) ?? this.#knownOf!.site
  }

  #decide(
    model: IncidentModel,
    latency: LatencyModel,
    panes: WindowPanes,
    now: SlowCounts,
    isTold: (url?: string) => boolean
  ): void {
    const windowMs = panes.endMs - panes.startMs
    const site = this.#siteAlarm(latency, now, panes.startMs)
    const alarming = this.#urlAlarms(latency).filter(({ key }) => !isTold(key))
    if (isTold()) return
    // While an incident is open, the site's evidence is its own: it is asked again only now and then.
    const isAgain = this.#open.some((o) => o.isDue)
    if (alarming.length === 0 && (site === undefined || (this.#open.length > 0 && !isAgain))) {
      this.#doubtMs = null
      return
    }
    const lead = alarming[0]
    const c = site?.c ?? strongest(lead!.evidence)
    const current = site?.excursion ?? this.#site[c].current
    const rate = now.expected[c] / now.requests
    const found = latencyCause(
      c,
      current === undefined ? undefined : { excursion: current, rate },
      this.#urls.states.values(),
      { count: this.#known.size, share: (key) => (this.#known.get(key)?.requests ?? 0) / latency.site.requests }
    )
    if (found.lead < clearLead && !isAgain && this.#waits(panes.endMs, windowMs)) return
    this.#doubtMs = null
    const isWhole = current !== undefined && found.members.length === 0
    // A URL that is slow as all traffic is, is told with all traffic or not at all.
    if (isWhole && site === undefined) return
    const members = found.members.length > 0 ? found.members : alarming
    if (!isWhole && members.length === 0) return
    const cause = isWhole
      ? this.#causeOfSite(c, current, latency, panes, now)
      : this.#causeOfUrls(c, members, found.share)
    const host = this.#hostOf(cause, panes.startMs, windowMs)
    if (host === undefined) {
      this.#tell(cause, lead, site?.excursion, model, latency, panes)
      return
    }
    this.#extend(host, cause, panes.endMs)
  }

  #waits(endMs: number, windowMs: number): boolean {
    this.#doubtMs ??= endMs
    return endMs - this.#doubtMs < mostDoubtWindows * windowMs
  }

  #causeOfSite(
    c: CutIndex,
    { sinceMs, rawRequests, rawErrors }: Excursion,
    latency: LatencyModel,
    panes: WindowPanes,
    now: SlowCounts
  ): LatencyCause {
    const sum = noCounts()
    sum.requests = rawRequests
    sum.slow[c] = rawErrors
    sum.slow[1 - c] = now.slow[1 - c]! * (rawRequests / now.requests)
    for (const cut of cutIndexes) sum.expected[cut] = now.expected[cut] * (rawRequests / now.requests)
    const victims = [...this.#urls.states.values()].filter((s) => strengthOf(s) >= doubtfulStrength).length
    const bins = this.#binsSince(sinceMs)
    return {
      keys: [],
      cut: c,
      share: 1,
      victims,
      clients: panes.ip.count,
      sum,
      bins,
      usual: usualOfSite(latency, panes.startMs)
    }
  }

  #causeOfUrls(c: CutIndex, members: ReadonlyArray<UrlState>, share: number): LatencyCause {
    const [first] = members
    return {
      keys: members.map(({ key }) => key),
      cut: c,
      share,
      victims: 0,
      clients: Math.max(...members.map(({ clients }) => clients)),
      sum: sumOf(members.map(({ sum }) => sum)),
      bins: first!.bins,
      usual: this.#usualOfUrl(first!)
    }
  }

  /** The open incident that a cause is another view of. */
  #hostOf({ keys }: LatencyCause, startMs: number, windowMs: number): LatencyIncident | undefined {
    const own = this.#open.find((o) => (keys.length === 0 ? o.isGlobal : keys.some((key) => o.keys.includes(key))))
    if (own !== undefined) return own
    return this.#open.find((o) => keys.length === 0 || o.isGlobal || startMs - o.openedMs <= togetherWindows * windowMs)
  }

  #extend(host: LatencyIncident, cause: LatencyCause, endMs: number): void {
    const isUrls = cause.keys.length > 0 && !host.isGlobal
    const keys = isUrls ? [...new Set([...host.keys, ...cause.keys])] : cause.keys
    this.#hold(host, -1)
    const isOther = host.take({ ...cause, keys })
    this.#hold(host, 1)
    if (isOther) this.#say(host, "changed-cause", endMs)
    if (!host.isGlobal) return
    for (const other of [...this.#open]) if (other !== host) this.#close(other, endMs, "merged")
  }

  #tell(
    cause: LatencyCause,
    alarming: UrlState | undefined,
    site: Excursion | undefined,
    model: IncidentModel,
    latency: LatencyModel,
    panes: WindowPanes
  ): void {
    if (this.#open.length >= latencyLimits.open) return
    const { startMs, endMs } = panes
    const isWhole = cause.keys.length === 0
    // The proof is what was enough: of a URL, or of all traffic, whichever is named as the cause.
    const isByUrl = alarming !== undefined && !isWhole
    const proof = isByUrl ? alarming.evidence[strongest(alarming.evidence)].current! : site!
    const family: LatencyFamily = isByUrl ? "url.latency" : "global.latency"
    const { strength: level, weekly } = latency.thresholds[isByUrl ? "url" : "global"]
    const certificate: Certificate = {
      family,
      evidence: significant(proof.strength, 6),
      level: significant(level, 6),
      budget_weekly: significant(weekly, 6),
      budget_total_weekly: model.budget_weekly,
      expected_rate: significant(cause.sum.expected[cause.cut] / Math.max(1, cause.sum.requests), 6),
      observed_rate: significant(cause.sum.slow[cause.cut] / Math.max(1, cause.sum.requests), 6),
      since: rfc3339(proof.sinceMs),
      learnt_through: model.learnt?.end ?? null
    }
    const id = incidentId("latency", isWhole ? "global" : "url", startMs, endMs - startMs, cause.keys[0] ?? "")
    const opened = { openedMs: proof.sinceMs, startMs, siteRequests: panes.requests }
    const incident = LatencyIncident.of(id, cause, opened, certificate)
    this.#open.push(incident)
    this.#hold(incident, 1)
    this.#say(incident, "opened", endMs)
  }

  #follow(incident: LatencyIncident, now: SlowCounts, panes: WindowPanes): void {
    const times = panes.times!
    if (incident.isGlobal) {
      incident.window(
        panes.startMs,
        now,
        { requests: panes.requests, clients: panes.ip.count },
        { bins: times.site, at: 0 }
      )
      return
    }
    const states = incident.keys.flatMap((key) => this.#urls.states.get(key) ?? [])
    const counts = sumOf(states.map((s) => s.now))
    const clients = Math.max(0, ...states.map((s) => s.clients))
    incident.window(panes.startMs, counts, { requests: panes.requests, clients }, states[0]?.row)
  }

  #end(model: IncidentModel, latency: LatencyModel, panes: WindowPanes, observer: LatencyObserver | undefined): void {
    const { endMs } = panes
    const mostMs = acceptedAfterMs(model)
    for (const incident of [...this.#open]) {
      if (endMs - incident.openedMs >= mostMs) {
        this.#accept(incident, latency, panes)
        this.#close(incident, endMs, "accepted", observer)
      } else if (incident.isCalm) this.#close(incident, endMs, "recovered", observer)
      else if (incident.hasGrown) this.#say(incident, "grew", endMs)
    }
  }

  /** What lasted for so long is usual from now on. */
  #accept(incident: LatencyIncident, latency: LatencyModel, { startMs, endMs }: WindowPanes): void {
    if (incident.isGlobal) {
      for (const c of cutIndexes) {
        const of = latency.cuts[c].factors
        const learnt = Math.min(mostShare, slowShareOf(latency.site, c) * of[stratumOf(of.length, startMs)]!)
        this.#levels[c].accept(Math.max(learnt, incident.recentShare(c)), learnt)
      }
      return
    }
    for (const key of incident.keys) {
      const state = this.#urls.states.get(key)
      if (state === undefined) continue
      state.accepted = { usual: usualOf(state.bins), untilMs: endMs + acceptedForMs }
    }
  }

  #close(incident: LatencyIncident, endMs: number, why: ClosedWhy, observer?: LatencyObserver): void {
    this.#open = this.#open.filter((o) => o !== incident)
    this.#hold(incident, -1)
    if (why !== "merged") {
      // One fault is one peak, however many URLs it slowed down.
      let peak = 0
      if (incident.isGlobal) peak = Math.max(...this.#peaks)
      // All traffic was slow because of it, unless something else still is.
      if (this.#open.length === 0) {
        this.#peaks.fill(0)
        for (const evidence of this.#site) evidence.clear()
      }
      for (const state of this.#urls.states.values()) {
        if (state.holders > 0 || !incident.covers(state.key)) continue
        const own = this.#urls.forgive(state)
        if (!incident.isGlobal) peak = Math.max(peak, own)
      }
      if (peak > 0) observer?.peak(incident.isGlobal ? "global.latency" : "url.latency", peak)
    }
    this.#say(incident, "closed", endMs, why)
  }

  #hold(incident: LatencyIncident, by: 1 | -1): void {
    for (const key of incident.keys) {
      const state = this.#urls.states.get(key)
      if (state !== undefined) state.holders = Math.max(0, state.holders + by)
    }
  }

  /** Request times of all traffic since then, as far as they are kept. */
  #binsSince(sinceMs: number): ReadonlyArray<number> {
    const sum = new Array<number>(timeBins).fill(0)
    for (const { startMs, bins } of this.#recent) {
      if (startMs < sinceMs) continue
      for (let i = 0; i < bins.length; i += 2) sum[bins[i]!]! += bins[i + 1]!
    }
    return sum
  }

  #say(incident: LatencyIncident, type: IncidentEventType, endMs: number, why?: ClosedWhy): void {
    this.#events.push(incident.event(type, endMs, why))
  }
}

/** What a URL is expected to do: no more exactly than its site. */
const expectedOf = ({ cuts }: UsualTimes, c: CutIndex, rate: number, wander: number): Expected => {
  const p = Math.min(mostShare, Math.max(1e-6, rate))
  const alpha = Math.min(cuts[c][1] + 1, 1 / wander)
  return { alpha, beta: (alpha * (1 - p)) / p }
}

const strongest = (evidence: readonly [Evidence, Evidence]): CutIndex =>
  (evidence[1].current?.strength ?? 0) > (evidence[0].current?.strength ?? 0) ? 1 : 0

const excess = (state: UrlState): number => {
  const c = strongest(state.evidence)
  return state.sum.slow[c] - state.sum.expected[c]
}

const byExcess = (states: ReadonlyArray<UrlState>): ReadonlyArray<UrlState> =>
  [...states].sort((a, b) => excess(b) - excess(a) || (a.key < b.key ? -1 : 1))

const isMuch = ({ rawRequests, rawErrors }: Excursion, rate: number): boolean => {
  if (rawErrors < leastSlow) return false
  const share = rawErrors / rawRequests
  return share * (1 - rate) >= leastOddsRatio * rate * (1 - share)
}

const isSlower = (bins: ReadonlyArray<number>, usualUs: number): boolean => {
  const p95 = quantileOfBins(bins, 0.95)
  return p95 >= Math.max(leastP95Us, leastTimesP95 * usualUs)
}

const usualOfSite = ({ p50_us, p95_us }: LatencyModel, startMs: number) => ({
  p50_us: p50_us[stratumOf(p50_us.length, startMs)]!,
  p95_us: p95_us[stratumOf(p95_us.length, startMs)]!
})
