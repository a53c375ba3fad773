import { rfc3339, type SinceLast, sharedSource } from "@chaussettes/domain"
import { logsStream, windowsStream } from "@chaussettes/jetstream/topology"
import type { Differences } from "./differences.ts"

/** A window for which LOGS has lines and WINDOWS no record, at the time when the next record decided it. */
export interface Unrecorded {
  readonly startMs: number
  readonly total: number
  /**
   * Whether its first line came before the record before: its lines were not late then, so it was open and must have been
   * decided. Of the others it may be that all their lines were late.
   */
  readonly certain: boolean
}

/** What stands between two records. */
export interface Between {
  /** How many sequences of WINDOWS are not held, and the first of them. */
  readonly missing: { readonly count: number; readonly fromSeq: number }
  /** Records that cannot be read: their windows are there in a way. */
  readonly unreadable: number
  readonly unrecorded: ReadonlyArray<Unrecorded>
  /** Lines that must have been counted as late, or belong to windows that are lost: more than the record counts. */
  readonly unaccountedLines: number
  /** So many revisions of this window must have been before the next record, by its number. */
  readonly lostRevisions: number
  readonly revisedMs: number
}

/**
 * Tells which windows are lost. Every line is counted once: in its window's record, as late, or as rejected, in the record that was
 * decided next. So where a sequence of WINDOWS is missing, or lines are counted nowhere, a record is gone; the windows with the most
 * lines are named first. Answers how many lines the lost windows have.
 */
export const tellLost = (between: Between, differences: Differences): number => {
  const { missing, unreadable, unrecorded, lostRevisions } = between
  const candidates = [...unrecorded].sort((a, b) => Number(b.certain) - Number(a.certain) || b.total - a.total)
  candidates.splice(0, unreadable)
  const isGap = missing.count + unreadable > 0
  let [lines, accounted] = [0, 0]
  let named = 0
  for (const { startMs, total, certain } of candidates) {
    const seq = named < missing.count ? missing.fromSeq + named : undefined
    if (!certain && seq === undefined && (isGap || accounted >= between.unaccountedLines)) break
    differences.add({
      of: "window",
      kind: "lost",
      window: rfc3339(startMs),
      ...(seq === undefined ? {} : { seq }),
      why: `${logsStream} has ${total} ${total === 1 ? "line" : "lines"} of it and ${windowsStream} no record`
    })
    named++
    lines += total
    if (!certain) accounted += total
  }
  for (let i = 0; i < lostRevisions; i++) {
    const seq = named < missing.count ? missing.fromSeq + named : undefined
    differences.add({
      of: "window",
      kind: "lost",
      window: rfc3339(between.revisedMs),
      ...(seq === undefined ? {} : { seq }),
      why: "a later revision of it says that there was one before"
    })
    named++
  }
  const rest = missing.count - named
  if (rest > 0) {
    const fromSeq = missing.fromSeq + named
    differences.count("window", "lost", rest)
    differences.show({
      of: "window",
      kind: "lost",
      seq: fromSeq,
      why:
        rest === 1
          ? `${windowsStream} no longer holds it`
          : `${windowsStream} no longer holds the sequences ${fromSeq} to ${fromSeq + rest - 1}`
    })
  }
  return lines
}

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
