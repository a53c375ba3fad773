import { keyDimensionsIn } from "../dimension.ts"
import { FormatChanges } from "../format/format-changes.ts"
import { declaredFor } from "../format/source-formats.ts"
import { limits } from "../limits.ts"
import type { ScanCode } from "../line/line.ts"
import { fieldsALine, numbersALine, type ScannedLines } from "../line/scanned-lines.ts"
import type { CountedBy, DetectionSettings } from "../settings.ts"
import { type ClosedBy, type Rules, rulesOf, type SinceLast } from "../wire/record.ts"
import type { Reject, RejectReason } from "../wire/reject.ts"
import type { ThresholdsInForce } from "../wire/threshold.ts"
import type { LogBatch, Watermark } from "./batch.ts"
import { type DetectionCounts, noCounts } from "./counts.ts"
import { type Decision, decide, type Origin } from "./decision.ts"
import { type Due, DueWindows } from "./due.ts"
import { EarlierRecords } from "./earlier-records.ts"
import { LineFold } from "./line-fold.ts"
import { SideOutput } from "./side-output.ts"
import { atTheBeginning, type DetectionPosition, type DetectionStart, type KnownRecord } from "./start.ts"
import { RecentLines, type Tally } from "./tally.ts"
import { Sources } from "./watermark.ts"
import { type OpenWindow, OpenWindows } from "./window.ts"

/** Takes the windows in place of decisions: for jobs that fold a whole history and write nothing. */
export interface WindowObserver {
  /** A window that takes no line any more, just before it is let go, in the order of the windows. */
  window(window: OpenWindow): void
  /** Lines that came too late for their windows are counted here; the observer may empty it whenever it is told a window. */
  readonly late: OpenWindow
}

/** Decides in place of the watermark, the silences and the limits: for `verify`, which goes by the records and by nothing else. */
export interface Auditor {
  /** Behind this message of LOGS windows are decided; Infinity where no record waits. */
  readonly throughSeq: number
  /** Does to the windows what the next record says; `since` is what was counted since the last call. */
  decide(windows: OpenWindows, since: SinceLast): void
}

/** What a detection has to say. */
export interface Taken {
  readonly decisions: ReadonlyArray<Decision>
  readonly rejects: ReadonlyArray<Reject>
  /** Records whose lines LOGS no longer holds: their alerts cannot be derived again. */
  readonly lost: ReadonlyArray<KnownRecord>
}

/**
 * The detection: messages of LOGS in, decisions out. The same code runs in the detector, in `analyze`, `verify`, what-if and
 * the thresholds job. Nothing here knows of a server or a clock: time comes with the messages, or through `silence`.
 *
 * A message is taken whole: decisions fall between messages, so a record's `through_seq` says exactly which lines its window
 * holds, and the same lines give the same windows whatever decided them the first time.
 */
export class Detection {
  /** Sources whose lines are of another format than before. */
  readonly formatChanges = new FormatChanges()
  readonly counts: DetectionCounts = noCounts()
  readonly #settings: DetectionSettings
  readonly #rules: Rules
  readonly #origin: Origin
  readonly #logsCreated: string | undefined
  readonly #observer: WindowObserver | undefined
  readonly #closed: ((window: OpenWindow) => void) | undefined
  readonly #auditor: Auditor | undefined
  readonly #windows: OpenWindows
  readonly #sources: Sources
  readonly #sideOutput: SideOutput
  readonly #fold: LineFold
  /** Undefined where nobody asks: an observer or an auditor goes through history. */
  readonly #recent: RecentLines | undefined
  readonly #talliedThroughSeq: number | undefined
  readonly #due: DueWindows
  readonly #earlier: EarlierRecords
  readonly #closesDecided: boolean
  /** How lines up to `#countedAtStart` are taken: as they were when a record counted them. */
  readonly #countedBy: CountedBy
  readonly #hasCountedBy: boolean
  readonly #countedAtStart: number
  /** What is before it, an earlier life had counted and decided. */
  readonly #openSeq: number
  #seuils: ThresholdsInForce
  #clockMs: number
  /** Whether a message was read. */
  #hasBegun = false
  #highestSeq: number
  readonly #observedThroughSeq: number
  #decisions: Array<Decision> = []
  #lost: Array<KnownRecord> = []

  constructor(
    settings: DetectionSettings,
    seuils: ThresholdsInForce,
    options: {
      readonly origin: Origin
      readonly hashSeed: number
      readonly start?: DetectionStart
      /** Where there is one, it is told the windows and nothing is decided or rejected. */
      readonly observer?: WindowObserver
      /** Told the windows beside their being decided, as an observer is. */
      readonly closed?: (window: OpenWindow) => void
      /** Where there is one, it alone decides, and nothing is rejected. */
      readonly auditor?: Auditor
      /** When LOGS was created; it stands in the records. */
      readonly logsCreated?: string
    }
  ) {
    const { observer, auditor, start = atTheBeginning } = options
    this.#settings = settings
    this.#rules = rulesOf(settings)
    this.#origin = options.origin
    this.#logsCreated = options.logsCreated
    this.#observer = observer
    this.#closed = options.closed
    this.#auditor = auditor
    const lateBeforeMs = start.lateBeforeMs ?? start.decidedThroughMs
    const on = keyDimensionsIn(settings.leastRequests)
    this.#windows = new OpenWindows(settings.windowMs, start.decidedThroughMs, lateBeforeMs, on)
    this.#sources = new Sources(settings, limits.sources, start.sources)
    // What is before the first sequence to be read is not ours to count.
    const countedThroughSeq = Math.max(start.countedThroughSeq, start.readThroughSeq)
    const tellsRejects = observer === undefined && auditor === undefined
    this.#sideOutput = new SideOutput(this.counts, this.#sources, countedThroughSeq, tellsRejects)
    this.#talliedThroughSeq = start.talliedThroughSeq
    this.#recent = tellsRejects ? new RecentLines(this.counts, this.#sideOutput.met) : undefined
    this.#fold = new LineFold(
      settings,
      options.hashSeed,
      this.#windows,
      this.#sideOutput,
      this.counts,
      observer?.late,
      start.countedBy?.ignore
    )
    this.#fold.settledThroughSeq = start.settledThroughSeq ?? 0
    this.#due = new DueWindows(settings, this.#sources, this.#windows)
    this.#earlier = new EarlierRecords(start.known, options.origin, start.readThroughSeq)
    this.#closesDecided = start.closesDecided ?? false
    this.#countedBy = start.countedBy ?? settings
    this.#hasCountedBy = start.countedBy !== undefined
    this.#countedAtStart = start.countedThroughSeq
    this.#openSeq = start.openSeq ?? 0
    if (!this.#earlier.isLeft) this.#closeDecided()
    this.#seuils = seuils
    this.#clockMs = start.clockMs
    this.#highestSeq = start.readThroughSeq
    this.#observedThroughSeq = start.observedThroughSeq ?? 0
  }

  /** The seuils for every window decided from now on. */
  setThresholds(seuils: ThresholdsInForce): void {
    this.#seuils = seuils
  }

  get seuils(): ThresholdsInForce {
    return this.#seuils
  }

  /** Whether records of an earlier life still say what is decided. */
  get replaying(): boolean {
    return this.#earlier.isLeft
  }

  get openWindows(): number {
    return this.#windows.size
  }

  /** Windows that are decided and still take lines. */
  get retainedWindows(): number {
    return this.#windows.retained
  }

  get decidedThroughMs(): number {
    return this.#windows.decidedThroughMs
  }

  get highestSeq(): number {
    return this.#highestSeq
  }

  /** The log's clock: silence is counted from here. */
  get clockMs(): number {
    return this.#clockMs
  }

  /** So many rejects are given out by the next `take`; the others are only counted, in `withheld`. */
  set rejectRoom(rejects: number) {
    this.#sideOutput.rejectRoom = rejects
  }

  get withheld(): number {
    return this.#sideOutput.withheld
  }

  /** What `counts.rejected` is made of. */
  get rejectedBy(): { readonly [reason in RejectReason]: number } {
    return this.#sideOutput.rejectedBy
  }

  /** Folds messages in, in the order of LOGS. What they decide waits in `take`. */
  ingest(batch: LogBatch): void {
    const slots = batch.sources.map((name) => this.#sources.slotOf(name))
    let [mark, declared, format] = [0, 0, ""]
    const { formats } = this.#settings.reading ?? {}
    for (let i = 0; i < batch.messages; i++) {
      const seq = batch.seqs[i]!
      const storedMs = batch.storedMs[i]!
      const slot = slots[batch.sourceOf[i]!]!
      this.#begin(seq, storedMs)
      const observed = seq <= this.#observedThroughSeq
      const fold = this.#fold
      fold.clock = this.#sources.begin(slot, storedMs)
      const wasCounted = seq <= this.#countedAtStart
      const { sourceOffsets, maxAheadMs } = wasCounted ? this.#countedBy : this.#settings
      fold.wasCounted = wasCounted && this.#hasCountedBy
      fold.offsetMs = sourceOffsets[fold.clock.name] ?? 0
      fold.maxAheadMs = maxAheadMs
      fold.observes = !observed
      fold.futureMs = Number.NEGATIVE_INFINITY
      if (declared < batch.formats.length && batch.formats[declared]![0] === i) {
        format = batch.formats[declared++]![1]
      }
      fold.format = declaredFor(formats, fold.clock.name, format)
      const { lines, errors } = this.counts
      const greatestMs = fold.message(batch.bytes, batch.offsets[i]!, batch.offsets[i + 1]!, seq, storedMs, slot)
      const lastFormat = greatestMs > Number.NEGATIVE_INFINITY ? fold.lastFormat : undefined
      if (lastFormat !== undefined) this.formatChanges.see(fold.clock.name, lastFormat, storedMs)
      if (seq < this.#openSeq) {
        // Read again for windows that are decided and still take lines: an earlier life has counted it.
        this.counts.lines = lines
        this.counts.errors = errors
      } else this.counts.messages++
      this.#recent?.message(slot, storedMs, this.#isUntold(seq))
      if (!observed) this.#sources.end(slot, greatestMs, Math.max(greatestMs, fold.futureMs))
      let closedBy: ClosedBy = "watermark"
      if (mark < batch.watermarks.length && batch.watermarks[mark]![0] === i) {
        if (!observed) this.#promise(slot, batch.watermarks[mark]![1], storedMs)
        mark++
        closedBy = "punctuation"
      }
      this.#end(seq, closedBy, storedMs)
    }
  }

  /** A file begins: its lines may be of another format than those before. */
  beginFile(): void {
    this.#fold.begin()
  }

  /**
   * Folds a piece of a file in, of which every line stands for a message of its own, numbered from `firstLine`.
   * Answers the number of lines.
   */
  ingestLines(bytes: Uint8Array, start: number, end: number, firstLine: number): number {
    const slot = this.#beginFile()
    const { scanner } = this.#fold
    let line = firstLine
    for (let at = start; at < end; at = scanner.next)
      this.#fileLine(scanner.scan(bytes, at, end), bytes, at, line++, slot)
    this.counts.lines += line - firstLine
    return line - firstLine
  }

  /** The same for a piece whose lines were scanned already, by a scanner with the same settings and the same seed of its hashes. */
  ingestScanned({ bytes, count, start, fields, numbers }: ScannedLines, firstLine: number): void {
    const slot = this.#beginFile()
    const { scanner } = this.#fold
    const width = fieldsALine(scanner.keys.length)
    let at = start
    for (let i = 0; i < count; i++, at = scanner.next) {
      const code = scanner.recall(bytes, fields, i * width, numbers, i * numbersALine)
      this.#fileLine(code, bytes, at, firstLine + i, slot)
    }
    this.counts.lines += count
  }

  #beginFile(): number {
    const slot = this.#sources.slotOf("file")
    this.#fold.clock = this.#sources.clockOf(slot)
    return slot
  }

  #fileLine(scan: ScanCode, bytes: Uint8Array, at: number, line: number, slot: number): void {
    this.#highestSeq = line
    this.#sideOutput.beginMessage()
    this.#sources.begin(slot, Number.POSITIVE_INFINITY)
    const timeMs = this.#fold.line(scan, bytes, at, line, Number.POSITIVE_INFINITY, slot, 1)
    if (timeMs !== Number.NEGATIVE_INFINITY) {
      this.#sources.end(slot, timeMs, timeMs)
      this.#decideByWatermark("watermark", Number.POSITIVE_INFINITY)
    }
    this.#bound()
  }

  /** A file has ended: all that is open is decided. */
  endOfFile(): void {
    this.#sources.promise(this.#sources.slotOf("file"), "end")
    this.#decideByWatermark("punctuation", Number.POSITIVE_INFINITY)
    this.#finish()
  }

  /** LOGS holds nothing more, and nobody waits for more: what is open is decided, by an auditor with what there was. */
  endOfLogs(): void {
    if (this.#auditor !== undefined) this.#decideByAuditor(this.#auditor, Number.MAX_SAFE_INTEGER)
    else {
      this.silence(Number.MAX_SAFE_INTEGER)
      this.#finish()
    }
  }

  /** Nothing comes any more: what came late stands in a record. */
  #finish(): void {
    this.#revise()
    if (this.#observer !== undefined || this.#closed !== undefined) this.#closeBefore(this.#windows.decidedThroughMs)
  }

  /**
   * LOGS has had nothing new: the log's clock goes on to `clockMs`. Sources may fall silent by that, and what only they held back is
   * decided. Only to be called when all that LOGS holds has been folded in.
   */
  silence(clockMs: number): void {
    if (clockMs <= this.#clockMs || this.#earlier.isLeft) return
    this.#clockMs = clockMs
    this.#decideBySilence()
    if (this.#sources.silentMs(clockMs) >= this.#settings.revisionMs) this.#revise()
  }

  /** What was decided and rejected since the last call. */
  take(): Taken {
    const taken = { decisions: this.#decisions, rejects: this.#sideOutput.takeRejects(), lost: this.#lost }
    this.#decisions = []
    this.#lost = []
    return taken
  }

  /** What became of the recent lines; undefined for an observer and an auditor. */
  tally(): Tally | undefined {
    return this.#recent?.tally(this.#clockMs, this.#sources.clocks, this.formatChanges.newest, {
      throughSeq: Math.max(this.#highestSeq, this.#talliedThroughSeq ?? 0),
      logsCreated: this.#logsCreated
    })
  }

  position(): DetectionPosition {
    return {
      resumeSeq: this.#resumeSeq(),
      openSeq: Math.min(this.#windows.openFirstSeq(), this.#sideOutput.countedThroughSeq + 1),
      highestSeq: this.#highestSeq,
      decidedThroughMs: this.#windows.decidedThroughMs,
      clockMs: this.#clockMs,
      sources: this.#sources.position()
    }
  }

  #resumeSeq(): number {
    // What was counted since the last record must be counted again, so its lines are read again.
    return Math.min(this.#windows.firstSeq(), this.#sideOutput.countedThroughSeq + 1)
  }

  /** Before a message: the records that end before it, the silence before it, the gap before it. */
  #begin(seq: number, storedMs: number): void {
    this.#decideByRecords(seq - 1)
    if (this.#auditor !== undefined) this.#decideByAuditor(this.#auditor, seq - 1)
    this.#sources.store(storedMs)
    if (storedMs > this.#clockMs) {
      this.#clockMs = storedMs
      // Whether a source has fallen silent or a window has only now begun by the clock: it is decided before the message.
      if (this.#decidesBehind(this.#highestSeq)) this.#decideBySilence()
    }
    // By store times alone, so that a life that reads them again revises where the one before did.
    const { addedSinceMs } = this.#windows
    if (storedMs - addedSinceMs >= this.#settings.revisionMs && this.#decidesBehind(this.#highestSeq)) this.#revise()
    // Behind the silence: a record counts what is up to its `through_seq`, and the gap is not.
    if (seq > this.#highestSeq + 1) this.#countGap(seq)
    this.#highestSeq = seq
    this.#sideOutput.beginMessage()
    this.#hasBegun = true
  }

  /** Whether no tally has counted a message yet. One that is read only for windows that are decided is long counted. */
  #isUntold(seq: number): boolean {
    const through = this.#talliedThroughSeq
    return through === undefined ? seq > this.#sideOutput.countedThroughSeq : seq > through && seq >= this.#openSeq
  }

  #countGap(seq: number): void {
    const counted = Math.max(this.#sideOutput.countedThroughSeq, this.#highestSeq)
    let untold = Math.max(0, seq - 1 - counted)
    if (!this.#hasBegun) {
      // An earlier life has read what is missing at the start, and it was trimmed off since; or it was missing then already.
      const before = Math.min(seq - 1, counted) - Math.max(this.#highestSeq, this.#openSeq - 1)
      if (before > this.#earlier.toldGap) untold += before
    }
    this.#sideOutput.gap(untold)
  }

  /**
   * Whether it is this life's to decide behind the message `seq`: up to the newest record only records decide, and while messages are
   * read again the sources stand where the checkpoint left them, not where they stood then.
   */
  #decidesBehind(seq: number): boolean {
    if (this.#auditor !== undefined || this.#earlier.isLeft) return false
    return seq >= this.#sideOutput.countedThroughSeq && seq >= this.#observedThroughSeq
  }

  #promise(slot: number, watermark: Watermark, storedMs: number): void {
    // A promise from the future would be as bad as a line from there.
    if (watermark !== "end" && watermark - storedMs > this.#settings.maxAheadMs) return
    this.#sources.promise(slot, watermark === "end" ? watermark : Math.min(watermark, storedMs))
  }

  /** Behind a message: what the watermark now decides, and what the limits force. */
  #end(seq: number, closedBy: ClosedBy, storedMs: number): void {
    this.#decideByRecords(seq)
    if (this.#auditor !== undefined) this.#decideByAuditor(this.#auditor, seq)
    // The last record may be one of several that this message decided, and the others were never stored.
    if (!this.#decidesBehind(seq)) return
    this.#decideByWatermark(closedBy, storedMs)
    this.#bound()
  }

  #decideByAuditor(auditor: Auditor, throughSeq: number): void {
    while (auditor.throughSeq <= throughSeq) auditor.decide(this.#windows, this.#sideOutput.takeSince())
  }

  #decideByWatermark(closedBy: ClosedBy, storedMs: number): void {
    this.#decideDue(this.#due.byWatermark(closedBy, storedMs))
  }

  #decideBySilence(): void {
    this.#decideDue(this.#due.bySilence(this.#clockMs, this.#sources.silentMs(this.#clockMs)))
  }

  #bound(): void {
    for (let due = this.#due.byLimits(); due !== undefined; due = this.#due.byLimits()) this.#decideDue(due)
    // Only lines that came late can have made the retained windows too large since the last record.
    if (this.#windows.isOverLimit) this.#revise()
  }

  #decideDue(due: Due | undefined): void {
    if (due === undefined) return
    this.#revise()
    this.#sources.learn()
    const { beforeMs, throughMs, closedBy } = due
    const windows = this.#windows
    for (let window = windows.takeOldest(beforeMs); window !== undefined; window = windows.takeOldest(beforeMs)) {
      // What lies between two windows decided together is decided with the first of them.
      windows.decideThrough(
        windows.oldestMs < beforeMs ? windows.oldestMs : Math.max(throughMs ?? window.endMs, window.endMs)
      )
      windows.retain(window)
      const lateBeforeMs = this.#makeRoom(window, windows.decidedThroughMs - this.#settings.horizonMs)
      if (this.#observer === undefined) this.#decide(window, this.#seuils, closedBy, lateBeforeMs)
      this.#closeBefore(lateBeforeMs)
      if (window.retained !== undefined) window.trim()
    }
    this.#sideOutput.countedThroughSeq = this.#highestSeq
  }

  /** What has come into decided windows comes into their records: it waits for that no longer than `revisionMs`, by the log's clock. */
  #revise(): void {
    const windows = this.#windows
    const changed = windows.changed()
    for (let i = 0; i < changed.length; i++) {
      const window = changed[i]!
      if (this.#observer !== undefined) {
        windows.settle(window)
        continue
      }
      const seuils = window.retained!.judgedBy ?? this.#seuils
      const isLast = i === changed.length - 1
      const lateBeforeMs = isLast ? this.#makeRoom(window, windows.lateBeforeMs) : windows.lateBeforeMs
      this.#decide(window, seuils, "late", lateBeforeMs)
      this.#closeBefore(lateBeforeMs)
    }
    if (changed.length > 0) this.#sideOutput.countedThroughSeq = this.#highestSeq
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
      this.#closeBefore(windows.oldestRetainedMs + this.#settings.windowMs)
    }
    return Math.max(windows.lateBeforeMs, horizonFromMs, windows.isOverLimit ? endMs : Number.NEGATIVE_INFINITY)
  }

  #closeBefore(lateBeforeMs: number): void {
    const observer = this.#observer
    if (observer === undefined) this.#windows.closeBefore(lateBeforeMs, this.#closed)
    else {
      this.#windows.closeBefore(lateBeforeMs, (window) => {
        this.counts.windows++
        observer.window(window)
      })
    }
  }

  #decide(window: OpenWindow, seuils: ThresholdsInForce, closedBy: ClosedBy, lateBeforeMs: number): void {
    const windows = this.#windows
    const said = decide(window, seuils, this.#rules, this.#origin, {
      throughSeq: this.#highestSeq,
      resumeSeq: Math.min(windows.firstSeq(lateBeforeMs), this.#highestSeq + 1),
      openSeq: Math.min(windows.openFirstSeq(), this.#highestSeq + 1),
      logsCreated: this.#logsCreated,
      decidedThroughMs: windows.decidedThroughMs,
      lateBeforeMs,
      closedBy,
      sinceLast: this.#sideOutput.takeSince(),
      ...this.#sources.takeLearnt()
    })
    windows.settle(window)
    this.#say({ ...said, recordSeq: undefined })
  }

  /** Windows that were counted by other rules take no line. */
  #closeDecided(): void {
    if (this.#closesDecided) this.#windows.closeBefore(this.#windows.decidedThroughMs)
  }

  /** The records win over whatever would be decided now. */
  #decideByRecords(throughSeq: number): void {
    if (!this.#earlier.isLeft) return
    while (this.#earlier.throughSeq <= throughSeq) {
      const { known, decision } = this.#earlier.decideNext(this.#windows)
      if (known.isSettled) continue
      if (decision === undefined) this.#lost.push(known)
      else this.#say(decision)
    }
    if (!this.#earlier.isLeft) this.#closeDecided()
  }

  #say(decision: Decision): void {
    const { revision, total } = decision.record
    if (revision !== undefined) this.counts.revisions++
    // One that had no line when it was decided is met first in a revision.
    if (revision === undefined || revision.added.total === total) this.counts.windows++
    this.counts.alerts += decision.alerts.length
    this.#decisions.push(decision)
  }
}
