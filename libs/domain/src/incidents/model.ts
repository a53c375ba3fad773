import { parseRfc3339 } from "../time.ts"
import type { EvidenceThreshold } from "./evidence-threshold.ts"
import { incidentLimits } from "./incident-limits.ts"
import type { LatencyModel } from "./latency/latency-model.ts"
import type { CauseDimension, ClassIndex, errorClasses, KeyedCause } from "./panes.ts"

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
/** Judged only where lines say how long requests took; its thresholds stand in `LatencyModel`. */
export type LatencyFamily = "global.latency" | "url.latency"
export type AnyFamily = Family | LatencyFamily
type ErrorClassName = (typeof errorClasses)[number]

const errorFamilies = {
  global: ["global.client", "global.server"],
  network: ["network.client", "network.server"],
  url: ["url.client", "url.server"],
  ip: ["ip.client", "ip.server"],
  window: ["window.client", "window.server"]
} as const

/** Looked up, as each window asks for a dozen of them. */
export const familyOf = (dimension: CauseDimension | "window", errorClass: ClassIndex): Family =>
  errorFamilies[dimension][errorClass]

export const latencyFamilies: ReadonlyArray<LatencyFamily> = ["global.latency", "url.latency"]

/** Those that every model has a threshold of. */
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
  /** Absent where lines do not say how long requests took, and in models of before it was judged. */
  readonly latency?: LatencyModel
  readonly thresholds: { readonly [family in Family]: EvidenceThreshold }
  /** Requests and errors (4xx, 5xx) of keys with many requests. */
  readonly keys: { readonly [dimension in KeyedCause]: { readonly [key: string]: readonly [number, number, number] } }
}

const hourMs = 3_600_000

/** A model is made when so much has been seen, then once a day. */
export const modelStepsMs: ReadonlyArray<number> = [1, 3, 6, 12, 24].map((hours) => hours * hourMs)

/** In UTC. 1970-01-01 was a Thursday. */
export const isWeekend = (startMs: number): boolean => {
  const day = (((Math.floor(startMs / (24 * hourMs)) + 4) % 7) + 7) % 7
  return day === 0 || day === 6
}

/** The stratum of a time: by hour of the day, or by hour and weekend, in UTC. */
export const stratumOf = (strata: number, startMs: number): number => {
  if (strata === 1) return 0
  const hours = Math.floor(startMs / hourMs)
  const hour = ((hours % 24) + 24) % 24
  if (strata === 24) return hour
  return isWeekend(startMs) ? 24 + hour : hour
}

/** How long the history is that the model was learnt from; 0 before there is any. */
export const knownMs = ({ learnt }: IncidentModel): number =>
  learnt === null ? 0 : parseRfc3339(learnt.end)! - parseRfc3339(learnt.start)!

/** How long an incident may last before it is how things are. */
export const acceptedAfterMs = (model: IncidentModel): number =>
  knownMs(model) < incidentLimits.acceptedMs ? incidentLimits.acceptedAtFirstMs : incidentLimits.acceptedMs

/** By class: what is told however restless a site is. That share of its requests fails for so long. */
export const siteOutages: readonly [client: Outage, server: Outage] = [
  { rate: 0.5, ms: 300_000 },
  { rate: 0.25, ms: 60_000 }
]
interface Outage {
  readonly rate: number
  readonly ms: number
}

/** Part of the budget that is spent; the rest is what a month of chance may have above the mean. */
export const spentShare = 0.4

/**
 * Families do not share the budget alike: what hurts most is seen first. Those of latency come on top of what is spent, out of the rest, so that a
 * site that logs no request times is judged as one that does.
 */
export const budgetShares: { readonly [family in AnyFamily]: number } = {
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
  "traffic.spike": 0.02,
  "global.latency": 0.06,
  "url.latency": 0.06
}

/** Undefined of a family that the model does not judge. */
export const thresholdOf = (
  { thresholds, latency }: IncidentModel,
  family: AnyFamily
): EvidenceThreshold | undefined => {
  if (family === "global.latency") return latency?.thresholds.global
  if (family === "url.latency") return latency?.thresholds.url
  return thresholds[family]
}

/** Excursions a week that are allowed for at least: nearly one a window of 10 s. */
const leastExcursions = 50_000
/** No evidence below this is enough, whatever was learnt. */
export const leastLevel = 10

/** Strengths before there is history, by theory. */
export const theoryOf = (family: AnyFamily, budgetWeekly: number, weekly = leastExcursions): EvidenceThreshold => {
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
