import { IncidentDetector, type IncidentEvent, IncidentLearner } from "@chaussettes/domain"
import { families } from "./families.ts"
import { dayMs, windowMs } from "./site.ts"
import { afternoons, type Slower, type TimedSite, TimedTraffic, timesOf } from "./timed.ts"

export interface LatencyScale {
  readonly learntDays: number
  readonly days: number
  readonly trials: number
}

export const wholeLatencyScale: LatencyScale = { learntDays: 3, days: 10, trials: 20 }

/** A site where nothing is slower than usual but by its own ways, and then something is. */
export interface LatencyResult {
  readonly site: string
  /** Incidents of latency that were told while it was learnt, and after that. */
  readonly openedAtFirst: number
  readonly opened: number
  readonly weeks: number
  readonly trials: ReadonlyArray<LatencyTrial>
}

interface LatencyTrial {
  readonly name: string
  readonly trials: number
  readonly seen: number
  /** Windows until it was told, the one that told it included: the mean over those that were seen. */
  readonly meanDelay: number
  readonly bound: number
  readonly firstRight: number
  readonly lastRight: number
  readonly opened: number
}

interface PlantedSlowness {
  readonly name: string
  readonly times: number
  readonly urls?: ReadonlyArray<number>
}

const planted: ReadonlyArray<PlantedSlowness> = [
  { name: "all traffic × 2", times: 2 },
  { name: "all traffic × 4", times: 4 },
  { name: "URL with 28 % of the requests × 2", times: 2, urls: [0] },
  { name: "URL with 9 % × 2", times: 2, urls: [2] },
  { name: "URL with 9 % × 4", times: 4, urls: [2] },
  { name: "a third of the URLs × 3", times: 3, urls: [0, 3, 6, 9, 12, 15, 18] }
]
const mostWindows = 120

export const latencySites = (seed: number): ReadonlyArray<TimedSite> => {
  const of = (name: string) => families(seed, 30).find((site) => site.name === name)!
  const stationary = of("stationary")
  return [
    stationary,
    { ...stationary, name: "300 requests a window", requests: 300 },
    { ...of("rhythm of day and week"), load: afternoons },
    { ...of("bots at night on 5,000 URLs"), load: afternoons },
    { ...stationary, name: "times that wander by 15 %, minutes", drag: { correlation: 0.9, deviation: 0.15 } },
    { ...stationary, name: "times that wander by 25 %, hours", drag: { correlation: 0.999, deviation: 0.25 } }
  ]
}

/** Learns a site, goes on judging it, and then slows it down again and again. */
export const runLatency = (site: TimedSite, { learntDays, days, trials }: LatencyScale): LatencyResult => {
  const traffic = new TimedTraffic(site)
  const learner = new IncidentLearner(windowMs, 1)
  let [openedAtFirst, opened] = [0, 0]
  for (let ms = 0; ms < days * dayMs; ms += windowMs) {
    for (const { kind, type } of learner.window(traffic.next())) {
      if (kind !== "latency" || type !== "opened") continue
      if (ms < learntDays * dayMs) openedAtFirst++
      else opened++
    }
  }
  const model = learner.model()
  const stored = JSON.stringify(learner.detector.stored())
  // At nine in the morning a site with a rhythm is asked as much as usual.
  const fromMs = days * dayMs + 9 * 3_600_000
  const detectorFor = () => new IncidentDetector(model, undefined, JSON.parse(stored))
  return {
    site: site.name,
    openedAtFirst,
    opened,
    weeks: (days - learntDays) / 7,
    trials: planted.map((of) => trial(site, of, fromMs, trials, detectorFor))
  }
}

const trial = (
  site: TimedSite,
  { name, times, urls }: PlantedSlowness,
  fromMs: number,
  trials: number,
  detectorFor: () => IncidentDetector
): LatencyTrial => {
  const slower: Slower = (url) => (urls === undefined || urls.includes(url) ? times : 1)
  const names = urls?.map((url) => (url === 0 ? "/" : `/${url % 3 === 0 ? "api" : "page"}/${url}`))
  const isRight = ({ cause }: IncidentEvent) =>
    names === undefined
      ? cause.dimension === "global"
      : cause.dimension === "url" && cause.keys.every((key) => names.includes(key))
  const delays: Array<number> = []
  let [firstRight, lastRight, opened] = [0, 0, 0]
  for (let t = 1; t <= trials; t++) {
    const detector = detectorFor()
    const traffic = new TimedTraffic(site, t, fromMs)
    const events: Array<IncidentEvent> = []
    let delay = 0
    for (let i = 1; i <= mostWindows; i++) {
      detector.window(traffic.next(slower))
      // What was open when the history ended may close now.
      events.push(...detector.take().filter(({ kind, type }) => kind === "latency" && type !== "closed"))
      if (delay === 0 && events.length > 0) delay = i
      if (delay > 0 && i >= delay + 20) break
    }
    if (delay === 0) continue
    delays.push(delay)
    if (isRight(events[0]!)) firstRight++
    if (isRight(events.at(-1)!)) lastRight++
    opened += events.filter(({ type }) => type === "opened").length
  }
  return {
    name,
    trials,
    seen: delays.length,
    meanDelay: delays.reduce((a, b) => a + b, 0) / delays.length,
    bound: boundOf(site, times, urls, fromMs),
    firstRight,
    lastRight,
    opened: opened / Math.max(1, delays.length)
  }
}

/** Lorden's bound for one who knows the URLs, the distributions and the factor: log(run length × keys)/KL. */
const boundOf = (site: TimedSite, times: number, urls: ReadonlyArray<number> | undefined, ms: number): number => {
  const of = timesOf(site)
  const traffic = new TimedTraffic(site)
  let kl = 0
  for (let url = 0; url < site.urls; url++) {
    if (urls !== undefined && !urls.includes(url)) continue
    kl += (traffic.requests(ms, url) * Math.log(times) ** 2) / (2 * of[url]!.sigma ** 2)
  }
  return Math.max(1, Math.log(((7 * dayMs) / windowMs) * (urls === undefined ? 1 : site.urls)) / kl)
}
