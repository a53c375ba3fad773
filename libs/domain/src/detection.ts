import { cutText, keyText } from "./alert.ts"
import type { LogBatch, Watermark } from "./batch.ts"
import type { SourceState } from "./checkpoint.ts"
import { Client } from "./client.ts"
import { type Decision, decide, type Origin } from "./decision.ts"
import { limits } from "./limits.ts"
import { LineScanner, reasonOf, type ScanCode } from "./line.ts"
import { mayBeJson, unwrapPayload } from "./payload.ts"
import { type ClosedBy, type Rules, rulesOf, type SinceLast, type WindowRecord } from "./record.ts"
import { type Reject, type RejectReason, rejectReasons, rejectSchema } from "./reject.ts"
import { fieldsALine, type ScannedLines } from "./scanned-lines.ts"
import type { DetectionSettings } from "./settings.ts"
import type { SeuilsInForce } from "./seuils.ts"
import { parseRfc3339, windowStartOf } from "./time.ts"
import { Sources } from "./watermark.ts"
import { OpenWindow, OpenWindows } from "./window.ts"

/** A record that stands in WINDOWS already. */
export interface KnownRecord {
  readonly seq: number
  readonly record: WindowRecord
}

/** Takes the windows in place of decisions: for jobs that fold a whole history and write nothing. */
export interface WindowObserver {
  /** A window whose time has come, just before it is let go. */
  window(window: OpenWindow): void
  /** Lines that came too late for their windows are counted here; the observer may empty it whenever it is told a window. */
  readonly late: OpenWindow
}

/** Decides in place of the watermark, the silences and the limits: for `verify`, which goes by the records and by nothing else. */
export interface Auditor {
  /** Behind this message of LOGS windows are decided; Infinity where no record waits. */
  readonly throughSeq: number
  /**
   * Takes out the windows that the next record decides; `since` is what was counted since the last call. Answers before which
   * start a window is decided, so that lines for it are late from now on.
   */
  decide(windows: OpenWindows, since: SinceLast): number
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

/** What a detection has to say. */
export interface Taken {
  readonly decisions: ReadonlyArray<Decision>
  readonly rejects: ReadonlyArray<Reject>
  /** Records whose lines LOGS no longer holds: their alerts cannot be derived again. */
  readonly lost: ReadonlyArray<KnownRecord>
}

/** Totals since the start, for the status and the metrics. */
export interface DetectionCounts {
  messages: number
  lines: number
  errors: number
  late: number
  rejected: number
  gap: number
  windows: number
  alerts: number
}

/**
 * The detection: messages of LOGS in, decisions out. The same code runs in the detector, in `analyze`, `verify`, what-if and
 * the thresholds job. Nothing here knows of a server or a clock: time comes with the messages, or through `silence`.
 *
 * A message is taken whole: decisions fall between messages, so a record's `through_seq` says exactly which lines its window
 * holds, and the same lines give the same windows whatever decided them the first time.
 */
export class Detection {
  readonly counts: DetectionCounts = {
    messages: 0,
    lines: 0,
    errors: 0,
    late: 0,
    rejected: 0,
    gap: 0,
    windows: 0,
    alerts: 0
  }
  /** So many rejects are given out by the next `take`; the others are only counted, in `withheld`. */
  rejectRoom = Number.POSITIVE_INFINITY
  withheld = 0
  /** What `counts.rejected` is made of. */
  readonly rejectedBy: Record<RejectReason, number> = Object.fromEntries(
    rejectReasons.map((reason) => [reason, 0])
  ) as Record<RejectReason, number>
  readonly #settings: DetectionSettings
  readonly #rules: Rules
  readonly #origin: Origin
  readonly #logsCreated: string | undefined
  readonly #observer: WindowObserver | undefined
  readonly #auditor: Auditor | undefined
  readonly #scanner: LineScanner
  readonly #client: Client
  readonly #windows: OpenWindows
  readonly #sources: Sources
  #seuils: SeuilsInForce
  /** The window of the last line; one that takes no line where there is none. */
  #current: OpenWindow
  readonly #noWindow: OpenWindow
  #decidedThroughMs: number
  #clockMs: number
  #highestSeq: number
  #countedThroughSeq: number
  readonly #known: Array<KnownRecord>
  readonly #observedThroughSeq: number
  /** Sequences that known records have counted as missing. */
  readonly #toldGap: number
  #since = emptySince()
  #decisions: Array<Decision> = []
  #rejects: Array<Reject> = []
  #lost: Array<KnownRecord> = []
  #rejectsOfMessage = 0

  constructor(
    settings: DetectionSettings,
    seuils: SeuilsInForce,
    options: {
      readonly origin: Origin
      readonly hashSeed: number
      readonly start?: DetectionStart
      /** Where there is one, it is told the windows and nothing is decided or rejected. */
      readonly observer?: WindowObserver
      /** Where there is one, it alone decides, and nothing is rejected. */
      readonly auditor?: Auditor
      /** When LOGS was created; it stands in the records. */
      readonly logsCreated?: string
    }
  ) {
    const start = options.start ?? atTheBeginning
    this.#settings = settings
    this.#rules = rulesOf(settings)
    this.#origin = options.origin
    this.#logsCreated = options.logsCreated
    this.#observer = options.observer
    this.#auditor = options.auditor
    this.#scanner = new LineScanner(settings.urlKey, limits.lineBytes, options.hashSeed)
    this.#client = new Client(settings.ipv6Prefix, options.hashSeed)
    this.#windows = new OpenWindows(settings.windowMs)
    this.#sources = new Sources(settings, limits.sources, start.sources)
    this.#seuils = seuils
    this.#noWindow = new OpenWindow({ keys: 0 })
    this.#current = this.#noWindow
    this.#decidedThroughMs = start.decidedThroughMs
    this.#clockMs = start.clockMs
    this.#highestSeq = start.readThroughSeq
    // What is before the first sequence to be read is not ours to count.
    this.#countedThroughSeq = Math.max(start.countedThroughSeq, start.readThroughSeq)
    this.#known = [...start.known]
    this.#observedThroughSeq = start.observedThroughSeq ?? 0
    this.#toldGap = start.known.reduce((sum, { record }) => sum + record.since_last.gap, 0)
  }

  /** The seuils for every window decided from now on. */
  setSeuils(seuils: SeuilsInForce): void {
    this.#seuils = seuils
  }

  get seuils(): SeuilsInForce {
    return this.#seuils
  }

  /** Whether records of an earlier life still say what is decided. */
  get replaying(): boolean {
    return this.#known.length > 0
  }

  get openWindows(): number {
    return this.#windows.size
  }

  get decidedThroughMs(): number {
    return this.#decidedThroughMs
  }

  get highestSeq(): number {
    return this.#highestSeq
  }

  /** The log's clock: silence is counted from here. */
  get clockMs(): number {
    return this.#clockMs
  }

  /** Folds messages in, in the order of LOGS. What they decide waits in `take`. */
  ingest(batch: LogBatch): void {
    const slots = batch.sources.map((name) => this.#sources.slotOf(name))
    let mark = 0
    for (let i = 0; i < batch.messages; i++) {
      const seq = batch.seqs[i]!
      const storedMs = batch.storedMs[i]!
      const slot = slots[batch.sourceOf[i]!]!
      this.#begin(seq, storedMs)
      const greatestMs = this.#message(batch.bytes, batch.offsets[i]!, batch.offsets[i + 1]!, seq, storedMs, slot)
      const observed = seq <= this.#observedThroughSeq
      if (!observed) this.#sources.observe(slot, greatestMs, this.#clockMs)
      let closedBy: ClosedBy = "watermark"
      if (mark < batch.watermarks.length && batch.watermarks[mark]![0] === i) {
        if (!observed) this.#promise(slot, batch.watermarks[mark]![1], storedMs)
        mark++
        closedBy = "punctuation"
      }
      this.#end(seq, closedBy, storedMs)
    }
  }

  /**
   * Folds a piece of a file in, of which every line stands for a message of its own, numbered from `firstLine`.
   * Answers the number of lines.
   */
  ingestLines(bytes: Uint8Array, start: number, end: number, firstLine: number): number {
    const slot = this.#sources.slotOf("file")
    const scanner = this.#scanner
    let line = firstLine
    for (let at = start; at < end; at = scanner.next)
      this.#fileLine(scanner.scan(bytes, at, end), bytes, at, line++, slot)
    this.counts.lines += line - firstLine
    return line - firstLine
  }

  /** The same for a piece whose lines were scanned already, by a scanner with the same settings and the same seed of its hashes. */
  ingestScanned(bytes: Uint8Array, { count, start, fields, timesMs }: ScannedLines, firstLine: number): void {
    const slot = this.#sources.slotOf("file")
    const scanner = this.#scanner
    let at = start
    for (let i = 0; i < count; i++, at = scanner.next) {
      this.#fileLine(scanner.recall(fields, i * fieldsALine, timesMs[i]!), bytes, at, firstLine + i, slot)
    }
    this.counts.lines += count
  }

  #fileLine(scan: ScanCode, bytes: Uint8Array, at: number, line: number, slot: number): void {
    this.#highestSeq = line
    this.#rejectsOfMessage = 0
    const greatestMs = this.#scanned(scan, bytes, at, line, Number.POSITIVE_INFINITY, slot, 1)
    if (greatestMs !== Number.NEGATIVE_INFINITY) {
      this.#sources.observe(slot, greatestMs, 0)
      this.#decideByWatermark("watermark", Number.POSITIVE_INFINITY)
    }
    this.#bound()
  }

  /** A file has ended: all that is open is decided. */
  endOfFile(): void {
    this.#sources.promise(this.#sources.slotOf("file"), "end", 0)
    this.#decideByWatermark("punctuation", Number.POSITIVE_INFINITY)
  }

  /** LOGS holds nothing more: what the auditor waits for is decided by what there was. */
  endOfLogs(): void {
    if (this.#auditor !== undefined) this.#decideByAuditor(this.#auditor, Number.MAX_SAFE_INTEGER)
  }

  /**
   * LOGS has had nothing new: the log's clock goes on to `clockMs`. Sources may fall silent by that, and what only they held back is
   * decided. Only to be called when all that LOGS holds has been folded in.
   */
  silence(clockMs: number): void {
    if (clockMs <= this.#clockMs || this.#known.length > 0) return
    this.#clockMs = clockMs
    this.#decideBySilence()
  }

  /** What was decided and rejected since the last call. */
  take(): Taken {
    const taken = { decisions: this.#decisions, rejects: this.#rejects, lost: this.#lost }
    this.#decisions = []
    this.#rejects = []
    this.#lost = []
    return taken
  }

  position(): Position {
    return {
      resumeSeq: this.#resumeSeq(),
      highestSeq: this.#highestSeq,
      decidedThroughMs: this.#decidedThroughMs,
      clockMs: this.#clockMs,
      sources: this.#sources.states()
    }
  }

  #resumeSeq(): number {
    // What was counted since the last record must be counted again, so its lines are read again.
    return Math.min(this.#windows.firstSeq(), this.#countedThroughSeq + 1)
  }

  /** Before a message: the records that end before it, the silence before it, the gap before it. */
  #begin(seq: number, storedMs: number): void {
    if (this.#known.length > 0 && seq > this.#known[0]!.record.through_seq) this.#decideByRecords(seq - 1)
    if (this.#auditor !== undefined) this.#decideByAuditor(this.#auditor, seq - 1)
    if (storedMs > this.#clockMs) {
      this.#clockMs = storedMs
      // Whether a source has fallen silent or a window has only now begun by the clock: it is decided before the message.
      if (this.#decidesBehind(this.#highestSeq)) this.#decideBySilence()
    }
    // Behind the silence: a record counts what is up to its `through_seq`, and the gap is not.
    if (seq > this.#highestSeq + 1) this.#countGap(seq)
    this.#highestSeq = seq
    this.#rejectsOfMessage = 0
    this.counts.messages++
  }

  #countGap(seq: number): void {
    const counted = Math.max(this.#countedThroughSeq, this.#highestSeq)
    let untold = Math.max(0, seq - 1 - counted)
    if (this.counts.messages === 0) {
      // An earlier life has read what is missing at the start, and it was trimmed off since; or it was missing then already.
      const before = Math.min(seq - 1, counted) - this.#highestSeq
      if (before > this.#toldGap) untold += before
    }
    this.counts.gap += untold
    this.#since.gap += untold
  }

  /**
   * Whether it is this life's to decide behind the message `seq`: up to the newest record only records decide, and while messages are
   * read again the sources stand where the checkpoint left them, not where they stood then.
   */
  #decidesBehind(seq: number): boolean {
    if (this.#auditor !== undefined || this.#known.length > 0) return false
    return seq >= this.#countedThroughSeq && seq >= this.#observedThroughSeq
  }

  #message(bytes: Uint8Array, start: number, end: number, seq: number, storedMs: number, slot: number): number {
    if (mayBeJson(bytes, start, end)) {
      const lines = unwrapPayload(bytes.subarray(start, end))
      if (lines !== undefined) return this.#lines(lines, 0, lines.length, seq, storedMs, slot)
      // A line cannot begin so either: it is told as what it more likely was meant to be.
      const payload = bytes.subarray(start, end)
      const lineFeed = payload.indexOf(10)
      if (lineFeed < 0 || lineFeed === payload.length - 1) {
        this.#reject("payload", payload, seq, slot, 1)
        this.counts.lines++
        return Number.NEGATIVE_INFINITY
      }
    }
    return this.#lines(bytes, start, end, seq, storedMs, slot)
  }

  #lines(bytes: Uint8Array, start: number, end: number, seq: number, storedMs: number, slot: number): number {
    let greatestMs = Number.NEGATIVE_INFINITY
    let line = 0
    const scanner = this.#scanner
    for (let at = start; at < end; at = scanner.next) {
      const timeMs = this.#scanned(scanner.scan(bytes, at, end), bytes, at, seq, storedMs, slot, ++line)
      if (timeMs > greatestMs) greatestMs = timeMs
    }
    this.counts.lines += line
    return greatestMs
  }

  /** The line that the scanner stands at. Answers its event time, or -Infinity for a rejected one. */
  #scanned(
    scan: ScanCode,
    bytes: Uint8Array,
    at: number,
    seq: number,
    storedMs: number,
    slot: number,
    line: number
  ): number {
    const scanner = this.#scanner
    if (scan !== 0) {
      this.#reject(reasonOf(scan), bytes.subarray(at, scanner.lineEnd), seq, slot, line)
      return Number.NEGATIVE_INFINITY
    }
    const timeMs = scanner.timeMs
    if (timeMs - storedMs > this.#settings.maxAheadMs) {
      this.#reject("future", bytes.subarray(at, scanner.lineEnd), seq, slot, line)
      return Number.NEGATIVE_INFINITY
    }
    let window = this.#current
    if (timeMs < window.startMs || timeMs >= window.endMs) {
      const startMs = windowStartOf(timeMs, this.#settings.windowMs)
      if (startMs < this.#decidedThroughMs) {
        this.#late(bytes.subarray(at, scanner.lineEnd), seq, slot, line)
        if (this.#observer === undefined) return timeMs
        window = this.#observer.late
      } else {
        window = this.#windows.at(startMs, seq)
        this.#current = window
      }
    }
    const error = scanner.status >= 400 ? 1 : 0
    window.total++
    window.errors += error
    window.lastSeq = seq
    this.counts.errors += error
    if (Client.mayDiffer(bytes, scanner.clientStart, scanner.clientEnd, this.#settings.ipv6Prefix)) {
      this.#addClient(window, bytes, error, seq)
    } else window.ips.add(bytes, scanner.clientStart, scanner.clientEnd, scanner.clientHash, error, seq)
    if (scanner.urlStart >= 0) window.urls.add(bytes, scanner.urlStart, scanner.urlEnd, scanner.urlHash, error, seq)
    return timeMs
  }

  #addClient(window: OpenWindow, bytes: Uint8Array, error: number, seq: number): void {
    const { clientStart, clientEnd, clientHash } = this.#scanner
    const client = this.#client
    if (client.spell(bytes, clientStart, clientEnd))
      window.ips.add(client.bytes, 0, client.length, client.hash, error, seq)
    else window.ips.add(bytes, clientStart, clientEnd, clientHash, error, seq)
  }

  #promise(slot: number, watermark: Watermark, storedMs: number): void {
    // A promise from the future would be as bad as a line from there.
    if (watermark !== "end" && watermark - storedMs > this.#settings.maxAheadMs) return
    this.#sources.promise(slot, watermark, this.#clockMs)
  }

  #late(text: Uint8Array, seq: number, slot: number, line: number): void {
    if (seq <= this.#countedThroughSeq) return // counted by a record, or late then already
    this.counts.late++
    this.#since.late++
    const source = this.#sources.nameOf(slot)
    this.#since.lateBySource.set(source, (this.#since.lateBySource.get(source) ?? 0) + 1)
    this.#writeReject("late", text, seq, slot, line)
  }

  #reject(reason: RejectReason, text: Uint8Array, seq: number, slot: number, line: number): void {
    if (seq <= this.#countedThroughSeq) return
    this.counts.rejected++
    this.rejectedBy[reason]++
    this.#since.rejected.set(reason, (this.#since.rejected.get(reason) ?? 0) + 1)
    this.#writeReject(reason, text, seq, slot, line)
  }

  #writeReject(reason: RejectReason, text: Uint8Array, seq: number, slot: number, line: number): void {
    if (this.#observer !== undefined || this.#auditor !== undefined) return
    if (++this.#rejectsOfMessage > limits.rejectsAMessage) return
    if (this.#rejects.length >= this.rejectRoom) {
      this.withheld++
      return
    }
    this.#rejects.push({
      schema: rejectSchema,
      reason,
      source: this.#sources.nameOf(slot),
      seq,
      line,
      text: keyText(cutText(text, limits.rejectLineBytes))
    })
  }

  /** Behind a message: what the watermark now decides, and what the limits force. */
  #end(seq: number, closedBy: ClosedBy, storedMs: number): void {
    if (this.#known.length > 0 && seq >= this.#known[0]!.record.through_seq) this.#decideByRecords(seq)
    if (this.#auditor !== undefined) this.#decideByAuditor(this.#auditor, seq)
    // The last record may be one of several that this message decided, and the others were never stored.
    if (!this.#decidesBehind(seq)) return
    this.#decideByWatermark(closedBy, storedMs)
    this.#bound()
  }

  #decideByAuditor(auditor: Auditor, throughSeq: number): void {
    while (auditor.throughSeq <= throughSeq) {
      this.#current = this.#noWindow
      const decidedThroughMs = auditor.decide(this.#windows, this.#takeSince())
      if (decidedThroughMs > this.#decidedThroughMs) this.#decidedThroughMs = decidedThroughMs
    }
  }

  #decideByWatermark(closedBy: ClosedBy, storedMs: number): void {
    const watermark = this.#sources.at(this.#clockMs)
    if (watermark === Number.POSITIVE_INFINITY) {
      if (this.#windows.size > 0) this.#decideBegun(closedBy === "punctuation" ? "punctuation" : "idle", storedMs)
      return
    }
    const through = Math.min(windowStartOf(watermark, this.#settings.windowMs), this.#begunBy(storedMs))
    if (through > this.#decidedThroughMs) this.#decideBefore(through, through, closedBy)
  }

  /**
   * The clock alone moves what is decided only as far as it decides windows: nothing that leaves no record may depend on it.
   */
  #decideBySilence(): void {
    if (this.#windows.size === 0) return
    const watermark = this.#sources.at(this.#clockMs)
    if (watermark === Number.POSITIVE_INFINITY) {
      this.#decideBegun("idle", this.#clockMs)
      return
    }
    const through = Math.min(windowStartOf(watermark, this.#settings.windowMs), this.#begunBy(this.#clockMs))
    this.#decideBefore(through, undefined, "idle")
  }

  /** Nothing holds the windows back but that they must have begun. */
  #decideBegun(closedBy: ClosedBy, clockMs: number): void {
    this.#decideBefore(this.#begunBy(clockMs), undefined, closedBy)
  }

  /**
   * End of the newest window that has begun by a clock. No window is decided before: one source ahead of the clock, while the others are
   * silent, would make all that they send for minutes late. Infinity for a file, which has no clock.
   */
  #begunBy(clockMs: number): number {
    const { windowMs } = this.#settings
    return clockMs === Number.POSITIVE_INFINITY ? clockMs : windowStartOf(clockMs, windowMs) + windowMs
  }

  /** Room is made by deciding the oldest window early. */
  #bound(): void {
    while (
      this.#windows.size > limits.openWindows ||
      (this.#windows.budget.keys > limits.keysOpen && this.#windows.size > 1)
    ) {
      this.#decideBefore(this.#windows.oldestMs + this.#settings.windowMs, undefined, "limit")
    }
  }

  /**
   * Decides the open windows that begin before `beforeMs`. Nothing may come any more for windows before `throughMs`;
   * without it, before the end of the last one decided here.
   */
  #decideBefore(beforeMs: number, throughMs: number | undefined, closedBy: ClosedBy): void {
    const taken = this.#windows.takeBefore(beforeMs)
    if (taken.length > 0) {
      this.#current = this.#noWindow
      const resumeSeqs = this.#resumeSeqsBehind(taken)
      for (let i = 0; i < taken.length; i++) {
        const window = taken[i]!
        // What lies between two windows decided together is decided with the first of them.
        const next = i + 1 < taken.length ? taken[i + 1]!.startMs : Math.max(throughMs ?? window.endMs, window.endMs)
        this.#decidedThroughMs = Math.max(this.#decidedThroughMs, next)
        if (this.#observer !== undefined) {
          this.counts.windows++
          this.#observer.window(window)
          this.#windows.release(window)
          continue
        }
        this.#say(
          decide(window, this.#seuils, this.#rules, this.#origin, {
            throughSeq: this.#highestSeq,
            resumeSeq: resumeSeqs[i]!,
            logsCreated: this.#logsCreated,
            decidedThroughMs: this.#decidedThroughMs,
            closedBy,
            sinceLast: this.#takeSince()
          }),
          undefined
        )
        this.#windows.release(window)
      }
      this.#countedThroughSeq = this.#highestSeq
    }
    if (throughMs !== undefined && throughMs > this.#decidedThroughMs) this.#decidedThroughMs = throughMs
  }

  /** For each of the windows the lowest sequence that is still needed behind it. */
  #resumeSeqsBehind(taken: ReadonlyArray<OpenWindow>): ReadonlyArray<number> {
    const seqs = new Array<number>(taken.length)
    let lowest = Math.min(this.#windows.firstSeq(), this.#highestSeq + 1)
    for (let i = taken.length - 1; i >= 0; i--) {
      seqs[i] = lowest
      lowest = Math.min(lowest, taken[i]!.firstSeq)
    }
    return seqs
  }

  /** The records win: windows are decided where they say, and by the seuils and rules that stand in them. */
  #decideByRecords(throughSeq: number): void {
    this.#current = this.#noWindow
    while (this.#known.length > 0 && this.#known[0]!.record.through_seq <= throughSeq) {
      const { seq, record } = this.#known.shift()!
      const startMs = parseRfc3339(record.start)!
      const through = parseRfc3339(record.decided_through)!
      let found = false
      for (const window of this.#windows.takeBefore(through)) {
        // A window without a record was opened by lines that were late the first time.
        if (window.startMs === startMs && window.total === record.total && window.errors === record.errors) {
          found = true
          const again = decide(window, record.seuils, record.rules, this.#origin, {
            throughSeq: record.through_seq,
            resumeSeq: record.resume_seq,
            logsCreated: record.logs_created,
            decidedThroughMs: through,
            closedBy: record.closed_by,
            sinceLast: record.since_last
          })
          this.#say({ record: again.record, alerts: again.alerts }, seq)
        }
        this.#windows.release(window)
      }
      if (!found) this.#lost.push({ seq, record })
      this.#decidedThroughMs = Math.max(this.#decidedThroughMs, through)
    }
  }

  #say(said: Omit<Decision, "recordSeq">, recordSeq: number | undefined): void {
    this.counts.windows++
    this.counts.alerts += said.alerts.length
    this.#decisions.push({ ...said, recordSeq })
  }

  #takeSince(): SinceLast {
    const since = this.#since
    if (since.late === 0 && since.gap === 0 && since.rejected.size === 0) return nothingSince
    this.#since = emptySince()
    return {
      late: since.late,
      rejected: Object.fromEntries(since.rejected),
      gap: since.gap,
      late_by_source: Object.fromEntries(since.lateBySource)
    }
  }
}

const emptySince = () => ({
  late: 0,
  gap: 0,
  rejected: new Map<RejectReason, number>(),
  lateBySource: new Map<string, number>()
})

const nothingSince: SinceLast = { late: 0, rejected: {}, gap: 0, late_by_source: {} }
