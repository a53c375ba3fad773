import {
  IncidentDetector,
  type IncidentEvent,
  IncidentLearner,
  type IncidentModel,
  type StoredDetector
} from "@chaussettes/domain"
import { type Random, randomOf } from "../random.ts"
import type { Change, Planted } from "./faults.ts"
import { dayMs, type Fault, type Site, SiteTraffic, windowMs } from "./site.ts"

/** What a site's history came to: the model, and where the detector stood. */
export interface Learnt {
  readonly site: Site
  readonly model: IncidentModel
  readonly stored: StoredDetector
  readonly endMs: number
  /** Incidents that the history was told to have, by day. */
  readonly opened: ReadonlyArray<IncidentEvent>
}

/** Lets the incidents learn a site for some days. */
export const learn = (site: Site, days: number, fault?: (ms: number) => Fault): Learnt => {
  const traffic = new SiteTraffic(site)
  const learner = new IncidentLearner(windowMs, 1)
  const opened: Array<IncidentEvent> = []
  const endMs = days * dayMs
  for (let ms = 0; ms < endMs; ms += windowMs) {
    for (const event of learner.window(traffic.next(fault?.(ms)))) if (event.type === "opened") opened.push(event)
  }
  return { site, model: learner.model(), stored: learner.detector.stored(), endMs, opened }
}

export interface TrialResult {
  readonly name: string
  readonly trials: number
  readonly seen: number
  /** Windows until it was told, the one that told it included: the mean, over those that were seen. */
  readonly meanDelay: number
  readonly bound: number
  /** The mean of a CUSUM that knows the key and both rates. */
  readonly oracle: number
  /** The first cause that was named was right; the last one was. */
  readonly firstRight: number
  readonly lastRight: number
  /** Incidents that one fault opened, in the mean. */
  readonly opened: number
  readonly wrong: ReadonlyArray<string>
}

/** log(run length)/KL: no method that is wrong as seldom sees the change sooner, in the mean (Lorden 1971). */
export const lorden = (of: Change): number => {
  const { requests, before, after, keys } = of
  const weekWindows = (7 * dayMs) / windowMs
  const own = after >= 1 ? 0 : (1 - after) * Math.log((1 - after) / (1 - before))
  const kl = after * Math.log(after / before) + own
  return Math.max(1, Math.log(weekWindows * keys) / (kl * requests))
}

/** How long a CUSUM takes that knows all, at log(run length × keys): the measured counterpart of the bound. */
export const oracleDelay = (of: Change, trials: number, random: Random): number => {
  const { requests, before, after, keys } = of
  const known = Math.min(0.999, after)
  const level = Math.log(((7 * dayMs) / windowMs) * keys)
  let sum = 0
  for (let trial = 0; trial < trials; trial++) {
    let evidence = 0
    for (let i = 1; ; i++) {
      const n = random.poisson(requests)
      const k = random.binomial(n, after)
      evidence = Math.max(0, evidence + k * Math.log(known / before) + (n - k) * Math.log((1 - known) / (1 - before)))
      if (evidence >= level) {
        sum += i
        break
      }
    }
  }
  return sum / trials
}

/** Plants a fault into the time behind a history, again and again. */
export const tryFault = ({ site, model, stored, endMs }: Learnt, planted: Planted, trials: number): TrialResult => {
  const own = new SiteTraffic(site)
  const change = planted.change(site, own, endMs)
  const delays: Array<number> = []
  const wrong: Array<string> = []
  let [firstRight, lastRight, opened] = [0, 0, 0]
  for (let trial = 0; trial < trials; trial++) {
    const random = randomOf(site.seed * 1_000 + trial)
    const detector = new IncidentDetector(model, undefined, JSON.parse(JSON.stringify(stored)))
    const traffic = new SiteTraffic(site, trial + 1, endMs)
    const fault = planted.fault(site, random)
    const events: Array<IncidentEvent> = []
    let delay = 0
    for (let i = 1; i <= planted.mostWindows; i++) {
      detector.window(traffic.next(fault))
      events.push(...detector.take())
      if (delay === 0 && events.some((e) => e.type === "opened")) delay = i
      if (delay > 0 && i >= delay + 20) break
    }
    if (delay === 0) continue
    delays.push(delay)
    const told = events.filter((e) => e.type !== "closed")
    const [first, last] = [told[0]!, told[told.length - 1]!]
    opened += events.filter((e) => e.type === "opened").length
    if (planted.isRight(first)) firstRight++
    else wrong.push(first.message)
    if (planted.isRight(last)) lastRight++
    else wrong.push(`last: ${last.type} ${last.message}`)
  }
  return {
    name: planted.name,
    trials,
    seen: delays.length,
    meanDelay: delays.reduce((a, b) => a + b, 0) / delays.length,
    bound: lorden(change),
    oracle: oracleDelay(change, 200, randomOf(site.seed)),
    firstRight,
    lastRight,
    opened: opened / Math.max(1, delays.length),
    wrong
  }
}
