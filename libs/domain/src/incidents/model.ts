import { type CauseDimension, type ClassIndex, errorClasses, type KeyedCause } from "./panes.ts"

export const incidentModelSchema = "chaussettes.incident-model.v1"

/** What a key of one dimension is expected to do, by class. */
export interface DimensionPrior {
  /** The mean over keys, and how many requests of a key's own weigh as much as it. */
  readonly rate: number
  readonly strength: number
  /** Correlation of two requests of one pane. */
  readonly spread: number
}

export interface ClassModel {
  /** The site's rate by stratum: one, 24 hours of the day (UTC), or 24 hours of weekdays and 24 of the weekend. */
  readonly rates: ReadonlyArray<number>
  /** Errors that the rates were learnt from: few errors say little, however many requests there were. */
  readonly errors: number
  readonly spread: number
  /** Relative variance of the site's rate over minutes, beyond chance: nothing is expected more exactly than this. */
  readonly wander: number
  readonly priors: { readonly [dimension in KeyedCause]: DimensionPrior }
}

export interface TrafficModel {
  /** Requests a window by stratum, as `ClassModel.rates`. */
  readonly requests: ReadonlyArray<number>
  /** Variance over mean of a window's requests. */
  readonly dispersion: number
}

/** A series of tests that shares a budget. */
export type Family =
  | `${CauseDimension}.${ErrorClassName}`
  | `window.${ErrorClassName}`
  | "traffic.drop"
  | "traffic.spike"
type ErrorClassName = (typeof errorClasses)[number]

export const familyOf = (dimension: CauseDimension | "window", errorClass: ClassIndex): Family =>
  `${dimension}.${errorClasses[errorClass]!}`

export const families = [
  "global.client",
  "global.server",
  "window.client",
  "window.server",
  "network.client",
  "network.server",
  "url.client",
  "url.server",
  "ip.client",
  "ip.server",
  "traffic.drop",
  "traffic.spike"
] as const satisfies ReadonlyArray<Family>

/** What was learnt of one family's evidence while nothing was wrong. */
export interface EvidenceThreshold {
  /** An incident needs evidence of this strength. */
  readonly strength: number
  /** Excursions a week that reach it, expected. */
  readonly weekly: number
  /** What stands behind it: theory alone, or the peaks of so many weeks. */
  readonly weeks: number
  /** Slope of the tail; 1 where the evidence is as the theory says, less where the site wanders. */
  readonly slope: number
  /** History itself is restless: incidents as large as its usual ones are not told. */
  readonly conservative: boolean
}

/**
 * All that incidents are judged by: a plain value that the thresholds job learns and publishes. The same windows and the same models give the
 * same incidents.
 */
export interface IncidentModel {
  readonly schema: typeof incidentModelSchema
  readonly window_ms: number
  readonly learnt: { readonly start: string; readonly end: string; readonly windows: number } | null
  readonly budget_weekly: number
  readonly classes: readonly [ClassModel, ClassModel]
  /** Absent until two days of history tell the rhythm of the day, and where requests come too irregularly: silence is then not judged. */
  readonly traffic?: TrafficModel
  readonly thresholds: { readonly [family in Family]: EvidenceThreshold }
  /** Requests and errors (4xx, 5xx) of keys with many requests. */
  readonly keys: { readonly [dimension in KeyedCause]: { readonly [key: string]: readonly [number, number, number] } }
}

const hourMs = 3_600_000

/** A model is made when so much has been seen, then once a day. */
export const modelStepsMs: ReadonlyArray<number> = [1, 3, 6, 12, 24].map((hours) => hours * hourMs)

/** The stratum of a time: by hour of the day, or by hour and weekend, in UTC. 1970-01-01 was a Thursday. */
export const stratumOf = (strata: number, startMs: number): number => {
  if (strata === 1) return 0
  const hours = Math.floor(startMs / hourMs)
  const hour = ((hours % 24) + 24) % 24
  if (strata === 24) return hour
  const day = (((Math.floor(hours / 24) + 4) % 7) + 7) % 7
  return day === 0 || day === 6 ? 24 + hour : hour
}

/** Part of the budget that is spent; the rest is what a month of chance may have above the mean. */
export const spentShare = 0.4

/** Families do not share the budget alike: what hurts most is seen first. */
export const budgetShares: { readonly [family in Family]: number } = {
  "global.client": 0.1,
  "global.server": 0.25,
  "window.client": 0.02,
  "window.server": 0.05,
  "network.client": 0.06,
  "network.server": 0.06,
  "url.client": 0.08,
  "url.server": 0.18,
  "ip.client": 0.08,
  "ip.server": 0.05,
  "traffic.drop": 0.05,
  "traffic.spike": 0.02
}

/** Excursions a week that are allowed for at least: nearly one a window of 10 s. */
const leastExcursions = 50_000
/** No evidence below this is enough, whatever was learnt. */
export const leastLevel = 10

/** Strengths before there is history, by theory. */
export const theoryOf = (family: Family, budgetWeekly: number, weekly = leastExcursions): EvidenceThreshold => {
  const budget = budgetWeekly * spentShare * budgetShares[family]
  return {
    strength: Math.max(leastLevel, Math.log(Math.max(leastExcursions, weekly) / budget)),
    weekly: budget,
    weeks: 0,
    slope: 1,
    conservative: false
  }
}

const priorOf = (rate: number, strength: number): DimensionPrior => ({ rate, strength, spread: 0.01 })

/** What is believed before anything was seen. */
export const firstModel = (windowMs: number, budgetWeekly: number): IncidentModel => ({
  schema: incidentModelSchema,
  window_ms: windowMs,
  learnt: null,
  budget_weekly: budgetWeekly,
  classes: [
    {
      rates: [0.05],
      errors: 1,
      spread: 0.005,
      wander: 0.01,
      priors: { network: priorOf(0.05, 2), url: priorOf(0.05, 1), ip: priorOf(0.05, 0.5) }
    },
    {
      rates: [0.01],
      errors: 0.5,
      spread: 0.005,
      wander: 0.01,
      priors: { network: priorOf(0.01, 5), url: priorOf(0.01, 2), ip: priorOf(0.01, 2) }
    }
  ],
  thresholds: Object.fromEntries(families.map((f) => [f, theoryOf(f, budgetWeekly)])) as IncidentModel["thresholds"],
  keys: { network: {}, url: {}, ip: {} }
})
