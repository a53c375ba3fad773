import { parseRfc3339 } from "../time.ts"
import { families, type IncidentModel, incidentModelSchema } from "./model.ts"
import { keyedCauses } from "./panes.ts"

export type ModelFromJson =
  | { readonly ok: true; readonly value: IncidentModel }
  | { readonly ok: false; readonly reason: string }

const refused = (reason: string): ModelFromJson => ({ ok: false, reason })

const isObject = (x: unknown): x is { readonly [key: string]: unknown } =>
  typeof x === "object" && x !== null && !Array.isArray(x)
const isAbove = (x: unknown, least: number): x is number => typeof x === "number" && Number.isFinite(x) && x >= least
const isRate = (x: unknown): boolean => isAbove(x, 0) && x < 1
const isStrata = (x: unknown, isValue: (v: unknown) => boolean): boolean =>
  Array.isArray(x) && [1, 24, 48].includes(x.length) && x.every(isValue)

const isPrior = (x: unknown): boolean =>
  isObject(x) && isRate(x.rate) && isAbove(x.strength, 1e-3) && isAbove(x.spread, 0) && x.spread <= 1

const isClass = (x: unknown): boolean =>
  isObject(x) &&
  isStrata(x.rates, (rate) => isRate(rate) && (rate as number) > 0) &&
  isAbove(x.spread, 0) &&
  isAbove(x.errors, 1e-9) &&
  isAbove(x.wander, 1e-9) &&
  isObject(x.priors) &&
  keyedCauses.every((d) => isPrior((x.priors as Record<string, unknown>)[d]))

const isLevel = (x: unknown): x is { readonly [key: string]: unknown } =>
  isObject(x) && isAbove(x.strength, 1) && isAbove(x.weekly, 0)

const isThreshold = (x: unknown): boolean =>
  isLevel(x) && isAbove(x.slope, 0) && isAbove(x.weeks, 0) && (x.outage === undefined || isLevel(x.outage))

const isCounts = (x: unknown): boolean => Array.isArray(x) && x.length === 3 && x.every((n) => isAbove(n, 0))

const isLearnt = (x: unknown): boolean =>
  x === null ||
  (isObject(x) &&
    typeof x.start === "string" &&
    parseRfc3339(x.start) !== undefined &&
    typeof x.end === "string" &&
    parseRfc3339(x.end) !== undefined)

/** Takes a model as it was published; says what is wrong with one that cannot be used. */
export const incidentModelFromJson = (json: unknown): ModelFromJson => {
  if (!isObject(json)) return refused("it is no object")
  if (json.schema !== incidentModelSchema) return refused(`its schema is not ${incidentModelSchema}`)
  if (!isAbove(json.window_ms, 1)) return refused("its window_ms is no length of time")
  if (!isAbove(json.budget_weekly, 1e-6)) return refused("its budget_weekly is not above 0")
  if (!isLearnt(json.learnt)) return refused("its learnt does not say from when to when it was learnt")
  if (!Array.isArray(json.classes) || json.classes.length !== 2 || !json.classes.every(isClass))
    return refused("its classes do not hold rates and priors of client and server errors")
  const { traffic, thresholds, keys } = json
  if (
    traffic !== undefined &&
    !(isObject(traffic) && isStrata(traffic.requests, (n) => isAbove(n, 0)) && isAbove(traffic.dispersion, 1))
  )
    return refused("its traffic does not hold requests by hour")
  if (!isObject(thresholds) || !families.every((f) => isThreshold(thresholds[f])))
    return refused("its thresholds do not hold one for each kind of evidence")
  if (!isObject(keys) || !keyedCauses.every((d) => isObject(keys[d]) && Object.values(keys[d]).every(isCounts)))
    return refused("its keys do not hold counts of requests and errors")
  return { ok: true, value: json as unknown as IncidentModel }
}
