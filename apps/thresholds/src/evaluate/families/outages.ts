import { IncidentDetector, IncidentLearner } from "@chaussettes/domain"
import { dayMs, type Site, SiteTraffic, windowMs } from "./site.ts"

const hourMs = 3_600_000
const shares = [0.1, 0.25, 0.5, 1]
const hours = [3, 13]
const learntDays = 7
const mostWindows = 40
const minuteWindows = 60_000 / windowMs

/** A share of all requests that fails, planted at some hour: how soon it is told. */
export interface OutageResult {
  readonly site: string
  readonly hour: number
  readonly share: number
  /** Requests a window at that hour, in the mean. */
  readonly requests: number
  readonly trials: number
  readonly seen: number
  readonly withinAMinute: number
  /** In windows, over those that were seen. */
  readonly meanDelay: number
}

/** Lets a site learn for a week, then lets parts of its requests fail, by night and by day. */
export const runOutages = (site: Site, trials: number): ReadonlyArray<OutageResult> => {
  const traffic = new SiteTraffic(site)
  const learner = new IncidentLearner(windowMs, 1)
  let ms = 0
  return hours.flatMap((hour) => {
    for (const endMs = learntDays * dayMs + hour * hourMs; ms < endMs; ms += windowMs) learner.window(traffic.next())
    const model = learner.model()
    const stored = JSON.stringify(learner.detector.stored())
    return shares.map((share) => {
      const delays: Array<number> = []
      for (let trial = 1; trial <= trials; trial++) {
        const detector = new IncidentDetector(model, undefined, JSON.parse(stored))
        const delay = delayOf(detector, new SiteTraffic(site, trial, ms), share)
        if (delay !== undefined) delays.push(delay)
      }
      return {
        site: site.name,
        hour,
        share,
        requests: traffic.requests(ms),
        trials,
        seen: delays.length,
        withinAMinute: delays.filter((delay) => delay <= minuteWindows).length,
        meanDelay: delays.reduce((a, b) => a + b, 0) / delays.length
      }
    })
  })
}

const delayOf = (detector: IncidentDetector, traffic: SiteTraffic, share: number): number | undefined => {
  for (let i = 1; i <= mostWindows; i++) {
    detector.window(traffic.next({ urlRate: (_, [p4, p5]) => [p4 * (1 - share), Math.max(p5, share)] }))
    if (detector.take().some((e) => e.type === "opened" && e.kind === "server-errors")) return i
  }
  return undefined
}
