import { parseRfc3339 } from "../time.ts"
import { lateBeforeOf } from "../wire/record.ts"
import type { DecidedAgain, Decider } from "./decider.ts"
import { circumstancesOf, type Decision, decide, type Origin } from "./decision.ts"
import type { KnownRecord } from "./start.ts"
import type { OpenWindow, OpenWindows } from "./window.ts"
import type { WindowWatcher } from "./window-watcher.ts"

/**
 * Records that an earlier life has left. They win: windows are decided where they say, and by the thresholds and rules that stand in them,
 * whatever this life would have decided.
 */
export class EarlierRecords implements Decider {
  /** Sequences that these records have counted as missing. */
  readonly toldGap: number
  readonly #known: ReadonlyArray<KnownRecord>
  readonly #origin: Origin
  readonly #watcher: WindowWatcher | undefined
  #at = 0

  /** @param readThroughSeq what is up to there is not read again */
  constructor(known: ReadonlyArray<KnownRecord>, origin: Origin, readThroughSeq: number, watcher?: WindowWatcher) {
    this.#known = known
    this.#origin = origin
    this.#watcher = watcher
    this.toldGap = known.reduce(
      (sum, { record }) => sum + (record.through_seq > readThroughSeq ? record.since_last.gap : 0),
      0
    )
  }

  get isLeft(): boolean {
    return this.#at < this.#known.length
  }

  get throughSeq(): number {
    return this.#known[this.#at]?.record.through_seq ?? Number.POSITIVE_INFINITY
  }

  decideNext(windows: OpenWindows): DecidedAgain {
    const known = this.#known[this.#at++]!
    const { record } = known
    const startMs = parseRfc3339(record.start)!
    const decidedThroughMs = parseRfc3339(record.decided_through)!
    const window =
      record.revision === undefined
        ? windows.decideBefore(decidedThroughMs).find((decided) => decided.startMs === startMs)
        : windows.get(startMs)
    // A revision decides no other window, whatever of the records before it is gone.
    windows.decideThrough(decidedThroughMs)
    const decision = this.#decideAgain(windows, window, known)
    // What a settled record decided is in the state that the watcher began with.
    if (record.revision === undefined && !known.isSettled) {
      if (decision === undefined) this.#watcher?.lost?.()
      else this.#watcher?.decided(window!, record.incidents)
    }
    // A window of which lines are missing could only be revised wrongly.
    windows.closeBefore(
      Math.max(lateBeforeOf(record), decision === undefined ? parseRfc3339(record.end)! : Number.NEGATIVE_INFINITY)
    )
    return { known, decision }
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
