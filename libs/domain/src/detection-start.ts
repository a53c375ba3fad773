import type { SourceState } from "./checkpoint.ts"
import type { WindowRecord } from "./record.ts"

/** A record that stands in WINDOWS already. */
export interface KnownRecord {
  readonly seq: number
  readonly record: WindowRecord
}

/** Where a detection begins. */
export interface DetectionStart {
  /** Windows that begin before are decided; -Infinity where none is. */
  readonly decidedThroughMs: number
  readonly clockMs: number
  readonly sources: ReadonlyArray<SourceState>
  /**
   * Up to here `sources` says what came from each source (`highest_seq` of the checkpoint it is from): messages that are read
   * again move no watermark and are no sign of life. 0, which is the default, where nothing is known of the sources.
   */
  readonly observedThroughSeq?: number
  /** `through_seq` of the newest record: what is up to there was counted by a record already. */
  readonly countedThroughSeq: number
  /** The sequence before the first one that will be read; a later one is a gap. */
  readonly readThroughSeq: number
  /** Records newer than the checkpoint, in order: they win over what would be decided now. */
  readonly known: ReadonlyArray<KnownRecord>
}

export const atTheBeginning: DetectionStart = {
  decidedThroughMs: Number.NEGATIVE_INFINITY,
  clockMs: Number.NEGATIVE_INFINITY,
  sources: [],
  countedThroughSeq: 0,
  readThroughSeq: 0,
  known: []
}

/** Where a detection is: what a checkpoint keeps of it. */
export interface Position {
  readonly resumeSeq: number
  readonly highestSeq: number
  readonly decidedThroughMs: number
  readonly clockMs: number
  readonly sources: ReadonlyArray<SourceState>
}
