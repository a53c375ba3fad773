import { significant } from "../../thresholds/numerics.ts"
import { type LatencyFamily, latencyFamilies, stratumOf } from "../model.ts"
import type { WindowPanes } from "../panes.ts"
import { Peaks } from "../peaks.ts"
import { Spread, Wander } from "../restlessness.ts"
import type { LatencyJudge, LatencyObserver } from "./latency-judge.ts"
import { type CutModel, type LatencyModel, latencyLimits } from "./latency-model.ts"
import { quantileOfBins, rowBits, timeBins } from "./time-bins.ts"
import { type CutIndex, cutIndexes, cutShares, type UsualTimes, usualOf } from "./usual.ts"

const strata = 48
/** Requests that say when a site is slow; of fewer nothing is said. */
const leastRequests = 500
/** A stratum with few slow requests leans on the whole. */
const anchor = 20
/** Windows in which something is slower than usual count for so much. */
const heldWeight = 0.25
/** One window in so many tells how much the URLs' shares vary. */
const spreadEvery = 16
const firstSpread = 0.005
const firstWander = 0.01
/** All requests of a minute of which half are slow: however restless the site, that is told. */
const toldMs = 60_000
const toldShare = 0.5

const sums = () => new Float64Array(strata)
const threshold = (t: ReturnType<Peaks["threshold"]>) => ({
  strength: significant(t.strength, 5),
  weekly: significant(t.weekly, 4),
  weeks: significant(t.weeks, 4),
  slope: significant(t.slope, 4),
  conservative: t.conservative
})

/** Learns how long requests usually take, by URL and hour, and how far that wanders. In bounded memory. */
export class LatencyLearner implements LatencyObserver {
  readonly #windowMs: number
  /** Bins of all traffic, by stratum. */
  readonly #site = Array.from({ length: strata }, () => new Float64Array(timeBins))
  #urls = new Map<string, Float64Array>()
  readonly #slow = [sums(), sums()] as const
  readonly #expected = [sums(), sums()] as const
  readonly #spread = [new Spread(), new Spread()] as const
  readonly #urlSpread = [new Spread(), new Spread()] as const
  readonly #wander = [new Wander(), new Wander()] as const
  readonly #peaks: { readonly [family in LatencyFamily]: Peaks }
  #windows = 0
  #requests = 0
  #model: LatencyModel | undefined

  constructor(windowMs: number) {
    this.#windowMs = windowMs
    this.#peaks = { "global.latency": new Peaks(), "url.latency": new Peaks() }
  }

  /** A window that was judged. */
  window(panes: WindowPanes, judge: LatencyJudge): void {
    const { times, startMs } = panes
    if (times === undefined || times.requests === 0) return
    this.#windows++
    this.#requests += times.requests
    const weight = judge.isHeld() ? heldWeight : 1
    const site = this.#site[stratumOf(strata, startMs)]!
    for (let bin = 0; bin < timeBins; bin++) site[bin]! += weight * times.site[bin]!
    for (let url = 0; url < times.count; url++) {
      const at = url << rowBits
      let any = false
      for (let bin = at; bin < at + timeBins && !any; bin++) any = times.urls[bin]! > 0
      if (!any) continue
      const key = panes.url.text(url)
      let own = this.#urls.get(key)
      if (own === undefined) {
        if (this.#urls.size >= latencyLimits.learntUrls) this.#forgetRare()
        own = new Float64Array(timeBins)
        this.#urls.set(key, own)
      }
      const urlWeight = judge.isHeld(key) ? heldWeight : 1
      for (let bin = 0; bin < timeBins; bin++) own[bin]! += urlWeight * times.urls[at + bin]!
    }
  }

  site(
    c: CutIndex,
    startMs: number,
    requests: number,
    slow: number,
    expected: number,
    rate: number,
    isHeld: boolean
  ): void {
    const cut = this.#model?.cuts[c]
    const spread = cut?.spread ?? firstSpread
    const mean = requests * rate
    const most = Math.max(1, mean + 3 * Math.sqrt(mean * (1 + requests * spread)))
    const weight = isHeld ? heldWeight : 1
    const stratum = stratumOf(strata, startMs)
    this.#slow[c][stratum]! += weight * Math.min(slow, most)
    this.#expected[c][stratum]! += weight * expected
    if (isHeld) return
    this.#spread[c].add(requests, slow, rate, spread)
    this.#wander[c].add(startMs, slow, mean, spread, requests, cut?.wander ?? firstWander)
  }

  url(c: CutIndex, startMs: number, requests: number, slow: number, rate: number): void {
    if (Math.floor(startMs / this.#windowMs) % spreadEvery !== 0) return
    this.#urlSpread[c].add(requests, slow, rate, this.#model?.cuts[c].url_spread ?? firstSpread)
  }

  peak(family: LatencyFamily, strength: number): void {
    this.#peaks[family].add(strength)
  }

  /** So much more time was watched. */
  watched(ms: number): void {
    if (this.#model !== undefined) for (const f of latencyFamilies) this.#peaks[f].watched(ms)
  }

  fadePeaks(by: number): void {
    for (const f of latencyFamilies) this.#peaks[f].fade(by)
  }

  fade(by: number): void {
    this.fadePeaks(by)
    for (const of of [...this.#site, ...this.#urls.values(), ...this.#slow, ...this.#expected]) {
      for (let i = 0; i < of.length; i++) of[i]! *= by
    }
    for (const of of [...this.#spread, ...this.#urlSpread, ...this.#wander]) of.fade(by)
  }

  /**
   * What is known by now; undefined where too few lines have said a time.
   * @param count of the strata that the history is long enough for
   */
  model(budgetWeekly: number, count: number): LatencyModel | undefined {
    if (this.#requests < leastRequests) return undefined
    const bins = folded(this.#site, count)
    const site = usualOf(total(this.#site))
    const ofStrata = (q: number, whole: number) =>
      bins.map((of) => (requestsOf(of) < leastRequests ? whole : significant(quantileOfBins(of, q), 3)))
    const cuts = cutIndexes.map((c) => this.#cut(c, count, site)) as [CutModel, CutModel]
    const told = Math.max(
      1,
      (toldMs / this.#windowMs) *
        (this.#requests / this.#windows) *
        (toldShare * Math.log(toldShare / cutShares[1]) +
          (1 - toldShare) * Math.log((1 - toldShare) / (1 - cutShares[1])))
    )
    this.#model = {
      site,
      p50_us: ofStrata(0.5, site.p50_us),
      p95_us: ofStrata(0.95, site.p95_us),
      cuts,
      thresholds: {
        global: threshold(this.#peaks["global.latency"].threshold("global.latency", budgetWeekly, Math.max(20, told))),
        url: threshold(this.#peaks["url.latency"].threshold("url.latency", budgetWeekly))
      },
      urls: this.#usualUrls()
    }
    return this.#model
  }

  #cut(c: CutIndex, count: number, site: UsualTimes): CutModel {
    const former = this.#model?.cuts[c]
    const slow = folded(
      [...this.#slow[c]].map((n) => [n]),
      count
    )
    const expected = folded(
      [...this.#expected[c]].map((n) => [n]),
      count
    )
    return {
      factors: slow.map(([n], s) => significant((n! + anchor) / (expected[s]![0]! + anchor), 4)),
      slow: Math.max(0.5, site.cuts[c][1]),
      spread: significant(this.#spread[c].of(former?.spread ?? firstSpread), 3),
      url_spread: significant(this.#urlSpread[c].of(former?.url_spread ?? firstSpread), 3),
      wander: significant(this.#wander[c].of(former?.wander ?? firstWander), 3)
    }
  }

  #usualUrls(): LatencyModel["urls"] {
    const known = Array.from(this.#urls, ([key, bins]) => ({ key, bins, requests: requestsOf(bins) }))
      .filter(({ requests }) => requests >= latencyLimits.leastKnown)
      .sort((a, b) => b.requests - a.requests || (a.key < b.key ? -1 : 1))
    return Object.fromEntries(known.slice(0, latencyLimits.modelUrls).map(({ key, bins }) => [key, usualOf(bins)]))
  }

  #forgetRare(): void {
    const sorted = Array.from(this.#urls, ([key, bins]) => ({ key, bins, requests: requestsOf(bins) })).sort(
      (a, b) => b.requests - a.requests || (a.key < b.key ? -1 : 1)
    )
    this.#urls = new Map(sorted.slice(0, sorted.length >> 1).map(({ key, bins }) => [key, bins]))
  }
}

const requestsOf = (bins: ArrayLike<number>): number => {
  let sum = 0
  for (let bin = 0; bin < bins.length; bin++) sum += bins[bin]!
  return sum
}

const total = (rows: ReadonlyArray<ArrayLike<number>>): ReadonlyArray<number> =>
  Array.from({ length: rows[0]!.length }, (_, i) => rows.reduce((sum, row) => sum + row[i]!, 0))

/** Rows by stratum as one, 24 or 48 of them. */
const folded = (rows: ReadonlyArray<ArrayLike<number>>, count: number): ReadonlyArray<ReadonlyArray<number>> => {
  if (count === 1) return [total(rows)]
  if (count === strata) return rows.map((row) => Array.from(row))
  return Array.from({ length: count }, (_, s) => total([rows[s]!, rows[s + count]!]))
}
