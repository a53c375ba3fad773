import { keyDimensionsIn } from "../dimension.ts"
import { FormatChanges } from "../format/format-changes.ts"
import { declaredFor } from "../format/source-formats.ts"
import { limits } from "../limits.ts"
import type { ScanCode } from "../line/line.ts"
import { fieldsALine, numbersALine, type ScannedLines } from "../line/scanned-lines.ts"
import type { CountedBy, DetectionSettings } from "../settings.ts"
import type { ClosedBy } from "../wire/record.ts"
import type { RejectReason } from "../wire/reject.ts"
import type { ThresholdsInForce } from "../wire/threshold.ts"
import type { LogBatch, Watermark } from "./batch.ts"
import { type DetectionCounts, noCounts } from "./counts.ts"
import type { Decider } from "./decider.ts"
import { Deciding, type Taken, type WindowObserver } from "./deciding.ts"
import type { Origin } from "./decision.ts"
import { EarlierRecords } from "./earlier-records.ts"
import { LineFold } from "./line-fold.ts"
import { SideOutput } from "./side-output.ts"
import { atTheBeginning, type DetectionPosition, type DetectionStart } from "./start.ts"
import { RecentLines, type Tally } from "./tally.ts"
import { Sources } from "./watermark.ts"
import { OpenWindows } from "./window.ts"
import type { WindowWatcher } from "./window-watcher.ts"

/** A source whose lines come later is none that writes its log now. */
const liveMs = 600_000

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
  readonly #logsCreated: string | undefined
  readonly #windows: OpenWindows
  readonly #sources: Sources
  readonly #sideOutput: SideOutput
  readonly #fold: LineFold
  /** Undefined where nobody asks: an observer or `verify` goes through history. */
  readonly #recent: RecentLines | undefined
  readonly #talliedThroughSeq: number | undefined
  readonly #deciding: Deciding
  /** Sequences that an earlier life's records have counted as missing. */
  readonly #toldGap: number
  /** How lines up to `#countedAtStart` are taken: as they were when a record counted them. */
  readonly #countedBy: CountedBy
  readonly #hasCountedBy: boolean
  readonly #countedAtStart: number
  /** What is before it, an earlier life had counted and decided. */
  readonly #openSeq: number
  #clockMs: number
  /** Whether a message was read. */
  #hasBegun = false
  readonly #observedThroughSeq: number

  constructor(
    settings: DetectionSettings,
    thresholds: ThresholdsInForce,
    options: {
      readonly origin: Origin
      readonly hashSeed: number
      readonly start?: DetectionStart
      /** Where there is one, it is told the windows and nothing is decided or rejected. */
      readonly observer?: WindowObserver
      /** Where there is one, it alone decides, and not the known records either, and nothing is rejected. */
      readonly decider?: Decider
      /** Where there is one, windows keep how their errors fall together. */
      readonly watcher?: WindowWatcher
      /** When LOGS was created; it stands in the records. */
      readonly logsCreated?: string
    }
  ) {
    const { observer, decider, start = atTheBeginning } = options
    this.#settings = settings
    this.#logsCreated = options.logsCreated
    const lateBeforeMs = start.lateBeforeMs ?? start.decidedThroughMs
    const on = keyDimensionsIn(settings.leastRequests)
    this.#windows = new OpenWindows(settings.windowMs, start.decidedThroughMs, lateBeforeMs, {
      on,
      keepsFailures: options.watcher !== undefined
    })
    this.#sources = new Sources(settings, limits.sources, start.sources)
    // What is before the first sequence to be read is not ours to count.
    const countedThroughSeq = Math.max(start.countedThroughSeq, start.readThroughSeq)
    const tellsRejects = observer === undefined && decider === undefined
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
    const earlier = new EarlierRecords(start.known, options.origin, start.readThroughSeq, options.watcher)
    this.#toldGap = earlier.toldGap
    const folded = { windows: this.#windows, sources: this.#sources, sideOutput: this.#sideOutput, counts: this.counts }
    this.#deciding = new Deciding(settings, thresholds, start.readThroughSeq, folded, {
      origin: options.origin,
      observer,
      watcher: options.watcher,
      decider: decider ?? earlier,
      closesDecided: start.closesDecided ?? false,
      logsCreated: options.logsCreated
    })
    this.#countedBy = start.countedBy ?? settings
    this.#hasCountedBy = start.countedBy !== undefined
    this.#countedAtStart = start.countedThroughSeq
    this.#openSeq = start.openSeq ?? 0
    this.#clockMs = start.clockMs
    this.#observedThroughSeq = start.observedThroughSeq ?? 0
  }

  /** The thresholds for every window decided from now on. */
  setThresholds(thresholds: ThresholdsInForce): void {
    this.#deciding.thresholds = thresholds
  }

  get thresholds(): ThresholdsInForce {
    return this.#deciding.thresholds
  }

  /** Whether records that are there already still say what is decided. */
  get replaying(): boolean {
    return this.#deciding.byRecordsOnly
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
    return this.#deciding.highestSeq
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
    this.#deciding.highestSeq = line
    this.#sideOutput.beginMessage()
    this.#sources.begin(slot, Number.POSITIVE_INFINITY)
    const timeMs = this.#fold.line(scan, bytes, at, line, Number.POSITIVE_INFINITY, slot, 1)
    if (timeMs !== Number.NEGATIVE_INFINITY) {
      this.#sources.end(slot, timeMs, timeMs)
      this.#deciding.byWatermark("watermark", Number.POSITIVE_INFINITY)
    }
    this.#deciding.byLimits()
  }

  /** A file has ended: all that is open is decided. */
  endOfFile(): void {
    this.#sources.promise(this.#sources.slotOf("file"), "end")
    this.#deciding.byWatermark("punctuation", Number.POSITIVE_INFINITY)
    this.#deciding.finish()
  }

  /** LOGS holds nothing more, and nobody waits for more: what is open is decided, by the records that are left with what there was. */
  endOfLogs(): void {
    this.#deciding.byRecords(Number.MAX_SAFE_INTEGER)
    if (this.#deciding.byRecordsOnly) return
    this.silence(Number.MAX_SAFE_INTEGER)
    this.#deciding.finish()
  }

  /**
   * LOGS has had nothing new: the log's clock goes on to `clockMs`. Sources may fall silent by that, and what only they held back is
   * decided. Only to be called when all that LOGS holds has been folded in.
   */
  silence(clockMs: number): void {
    if (clockMs <= this.#clockMs || this.#deciding.byRecordsOnly) return
    this.#clockMs = clockMs
    this.#deciding.bySilence(this.#clockMs)
    if (this.#sources.silentMs(clockMs) >= this.#settings.revisionMs) this.#deciding.revise()
  }

  /**
   * Up to where no line is missed though none came: end of the time that the sources that write their log now have usually sent by the log's clock.
   * Undefined where that is not known: windows are open, a file or a log of the past was read, or all sources said that they have ended.
   */
  get silentThroughMs(): number | undefined {
    if (this.#deciding.byRecordsOnly || this.openWindows > 0) return undefined
    let [behindMs, isLive] = [0, false]
    for (const clock of this.#sources.clocks) {
      if (clock.ended || clock.behindMs === undefined || clock.behindMs > liveMs) continue
      isLive = true
      behindMs = Math.max(behindMs, clock.behindMs + clock.latenessMs)
    }
    return isLive ? this.#clockMs - behindMs : undefined
  }

  /** What was decided and rejected since the last call. */
  take(): Taken {
    return this.#deciding.take()
  }

  /** What became of the recent lines; undefined for an observer and for `verify`. */
  tally(): Tally | undefined {
    return this.#recent?.tally(this.#clockMs, this.#sources.clocks, this.formatChanges.newest, {
      throughSeq: Math.max(this.#deciding.highestSeq, this.#talliedThroughSeq ?? 0),
      logsCreated: this.#logsCreated
    })
  }

  position(): DetectionPosition {
    return {
      resumeSeq: this.#resumeSeq(),
      openSeq: Math.min(this.#windows.openFirstSeq(), this.#sideOutput.countedThroughSeq + 1),
      highestSeq: this.#deciding.highestSeq,
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
    this.#deciding.byRecords(seq - 1)
    this.#sources.store(storedMs)
    if (storedMs > this.#clockMs) {
      this.#clockMs = storedMs
      // Whether a source has fallen silent or a window has only now begun by the clock: it is decided before the message.
      if (this.#decidesBehind(this.#deciding.highestSeq)) this.#deciding.bySilence(this.#clockMs)
    }
    // By store times alone, so that a life that reads them again revises where the one before did.
    const { addedSinceMs } = this.#windows
    if (storedMs - addedSinceMs >= this.#settings.revisionMs && this.#decidesBehind(this.#deciding.highestSeq))
      this.#deciding.revise()
    // Behind the silence: a record counts what is up to its `through_seq`, and the gap is not.
    if (seq > this.#deciding.highestSeq + 1) this.#countGap(seq)
    this.#deciding.highestSeq = seq
    this.#sideOutput.beginMessage()
    this.#hasBegun = true
  }

  /** Whether no tally has counted a message yet. One that is read only for windows that are decided is long counted. */
  #isUntold(seq: number): boolean {
    const through = this.#talliedThroughSeq
    return through === undefined ? seq > this.#sideOutput.countedThroughSeq : seq > through && seq >= this.#openSeq
  }

  #countGap(seq: number): void {
    const counted = Math.max(this.#sideOutput.countedThroughSeq, this.#deciding.highestSeq)
    let untold = Math.max(0, seq - 1 - counted)
    if (!this.#hasBegun) {
      // An earlier life has read what is missing at the start, and it was trimmed off since; or it was missing then already.
      const before = Math.min(seq - 1, counted) - Math.max(this.#deciding.highestSeq, this.#openSeq - 1)
      if (before > this.#toldGap) untold += before
    }
    this.#sideOutput.gap(untold)
  }

  /**
   * Whether it is this life's to decide behind the message `seq`: up to the newest record only records decide, and while messages are
   * read again the sources stand where the checkpoint left them, not where they stood then.
   */
  #decidesBehind(seq: number): boolean {
    if (this.#deciding.byRecordsOnly) return false
    return seq >= this.#sideOutput.countedThroughSeq && seq >= this.#observedThroughSeq
  }

  #promise(slot: number, watermark: Watermark, storedMs: number): void {
    // A promise from the future would be as bad as a line from there.
    if (watermark !== "end" && watermark - storedMs > this.#settings.maxAheadMs) return
    this.#sources.promise(slot, watermark === "end" ? watermark : Math.min(watermark, storedMs))
  }

  /** Behind a message: what the watermark now decides, and what the limits force. */
  #end(seq: number, closedBy: ClosedBy, storedMs: number): void {
    this.#deciding.byRecords(seq)
    // The last record may be one of several that this message decided, and the others were never stored.
    if (!this.#decidesBehind(seq)) return
    this.#deciding.byWatermark(closedBy, storedMs)
    this.#deciding.byLimits()
  }
}
