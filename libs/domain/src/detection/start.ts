import type { CountedBy } from "../settings.ts"
import { parseRfc3339 } from "../time.ts"
import { lateBeforeOf, type WindowRecord } from "../wire/record.ts"
import type { SourcesPosition } from "./watermark.ts"

/** A record that stands in WINDOWS already. */
export interface KnownRecord {
  readonly seq: number
  readonly record: WindowRecord
  /**
   * Its alerts are stored, too: it only says what was decided, for windows that still take lines. Where LOGS no longer holds all lines of such a
   * window, nothing is lost; the window takes no more.
   */
  readonly isSettled?: boolean
}

/** Where a detection begins. */
export interface DetectionStart {
  /** Windows that begin before are decided; -Infinity where none is. */
  readonly decidedThroughMs: number
  /** Lines of windows that begin before are late; by default of all that are decided. */
  readonly lateBeforeMs?: number
  /** How the lines up to `countedThroughSeq` were taken when they were counted, where that was in another way than by the settings. */
  readonly countedBy?: CountedBy
  /** Windows that the known records decide take no line afterwards: they were counted by other rules. */
  readonly closesDecided?: boolean
  /** Lines up to here stand in the records of the windows that are decided at the start. 0 by default. */
  readonly settledThroughSeq?: number
  readonly clockMs: number
  /** By default nothing is known of them. */
  readonly sources?: SourcesPosition
  /**
   * Up to here `sources` says what came from each source (`highest_seq` of the checkpoint it is from): messages that are read
   * again move no watermark and are no sign of life. 0, which is the default, where nothing is known of the sources.
   */
  readonly observedThroughSeq?: number
  /** `through_seq` of the newest record: what is up to there was counted by a record already. */
  readonly countedThroughSeq: number
  /** The last message in the tally of the life before: this one's goes on behind it, or behind `countedThroughSeq` where that is not known. */
  readonly talliedThroughSeq?: number
  /** The sequence before the first one that will be read; a later one is a gap, from `openSeq` on. */
  readonly readThroughSeq: number
  /** From here on lines may belong to windows that are not decided, or are not counted yet. 0 by default. */
  readonly openSeq?: number
  /** Records newer than the checkpoint, in order: they win over what would be decided now. */
  readonly known: ReadonlyArray<KnownRecord>
}

export const atTheBeginning: DetectionStart = {
  decidedThroughMs: Number.NEGATIVE_INFINITY,
  clockMs: Number.NEGATIVE_INFINITY,
  countedThroughSeq: 0,
  readThroughSeq: 0,
  known: []
}

/**
 * What records say of a start behind `base`: up to it all is stored, alerts too. Records of windows that still took lines there are known
 * again, and so are those behind it.
 *
 * @param records in their order; those behind `base`, and those before it that may matter: `decided_through` is after its `late_before`
 */
export const startBehind = (
  base: KnownRecord | undefined,
  records: ReadonlyArray<KnownRecord>
): Pick<DetectionStart, "decidedThroughMs" | "known"> => {
  if (base === undefined) return { decidedThroughMs: Number.NEGATIVE_INFINITY, known: records }
  const lateBeforeMs = lateBeforeOf(base.record)
  return {
    decidedThroughMs: lateBeforeMs,
    known: records.flatMap((known) => {
      if (known.seq > base.seq) return [known]
      return parseRfc3339(known.record.decided_through)! > lateBeforeMs ? [{ ...known, isSettled: true }] : []
    })
  }
}

/** Where a detection is: what a checkpoint keeps of it. */
export interface DetectionPosition {
  readonly resumeSeq: number
  /** The same, but for the windows that are decided and still take lines. */
  readonly openSeq: number
  readonly highestSeq: number
  readonly decidedThroughMs: number
  readonly clockMs: number
  readonly sources: SourcesPosition
}
