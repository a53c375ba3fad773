import { significant } from "../thresholds/numerics.ts"
import { rfc3339 } from "../time.ts"
import { type Cause, findCauses, isTelling, type JointWindow, leastErrors, type Series } from "./causes.ts"
import {
  type Certificate,
  type ClosedWhy,
  type IncidentEvent,
  type IncidentEventType,
  type IncidentKind,
  incidentId
} from "./event.ts"
import { ChangingOdds, Evidence, type Excursion, type Odds, rateOfExpected, type StoredEvidence } from "./evidence.ts"
import { eventOf } from "./incident-event.ts"
import { incidentLimits } from "./incident-limits.ts"
import { type Accepted, KeyOdds, levelSteps } from "./key-odds.ts"
import { type KeyJudge, type KeyState, KeyStates, type StoredKeyState, type WindowTimes } from "./key-states.ts"
import { LatencyJudge, type LatencyObserver, type StoredLatency } from "./latency/latency-judge.ts"
import { Level, type StoredLevel } from "./level.ts"
import { acceptedAfterMs, type Family, familyOf, type IncidentModel, siteOutages, stratumOf } from "./model.ts"
import { networkPanes } from "./network-panes.ts"
import { OpenIncident, type StoredIncident } from "./open-incident.ts"
import {
  type CauseDimension,
  type ClassIndex,
  classIndexes,
  type KeyedCause,
  type KeyPanes,
  keyedCauses,
  type WindowPanes
} from "./panes.ts"
import { sectionsOf, wholeShare } from "./sections.ts"
import type { StoredTraffic } from "./traffic.ts"
import { mostGap, type OpenIncidents, TrafficJudge } from "./traffic-judge.ts"

/** What a learner hears of the windows while they are judged. */
export interface DetectorObserver {
  /** A pane of a key with errors or evidence: its errors by class, none above what its expectation explains. */
  errors(dimension: KeyedCause, hash: number, key: string, client: number, server: number): void
  /** All traffic of a class: `held` while an incident is open on it. */
  site(errorClass: ClassIndex, requests: number, errors: number, expected: number, held: boolean): void
  traffic(startMs: number, requests: number, expected: number | undefined, held: boolean): void
  /** As `traffic` without a request and an expectation for so many windows from `startMs` on. */
  silence(startMs: number, windows: number): void
  peak(family: Family, strength: number): void
  readonly latency?: LatencyObserver
}

/** There is enough evidence, and more than one likely cause. */
interface Doubt {
  /** End of the window in which it began, and that window's start and requests. */
  readonly sinceMs: number
  readonly startMs: number
  readonly requests: number
  /** The likeliest cause then: it is told if what comes says nothing better. */
  readonly cause: Cause
  readonly clients: number
  readonly share: number
}

/** All that the detector holds, as JSON. From it and the windows behind it the same incidents follow. */
export interface StoredDetector {
  readonly end: number
  readonly levels: readonly [StoredLevel, StoredLevel]
  readonly site: readonly [StoredEvidence, StoredEvidence]
  /** Keys that were there at the same time, at most. */
  readonly active: { readonly [dimension in KeyedCause]: number }
  readonly keys: { readonly [dimension in KeyedCause]: ReadonlyArray<StoredKeyState> }
  readonly traffic: StoredTraffic
  readonly joint: ReadonlyArray<JointWindow>
  readonly open: ReadonlyArray<StoredIncident>
  /** By class, what is to be told once it is clear which of several likely causes it is. */
  readonly doubt?: readonly [Doubt | null, Doubt | null]
  /** Absent where no line has said how long its request took. */
  readonly latency?: StoredLatency
}

/** Strength beyond which a key of the history is not learnt from. */
const alarmingStrength = 12
/** Keys whose last error is further back are no part of what happens now. */
const recentWindows = 30
/** From this evidence on the level follows at this pace. */
const doubtfulStrength = 3
const doubtfulPace = 0.25
/** While an incident is open: what lasts for many hours is how the site is now. */
const heldPace = 0.1
/** A cause that leads by less than this is told when the doubt has lasted for so long. */
const clearLead = 4
const mostDoubtWindows = 2
/**
 * A restart takes a moment. An outage goes on while two thirds of what it would show in its time were seen, though no window counts for much more than
 * an outage shows in it: of six windows, three are not enough, whatever failed in them.
 */
const goesOnShare = 0.66
const mostOfAWindow = 1.2
const timesUsual = 2
/** Part of the requests since the site has been failing that makes a network the whole site, before anything is learnt. */
const nearlyAll = 0.95
/** What a long incident showed of a key holds for so long. */
const acceptedForMs = 3 * 86_400_000

/**
 * The incidents: windows in, in the order of their times, events out. A pure fold: no clock, no randomness; the same windows and the same models
 * give the same events, whenever it stops and goes on in between (`stored`).
 */
export class IncidentDetector {
  #model: IncidentModel
  readonly #observer: DetectorObserver | undefined
  #endMs: number
  readonly #levels: readonly [Level, Level]
  readonly #site: readonly [Evidence, Evidence]
  readonly #keys: { readonly [dimension in KeyedCause]: KeyStates }
  readonly #odds = { network: new KeyOdds("network"), url: new KeyOdds("url"), ip: new KeyOdds("ip") }
  readonly #judges: { readonly [dimension in KeyedCause]: KeyJudge }
  readonly #active: { [dimension in KeyedCause]: number }
  readonly #traffic: TrafficJudge
  #joint: Array<JointWindow>
  #open: Array<OpenIncident>
  #events: Array<IncidentEvent> = []
  readonly #steps: [number, number] = [0, 0]
  #oddsVersion = 0
  readonly #doubt: [Doubt | null, Doubt | null]
  readonly latency: LatencyJudge
  #sectionShares: ReadonlyMap<string, number> = new Map()
  #sectionsFrom: IncidentModel | undefined
  #urlRequests = 0
  #requestsOf: IncidentModel | undefined
  #whole: ReadonlySet<string> = new Set()
  #wholeOf: IncidentModel | undefined
  /** The window alone: no evidence from before. */
  readonly #alone = new Evidence()
  readonly #siteOdds = new ChangingOdds()

  constructor(model: IncidentModel, observer?: DetectorObserver, stored?: StoredDetector) {
    this.#model = model
    this.#observer = observer
    this.#judges = { network: this.#judgeOf("network"), url: this.#judgeOf("url"), ip: this.#judgeOf("ip") }
    this.#endMs = stored?.end ?? Number.NEGATIVE_INFINITY
    this.#levels = [new Level(stored?.levels[0]), new Level(stored?.levels[1])]
    this.#site = [new Evidence(stored?.site[0]), new Evidence(stored?.site[1])]
    this.#keys = {
      network: new KeyStates(stored?.keys.network),
      url: new KeyStates(stored?.keys.url),
      ip: new KeyStates(stored?.keys.ip)
    }
    this.#active = { network: 1, url: 1, ip: 1, ...stored?.active }
    this.#traffic = new TrafficJudge(this.#incidents(), observer, stored?.traffic)
    this.#joint = [...(stored?.joint ?? [])]
    this.#open = (stored?.open ?? []).map((o) => new OpenIncident(o))
    this.#doubt = stored?.doubt === undefined ? [null, null] : [...stored.doubt]
    this.latency = new LatencyJudge(stored?.latency)
    for (const incident of this.#open) this.#hold(incident, 1)
  }

  /** Judges every window from now on. The level stands where it stood. */
  setModel(model: IncidentModel): void {
    for (const c of classIndexes) {
      const mean = (rates: ReadonlyArray<number>) => rates[stratumOf(rates.length, this.#endMs)] ?? rates[0]!
      if (this.#endMs > 0) this.#levels[c].rebase(mean(this.#model.classes[c].rates), mean(model.classes[c].rates))
    }
    this.latency.setModel(this.#model.latency, model.latency, this.#endMs)
    this.#model = model
    this.#oddsVersion++
  }

  /** What was decided since the last call. */
  take(): ReadonlyArray<IncidentEvent> {
    const events = this.#events
    this.#events = []
    return events
  }

  /** The next window. Windows without a line between it and the one before count as silence. */
  window(panes: WindowPanes): void {
    this.through(panes.startMs)
    const beforeMs = this.#endMs
    this.#endMs = panes.endMs
    const { startMs, endMs } = panes
    const windowMs = endMs - startMs
    this.#active.url = Math.max(this.#active.url, panes.url.count)
    this.#active.ip = Math.max(this.#active.ip, panes.ip.count)
    for (const c of classIndexes) {
      const step = Math.round(levelSteps * Math.log2(Math.max(1, this.#levels[c].ratio)))
      if (step !== this.#steps[c]) this.#oddsVersion++
      this.#steps[c] = step
    }
    const times = { startMs, endMs, beforeMs }
    const errors = panes.errors[0] + panes.errors[1]
    this.#judgeKeys("ip", panes.ip, times, errors > 0)
    this.#judgeKeys("url", panes.url, times, errors > 0)
    const networks = this.#keys.network.states
    const watched = networkPanes(panes.ip, errors, networks)
    this.#active.network = Math.max(this.#active.network, watched.count)
    this.#judgeKeys("network", watched, times, errors > 0)
    if (errors > 0) {
      this.#joint.push({ startMs, errors: panes.errors, cells: panes.joint(incidentLimits.jointCells) })
      if (this.#joint.length > incidentLimits.jointWindows) this.#joint.shift()
    }
    for (const c of classIndexes) this.#judgeClass(c, panes, windowMs)
    this.#closeErrors(panes)
    // Behind the errors: a swarm or a scanner that fails is told by what it does, not as a flood.
    this.#traffic.window(this.#model, startMs, panes.requests, panes)
    this.latency.window(panes, this.#model, this.#isFailing, this.#observer?.latency)
    this.#takeLatency()
  }

  #takeLatency(): void {
    const events = this.latency.take()
    if (events.length > 0) this.#events.push(...events)
  }

  readonly #isFailing = (url?: string): boolean => this.#failsBy(url)

  /** Whether an open incident tells that servers fail, everywhere or for this URL: they are slow, too, for the same reason. */
  #failsBy(url?: string): boolean {
    return this.#open.some(
      (o) => o.class === 1 && (o.dimension === "global" || (url !== undefined && o.isCause("url", url)))
    )
  }

  /** Windows that begin before `beforeMs` and were not given had no line. */
  through(beforeMs: number): void {
    // Nothing lies between most windows and the one before.
    if (this.#endMs === Number.NEGATIVE_INFINITY || this.#endMs >= beforeMs) return
    const windowMs = this.#model.window_ms
    for (let i = 0; this.#endMs < beforeMs && i < mostGap; i++) {
      if (this.#isIdle()) {
        const windows = Math.min(mostGap - i, Math.ceil((beforeMs - this.#endMs) / windowMs))
        this.#observer?.silence(this.#endMs, windows)
        this.#endMs += windowMs * windows
        break
      }
      const startMs = this.#endMs
      this.#endMs += windowMs
      this.#traffic.window(this.#model, startMs, 0)
      for (const c of classIndexes) this.#endDoubt(c)
      this.#closeQuiet()
    }
    if (this.#endMs < beforeMs) this.#endMs = beforeMs
    this.#closeQuiet()
    this.latency.through(beforeMs)
    this.#takeLatency()
  }

  /** See `TrafficJudge`. */
  silenceBy(throughMs: number): IncidentEvent | undefined {
    return this.#traffic.silenceBy(this.#model, this.#endMs, throughMs)
  }

  /** End of the last window that was judged. */
  get endMs(): number {
    return this.#endMs
  }

  /** Whether windows without a line change nothing: no silence is judged, and nothing is to be told at the end of one of them. */
  #isIdle(): boolean {
    const [client, server] = this.#doubt
    return this.#model.traffic === undefined && this.#open.length === 0 && client === null && server === null
  }

  #closeQuiet(): void {
    if (this.#open.length === 0) return
    for (const incident of [...this.#open]) {
      const isQuiet = this.#endMs - incident.lastErrorMs >= incidentLimits.quietMs
      if (incident.class !== undefined && isQuiet) this.#close(incident, "quiet")
    }
  }

  stored(): StoredDetector {
    const latency = this.latency.stored()
    return {
      end: this.#endMs,
      levels: [this.#levels[0].stored(), this.#levels[1].stored()],
      site: [this.#site[0].stored(), this.#site[1].stored()],
      active: { ...this.#active },
      keys: {
        network: this.#keys.network.stored(),
        url: this.#keys.url.stored(),
        ip: this.#keys.ip.stored()
      },
      traffic: this.#traffic.stored(),
      joint: this.#joint,
      open: this.#open.map((o) => o.stored()),
      doubt: [...this.#doubt],
      ...(latency === undefined ? {} : { latency })
    }
  }

  #oddsOf(dimension: KeyedCause, key: string, accepted: Accepted | undefined, c: ClassIndex): Odds {
    return this.#odds[dimension].of(this.#model, key, accepted, c, this.#steps[c])
  }

  #judgeKeys(dimension: KeyedCause, panes: KeyPanes, times: WindowTimes, mayFail: boolean): void {
    const judge = this.#judges[dimension]
    judge.version = this.#oddsVersion
    this.#keys[dimension].window(panes, times, judge, mayFail)
  }

  #judgeOf(dimension: KeyedCause): KeyJudge {
    return {
      version: 0,
      hearsAll: this.#observer !== undefined,
      odds: (key, accepted, c) => this.#oddsOf(dimension, key, accepted, c),
      spread: (c) => this.#model.classes[c].priors[dimension].spread,
      pane: (key, hash, of, i, state) => this.#learnt(dimension, key, hash, of, i, state),
      ended: (key, c, peak) => {
        if (!this.#isExplained(dimension, key, c)) this.#observer?.peak(familyOf(dimension, c), peak)
      }
    }
  }

  /** Whether an open incident is why a key is too high: its victims are no evidence of how restless their kind is. */
  #isExplained(dimension: KeyedCause, key: string, c: ClassIndex): boolean {
    return this.#open.some((o) => o.class === c && (o.dimension === "global" || o.explains(dimension, key)))
  }

  /** Tells of a key's errors no more than what its expectation explains. */
  #learnt(dimension: KeyedCause, key: string, hash: number, panes: KeyPanes, i: number, state?: KeyState): void {
    const observer = this.#observer
    if (observer === undefined) return
    const taken: [number, number] = [0, 0]
    for (const c of classIndexes) {
      const errors = state === undefined ? panes.errorsOf(i, c) : state.errors[c]
      if (this.#model.learnt === null || state?.accepted?.rates[c] != null) taken[c] = errors
      else if (state === undefined && errors <= 1) taken[c] = errors
      else {
        const { expected, rate: p } = this.#oddsOf(dimension, key, state?.accepted, c)
        const n = panes.requests(i)
        const isOdd =
          state !== undefined && (state.holders > 0 || (state.evidence[c].current?.strength ?? 0) > alarmingStrength)
        const spread = this.#model.classes[c].priors[dimension].spread + 1 / (1 + expected.alpha + expected.beta)
        const most = n * p + 3 * Math.sqrt(n * p * (1 - p) * (1 + (n - 1) * Math.min(1, spread)))
        taken[c] = isOdd ? n * p : Math.min(errors, Math.max(1, most))
      }
    }
    observer.errors(dimension, hash, key, taken[0], taken[1])
  }

  #judgeClass(c: ClassIndex, panes: WindowPanes, windowMs: number): void {
    const { rates, spread } = this.#model.classes[c]
    const { startMs } = panes
    const rate = rates[stratumOf(rates.length, startMs)]!
    const level = this.#levels[c]
    const evidence = this.#site[c]
    const expected = level.expected(rate, this.#model.classes[c])
    const p = rateOfExpected(expected)
    const hasFailed = panes.errors[c] > 0
    // Requests that went well add nothing to no evidence.
    const odds = hasFailed || !evidence.isEmpty ? this.#siteOdds.at(expected) : undefined
    if (odds !== undefined) evidence.add(panes.requests, panes.errors[c], odds, spread, startMs)
    const found = evidence.current
    if (evidence.isEmpty && evidence.peak > 0) {
      this.#observer?.peak(familyOf("global", c), evidence.peak)
      evidence.peak = 0
    }
    // The window alone: what accumulates is no proof where rates wander for minutes, a great step within one window is.
    const alone = this.#alone
    alone.clear()
    if (odds !== undefined && hasFailed) alone.add(panes.requests, panes.errors[c], odds, spread, startMs)
    const now = alone.current
    if (now !== undefined) this.#observer?.peak(familyOf("window", c), now.strength)
    const isEnough = found !== undefined && this.#isEnough(c, found, windowMs)
    const windowLevel = this.#model.thresholds[familyOf("window", c)].strength
    const isByWindow = now !== undefined && now.strength >= windowLevel && !isEnough
    const said = isByWindow ? now : found
    const isAlarming = said !== undefined && said.rawErrors >= leastErrors && (isByWindow || isEnough)
    const mine = this.#open.length === 0 ? noneOpen : this.#open.filter((o) => o.class === c)
    for (const incident of mine) incident.window(startMs, ...this.#countsOf(incident, panes), panes.requests)
    const isNew = (isAlarming && !this.#isTold(c, "global", "")) || this.#hasNewKey(c, startMs)
    if (isNew || mine.some((o) => o.isDue())) {
      const threshold = isByWindow ? windowLevel : this.#siteLevel(c, found, windowMs)
      const site: Series | undefined = said && { dimension: "global", key: "", threshold, ...said }
      this.#solve(c, this.#seriesOf(c, site, startMs), panes, windowMs)
    }
    this.#endDoubt(c)
    const isHeld = this.#open.some((o) => o.class === c)
    this.#observer?.site(c, panes.requests, panes.errors[c], p, isHeld)
    // What may become an incident is learnt slowly, so that a small one is not learnt before it is told.
    const pace = isHeld ? heldPace : (found?.strength ?? 0) >= doubtfulStrength ? doubtfulPace : 1
    level.add(panes.requests, panes.errors[c], rate, spread, windowMs, pace)
  }

  /** Most evidence is too little by any level: which one it has to reach is looked for only where it may matter. */
  #isEnough(c: ClassIndex, found: Excursion, windowMs: number): boolean {
    const { strength, outage } = this.#model.thresholds[familyOf("global", c)]
    const least = outage === undefined ? strength : Math.min(strength, outage.strength)
    return found.strength >= least && found.strength >= this.#siteLevel(c, found, windowMs)
  }

  /** What the evidence of all traffic has to reach: less in an outage that goes on than in a moment. */
  #siteLevel(c: ClassIndex, found: Excursion | undefined, windowMs: number): number {
    const { strength, outage } = this.#model.thresholds[familyOf("global", c)]
    if (outage === undefined || found === undefined || found.strength >= strength) return strength
    const requests = (found.rawRequests * windowMs) / (this.#endMs - found.sinceMs)
    const usual = timesUsual * rateOfExpected(found.expected) * requests
    const { rate, ms } = siteOutages[c]
    const shown = rate * requests
    const fromMs = this.#endMs - ms
    let unusual = 0
    for (const w of this.#joint) {
      if (w.startMs >= fromMs) unusual += Math.min(mostOfAWindow * shown, Math.max(0, w.errors[c] - usual))
    }
    const goesOn = unusual > (goesOnShare * shown * ms) / windowMs
    return goesOn ? outage.strength : strength
  }

  /** Whether a key is alarming that no open incident explains. */
  #hasNewKey(c: ClassIndex, startMs: number): boolean {
    for (const dimension of keyedCauses) {
      const states = this.#keys[dimension]
      const threshold = this.#model.thresholds[familyOf(dimension, c)].strength
      if (states.strongest[c] < threshold) continue
      let strongest = 0
      for (const { key, evidence, lastErrorMs } of states.telling) {
        const { current } = evidence[c]
        if (current === undefined) continue
        strongest = Math.max(strongest, current.strength)
        if (current.strength < threshold || current.rawErrors < leastErrors) continue
        if (dimension === "network" && this.#isWhole(key)) continue
        if (this.#isRecent(lastErrorMs, startMs) && !this.#isTold(c, dimension, key)) return true
      }
      states.strongest[c] = strongest
    }
    return false
  }

  #isTold(c: ClassIndex, dimension: CauseDimension, key: string): boolean {
    return this.#open.some((o) => (o.class === c || o.class === undefined) && o.covers(dimension, key))
  }

  /** A key that failed an hour ago has nothing to do with what fails now, unless the site's own evidence is as old. */
  #isRecent(lastErrorMs: number, startMs: number): boolean {
    return startMs - lastErrorMs <= recentWindows * this.#model.window_ms
  }

  /** All that has evidence of a class. */
  #seriesOf(c: ClassIndex, site: Series | undefined, startMs: number): ReadonlyArray<Series> {
    const series: Array<Series> = site === undefined ? [] : [site]
    for (const dimension of keyedCauses) {
      const threshold = this.#model.thresholds[familyOf(dimension, c)].strength
      for (const { key, evidence, lastErrorMs } of this.#keys[dimension].telling) {
        const excursion = evidence[c].current
        if (dimension === "network" && (this.#isWhole(key) || this.#isAll(excursion, site))) continue
        const isOfSite = site !== undefined && lastErrorMs >= site.scan.sinceMs
        if (!isTelling(excursion) || !(isOfSite || this.#isRecent(lastErrorMs, startMs))) continue
        series.push({ dimension, key, threshold, ...excursion })
      }
    }
    return series
  }

  /** Where another cause is nearly as likely, the next window or two tell which it is. */
  #waits(
    c: ClassIndex,
    cause: Cause,
    told: Pick<Doubt, "clients" | "share">,
    { startMs, requests }: WindowPanes
  ): boolean {
    // An outage has to be told within its minute.
    const { outage } = this.#model.thresholds[familyOf("global", c)]
    if (cause.lead >= clearLead || cause.proof.threshold === outage?.strength) return false
    this.#doubt[c] ??= { sinceMs: this.#endMs, startMs, requests, cause, ...told }
    return !this.#isOver(this.#doubt[c])
  }

  #isOver({ sinceMs }: Doubt): boolean {
    return this.#endMs - sinceMs >= mostDoubtWindows * this.#model.window_ms
  }

  /** Evidence that was enough is told, even where it became less while it was in doubt what is the cause, or where no window came. */
  #endDoubt(c: ClassIndex): void {
    const doubt = this.#doubt[c]
    if (doubt === null || !this.#isOver(doubt)) return
    this.#doubt[c] = null
    if (this.#matching(doubt.cause, c, new Set()) === undefined) this.#tell(c, doubt, this.#model.window_ms)
  }

  /** Behind a proxy that hands on its own addresses, one network is the whole site: it is called so. */
  #isWhole(network: string): boolean {
    if (this.#wholeOf !== this.#model) {
      this.#wholeOf = this.#model
      const { ip, network: networks } = this.#model.keys
      const most = wholeShare * Object.values(ip).reduce((sum, [requests]) => sum + requests, 0)
      this.#whole = new Set(Object.keys(networks).filter((key) => networks[key]![0] >= most))
    }
    return this.#whole.has(network)
  }

  /** Until it is known which networks a site is visited from, one that now has nearly all requests is taken for the whole site. */
  #isAll(excursion: Excursion | undefined, site: Series | undefined): boolean {
    if (this.#model.learnt !== null || excursion === undefined || site === undefined) return false
    const pace = ({ rawRequests, sinceMs }: Pick<Excursion, "rawRequests" | "sinceMs">) =>
      rawRequests / (this.#endMs - sinceMs)
    return pace(excursion) >= nearlyAll * pace(site)
  }

  #sections(): ReadonlyMap<string, number> {
    if (this.#sectionsFrom !== this.#model) {
      this.#sectionShares = sectionsOf(this.#model)
      this.#sectionsFrom = this.#model
    }
    return this.#sectionShares
  }

  #shareOf(url: string): number | undefined {
    if (this.#requestsOf !== this.#model) {
      this.#requestsOf = this.#model
      this.#urlRequests = Object.values(this.#model.keys.url).reduce((sum, [requests]) => sum + requests, 0)
    }
    const known = this.#model.keys.url[url]
    return known === undefined ? undefined : known[0] / this.#urlRequests
  }

  #siteRate(c: ClassIndex, startMs: number): number {
    const model = this.#model.classes[c]
    return rateOfExpected(this.#levels[c].expected(model.rates[stratumOf(model.rates.length, startMs)]!, model))
  }

  #solve(c: ClassIndex, series: ReadonlyArray<Series>, panes: WindowPanes, windowMs: number): void {
    const causes = findCauses(series, this.#joint, c, this.#active, {
      rate: this.#siteRate(c, panes.startMs),
      sections: this.#sections(),
      share: (url) => this.#shareOf(url)
    })
    const matched = new Set<OpenIncident>()
    for (const cause of causes) {
      const clients = this.#clientsOf(cause, c)
      const share = shareOf(cause, series)
      const same = this.#matching(cause, c, matched)
      if (same !== undefined) {
        matched.add(same)
        this.#hold(same, -1)
        const isOther = same.take(cause, clients, share, this.#certificate(cause, c))
        this.#hold(same, 1)
        if (isOther) this.#say(same, "changed-cause")
        continue
      }
      if (this.#waits(c, cause, { clients, share }, panes)) continue
      this.#doubt[c] = null
      const { startMs, requests } = panes
      const incident = this.#tell(c, { cause, clients, share, startMs, requests }, windowMs)
      if (incident !== undefined) matched.add(incident)
    }
    // An incident that now is explained by another one is folded into it.
    for (const incident of this.#open.filter((o) => o.class === c && !matched.has(o))) {
      const host = [...matched].find((m) => m !== incident && m.names(incident))
      if (host !== undefined) this.#close(incident, "merged")
    }
  }

  #tell(
    c: ClassIndex,
    { cause, clients, share, startMs, requests }: Omit<Doubt, "sinceMs">,
    windowMs: number
  ): OpenIncident | undefined {
    if (this.#open.length >= incidentLimits.open) return undefined
    const own = cause.series.length === 1 ? cause.series[0]!.key : undefined
    // A flood of one key is told already.
    const flood = this.#open.find((o) => o.class === undefined && own !== undefined && o.isCause(cause.dimension, own))
    if (flood !== undefined) {
      flood.cover(cause)
      return undefined
    }
    const kind: IncidentKind = c === 0 ? "client-errors" : "server-errors"
    const id = incidentId(kind, cause.dimension, startMs, windowMs, cause.series[0]?.key ?? "")
    const certificate = this.#certificate(cause, c)
    const incident = OpenIncident.of(id, kind, c, cause, clients, share, certificate, { startMs, requests })
    this.#open.push(incident)
    this.#hold(incident, 1)
    this.#say(incident, "opened")
    return incident
  }

  /** The open incident that a cause is another view of: it names a key of it, or began with it and lies within it or around it. */
  #matching(cause: Cause, c: ClassIndex, matched: ReadonlySet<OpenIncident>): OpenIncident | undefined {
    const open = this.#open.filter((o) => o.class === c && !matched.has(o))
    const isOf = (o: OpenIncident) =>
      o.dimension === cause.dimension && (cause.series.length === 0 || cause.series.some((s) => o.keys.includes(s.key)))
    const mayBe = (o: OpenIncident) =>
      cause.victims.some((v) => o.isCause(v.dimension, v.key)) ||
      o.explains(cause.proof.dimension, cause.proof.key) ||
      (o.dimension === cause.dimension && Math.abs(o.sinceMs - cause.sinceMs) <= 12 * this.#model.window_ms)
    return open.find(isOf) ?? open.find(mayBe)
  }

  #countsOf(incident: OpenIncident, panes: WindowPanes): [requests: number, errors: number, expected: number] {
    const c = incident.class!
    if (incident.dimension === "global") {
      return [panes.requests, panes.errors[c], panes.requests * this.#siteRate(c, panes.startMs)]
    }
    let [requests, errors, expected] = [0, 0, 0]
    const { states } = this.#keys[incident.dimension]
    for (const key of incident.keys) {
      const state = states.get(key)
      if (state === undefined) continue
      requests += state.requests
      errors += state.errors[c]
      expected += state.requests * this.#oddsOf(incident.dimension, key, state.accepted, c).rate
    }
    return [requests, errors, expected]
  }

  #closeErrors(panes: WindowPanes): void {
    if (this.#open.length === 0) return
    for (const incident of [...this.#open]) {
      if (incident.class === undefined) continue
      if (panes.endMs - incident.openedMs >= acceptedAfterMs(this.#model)) this.#close(incident, "accepted")
      else if (incident.isCalm) this.#close(incident, "recovered")
      else if (panes.endMs - incident.lastErrorMs >= incidentLimits.quietMs) this.#close(incident, "quiet")
      else if (incident.hasGrown) this.#say(incident, "grew")
    }
  }

  #close(incident: OpenIncident, why: ClosedWhy): void {
    this.#open = this.#open.filter((o) => o !== incident)
    this.#hold(incident, -1)
    const c = incident.class
    if (c !== undefined && why !== "merged") {
      // What another open incident explains as well is still going on.
      const others = this.#open.filter((o) => o.class === c)
      const peaks = new Map<CauseDimension, number>()
      for (const { dimension, key } of incident.members()) {
        if (others.some((o) => o.explains(dimension, key))) continue
        const evidence = dimension === "global" ? this.#site[c] : this.#keys[dimension].states.get(key)?.evidence[c]
        if (evidence === undefined) continue
        peaks.set(dimension, Math.max(peaks.get(dimension) ?? 0, evidence.peak))
        evidence.clear()
      }
      // One fault is one peak of its kind, however many keys it hurt.
      for (const [dimension, peak] of peaks) if (peak > 0) this.#observer?.peak(familyOf(dimension, c), peak)
    }
    if (c !== undefined && why === "accepted") this.#accept(incident, c)
    if (c !== undefined && (why === "recovered" || why === "accepted") && incident.dimension === "global")
      this.#settle(incident, c)
    this.#say(incident, "closed", why)
  }

  /** What the cause did for so long is normal for its keys from now on. */
  #accept(incident: OpenIncident, c: ClassIndex): void {
    if (incident.dimension === "global") return
    for (const key of incident.keys) {
      const state = this.#keys[incident.dimension].states.get(key)
      if (state === undefined) continue
      const rates: [number | null, number | null] = [...(state.accepted?.rates ?? ([null, null] as const))]
      rates[c] = incident.recentRate
      state.accepted = { rates, untilMs: this.#endMs + acceptedForMs }
      state.oddsVersion = -1
    }
  }

  /** An incident of all traffic is over: the level stands where the site stands now, and what keys showed meanwhile is explained. */
  #settle(incident: OpenIncident, c: ClassIndex): void {
    const { rates } = this.#model.classes[c]
    const learnt = rates[stratumOf(rates.length, this.#endMs)]!
    if (incident.recentRate > learnt * this.#levels[c].ratio) this.#levels[c].accept(incident.recentRate, learnt)
    for (const dimension of keyedCauses) {
      for (const { evidence, holders } of this.#keys[dimension].telling) {
        const { current } = evidence[c]
        if (holders === 0 && current !== undefined && current.sinceMs >= incident.sinceMs) evidence[c].clear()
      }
    }
  }

  #hold(incident: OpenIncident, by: 1 | -1): void {
    if (incident.dimension === "global") return
    for (const key of incident.keys) {
      const state = this.#keys[incident.dimension].states.get(key)
      if (state !== undefined) state.holders = Math.max(0, state.holders + by)
    }
  }

  #clientsOf(cause: Cause, c: ClassIndex): number {
    const keys = new Set(cause.series.map((s) => s.key))
    const clients = new Set<string>()
    for (const { startMs, cells } of this.#joint) {
      if (startMs < cause.sinceMs) continue
      for (const cell of cells) {
        if (cell.status >= 500 !== (c === 1)) continue
        if (cause.dimension === "url" && !keys.has(cell.url)) continue
        if (cause.dimension === "ip" && !keys.has(cell.client)) continue
        clients.add(cell.client)
      }
    }
    return clients.size
  }

  #certificate({ own, proof }: Cause, c: ClassIndex): Certificate {
    const isAlone =
      proof.dimension === "global" && proof.threshold === this.#model.thresholds[familyOf("window", c)].strength
    const family = familyOf(isAlone ? "window" : proof.dimension, c)
    const threshold = this.#model.thresholds[family]
    const { weekly } = threshold.outage?.strength === proof.threshold ? threshold.outage : threshold
    return {
      family,
      evidence: significant(proof.strength, 6),
      level: significant(proof.threshold, 6),
      budget_weekly: significant(weekly, 6),
      budget_total_weekly: this.#model.budget_weekly,
      expected_rate: significant(rateOfExpected(own.expected), 6),
      observed_rate: significant(own.rawErrors / Math.max(1, own.rawRequests), 6),
      since: rfc3339(proof.sinceMs),
      learnt_through: this.#model.learnt?.end ?? null
    }
  }

  /** For the judge of traffic, which tells incidents of its own. */
  #incidents(): OpenIncidents {
    const openOf = () => this.#open
    return {
      get all() {
        return openOf()
      },
      opened: (incident) => {
        this.#open.push(incident)
        this.#say(incident, "opened")
      },
      closed: (incident, why) => {
        this.#open = this.#open.filter((o) => o !== incident)
        this.#say(incident, "closed", why)
      }
    }
  }

  #say(incident: OpenIncident, type: IncidentEventType, why?: ClosedWhy): void {
    incident.told(type)
    this.#events.push(eventOf(incident, type, this.#endMs, why))
  }
}

const noneOpen: ReadonlyArray<OpenIncident> = []

/** Part of the site's unexpected errors that lies within a cause. */
const shareOf = (cause: Cause, series: ReadonlyArray<Series>): number => {
  if (cause.dimension === "global") return 1
  const site = series.find((s) => s.dimension === "global")
  if (site === undefined) return 1
  const excess = (s: Series) => Math.max(0, s.rawErrors - s.rawRequests * rateOfExpected(s.expected))
  const own = cause.series.reduce((sum, s) => sum + excess(s), 0)
  return Math.min(1, own / Math.max(1, excess(site)))
}
