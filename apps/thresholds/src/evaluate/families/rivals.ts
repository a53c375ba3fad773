import { type Calibrated, calibratedOf, fixedRule, Told } from "../methods.ts"
import { randomOf } from "../random.ts"
import { type Rule, ruleOf } from "../rules.ts"
import { windowMs } from "./site.ts"
import type { SiteWindow } from "./window.ts"

/** Another way to tell an operator, window by window: how many alarms each one raises anew. */
interface Rival {
  readonly window: (window: SiteWindow) => number
}

export interface RivalMethod {
  readonly name: string
  /** Begins behind the history. */
  readonly begin: () => Rival
}

/** An alarm that comes back within so many windows is the same one. */
const quietWindows = 3
const leastRequests = { global: 1, ip: 5, url: 3 } as const

/** A rule that judges each window alone; consecutive alerts of a key are one alarm, as in `incidents --alerts`. */
const perWindow = (rule: Rule): Rival => {
  const lastMs = new Map<string, number>()
  return {
    window: (window) => {
      let raised = 0
      const see = (dimension: "global" | "ip" | "url", key: number, requests: number, errors: number) => {
        if (requests < leastRequests[dimension] || errors < rule.least[dimension]!(requests)) return
        const id = `${dimension} ${key}`
        if (window.startMs - (lastMs.get(id) ?? Number.NEGATIVE_INFINITY) > quietWindows * windowMs) raised++
        lastMs.set(id, window.startMs)
      }
      see("global", 0, window.requests, window.errors[0] + window.errors[1])
      for (const d of ["ip", "url"] as const) {
        const panes = window[d]
        for (let i = 0; i < panes.count; i++) see(d, panes.hash(i), panes.requests(i), panes.errors(i))
      }
      return raised
    }
  }
}

/** Pages of the SRE workbook (chapter 5, table 5-8): so many times the allowed rate over a long window, and still over a short one. */
const pages = [
  { longMs: 3_600_000, shortMs: 300_000, times: 14.4 },
  { longMs: 21_600_000, shortMs: 1_800_000, times: 6 }
] as const
const longestWindows = 21_600_000 / windowMs

/** The rates of 5xx of all traffic over the windows of the workbook. */
class Burn {
  readonly #requests: Array<number>
  readonly #errors: Array<number>

  constructor(requests: ReadonlyArray<number> = [0], errors: ReadonlyArray<number> = [0]) {
    this.#requests = [...requests]
    this.#errors = [...errors]
  }

  /** The greatest allowed rate at which the pages would be sent. */
  add(window: SiteWindow): number {
    this.#requests.push(this.#requests.at(-1)! + window.requests)
    this.#errors.push(this.#errors.at(-1)! + window.errors[1])
    const rate = (ms: number) => {
      const [last, first] = [this.#requests.length - 1, Math.max(0, this.#requests.length - 1 - ms / windowMs)]
      return (this.#errors[last]! - this.#errors[first]!) / Math.max(1, this.#requests[last]! - this.#requests[first]!)
    }
    return Math.max(...pages.map(({ longMs, shortMs, times }) => Math.min(rate(longMs), rate(shortMs)) / times))
  }

  copy(): Burn {
    return new Burn(this.#requests.slice(-longestWindows - 1), this.#errors.slice(-longestWindows - 1))
  }
}

/** Counts alarms of one series: those within the quiet windows are one. */
const alarmsOf = (isAlarming: (window: SiteWindow) => boolean): Rival => {
  let since = quietWindows + 1
  return {
    window: (window) => {
      since++
      if (!isAlarming(window)) return 0
      const isNew = since > quietWindows
      since = 0
      return isNew ? 1 : 0
    }
  }
}

const alarmsAbove = (strengths: ReadonlyArray<number>, allowed: number): number => {
  let [alarms, since] = [0, quietWindows + 1]
  for (const strength of strengths) {
    since++
    if (strength <= allowed) continue
    if (since > quietWindows) alarms++
    since = 0
  }
  return alarms
}

/** The strictest objective that the history would have been paged for once at most: from one that it never would have been. */
const objectiveOf = (strengths: ReadonlyArray<number>): number => {
  // The first hour has no hour behind it.
  const known = strengths.slice(3_600_000 / windowMs)
  const sorted = known.toSorted((a, b) => a - b)
  // What half of the history exceeds is no objective, though it would be one page without an end.
  const least = Math.max(1e-9, sorted[sorted.length >> 1]!)
  let allowed = Math.max(least, sorted.at(-1)!)
  while (allowed / 1.05 > least && alarmsAbove(known, allowed / 1.05) <= 1) allowed /= 1.05
  return allowed
}

/** What the other methods learn from a site's history. */
export class RivalHistory {
  readonly #told: Told
  readonly #burn = new Burn()
  readonly #strengths: Array<number> = []

  constructor(seed: number) {
    const random = randomOf(seed)
    this.#told = new Told(() => random.uniform())
  }

  window(window: SiteWindow): void {
    const of = (panes: SiteWindow["ip"]) =>
      Array.from({ length: panes.count }, (_, i) => ({
        key: panes.hash(i),
        requests: panes.requests(i),
        errors: panes.errors(i)
      }))
    this.#told.window({
      startMs: window.startMs,
      global: { key: 0, requests: window.requests, errors: window.errors[0] + window.errors[1] },
      ip: of(window.ip),
      url: of(window.url)
    })
    this.#strengths.push(this.#burn.add(window))
  }

  /** Where the tables are refused, the thresholds that were in force before stay. */
  methods(): ReadonlyArray<RivalMethod> {
    const tables: Calibrated = calibratedOf(this.#told.history)
    const allowed = objectiveOf(this.#strengths)
    const rule = (name: string, of: Rule): RivalMethod => ({ name, begin: () => perWindow(of) })
    return [
      {
        name: "burn rates",
        begin: () => {
          const burn = this.#burn.copy()
          return alarmsOf((window) => burn.add(window) > allowed)
        }
      },
      rule("tables, 1 %", tables.rule ?? fixedRule),
      rule("percentile_99", ruleOf("percentile_99", this.#told.percentile())),
      rule("fixed", fixedRule)
    ]
  }
}
