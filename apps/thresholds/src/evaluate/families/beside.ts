import { IncidentLearner } from "@chaussettes/domain"
import { randomOf } from "../random.ts"
import type { Planted } from "./faults.ts"
import { RivalHistory, type RivalMethod } from "./rivals.ts"
import { dayMs, type Site, SiteTraffic, windowMs } from "./site.ts"
import { type Learnt, type TrialResult, tryFault } from "./trials.ts"

/** What one method made of one planted fault. */
export interface BesideTrial {
  readonly fault: string
  readonly trials: number
  readonly seen: number
  /** In windows, of those that were seen. */
  readonly meanDelay: number
}

interface BesideMethod {
  readonly name: string
  readonly falseWeekly: number
  readonly trials: ReadonlyArray<BesideTrial>
}

export interface BesideResult {
  readonly site: string
  /** Of the incidents: what the page says of each fault. */
  readonly results: ReadonlyArray<TrialResult>
  readonly methods: ReadonlyArray<BesideMethod>
}

/** Faults that every method might see; silence is for none of the others. */
export const isForAll = ({ name }: { readonly name: string }): boolean => name !== "silence"

/** Lets incidents and the other methods learn one history, plants the same faults behind it for all of them, and goes on without any. */
export const runBeside = (
  site: Site,
  planted: ReadonlyArray<Planted>,
  { learntDays, days, trials }: { readonly learntDays: number; readonly days: number; readonly trials: number }
): BesideResult => {
  const traffic = new SiteTraffic(site)
  const learner = new IncidentLearner(windowMs, 1)
  const history = new RivalHistory(site.seed)
  for (let ms = 0; ms < learntDays * dayMs; ms += windowMs) {
    const window = traffic.next()
    learner.window(window)
    history.window(window)
  }
  const endMs = learntDays * dayMs
  const learnt: Learnt = { site, model: learner.model(), stored: learner.detector.stored(), endMs, opened: [] }
  const results = planted.map((p) => tryFault(learnt, p, trials))
  const methods = history.methods()
  const compared = planted.filter(isForAll)
  const faults = methods.map((method) => compared.map((p) => tryRival(learnt, p, trials, method)))
  const falses = falsesOf(traffic, learner, methods, (days - learntDays) / 7)
  const ours = results.filter(isForAll)
  const trialOf = (r: TrialResult, meanDelay: number, seen: number) => ({
    fault: r.name,
    trials: r.trials,
    seen,
    meanDelay
  })
  return {
    site: site.name,
    results,
    methods: [
      // By its making as seldom wrong as the budget.
      { name: "oracle", falseWeekly: 1, trials: ours.map((r) => trialOf(r, r.oracle, r.trials)) },
      { name: "incidents", falseWeekly: falses[0]!, trials: ours.map((r) => trialOf(r, r.meanDelay, r.seen)) },
      ...methods.map(({ name }, i) => ({ name, falseWeekly: falses[i + 1]!, trials: faults[i]! }))
    ]
  }
}

/** False alarms a week of each method on the time behind the history: first of the incidents. */
const falsesOf = (
  traffic: SiteTraffic,
  learner: IncidentLearner,
  methods: ReadonlyArray<RivalMethod>,
  weeks: number
): ReadonlyArray<number> => {
  const rivals = methods.map((method) => method.begin())
  const falses = [0, ...rivals.map(() => 0)]
  for (let i = 0; i < (weeks * 7 * dayMs) / windowMs; i++) {
    const window = traffic.next()
    falses[0]! += learner.window(window).filter((e) => e.type === "opened").length
    rivals.forEach((rival, r) => {
      falses[r + 1]! += rival.window(window)
    })
  }
  return falses.map((n) => n / weeks)
}

/** The traffic of `tryFault`, window for window. Whatever an alarm names, it counts. */
const tryRival = ({ site, endMs }: Learnt, planted: Planted, trials: number, method: RivalMethod): BesideTrial => {
  const delays: Array<number> = []
  for (let trial = 0; trial < trials; trial++) {
    const traffic = new SiteTraffic(site, trial + 1, endMs)
    const fault = planted.fault(site, randomOf(site.seed * 1_000 + trial))
    const rival = method.begin()
    for (let i = 1; i <= planted.mostWindows; i++) {
      if (rival.window(traffic.next(fault)) === 0) continue
      delays.push(i)
      break
    }
  }
  const meanDelay = delays.reduce((a, b) => a + b, 0) / delays.length
  return { fault: planted.name, trials, seen: delays.length, meanDelay }
}
