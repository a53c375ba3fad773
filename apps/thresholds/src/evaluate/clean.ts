import { logBeta } from "@chaussettes/domain"
import { type Calibrated, calibratedOf, eligible, fixedRule, Told } from "./methods.ts"
import { randomOf } from "./random.ts"
import { candidates, ruleOf } from "./rules.ts"
import { type SiteOptions, simulate } from "./site.ts"
import { Tally } from "./tally.ts"

/** A clean site that is learnt from for some days and then judged for some more. */
export interface CleanCase {
  readonly name: string
  readonly site: Omit<SiteOptions, "days">
  readonly historyDays: number
  readonly judgedDays: number
  /** Try the other ways, too. */
  readonly withCandidates: boolean
}

export interface CleanResult {
  readonly of: CleanCase
  readonly calibrated: Calibrated
  /** Calibrated first, where it was published. */
  readonly tallies: ReadonlyArray<Tally>
}

export const runClean = (of: CleanCase): CleanResult => {
  const told = new Told(randomOf(of.site.seed + 1).uniform)
  for (const window of simulate({ ...of.site, days: of.historyDays })) told.window(window)
  const calibrated = calibratedOf(told.history)
  const tallies = [
    ...(calibrated.rule === undefined ? [] : [calibrated.rule]),
    ruleOf("percentile_99", told.percentile()),
    fixedRule,
    ...(of.withCandidates ? candidates(told.samples, 0.01, logBeta) : [])
  ].map((rule) => new Tally(rule))
  for (const window of simulate({ ...of.site, days: of.judgedDays }, of.historyDays)) {
    eligible(window, (dimension, pane) => {
      for (const tally of tallies) tally.add(dimension, pane.requests, pane.errors)
    })
  }
  return { of, calibrated, tallies }
}

/** How the keys of every simulated site differ. */
const character = { zipf: 1, between: 0.03, within: 0.01, shared: 0.1, rhythm: 0.5 } as const

export const smallSite = { ...character, requests: 300, ips: 200, urls: 60 } as const
const largeSite = { ...character, requests: 7_000, ips: 160, urls: 60 } as const

export const errorRates = [0.01, 0.05, 0.2] as const

export const cleanCases = (scale: number): ReadonlyArray<CleanCase> =>
  errorRates.flatMap((errorRate, i) =>
    (
      [
        ["small", smallSite],
        ["large", largeSite]
      ] as const
    ).flatMap(([size, site], j) =>
      ([10_000, 60_000] as const).map((windowMs) => ({
        name: `${size} site, ${errorRate * 100}% errors, ${windowMs / 1000}-s windows`,
        site: { ...site, requests: (site.requests * windowMs) / 10_000, errorRate, windowMs, seed: 11 + i * 7 + j },
        historyDays: (windowMs === 10_000 ? 3 : 8) * scale,
        judgedDays: (windowMs === 10_000 ? 1 : 5) * scale,
        withCandidates: windowMs === 10_000 && errorRate === 0.05
      }))
    )
  )
