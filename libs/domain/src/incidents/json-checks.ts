export const isObject = (x: unknown): x is { readonly [key: string]: unknown } =>
  typeof x === "object" && x !== null && !Array.isArray(x)
export const isAbove = (x: unknown, least: number): x is number =>
  typeof x === "number" && Number.isFinite(x) && x >= least
export const isRate = (x: unknown): boolean => isAbove(x, 0) && x < 1
export const isStrata = (x: unknown, isValue: (v: unknown) => boolean): boolean =>
  Array.isArray(x) && [1, 24, 48].includes(x.length) && x.every(isValue)

const isLevel = (x: unknown): x is { readonly [key: string]: unknown } =>
  isObject(x) && isAbove(x.strength, 1) && isAbove(x.weekly, 0)

export const isThreshold = (x: unknown): boolean =>
  isLevel(x) && isAbove(x.slope, 0) && isAbove(x.weeks, 0) && (x.outage === undefined || isLevel(x.outage))
