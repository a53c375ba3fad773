import { significant } from "../thresholds/numerics.ts"
import { rfc3339 } from "../time.ts"
import { type DetectorObserver, IncidentDetector, type StoredDetector } from "./detector.ts"
import type { IncidentEvent } from "./event.ts"
import { independentOf, strengthOf } from "./evidence.ts"
import type { EvidenceThreshold } from "./evidence-threshold.ts"
import { incidentLimits } from "./incident-limits.ts"
import { KeyTotals } from "./key-totals.ts"
import { LatencyLearner } from "./latency/latency-learner.ts"
import {
  type ClassModel,
  type DimensionPrior,
  type Family,
  families,
  firstModel,
  type IncidentModel,
  incidentModelSchema,
  leastLevel,
  modelStepsMs,
  siteOutages,
  stratumOf,
  type TrafficModel
} from "./model.ts"
import { type ClassIndex, classIndexes, type KeyedCause, type WindowPanes } from "./panes.ts"
import { Peaks } from "./peaks.ts"
import { priorFrom } from "./prior.ts"
import { Spread, Wander } from "./restlessness.ts"
import { NetworkTotals, type Totals } from "./totals.ts"
import { spikeOf } from "./traffic.ts"

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** A model is learnt anew each day, and of a long history after a twentieth of it. */
const fitsAHistory = 20
const hoursFromMs = dayMs
const weekendsFromMs = 14 * dayMs
const trafficFromMs = 2 * dayMs
/** What was seen fades by this a day, so that half of the weight is of the last fortnight. */
const fadeADay = 0.95
/** One window in so many tells how much the panes of a key vary. */
const spreadEvery = 16
const strata = 48
/** Where requests vary more than this about each hour's mean, as a relative variance beyond chance, no silence is told from a pause. */
const mostIrregular = 1
/** What is told however restless a site is: a share of its requests that fails for so long, or so many requests of a URL that all fail. */
const outages: {
  readonly [family in Family]?: { readonly rate: number; readonly ms?: number; readonly requests?: number }
} = {
  "global.server": siteOutages[1],
  "window.server": { rate: 0.5, ms: 60_000 },
  "url.server": { rate: 1, requests: 30 },
  "global.client": siteOutages[0],
  "url.client": { rate: 1, requests: 100 }
}
/** Of what an outage shows so much is enough: by chance and by the hour it shows less, and it has to be told all the same. */
const shortOfIt = 0.65
const [floodTimes, floodWindows] = [10, 6]
/** Keys with fewer requests are expected to be as others are. */
const leastKeyRequests = 5
/** Windows with an open incident count for so much. */
const heldWeight = 0.25

/**
 * Learns what is expected while it judges: each stretch of the history is judged by a model of what came before it (prequential), so the peaks of
 * its evidence are those of windows that the model has not seen: keys that are new, rates that drift and hours that differ included.
 * Windows in, a model out. In bounded memory, whatever the length of the history.
 */
export class IncidentLearner implements DetectorObserver {
  readonly detector: IncidentDetector
  readonly latency: LatencyLearner
  readonly #windowMs: number
  readonly #budget: number
  readonly #keys = { url: new KeyTotals(), ip: new KeyTotals() }
  readonly #networks = new NetworkTotals()
  readonly #peaks: { readonly [family in Family]: Peaks }
  readonly #siteRequests = [0, 1].map(() => new Float64Array(strata))
  readonly #siteErrors = [0, 1].map(() => new Float64Array(strata))
  readonly #siteSpread = [new Spread(), new Spread()] as const
  readonly #siteWander = [new Wander(), new Wander()] as const
  readonly #keySpread = { url: spreads(), ip: spreads() }
  readonly #traffic = { windows: new Float64Array(strata), requests: new Float64Array(strata), squares: 0 }
  #model: IncidentModel
  #firstMs = Number.NaN
  #endMs = Number.NaN
  #windows = 0
  #requests = 0
  #fits = 0
  #fitMs = 0
  #nextFitMs = Number.POSITIVE_INFINITY
  #startMs = 0

  constructor(
    windowMs: number,
    budgetWeekly: number,
    model = firstModel(windowMs, budgetWeekly),
    stored?: StoredDetector
  ) {
    this.latency = new LatencyLearner(windowMs)
    this.#windowMs = windowMs
    this.#budget = budgetWeekly
    this.#model = model
    this.#peaks = Object.fromEntries(families.map((f) => [f, new Peaks()])) as { [family in Family]: Peaks }
    this.detector = new IncidentDetector(model, this, stored)
  }

  /** Judges the next window, then learns it. */
  window(panes: WindowPanes): ReadonlyArray<IncidentEvent> {
    if (Number.isNaN(this.#firstMs)) {
      this.#firstMs = panes.startMs
      this.#nextFitMs = panes.startMs + modelStepsMs[0]!
    }
    if (panes.startMs >= this.#nextFitMs) this.#fit(panes.startMs)
    this.#startMs = panes.startMs
    this.detector.window(panes)
    this.#windows++
    this.#requests += panes.requests
    this.#endMs = panes.endMs
    this.#keys.url.window(panes.url)
    this.#keys.ip.window(panes.ip)
    if (Math.floor(panes.startMs / this.#windowMs) % spreadEvery === 0) this.#spreads(panes)
    this.latency.window(panes, this.detector.latency)
    return this.detector.take()
  }

  /** What is known by now. */
  model(): IncidentModel {
    if (!Number.isNaN(this.#endMs)) this.#model = this.#learn()
    return this.#model
  }

  errors(dimension: KeyedCause, hash: number, key: string, client: number, server: number): void {
    if (dimension !== "network") this.#keys[dimension].errors(hash, key, client, server)
  }

  site(c: ClassIndex, requests: number, errors: number, expected: number, isHeld: boolean): void {
    const spread = this.#model.classes[c].spread
    const mean = requests * expected
    const most = Math.max(1, mean + 3 * Math.sqrt(mean * (1 + requests * spread)))
    const stratum = stratumOf(strata, this.#startMs)
    // Less of what an incident shows, but some: the first nights of bots are told, and then known.
    const weight = isHeld && this.#model.learnt !== null ? heldWeight : 1
    this.#siteRequests[c]![stratum]! += weight * requests
    this.#siteErrors[c]![stratum]! += weight * (this.#model.learnt === null ? errors : Math.min(errors, most))
    if (isHeld) return
    this.#siteSpread[c]!.add(requests, errors, expected, spread)
    this.#siteWander[c]!.add(this.#startMs, errors, mean, spread, requests, this.#model.classes[c].wander)
  }

  traffic(startMs: number, requests: number, expected: number | undefined, isHeld: boolean): void {
    const t = this.#traffic
    const stratum = stratumOf(strata, startMs)
    t.windows[stratum]! += 1
    t.requests[stratum]! += isHeld && expected !== undefined ? expected : requests
    t.squares += (isHeld && expected !== undefined ? expected : requests) ** 2
  }

  silence(startMs: number, windows: number): void {
    const { windows: seen } = this.#traffic
    for (let [atMs, left] = [startMs, windows]; left > 0; ) {
      const stratum = stratumOf(strata, atMs)
      const inHour = Math.ceil(((Math.floor(atMs / hourMs) + 1) * hourMs - atMs) / this.#windowMs)
      const count = Math.min(left, inHour)
      // One by one: what has faded is no whole number, and sums of such depend on their order.
      for (let i = 0; i < count; i++) seen[stratum]! += 1
      atMs += count * this.#windowMs
      left -= count
    }
  }

  peak(family: Family, strength: number): void {
    this.#peaks[family].add(strength)
  }

  #fit(startMs: number): void {
    if (this.#fits > 0) {
      for (const f of families) this.#peaks[f].watched(startMs - this.#fitMs)
      this.latency.watched(startMs - this.#fitMs)
    }
    this.#fitMs = startMs
    this.#model = this.#learn()
    this.detector.setModel(this.#model)
    this.#fits++
    const after = modelStepsMs[this.#fits]
    // Of the first day the models knew no hours, so its peaks say less.
    if (this.#fits === modelStepsMs.length) {
      for (const f of families) this.#peaks[f].fade(0.1)
      this.latency.fadePeaks(0.1)
    }
    // What forty days and more have taught, one more changes little.
    const restMs = Math.max(dayMs, Math.floor((startMs - this.#firstMs) / (fitsAHistory * dayMs)) * dayMs)
    this.#nextFitMs = after === undefined ? this.#nextFitMs + restMs : this.#firstMs + after
    while (this.#nextFitMs <= startMs) this.#nextFitMs += dayMs
    if (after === undefined) {
      this.latency.fade(fadeADay)
      for (const f of families) this.#peaks[f].fade(fadeADay)
      for (const d of ["url", "ip"] as const) this.#keys[d].fade(fadeADay)
      for (const c of classIndexes) {
        for (let s = 0; s < strata; s++) {
          this.#siteRequests[c]![s]! *= fadeADay
          this.#siteErrors[c]![s]! *= fadeADay
        }
        this.#siteSpread[c]!.fade(fadeADay)
        this.#siteWander[c]!.fade(fadeADay)
        for (const d of ["url", "ip"] as const) this.#keySpread[d][c]!.fade(fadeADay)
      }
      for (let s = 0; s < strata; s++) {
        this.#traffic.windows[s]! *= fadeADay
        this.#traffic.requests[s]! *= fadeADay
      }
      this.#traffic.squares *= fadeADay
    }
  }

  #learn(): IncidentModel {
    const seenMs = this.#endMs - this.#firstMs
    const urls = this.#keys.url.sorted()
    const ips = this.#keys.ip.sorted()
    const sorted = { url: urls, ip: ips, network: this.#networks.of(ips) }
    const classes = classIndexes.map((c) => this.#classModel(c, sorted, seenMs)) as [ClassModel, ClassModel]
    const traffic = seenMs >= trafficFromMs ? this.#trafficModel(seenMs) : undefined
    const latency = this.latency.model(this.#budget, strataFor(seenMs))
    return {
      schema: incidentModelSchema,
      window_ms: this.#windowMs,
      learnt: { start: rfc3339(this.#firstMs), end: rfc3339(this.#endMs), windows: this.#windows },
      budget_weekly: this.#budget,
      classes,
      ...(traffic === undefined ? {} : { traffic }),
      ...(latency === undefined ? {} : { latency }),
      thresholds: Object.fromEntries(families.map((f) => [f, this.#threshold(f, classes, traffic)])) as {
        [family in Family]: EvidenceThreshold
      },
      keys: { network: keysOf(sorted.network), url: keysOf(sorted.url), ip: keysOf(sorted.ip) }
    }
  }

  #threshold(
    family: Family,
    classes: readonly [ClassModel, ClassModel],
    traffic: TrafficModel | undefined
  ): EvidenceThreshold {
    const peaks = this.#peaks[family]
    const needed = roundedThreshold(peaks.threshold(family, this.#budget, this.#mostNeeded(family, classes, traffic)))
    if (!family.startsWith("global.")) return needed
    // All traffic of a restless site fails for a moment all the time. So what has to be told is told of an outage that goes on.
    const own = roundedThreshold(peaks.threshold(family, this.#budget))
    const { strength, weekly } = needed
    return strength < own.strength ? { ...own, outage: { strength, weekly } } : own
  }

  /** Evidence that has to be enough, however restless the history: that of an outage. */
  #mostNeeded(family: Family, classes: readonly [ClassModel, ClassModel], traffic: TrafficModel | undefined): number {
    if (family === "traffic.spike" && traffic !== undefined) {
      const mean = this.#requests / Math.max(1, this.#windows)
      return (floodWindows * mean * spikeOf(floodTimes)) / traffic.dispersion
    }
    const outage = outages[family]
    if (outage === undefined) return Number.POSITIVE_INFINITY
    const c = family.endsWith("server") ? 1 : 0
    const [from] = family.split(".")
    const rate =
      from === "url" ? classes[c].priors.url.rate : classes[c].rates.reduce((a, b) => a + b) / classes[c].rates.length
    const quiet = this.#quietRequests()
    const requests = outage.requests ?? ((outage.ms ?? 0) / this.#windowMs) * quiet
    const p = Math.min(outage.rate / 2, rate)
    if (family === "global.server") {
      // As uncertain as the site is: a minute at night tells less than counts alone would.
      const alpha = 1 / classes[c].wander
      const n = (requests / quiet) * independentOf(quiet, classes[c].spread)
      return Math.max(
        2 * leastLevel,
        strengthOf(n, shortOfIt * outage.rate * n, { alpha, beta: (alpha * (1 - p)) / p })
      )
    }
    const fine = outage.rate >= 1 ? 0 : (1 - outage.rate) * Math.log((1 - outage.rate) / (1 - p))
    return Math.max(2 * leastLevel, requests * (outage.rate * Math.log(outage.rate / p) + fine))
  }

  /** Requests a window in the quiet quarter of the hours: an outage at night has to be told as soon. */
  #quietRequests(): number {
    const { windows, requests } = this.#traffic
    const hours = Array.from(windows, (n, s) => (n < 60 ? Number.NaN : requests[s]! / n))
      .filter((mean) => mean > 0)
      .sort((a, b) => a - b)
    return hours[hours.length >> 2] ?? this.#requests / Math.max(1, this.#windows)
  }

  #classModel(c: ClassIndex, sorted: { readonly [d in KeyedCause]: Totals }, seenMs: number): ClassModel {
    const former = this.#model.classes[c]
    const rates = folded(this.#siteErrors[c]!, this.#siteRequests[c]!, seenMs, 0.5, (errors, requests, whole) => {
      // A stratum with few requests leans on the whole.
      const weight = 20 / Math.max(1e-6, whole)
      return (errors + weight * whole) / (requests + weight)
    })
    // A network's clients vary as one client does.
    const spreadOf = (d: KeyedCause) => this.#keySpread[d === "network" ? "ip" : d][c]!.of(former.priors[d].spread)
    const priorOf = (d: KeyedCause): DimensionPrior => priorFrom(sorted[d], c, spreadOf(d))
    return {
      rates: rates.map((rate) => Math.min(0.95, Math.max(1e-6, significant(rate, 4)))),
      errors: significant(
        this.#siteErrors[c]!.reduce((sum, k) => sum + k, 0.5),
        4
      ),
      spread: significant(this.#siteSpread[c]!.of(former.spread), 3),
      wander: significant(this.#siteWander[c]!.of(former.wander), 3),
      priors: { network: priorOf("network"), url: priorOf("url"), ip: priorOf("ip") }
    }
  }

  #trafficModel(seenMs: number): TrafficModel | undefined {
    const t = this.#traffic
    const requests = folded(t.requests, t.windows, seenMs, 0, (sum, windows, whole) =>
      windows < 60 ? whole : sum / windows
    )
    // The variance about each hour's mean.
    let [windows, sum, explained] = [0, 0, 0]
    for (let i = 0; i < strata; i++) {
      windows += t.windows[i]!
      sum += t.requests[i]!
      if (t.windows[i]! > 0) explained += t.requests[i]! ** 2 / t.windows[i]!
    }
    const mean = sum / windows
    const dispersion = Math.max(1, (t.squares - explained) / Math.max(1e-9, sum))
    if ((dispersion - 1) / mean > mostIrregular) return undefined
    return { requests: requests.map((r) => significant(r, 4)), dispersion: significant(dispersion, 3) }
  }

  #spreads(panes: WindowPanes): void {
    for (const d of ["url", "ip"] as const) {
      const table = panes[d]
      for (let i = 0; i < table.count; i++) {
        const n = table.requests(i)
        if (n < 2) continue
        const known = this.#model.keys[d][table.text(i)]
        if (known === undefined || known[0] < 200) continue
        for (const c of classIndexes) {
          const prior = this.#model.classes[c].priors[d]
          const rate = (prior.rate * prior.strength + known[c + 1]!) / (prior.strength + known[0])
          this.#keySpread[d][c]!.add(n, table.errorsOf(i, c), rate, prior.spread)
        }
      }
    }
  }
}

const keysOf = ({ keys: names, requests, errors }: Totals): IncidentModel["keys"][KeyedCause] => {
  // One without a prototype is a table from the start: thousands of keys come into it in a third of the time.
  const keys: { [key: string]: readonly [number, number, number] } = Object.create(null)
  for (let i = 0; i < Math.min(names.length, incidentLimits.modelKeys); i++) {
    if (requests[i]! < leastKeyRequests) break
    keys[names[i]!] = [significant(requests[i]!, 4), significant(errors[0][i]!, 4), significant(errors[1][i]!, 4)]
  }
  return keys
}

const spreads = () => [new Spread(), new Spread()] as const

const roundedThreshold = ({ strength, weekly, weeks, slope, conservative }: EvidenceThreshold): EvidenceThreshold => ({
  strength: significant(strength, 5),
  weekly: significant(weekly, 4),
  weeks: significant(weeks, 4),
  slope: significant(slope, 4),
  conservative
})

/** How many strata a history of this length tells apart. */
const strataFor = (seenMs: number): 1 | 24 | 48 => (seenMs < hoursFromMs ? 1 : seenMs < weekendsFromMs ? 24 : 48)

/** Sums by stratum as values of one, 24 or 48 strata, by how long the history is. */
const folded = (
  sums: Float64Array,
  weights: Float64Array,
  seenMs: number,
  least: number,
  value: (sum: number, weight: number, whole: number) => number
): ReadonlyArray<number> => {
  let [sum, weight] = [0, 0]
  for (let s = 0; s < strata; s++) {
    sum += sums[s]!
    weight += weights[s]!
  }
  const whole = Math.max(sum, least) / Math.max(1e-9, weight)
  const count = strataFor(seenMs)
  if (count === 1) return [whole]
  return Array.from({ length: count }, (_, s) =>
    count === 48
      ? value(sums[s]!, weights[s]!, whole)
      : value(sums[s]! + sums[s + 24]!, weights[s]! + weights[s + 24]!, whole)
  )
}
