import type { EvidenceThreshold } from "../evidence-threshold.ts"
import { isAbove, isObject, isStrata, isThreshold } from "../json-checks.ts"
import { timeBins } from "./time-bins.ts"
import type { UsualTimes } from "./usual.ts"

/** How the share of slow requests by one cut moves with the site. */
export interface CutModel {
  /** Multiples of the share that the URLs' own times lead to expect, by stratum as `ClassModel.rates`. */
  readonly factors: ReadonlyArray<number>
  /** Slow requests that they were learnt from. */
  readonly slow: number
  /** Correlation of two requests of one window, and of two of one URL in one window. */
  readonly spread: number
  readonly url_spread: number
  /** As `ClassModel.wander`. */
  readonly wander: number
}

/** What request times are judged by. Absent from a model whose history says none for an hour. */
export interface LatencyModel {
  readonly site: UsualTimes
  /** Of all traffic, by stratum. */
  readonly p50_us: ReadonlyArray<number>
  readonly p95_us: ReadonlyArray<number>
  readonly cuts: readonly [CutModel, CutModel]
  readonly thresholds: { readonly global: EvidenceThreshold; readonly url: EvidenceThreshold }
  /** The busiest URLs. */
  readonly urls: { readonly [url: string]: UsualTimes }
}

export const latencyLimits = {
  /** URLs whose usual times a model carries, and that a learner counts. At its limit the rarest half is forgotten. */
  modelUrls: 1_000,
  learntUrls: 2_000,
  /** A URL is judged by its own times when the model knows so many of its requests. */
  leastKnown: 300,
  /** URLs with evidence at the same time. At the limit those with the least are forgotten. */
  states: 500,
  /** Windows whose times of all traffic are kept, to tell how slow it was since it began. */
  recentWindows: 60,
  /** Incidents of latency open at the same time. */
  open: 20
} as const

/** The same with that part of its URLs, the busiest ones. */
export const withBusiestUrls = (latency: LatencyModel, keep: number): LatencyModel => {
  const sorted = Object.entries(latency.urls).sort(([a, m], [b, n]) => n.requests - m.requests || (a < b ? -1 : 1))
  return { ...latency, urls: Object.fromEntries(sorted.slice(0, Math.floor(sorted.length * keep))) }
}

const isCut = (x: unknown): boolean =>
  Array.isArray(x) &&
  x.length === 2 &&
  Number.isInteger(x[0]) &&
  isAbove(x[0], 0) &&
  x[0] < timeBins &&
  isAbove(x[1], 0)

const isPair = (x: unknown, isOne: (y: unknown) => boolean): boolean =>
  Array.isArray(x) && x.length === 2 && x.every(isOne)

const isUsual = (x: unknown): boolean =>
  isObject(x) && isAbove(x.requests, 1) && isPair(x.cuts, isCut) && isAbove(x.p50_us, 0) && isAbove(x.p95_us, 0)

const isCutModel = (x: unknown): boolean =>
  isObject(x) &&
  isStrata(x.factors, (factor) => isAbove(factor, 1e-9)) &&
  isAbove(x.slow, 1e-9) &&
  isAbove(x.spread, 0) &&
  isAbove(x.url_spread, 0) &&
  isAbove(x.wander, 1e-9)

/** Whether this is what a model says of latency. */
export const isLatencyModel = (x: unknown): x is LatencyModel =>
  isObject(x) &&
  isUsual(x.site) &&
  isStrata(x.p50_us, (us) => isAbove(us, 0)) &&
  isStrata(x.p95_us, (us) => isAbove(us, 0)) &&
  isPair(x.cuts, isCutModel) &&
  isObject(x.thresholds) &&
  isThreshold(x.thresholds.global) &&
  isThreshold(x.thresholds.url) &&
  isObject(x.urls) &&
  Object.values(x.urls).every(isUsual)
