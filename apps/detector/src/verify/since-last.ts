import { type SinceLast, sharedSource } from "@chaussettes/domain"

/** Nothing was counted. */
export const nothing: SinceLast = { late: 0, rejected: {}, gap: 0, late_by_source: {} }

/** What two counts come to together. */
export const sumOf = (a: SinceLast, b: SinceLast): SinceLast =>
  a === nothing
    ? b
    : {
        late: a.late + b.late,
        rejected: sumOfCounts(a.rejected, b.rejected),
        gap: a.gap + b.gap,
        late_by_source: sumOfCounts(a.late_by_source, b.late_by_source),
        ...(a.ignored === undefined && b.ignored === undefined
          ? {}
          : { ignored: sumOfCounts(a.ignored ?? {}, b.ignored ?? {}) })
      }

const sumOfCounts = <A extends { readonly [name: string]: number }>(a: A, b: A): A => {
  const sum: { [name: string]: number } = { ...a }
  for (const [name, n] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + n
  return sum as A
}

/**
 * Late lines by source. Where that cannot be told here, what is stored stands if it adds up: of windows that have no record it was not
 * counted which source sent how many lines, and beyond the limit of sources it depends on whom the detector had met before.
 */
export const lateBySource = (stored: SinceLast, derived: SinceLast, late: number, isKnown: boolean) => {
  const hasShared = sharedSource in derived.late_by_source || sharedSource in (stored.late_by_source ?? {})
  if (isKnown && !hasShared) return derived.late_by_source
  const sum = Object.values(stored.late_by_source ?? {}).reduce((total, lines) => total + lines, 0)
  return sum === late ? stored.late_by_source : derived.late_by_source
}
