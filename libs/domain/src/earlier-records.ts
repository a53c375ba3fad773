import { type Decision, decide, type Origin } from "./decision.ts"
import type { KnownRecord } from "./detection-start.ts"
import { parseRfc3339 } from "./time.ts"
import type { OpenWindows } from "./window.ts"

/**
 * Records that an earlier life has left. They win: windows are decided where they say, and by the seuils and rules that stand in them,
 * whatever this life would have decided.
 */
export class EarlierRecords {
  /** Sequences that these records have counted as missing. */
  readonly toldGap: number
  readonly #known: ReadonlyArray<KnownRecord>
  readonly #origin: Origin
  #at = 0

  constructor(known: ReadonlyArray<KnownRecord>, origin: Origin) {
    this.#known = known
    this.#origin = origin
    this.toldGap = known.reduce((sum, { record }) => sum + record.since_last.gap, 0)
  }

  /** Whether there are any left: until then nothing else decides. */
  get isLeft(): boolean {
    return this.#at < this.#known.length
  }

  /** Up to which message the next one's window was open; Infinity where none is left. */
  get throughSeq(): number {
    return this.#known[this.#at]?.record.through_seq ?? Number.POSITIVE_INFINITY
  }

  /** Decides as the next record says. Undefined where LOGS no longer holds its lines: then its alerts cannot be derived again. */
  decideNext(windows: OpenWindows): { readonly known: KnownRecord; readonly decision: Decision | undefined } {
    const known = this.#known[this.#at++]!
    const { seq, record } = known
    const startMs = parseRfc3339(record.start)!
    const decidedThroughMs = parseRfc3339(record.decided_through)!
    let decision: Decision | undefined
    for (const window of windows.takeBefore(decidedThroughMs)) {
      // A window without a record was opened by lines that were late the first time.
      if (window.startMs === startMs && window.total === record.total && window.errors === record.errors) {
        const again = decide(window, record.seuils, record.rules, this.#origin, {
          throughSeq: record.through_seq,
          resumeSeq: record.resume_seq,
          logsCreated: record.logs_created,
          decidedThroughMs,
          closedBy: record.closed_by,
          sinceLast: record.since_last
        })
        decision = { ...again, recordSeq: seq }
      }
      windows.release(window)
    }
    windows.decideThrough(decidedThroughMs)
    return { known, decision }
  }
}
