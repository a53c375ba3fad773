import { countAlike, lateBeforeOf, parseRfc3339, type WindowRecord } from "@chaussettes/domain"
import type { StoredRecord } from "./record.ts"

/** What the records that were judged so far say of the next one. */
export interface Chain {
  readonly throughSeq: number
  readonly resumeSeq: number
  readonly decidedThroughMs: number
  readonly lateBeforeMs: number
  /** The newest of them; undefined where none speaks of this LOGS. */
  readonly record?: WindowRecord
}

/** Where and how far a record decides. */
export type Bounds = Pick<Chain, "throughSeq" | "decidedThroughMs" | "lateBeforeMs">

const never = Number.NEGATIVE_INFINITY

export const atTheBeginning: Chain = { throughSeq: 0, resumeSeq: 1, decidedThroughMs: never, lateBeforeMs: never }

/** Sequences of another LOGS mean nothing in this one; what was decided stays decided. */
export const chainOf = (record: WindowRecord, logsCreated: string): Chain => {
  const decidedThroughMs = parseRfc3339(record.decided_through)!
  return record.logs_created === logsCreated
    ? {
        throughSeq: record.through_seq,
        resumeSeq: record.resume_seq,
        decidedThroughMs,
        lateBeforeMs: lateBeforeOf(record),
        record
      }
    : { ...atTheBeginning, decidedThroughMs, lateBeforeMs: decidedThroughMs }
}

/** Whether the detector that made a record could go on counting in the windows that the records before it had decided. */
export const countsOn = ({ record }: Chain, { record: next, startMs, endMs }: StoredRecord): boolean =>
  record === undefined ||
  (parseRfc3339(record.end)! - parseRfc3339(record.start)! === endMs - startMs && countAlike(record.rules, next.rules))

/** Why a record cannot be the next one; undefined where it can. */
export const whyNotNext = (
  { decidedThroughMs, lateBeforeMs }: Chain,
  { startMs, record }: StoredRecord
): string | undefined => {
  if (record.revision === undefined) {
    return startMs >= decidedThroughMs ? undefined : "its window was decided by an earlier record"
  }
  return startMs >= lateBeforeMs ? undefined : "its window was already finally decided"
}

/**
 * Where and how far a record decides: what it says, as far as its neighbours allow it; the rest shows as a difference.
 *
 * @param second the record behind it
 */
export const boundsOf = (
  chain: Chain,
  stored: StoredRecord,
  second: StoredRecord | undefined,
  logsLastSeq: number
): Bounds => {
  const { revision } = stored.record
  let throughSeq = stored.record.through_seq
  // A revision decides nothing, unless the first record of its window is gone.
  let decidedThroughMs =
    revision === undefined || stored.startMs >= chain.decidedThroughMs
      ? Math.max(stored.decidedThroughMs, stored.endMs)
      : chain.decidedThroughMs
  if (second !== undefined && (second.startMs >= stored.endMs || second.record.revision !== undefined)) {
    if (second.record.through_seq >= chain.throughSeq) {
      throughSeq = Math.min(throughSeq, second.record.through_seq)
    }
    if (revision === undefined && second.record.revision === undefined && second.startMs < decidedThroughMs) {
      decidedThroughMs = stored.endMs
    }
  }
  throughSeq = Math.min(Math.max(throughSeq, chain.throughSeq), logsLastSeq)
  // At least the horizon is kept, but for the limits; and a window of which nothing was kept is closed with its record.
  const leastMs =
    revision === undefined
      ? Math.max(chain.lateBeforeMs, decidedThroughMs - stored.settings.horizonMs)
      : chain.lateBeforeMs
  const lateBeforeMs = Math.min(Math.max(stored.lateBeforeMs, leastMs), decidedThroughMs)
  return { throughSeq, decidedThroughMs, lateBeforeMs }
}
