import type { LogBatch } from "../detection/batch.ts"
import { lineKeysOf } from "../dimension/line-key.ts"
import { type KeyDimension, keyDimensionsIn, mapKeyDimensions, type PerKeyDimension } from "../dimension.ts"
import { Client } from "../line/client.ts"
import { defaultErrors, fatesOf, globalError, markAt, markShift } from "../statuses.ts"
import { parseRfc3339, windowStartOf } from "../time.ts"
import { IGNORED } from "../traffic/traffic.ts"
import { Templates } from "../url/templates.ts"
import type { Rules, WindowRecord } from "../wire/record.ts"
import { BatchLines } from "./batch-lines.ts"

/** A window that has a record, and up to which message of LOGS its lines were counted. */
export interface DecidedWindow {
  readonly startMs: number
  readonly throughSeq: number
}

export const decidedWindowOf = (record: WindowRecord): DecidedWindow => ({
  startMs: parseRfc3339(record.start)!,
  throughSeq: record.through_seq
})

/** A line of a decided window. One object serves all lines: what is kept must be copied. */
export class SpanLine {
  windowStartMs = 0
  seq = 0
  source = ""
  /** The line's place in its message, from 1. */
  line = 0
  timeMs = 0
  status = 0
  /** The line stands in bytes[start, end). */
  bytes: Uint8Array = new Uint8Array(0)
  start = 0
  end = 0
  /** Its agent stands in agentBytes[agentStart, agentEnd); -1 where the line has none, or nobody asked for it. */
  agentBytes: Uint8Array = this.bytes
  agentStart = -1
  agentEnd = 0
  /** Its keys, by dimension. */
  readonly keys: PerKeyDimension<SpanKey>
  /** What the status means under the rules of the windows (`fatesOf`). */
  fate = 0

  /** @param on the dimensions that the rules of the windows count */
  constructor(on: ReadonlyArray<KeyDimension>) {
    this.keys = mapKeyDimensions((dimension) => new SpanKey(dimension), on)
  }

  get isError(): boolean {
    return globalError(this.fate) === 1
  }

  /** What the line counts as under its key (`statuses.ts`). */
  markOf({ markShift }: SpanKey): number {
    return markAt(this.fate, markShift)
  }
}

/** A key of a line, in its one spelling: bytes[start, end). */
export class SpanKey {
  bytes: Uint8Array = new Uint8Array(0)
  /** -1 where the line has none in this dimension. */
  start = -1
  end = 0
  hash = 0
  readonly markShift: number

  constructor(dimension: KeyDimension) {
    this.markShift = markShift(dimension)
  }

  set(bytes: Uint8Array, start: number, end: number, hash: number): void {
    this.bytes = bytes
    this.start = start
    this.end = end
    this.hash = hash
  }
}

/**
 * Reads LOGS again for windows that are decided: visits exactly the lines that their records count. Which ones these are
 * follows from the records (`through_seq`) alone, so neither watermarks nor a clock are needed.
 */
export class SpanReader {
  readonly #throughSeq = new Map<number, number>()
  readonly #windowMs: number
  readonly #maxAheadMs: number
  readonly #offsets: ReadonlyMap<string, number>
  readonly #lines: BatchLines
  readonly #client: Client
  readonly #fates: Uint32Array
  readonly #templates: Templates | undefined
  readonly #line: SpanLine

  constructor(
    windows: ReadonlyArray<DecidedWindow>,
    windowMs: number,
    rules: Rules,
    options: { readonly hashSeed?: number; readonly agents?: boolean } = {}
  ) {
    for (const window of windows) this.#throughSeq.set(window.startMs, window.throughSeq)
    this.#windowMs = windowMs
    this.#maxAheadMs = rules.max_ahead_ms
    this.#fates = fatesOf(rules.errors ?? defaultErrors)
    this.#offsets = new Map(Object.entries(rules.source_offsets ?? {}))
    const hashSeed = options.hashSeed ?? 0
    const keys = lineKeysOf(rules.least_requests, hashSeed)
    this.#line = new SpanLine(keyDimensionsIn(rules.least_requests))
    this.#lines = new BatchLines(rules.reading, rules.url_key, hashSeed, { keys, describes: options.agents ?? false })
    this.#lines.scanner.describes = options.agents ?? false
    const templates = rules.reading?.templates
    this.#templates = templates === undefined ? undefined : new Templates(templates, hashSeed)
    this.#client = new Client(rules.ipv6_prefix, hashSeed, rules.reading !== undefined)
  }

  read(batch: LogBatch, visit: (line: SpanLine) => void): void {
    const scanner = this.#lines.scanner
    this.#lines.read(batch, (code, { seq, storedMs, source, place, bytes, start }) => {
      if (code !== 0 || scanner.traffic >= IGNORED) return
      const timeMs = scanner.timeMs + (this.#offsets.get(source) ?? 0)
      if (timeMs - storedMs > this.#maxAheadMs) return
      const windowStartMs = windowStartOf(timeMs, this.#windowMs)
      const throughSeq = this.#throughSeq.get(windowStartMs)
      if (throughSeq === undefined || seq > throughSeq) return
      const line = this.#line
      line.windowStartMs = windowStartMs
      line.seq = seq
      line.source = source
      line.line = place
      line.timeMs = timeMs
      line.status = scanner.status
      line.fate = this.#fates[scanner.status]!
      line.bytes = bytes
      line.start = start
      line.end = scanner.lineEnd
      line.agentBytes = scanner.agentText
      line.agentStart = scanner.agentStart
      line.agentEnd = scanner.agentEnd
      this.#spellClient(line, scanner.text)
      this.#keyUrl(line, scanner.text)
      for (const { dimension, bytes, start, end, hash } of scanner.keys) {
        line.keys[dimension]!.set(bytes, start, end, hash)
      }
      visit(line)
    })
  }

  #keyUrl(line: SpanLine, bytes: Uint8Array): void {
    const { urlStart, urlEnd, urlHash } = this.#lines.scanner
    const templates = this.#templates
    const isFolded = urlStart >= 0 && templates !== undefined && templates.fold(bytes, urlStart, urlEnd, urlHash)
    if (isFolded) line.keys.url.set(templates.bytes, templates.start, templates.end, templates.hash)
    else line.keys.url.set(bytes, urlStart, urlEnd, urlHash)
  }

  #spellClient(line: SpanLine, bytes: Uint8Array): void {
    const { clientStart, clientEnd, clientHash } = this.#lines.scanner
    const client = this.#client
    if (client.mayDiffer(bytes, clientStart, clientEnd) && client.spell(bytes, clientStart, clientEnd)) {
      line.keys.ip.set(client.bytes, 0, client.length, client.hash)
    } else line.keys.ip.set(bytes, clientEnd > clientStart ? clientStart : -1, clientEnd, clientHash)
  }
}
