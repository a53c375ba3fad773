import type { WindowRecord } from "@chaussettes/domain"

/** What is usual is not known yet: only strong evidence is told. */
export interface Learning {
  /** When the first of it is learnt; null where the beginning of the log is not known. */
  readonly untilMs: number | null
  /** It is past, and nothing was published. */
  readonly isOverdue: boolean
}

/** So much history is learnt from first. */
const firstStepMs = 3_600_000

/**
 * Records name the model that they were judged by: revision 0 is what is believed before one was published. Null where something is learnt, or where
 * the detector says nothing of it.
 */
export const learningOf = (
  recent: ReadonlyArray<WindowRecord>,
  oldestMs: number | null,
  newestMs: number
): Learning | null => {
  const model = recent.findLast(({ incidents }) => incidents !== undefined)?.incidents?.model
  if (model === undefined || model.revision > 0) return null
  const untilMs = oldestMs === null ? null : oldestMs + firstStepMs
  return { untilMs, isOverdue: untilMs !== null && newestMs > untilMs + firstStepMs }
}
