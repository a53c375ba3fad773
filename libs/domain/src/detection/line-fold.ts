import { lineKeysOf } from "../dimension/line-key.ts"
import type { AutoReader } from "../format/auto.ts"
import { readerFor } from "../format/reading.ts"
import type { FormatSpec } from "../format/spec.ts"
import { limits } from "../limits.ts"
import { Client } from "../line/client.ts"
import { ASIDE, LineScanner, reasonOf, type ScanCode } from "../line/line.ts"
import { mayBeJson, unwrapPayload } from "../line/payload.ts"
import type { DetectionSettings } from "../settings.ts"
import {
  defaultErrors,
  fatesOf,
  globalError,
  ipMark,
  isHttpFailure,
  isServerError,
  markAt,
  markShift,
  urlMark
} from "../statuses.ts"
import { windowStartOf } from "../time.ts"
import type { IgnoreRules } from "../traffic/rule.ts"
import { BOT, IGNORED, type Traffic, trafficOf } from "../traffic/traffic.ts"
import { Templates } from "../url/templates.ts"
import type { DetectionCounts } from "./counts.ts"
import { mostMeasured } from "./measures.ts"
import type { SideOutput } from "./side-output.ts"
import { SourceClock } from "./source-clock.ts"
import type { OpenWindow, OpenWindows } from "./window.ts"

const switchingProtocols = 101

/**
 * Lines into the windows of their times. Nearly all the time of a detection goes here: a line makes no string and no object, and what a line
 * needs stands in this one object.
 */
export class LineFold {
  readonly scanner: LineScanner
  /** The clock of the source whose lines come now. */
  clock: SourceClock
  /** What the message that comes now declares as the format of its lines. */
  format = ""
  /** Whether they say anything of the time; those that are read again do not. */
  observes = true
  /** Lines up to here stand in the records of their windows. */
  settledThroughSeq = 0
  /** The newest event time of the lines that were too far ahead since this was last set to -Infinity. */
  futureMs = Number.NEGATIVE_INFINITY
  readonly #reader: AutoReader | undefined
  /** By the rules in force, and by those that were in force for lines that are read again. */
  readonly #traffic: Traffic | undefined
  readonly #trafficBefore: Traffic | undefined
  readonly #client: Client
  /** What each status means. */
  readonly #fates: Uint32Array
  readonly #templates: Templates | undefined
  /** Whether lines have keys beside client and URL; and where their marks stand in a fate. */
  readonly #hasKeys: boolean
  readonly #markShifts: ReadonlyArray<number>
  readonly #windowMs: number
  /** Added to the times of the lines that come now. */
  offsetMs = 0
  /** Lines that are further ahead of their message's store time are rejected. */
  maxAheadMs: number
  readonly #windows: OpenWindows
  readonly #sideOutput: SideOutput
  readonly #counts: DetectionCounts
  readonly #lateWindow: OpenWindow | undefined

  /**
   * @param lateWindow where there is one, late lines are counted into it, too
   * @param before the rules that lines were ignored by which were counted before
   */
  constructor(
    settings: DetectionSettings,
    hashSeed: number,
    windows: OpenWindows,
    sideOutput: SideOutput,
    counts: DetectionCounts,
    lateWindow: OpenWindow | undefined,
    before?: IgnoreRules
  ) {
    const keys = lineKeysOf(settings.leastRequests, hashSeed)
    this.#hasKeys = keys.length > 0
    this.#markShifts = keys.map(({ dimension }) => markShift(dimension))
    this.#reader = readerFor(settings.reading, { describes: before !== undefined, keys })
    this.#traffic = this.#reader?.traffic
    this.#trafficBefore = trafficOf(before, settings.reading?.bots)
    this.scanner = new LineScanner(settings.urlKey, limits.lineBytes, hashSeed, this.#reader, keys)
    this.#client = new Client(settings.ipv6Prefix, hashSeed, settings.reading !== undefined)
    this.#fates = fatesOf(settings.errors ?? defaultErrors)
    const templates = settings.reading?.templates
    this.#templates = templates === undefined ? undefined : new Templates(templates, hashSeed)
    this.#windowMs = settings.windowMs
    this.maxAheadMs = settings.maxAheadMs
    this.#windows = windows
    this.#sideOutput = sideOutput
    this.#counts = counts
    this.#lateWindow = lateWindow
    this.clock = new SourceClock("", settings)
  }

  /** Whether the lines that come now were counted before: then by the rules of then. */
  set wasCounted(was: boolean) {
    if (this.#reader !== undefined) this.#reader.traffic = was ? this.#trafficBefore : this.#traffic
  }

  /** The format of the last line that was read; undefined where lines are read strictly. */
  get lastFormat(): FormatSpec | undefined {
    return this.#reader?.format
  }

  /** A file begins, or a message: its format is its own. */
  begin(): void {
    this.#reader?.begin(this.format)
  }

  /** A message, whatever it holds. Answers the greatest event time in it; -Infinity for none. */
  message(bytes: Uint8Array, start: number, end: number, seq: number, storedMs: number, slot: number): number {
    this.begin()
    if (mayBeJson(bytes, start, end) && !this.#isLine(bytes, start, end)) {
      const payload = bytes.subarray(start, end)
      const lines = unwrapPayload(payload)
      if (lines !== undefined) return this.#lines(lines, 0, lines.length, seq, storedMs, slot)
      // A line that begins so is right only with such a virtual host: one that is not is told as what it more likely was meant to be.
      const isWrong = this.scanner.scan(bytes, start, end) !== 0
      if (isWrong && this.scanner.next === end) {
        this.#sideOutput.reject("payload", payload, seq, slot, 1)
        this.#counts.lines++
        return Number.NEGATIVE_INFINITY
      }
    }
    return this.#lines(bytes, start, end, seq, storedMs, slot)
  }

  /** Whether the message begins with a line that can be read as it is, JSON or not. */
  #isLine(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#reader === undefined) return false
    const code = this.scanner.scan(bytes, start, end)
    const isInsideJson = this.#reader.format.wrappers.some(({ kind }) => kind === "json")
    return (code === 0 || code === ASIDE) && !isInsideJson
  }

  #lines(bytes: Uint8Array, start: number, end: number, seq: number, storedMs: number, slot: number): number {
    let greatestMs = Number.NEGATIVE_INFINITY
    let line = 0
    const scanner = this.scanner
    for (let at = start; at < end; at = scanner.next) {
      const timeMs = this.line(scanner.scan(bytes, at, end), bytes, at, seq, storedMs, slot, ++line)
      if (timeMs > greatestMs) greatestMs = timeMs
    }
    this.#counts.lines += line
    return greatestMs
  }

  /**
   * The line that the scanner stands at. Answers its event time, or -Infinity for a rejected one. What few lines need is done elsewhere: the engine
   * puts the calls that are left into the loop over the lines only as long as all of it is small.
   */
  line(
    scan: ScanCode,
    bytes: Uint8Array,
    at: number,
    seq: number,
    storedMs: number,
    slot: number,
    line: number
  ): number {
    const scanner = this.scanner
    if (scan !== 0) return this.#refuse(scan, bytes, at, seq, slot, line)
    const timeMs = scanner.timeMs + this.offsetMs
    if (timeMs - storedMs > this.maxAheadMs) return this.#refuseFuture(timeMs, bytes, at, seq, slot, line)
    if (this.observes) this.clock.see(timeMs)
    const { traffic } = scanner
    if (traffic >= IGNORED) {
      this.#sideOutput.ignore(this.#reader!.traffic!.ruleOf(traffic), seq)
      return timeMs
    }
    let window: OpenWindow | undefined = this.#windows.current
    if (timeMs < window.startMs || timeMs >= window.endMs) {
      window = this.#windowAt(timeMs, bytes, at, seq, slot, line)
      if (window === undefined) return timeMs
    }
    const fate = this.#fates[scanner.status]!
    const error = globalError(fate)
    if (window.retained !== undefined) this.#revise(window, error, seq, storedMs)
    window.total++
    window.errors += error
    window.lastSeq = seq
    window.statuses.add(fate)
    const { size } = scanner
    if (size >= 0 && size < mostMeasured) {
      const { sizes } = window.measures
      sizes[0]!++
      sizes[1]! += size
    }
    if (traffic === BOT) {
      window.bots.total++
      window.bots.errors += error
    }
    this.#counts.errors += error
    if (this.#hasKeys) this.#addKeys(window, fate, seq)
    const text = scanner.text
    let client = -1
    let url = -1
    if (this.#client.mayDiffer(text, scanner.clientStart, scanner.clientEnd)) {
      client = this.#addClient(window, text, ipMark(fate), seq)
    } else if (scanner.clientEnd > scanner.clientStart) {
      client = window.ips.add(text, scanner.clientStart, scanner.clientEnd, scanner.clientHash, ipMark(fate), seq)
    }
    if (scanner.urlStart >= 0) {
      if (this.#templates !== undefined) url = this.#addTemplate(this.#templates, window, text, urlMark(fate), seq)
      else url = window.urls.add(text, scanner.urlStart, scanner.urlEnd, scanner.urlHash, urlMark(fate), seq)
    }
    if (scanner.durationUs >= 0 || scanner.upstreamStatus >= 0) this.#measure(window, client, url)
    if (window.failures !== undefined && isHttpFailure(fate)) this.#fail(window, client, url)
    return timeMs
  }

  /** A line that could not be read. */
  #refuse(scan: ScanCode, bytes: Uint8Array, at: number, seq: number, slot: number, line: number): number {
    if (scan === ASIDE) this.#counts.lines--
    else this.#sideOutput.reject(reasonOf(scan), bytes.subarray(at, this.scanner.lineEnd), seq, slot, line)
    return Number.NEGATIVE_INFINITY
  }

  #refuseFuture(timeMs: number, bytes: Uint8Array, at: number, seq: number, slot: number, line: number): number {
    if (timeMs > this.futureMs) this.futureMs = timeMs
    this.#sideOutput.reject("future", bytes.subarray(at, this.scanner.lineEnd), seq, slot, line)
    return Number.NEGATIVE_INFINITY
  }

  /** Another window than the line before went to; undefined where none takes the line. */
  #windowAt(
    timeMs: number,
    bytes: Uint8Array,
    at: number,
    seq: number,
    slot: number,
    line: number
  ): OpenWindow | undefined {
    const windows = this.#windows
    const startMs = windowStartOf(timeMs, this.#windowMs)
    if (startMs >= windows.lateBeforeMs) return windows.at(startMs, seq)
    this.#sideOutput.late(bytes.subarray(at, this.scanner.lineEnd), seq, slot, line)
    return this.#lateWindow
  }

  #measure({ measures, retained, times }: OpenWindow, client: number, url: number): void {
    const { durationUs, status, upstreamStatus } = this.scanner
    if (durationUs >= 0) {
      measures.durationUs(durationUs)
      // A connection that became another protocol's took as long as its client stayed.
      if (times !== undefined && retained === undefined && status !== switchingProtocols)
        times.add(url, client, durationUs)
    }
    if (upstreamStatus >= 0) measures.upstream(this.#fates[upstreamStatus]!)
  }

  #addTemplate(templates: Templates, window: OpenWindow, text: Uint8Array, mark: number, seq: number): number {
    const { urlStart, urlEnd, urlHash } = this.scanner
    return templates.fold(text, urlStart, urlEnd, urlHash)
      ? window.urls.add(templates.bytes, templates.start, templates.end, templates.hash, mark, seq)
      : window.urls.add(text, urlStart, urlEnd, urlHash, mark, seq)
  }

  #addKeys(window: OpenWindow, fate: number, seq: number): void {
    const { keys } = this.scanner
    for (let k = 0; k < keys.length; k++) {
      const { bytes, start, end, hash } = keys[k]!
      if (start >= 0) window.further[k]!.table.add(bytes, start, end, hash, markAt(fate, this.#markShifts[k]!), seq)
    }
  }

  #revise(window: OpenWindow, error: number, seq: number, storedMs: number): void {
    if (seq <= this.settledThroughSeq) this.#windows.count()
    else {
      this.#windows.add(window, error, seq, storedMs)
      if (seq > this.#sideOutput.countedThroughSeq) this.#counts.revised++
    }
  }

  #addClient(window: OpenWindow, bytes: Uint8Array, mark: number, seq: number): number {
    const { clientStart, clientEnd, clientHash } = this.scanner
    const client = this.#client
    return client.spell(bytes, clientStart, clientEnd)
      ? window.ips.add(client.bytes, 0, client.length, client.hash, mark, seq)
      : window.ips.add(bytes, clientStart, clientEnd, clientHash, mark, seq)
  }

  /** Incidents judge a window when it is decided: what a revision adds is for the records. */
  #fail(window: OpenWindow, client: number, url: number): void {
    const { status } = this.scanner
    if (window.retained === undefined) window.failures!.add(client, url, status, isServerError(status) ? 1 : 0)
  }
}
