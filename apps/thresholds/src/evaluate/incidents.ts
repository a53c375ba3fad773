import { type DefaultDimension, refusalText } from "@chaussettes/domain"
import { smallSite } from "./clean.ts"
import { type Calibrated, calibratedOf, eligible, fixedRule, Told } from "./methods.ts"
import { type Random, randomOf } from "./random.ts"
import { type Rule, ruleOf } from "./rules.ts"
import { dayMs, type Pane, type SimulatedWindow, type SiteOptions, simulate, simulationStartMs } from "./site.ts"

/** What happens in an incident, and where it has to be seen. */
interface Attack {
  readonly name: string
  readonly dimension: DefaultDimension
  readonly key: number
  readonly strike: (window: SimulatedWindow, random: Random, errorRate: number) => SimulatedWindow
}

const attackerKey = 100_000
/** At 300 requests a window the second URL has about 32. */
const brokenUrl = 1

const withErrors = (pane: Pane, errors: number): Pane => ({ ...pane, errors })

const attacks: ReadonlyArray<Attack> = [
  {
    name: "an IP with 20 requests, 70% of them errors",
    dimension: "ip",
    key: attackerKey,
    strike: (window, random) => {
      const pane = { key: attackerKey, requests: 20, errors: random.binomial(20, 0.7) }
      return {
        ...window,
        ip: [...window.ip, pane],
        global: {
          key: 0,
          requests: window.global.requests + pane.requests,
          errors: window.global.errors + pane.errors
        }
      }
    }
  },
  {
    name: "a URL that fails for 60% of its requests",
    dimension: "url",
    key: brokenUrl,
    strike: (window, random) => {
      let more = 0
      const url = window.url.map((pane) => {
        if (pane.key !== brokenUrl) return pane
        const errors = random.binomial(pane.requests, 0.6)
        more += errors - pane.errors
        return withErrors(pane, errors)
      })
      const errors = Math.max(0, Math.min(window.global.requests, window.global.errors + more))
      return { ...window, url, global: withErrors(window.global, errors) }
    }
  },
  {
    name: "an outage: ten percentage points more of all requests fail",
    dimension: "global",
    key: 0,
    strike: (window, random, errorRate) => {
      const share = 0.1 / (1 - errorRate)
      const struck = (pane: Pane) => withErrors(pane, pane.errors + random.binomial(pane.requests - pane.errors, share))
      return { ...window, ip: window.ip.map(struck), url: window.url.map(struck), global: struck(window.global) }
    }
  }
]

/** An incident lasts ten minutes. */
const incidentWindows = 60

/** Spans of ten minutes, apart from each other, that cover this share of `windows`. */
const spansOf = (windows: number, share: number, random: Random): ReadonlyArray<number> => {
  const slots = Math.floor(windows / incidentWindows)
  const wanted = Math.round(slots * share)
  const chosen = new Set<number>()
  while (chosen.size < wanted) chosen.add(Math.floor(random.uniform() * slots))
  return [...chosen].sort((a, b) => a - b)
}

export const contaminations = [0, 0.02, 0.05, 0.1, 0.3] as const

/** How incidents fare under one rule. */
interface Seen {
  readonly method: string
  readonly incidents: number
  readonly seen: number
  /** Windows until the first alert: the mean, in which an incident that is not seen counts as long as it lasts, and the delay of 95 in 100. */
  readonly meanDelay: number
  readonly delay95: number
  /** Alerts of the struck key within incidents, of all alerts in the dimension. */
  readonly precision: number
}

export interface IncidentResult {
  readonly attack: string
  readonly errorRate: number
  readonly contamination: number
  /** Why the calibrated method refused to publish; undefined where it published. */
  readonly refusal: string | undefined
  readonly calibrated: Calibrated
  readonly seen: ReadonlyArray<Seen>
}

class Judge {
  readonly rule: Rule
  readonly #attack: Attack
  readonly #delays: Array<number> = []
  #alerts = 0
  #right = 0
  #first: number | undefined

  constructor(rule: Rule, attack: Attack) {
    this.rule = rule
    this.#attack = attack
  }

  /** `into` is the window's place in its incident; undefined outside of one. */
  window(window: SimulatedWindow, into: number | undefined): void {
    if (into === 0) this.#first = undefined
    eligible(window, (dimension, pane) => {
      if (dimension !== this.#attack.dimension) return
      if (pane.errors < this.rule.least[dimension](pane.requests)) return
      this.#alerts++
      if (into === undefined || pane.key !== this.#attack.key) return
      this.#right++
      this.#first ??= into + 1
    })
    if (into === incidentWindows - 1) this.#delays.push(this.#first ?? Number.POSITIVE_INFINITY)
  }

  seen(): Seen {
    const seen = this.#delays.filter((d) => d < Number.POSITIVE_INFINITY)
    return {
      method: this.rule.name,
      incidents: this.#delays.length,
      seen: seen.length,
      meanDelay: this.#delays.reduce((sum, d) => sum + Math.min(d, incidentWindows), 0) / this.#delays.length,
      delay95: [...this.#delays].sort((a, b) => a - b)[Math.ceil(this.#delays.length * 0.95) - 1] ?? Number.NaN,
      precision: this.#alerts === 0 ? 1 : this.#right / this.#alerts
    }
  }
}

export interface IncidentCase {
  readonly errorRate: number
  readonly seed: number
  readonly historyDays: number
  readonly judgedDays: number
  readonly contaminations: ReadonlyArray<number>
}

/** Learns from histories with more and less of each attack, and judges a later day with incidents of it spliced in. */
export const runIncidents = (of: IncidentCase): ReadonlyArray<IncidentResult> => {
  const site: Omit<SiteOptions, "days"> = {
    ...smallSite,
    rhythm: 0.2,
    errorRate: of.errorRate,
    windowMs: 10_000,
    seed: of.seed
  }
  const cases = attacks.flatMap((attack, i) =>
    of.contaminations.map((contamination, j) => {
      const random = randomOf(of.seed * 100 + i * 10 + j)
      const spans = new Set(spansOf((of.historyDays * dayMs) / site.windowMs, contamination, random))
      return { attack, contamination, random, spans, told: new Told(random.uniform) }
    })
  )
  for (const window of simulate({ ...site, days: of.historyDays })) {
    const slot = Math.floor((window.startMs - simulationStartMs) / site.windowMs / incidentWindows)
    for (const c of cases) {
      c.told.window(c.spans.has(slot) ? c.attack.strike(window, c.random, of.errorRate) : window)
    }
  }
  const judged = cases.map((c) => {
    const calibrated = calibratedOf(c.told.history)
    const rules = [
      ...(calibrated.rule === undefined ? [] : [calibrated.rule]),
      ruleOf("percentile_99", c.told.percentile()),
      fixedRule
    ]
    return { ...c, calibrated, judges: rules.map((rule) => new Judge(rule, c.attack)) }
  })
  judge(site, of, judged)
  return judged.map(({ attack, contamination, calibrated, judges }) => ({
    attack: attack.name,
    errorRate: of.errorRate,
    contamination,
    refusal: calibrated.refusal && `${calibrated.refusal.dimension}: ${refusalText(calibrated.refusal.refusal)}`,
    calibrated,
    seen: judges.map((j) => j.seen())
  }))
}

/** The later day: every other ten minutes are an incident, the same ones for all that judge. */
const judge = (
  site: Omit<SiteOptions, "days">,
  of: IncidentCase,
  judged: ReadonlyArray<{ readonly attack: Attack; readonly judges: ReadonlyArray<Judge> }>
): void => {
  const random = randomOf(of.seed + 5)
  let at = 0
  for (const window of simulate({ ...site, days: of.judgedDays }, of.historyDays)) {
    const slot = Math.floor(at / incidentWindows)
    const into = slot % 2 === 1 ? at % incidentWindows : undefined
    for (const attack of attacks) {
      const seen = into === undefined ? window : attack.strike(window, random, of.errorRate)
      for (const j of judged) if (j.attack === attack) for (const each of j.judges) each.window(seen, into)
    }
    at++
  }
}
