import { parseRfc3339 } from "../time.ts"
import { lateBeforeOf } from "../wire/record.ts"
import { circumstancesOf, type Decision, decide, type Origin } from "./decision.ts"
import type { KnownRecord } from "./start.ts"
import type { OpenWindow, OpenWindows } from "./window.ts"

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

  /** @param readThroughSeq what is up to there is not read again */
  constructor(known: ReadonlyArray<KnownRecord>, origin: Origin, readThroughSeq: number) {
    this.#known = known
    this.#origin = origin
    this.toldGap = known.reduce(
      (sum, { record }) => sum + (record.through_seq > readThroughSeq ? record.since_last.gap : 0),
      0
    )
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
    const { record } = known
    const startMs = parseRfc3339(record.start)!
    const decision =
      record.revision === undefined
        ? this.#decideFirst(windows, known, startMs)
        : this.#decideAgain(windows, windows.get(startMs), known)
    windows.decideThrough(parseRfc3339(record.decided_through)!)
    // A window of which lines are missing could only be revised wrongly.
    windows.closeBefore(
      Math.max(lateBeforeOf(record), decision === undefined ? parseRfc3339(record.end)! : Number.NEGATIVE_INFINITY)
    )
    return { known, decision }
  }

  #decideFirst(windows: OpenWindows, known: KnownRecord, startMs: number): Decision | undefined {
    let decision: Decision | undefined
    for (const window of windows.takeBefore(parseRfc3339(known.record.decided_through)!)) {
      windows.retain(window)
      if (window.startMs === startMs) decision = this.#decideAgain(windows, window, known)
    }
    return decision
  }

  #decideAgain(
    windows: OpenWindows,
    window: OpenWindow | undefined,
    { seq, record }: KnownRecord
  ): Decision | undefined {
    if (window === undefined || window.total !== record.total || window.errors !== record.errors) return undefined
    const decision = decide(window, record.seuils, record.rules, this.#origin, circumstancesOf(record))
    windows.settle(window)
    return { ...decision, recordSeq: seq }
  }
}
