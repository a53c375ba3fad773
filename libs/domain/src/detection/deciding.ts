import type { DetectionSettings } from "../settings.ts"
import { type ClosedBy, type RecordIncidents, type Rules, rulesOf } from "../wire/record.ts"
import type { Reject } from "../wire/reject.ts"
import type { ThresholdsInForce } from "../wire/threshold.ts"
import type { DetectionCounts } from "./counts.ts"
import { type Decider, decideAmong } from "./decider.ts"
import type { Decision, Origin } from "./decision.ts"
import { type Due, DueWindows } from "./due.ts"
import type { SideOutput } from "./side-output.ts"
import type { KnownRecord } from "./start.ts"
import type { Sources } from "./watermark.ts"
import type { OpenWindow, OpenWindows } from "./window.ts"
import type { WindowWatcher } from "./window-watcher.ts"

/** Takes the windows in place of decisions: for jobs that fold a whole history and write nothing. */
export interface WindowObserver {
  /** A window that takes no line any more, just before it is let go, in the order of the windows. */
  window(window: OpenWindow): void
  /** Where there is one, lines that came too late for their windows are counted here; the observer may empty it whenever it is told a window. */
  readonly late?: OpenWindow
}

/** What a detection has to say. */
export interface Taken {
  readonly decisions: ReadonlyArray<Decision>
  readonly rejects: ReadonlyArray<Reject>
  /** Records whose lines LOGS no longer holds: their alerts cannot be derived again. */
  readonly lost: ReadonlyArray<KnownRecord>
}

/** What the fold of lines and the deciding of windows have in common. */
interface Folded {
  readonly windows: OpenWindows
  readonly sources: Sources
  readonly sideOutput: SideOutput
  readonly counts: DetectionCounts
}

interface DecidingOptions {
  readonly origin: Origin
  /** Where there is one, it is told the windows and nothing is decided. */
  readonly observer: WindowObserver | undefined
  readonly watcher: WindowWatcher | undefined
  /** Records that are there already: until they all have decided, nothing else does. */
  readonly decider: Decider
  /** Windows that were decided by these records take no line afterwards. */
  readonly closesDecided: boolean
  readonly logsCreated: string | undefined
}

/**
 * From windows that are due to decisions: by records that are there already, by the watermark, by silence, because there are too many, and once
 * more for lines that came late. When a window is asked for is the detection's; here no message is read and no line counted.
 */
export class Deciding {
  /** The thresholds for every window decided from now on. */
  thresholds: ThresholdsInForce
  /** The last message that was read: what is decided now holds the lines up to it. */
  highestSeq: number
  readonly #windowMs: number
  readonly #horizonMs: number
  readonly #rules: Rules
  readonly #origin: Origin
  readonly #logsCreated: string | undefined
  readonly #observer: WindowObserver | undefined
  readonly #watcher: WindowWatcher | undefined
  readonly #decider: Decider
  readonly #closesDecided: boolean
  readonly #windows: OpenWindows
  readonly #sources: Sources
  readonly #sideOutput: SideOutput
  readonly #counts: DetectionCounts
  readonly #due: DueWindows
  readonly #takeSince = () => this.#sideOutput.takeSince()
  #decisions: Array<Decision> = []
  #lost: Array<KnownRecord> = []

  constructor(
    settings: DetectionSettings,
    thresholds: ThresholdsInForce,
    highestSeq: number,
    { windows, sources, sideOutput, counts }: Folded,
    options: DecidingOptions
  ) {
    this.thresholds = thresholds
    this.highestSeq = highestSeq
    this.#windowMs = settings.windowMs
    this.#horizonMs = settings.horizonMs
    this.#rules = rulesOf(settings)
    this.#origin = options.origin
    this.#logsCreated = options.logsCreated
    this.#observer = options.observer
    this.#watcher = options.watcher
    this.#decider = options.decider
    this.#closesDecided = options.closesDecided
    this.#windows = windows
    this.#sources = sources
    this.#sideOutput = sideOutput
    this.#counts = counts
    this.#due = new DueWindows(settings, sources, windows)
    if (!this.#decider.isLeft) this.#closeDecided()
  }

  /** Whether records that are there already still say what is decided. */
  get byRecordsOnly(): boolean {
    return this.#decider.isLeft
  }

  /** What was decided since the last call, and the rejects of it. */
  take(): Taken {
    const taken = { decisions: this.#decisions, rejects: this.#sideOutput.takeRejects(), lost: this.#lost }
    this.#decisions = []
    this.#lost = []
    return taken
  }

  /** The records win over whatever would be decided now. */
  byRecords(throughSeq: number): void {
    const decider = this.#decider
    if (!decider.isLeft) return
    while (decider.throughSeq <= throughSeq) {
      const came = decider.decideNext(this.#windows, this.#takeSince)
      if (came === undefined || came.known.isSettled) continue
      if (came.decision === undefined) this.#lost.push(came.known)
      else this.#say(came.decision)
    }
    if (!decider.isLeft) this.#closeDecided()
  }

  byWatermark(closedBy: ClosedBy, storedMs: number): void {
    this.#decideDue(this.#due.byWatermark(closedBy, storedMs))
  }

  bySilence(clockMs: number): void {
    this.#decideDue(this.#due.bySilence(clockMs, this.#sources.silentMs(clockMs)))
  }

  /** What the limits force. */
  byLimits(): void {
    for (let due = this.#due.byLimits(); due !== undefined; due = this.#due.byLimits()) this.#decideDue(due)
    // Only lines that came late can have made the retained windows too large since the last record.
    if (this.#windows.isOverLimit) this.revise()
  }

  /** What has come into decided windows comes into their records: it waits for that no longer than `revisionMs`, by the log's clock. */
  revise(): void {
    const windows = this.#windows
    const changed = windows.changed()
    for (let i = 0; i < changed.length; i++) {
      const window = changed[i]!
      if (this.#observer !== undefined) {
        windows.settle(window)
        continue
      }
      const thresholds = window.retained!.judgedBy ?? this.thresholds
      const isLast = i === changed.length - 1
      const lateBeforeMs = isLast ? this.#makeRoom(window, windows.lateBeforeMs) : windows.lateBeforeMs
      this.#decide(window, thresholds, "late", lateBeforeMs)
      this.#closeBefore(lateBeforeMs)
    }
    if (changed.length > 0) this.#sideOutput.countedThroughSeq = this.highestSeq
  }

  /** Nothing comes any more: what came late stands in a record. */
  finish(): void {
    this.revise()
    if (this.#observer !== undefined) this.#closeBefore(this.#windows.decidedThroughMs)
  }

  #decideDue(due: Due | undefined): void {
    if (due === undefined) return
    this.revise()
    this.#sources.learn()
    const { beforeMs, throughMs, closedBy } = due
    const windows = this.#windows
    for (let window = windows.takeOldest(beforeMs); window !== undefined; window = windows.takeOldest(beforeMs)) {
      // What lies between two windows decided together is decided with the first of them.
      windows.decideThrough(
        windows.oldestMs < beforeMs ? windows.oldestMs : Math.max(throughMs ?? window.endMs, window.endMs)
      )
      windows.retain(window)
      const lateBeforeMs = this.#makeRoom(window, windows.decidedThroughMs - this.#horizonMs)
      const by = this.#watcher?.judging
      if (this.#observer === undefined) this.#decide(window, this.thresholds, closedBy, lateBeforeMs, by)
      this.#watcher?.decided(window, by)
      this.#closeBefore(lateBeforeMs)
      if (window.retained !== undefined) window.trim()
    }
    this.#sideOutput.countedThroughSeq = this.highestSeq
  }

  /**
   * A window is to be told. Lets windows before it go where the limits or the horizon want it, and answers before which start windows take
   * no line once it is told.
   */
  #makeRoom(window: OpenWindow, horizonFromMs: number): number {
    const windows = this.#windows
    const { startMs, endMs } = window
    this.#closeBefore(Math.min(horizonFromMs, startMs))
    while (windows.isOverLimit && windows.oldestRetainedMs < startMs) {
      this.#closeBefore(windows.oldestRetainedMs + this.#windowMs)
    }
    return Math.max(windows.lateBeforeMs, horizonFromMs, windows.isOverLimit ? endMs : Number.NEGATIVE_INFINITY)
  }

  #closeBefore(lateBeforeMs: number): void {
    const observer = this.#observer
    if (observer === undefined) this.#windows.closeBefore(lateBeforeMs)
    else {
      this.#windows.closeBefore(lateBeforeMs, (window) => {
        this.#counts.windows++
        observer.window(window)
      })
    }
  }

  #decide(
    window: OpenWindow,
    thresholds: ThresholdsInForce,
    closedBy: ClosedBy,
    lateBeforeMs: number,
    incidents?: RecordIncidents
  ): void {
    const by = { thresholds, rules: this.#rules, origin: this.#origin }
    const said = decideAmong(this.#windows, window, by, {
      throughSeq: this.highestSeq,
      logsCreated: this.#logsCreated,
      lateBeforeMs,
      closedBy,
      incidents,
      sinceLast: this.#sideOutput.takeSince(),
      ...this.#sources.takeLearnt()
    })
    this.#say({ ...said, recordSeq: undefined })
  }

  /** Windows that were counted by other rules take no line. */
  #closeDecided(): void {
    if (this.#closesDecided) this.#windows.closeBefore(this.#windows.decidedThroughMs)
  }

  #say(decision: Decision): void {
    const { revision, total } = decision.record
    if (revision !== undefined) this.#counts.revisions++
    // One that had no line when it was decided is met first in a revision.
    if (revision === undefined || revision.added.total === total) this.#counts.windows++
    this.#counts.alerts += decision.alerts.length
    this.#decisions.push(decision)
  }
}
