import { limits } from "../limits.ts"
import { CR, LF, SPACE } from "../line/bytes.ts"
import { type LineReader, LineScanner } from "../line/line.ts"
import { AMBIGUOUS, ASIDE, EMPTY, FORMAT, PAYLOAD, type ScanCode } from "../line/scan-code.ts"
import type { Traffic } from "../traffic/traffic.ts"
import { textOf } from "./columns.ts"
import { CommonReader } from "./common.ts"
import { readerOf } from "./compile.ts"
import { declaredFormat } from "./declared.ts"
import type { ClientChoice } from "./finish.ts"
import { JsonWalk } from "./json-walk.ts"
import { recognise } from "./recognise.ts"
import type { FormatSpec } from "./spec.ts"
import { commonSpec } from "./spec.ts"

interface Known {
  readonly spec: FormatSpec
  readonly key: string
  readonly reader: LineReader
}

/** How lines are read. */
export interface ReadingOptions {
  /** The format that is declared; by default the lines show it. */
  readonly format: FormatSpec | undefined
  readonly choice: ClientChoice
}

/**
 * Reads lines of whatever format they have. Those of Common and Combined are read at once; a line that they are not is read by the formats that were
 * recognised before, or else it is looked at, with those behind it. What is recognised depends on the lines since `begin` alone.
 */
export class AutoReader implements LineReader {
  readonly #options: ReadingOptions
  readonly #common: CommonReader
  #known: Array<Known> = []
  /** The one that has read the last line. */
  #last: LineReader
  /** The scanner whose lines are read. */
  #line: LineScanner | undefined
  #looks = 0
  /** Readers that were made before, so that a format that comes again costs nothing. */
  readonly #made = new Map<string, Known>()
  /** The format that is declared for all lines, and the one that is for those since `begin`. */
  #ofAll: Known | undefined
  #declared: Known | undefined
  /** Formats that messages have declared; undefined for texts that are none. */
  readonly #declarations = new Map<string, Known | undefined>()
  #probe: LineScanner | undefined
  /** Nothing is known of the lines, nor asked of them, that the strict reading of Common does not see. */
  readonly #isPlain: boolean
  /** Tells the lines' traffic apart; undefined where nobody asks. */
  traffic: Traffic | undefined

  constructor(options: ReadingOptions) {
    this.#options = options
    this.#common = new CommonReader(options.choice)
    const { format, choice } = options
    this.#isPlain = choice.trust === undefined && choice.describes !== true && !choice.fields?.length
    this.#ofAll = format && this.#knownOf(format)
    this.#declared = this.#ofAll
    this.#last = this.#declared?.reader ?? this.#common
  }

  /**
   * Another source begins: a file, or a message.
   * @param declares what a message says of the format of its lines; it is over what is declared for all
   */
  begin(declares = ""): void {
    if (this.#ofAll !== undefined && !isStateless(this.#ofAll.spec)) this.#ofAll = this.#knownOf(this.#ofAll.spec)
    this.#declared = (declares === "" ? undefined : this.#declaration(declares)) ?? this.#ofAll
    this.#common.forget()
    this.#known = []
    this.#looks = 0
    this.#last = this.#declared?.reader ?? this.#common
    // Also for the first line of what begins: it may be declared as something else than the lines before.
    if (this.#line !== undefined) this.#line.strictFirst = this.#isPlain && this.#declared === undefined
  }

  /** The formats that were recognised, besides Common. */
  get recognised(): ReadonlyArray<FormatSpec> {
    return this.#known.map(({ spec }) => spec)
  }

  /** The format that has read the last line. */
  get format(): FormatSpec {
    if (this.#declared !== undefined && this.#last === this.#declared.reader) return this.#declared.spec
    return this.#known.find(({ reader }) => reader === this.#last)?.spec ?? commonSpec
  }

  read(line: LineScanner, bytes: Uint8Array, start: number, end: number): ScanCode {
    for (const key of line.keys) key.start = -1
    const last = this.#last
    let code = last.read(line, bytes, start, end)
    if (code !== 0 && code !== ASIDE && code !== EMPTY) code = this.#other(line, bytes, start, end, code)
    this.#line = line
    line.strictFirst = this.#isPlain && this.#last === this.#common
    line.traffic = code === 0 && this.traffic !== undefined ? this.traffic.kindOf(line) : 0
    return code
  }

  #other(line: LineScanner, bytes: Uint8Array, start: number, end: number, why: ScanCode): ScanCode {
    const last = this.#last
    if (this.#declared !== undefined || why === AMBIGUOUS) return why
    let code = why
    if (last !== this.#common) {
      line.text = bytes
      const common = this.#common.read(line, bytes, start, end)
      if (common === 0) {
        this.#last = this.#common
        return 0
      }
      if (common === AMBIGUOUS) return common
      // An object that cannot be read is told as one, anything else as what it is not.
      if (bytes[start] !== OPEN_BRACE) code = common
    }
    for (const { reader } of this.#known) {
      if (reader !== last && this.#take(reader, line, bytes, start, end)) return 0
    }
    if (this.#common.isSettled) return code
    // What is no object of the formats known so far may be a whole one of another.
    if (bytes[start] === OPEN_BRACE && last === this.#common) code = whyNoObject(bytes, start, end)
    // Lines that nothing reads are looked at more and more seldom, so that they cost no more than others.
    if (this.#known.length >= limits.formatsASource || !isPowerOfTwo(++this.#looks)) return code
    const known = this.#recognised(bytes, start, end)
    if (known === undefined) return code
    this.#known.push(known)
    const found = known.reader.read(line, bytes, start, end)
    if (found === 0 || found === ASIDE) {
      this.#last = known.reader
      this.#looks = 0
      return found
    }
    return found === AMBIGUOUS ? found : code
  }

  #knownOf(spec: FormatSpec): Known {
    return { spec, key: "", reader: readerOf(spec, this.#options.choice) }
  }

  /** The format that a message declares: a function of its text, so that whoever begins with any message reads it alike. */
  #declaration(text: string): Known | undefined {
    const made = this.#declarations.get(text)
    if (made !== undefined && isStateless(made.spec)) return made
    if (made === undefined && this.#declarations.has(text)) return undefined
    const spec = made?.spec ?? declaredFormat(text)
    const known = spec && this.#knownOf(spec)
    if (this.#declarations.size >= limits.formatsKept) this.#declarations.clear()
    this.#declarations.set(text, known)
    return known
  }

  #take(reader: LineReader, line: LineScanner, bytes: Uint8Array, start: number, end: number): boolean {
    line.text = bytes
    if (reader.read(line, bytes, start, end) !== 0) return false
    this.#last = reader
    return true
  }

  /** The next lines that nothing known reads. */
  #linesAlike(bytes: Uint8Array, start: number, end: number): ReadonlyArray<string> {
    const lines: Array<string> = []
    this.#probe ??= new LineScanner("path", limits.lineBytes, 0, this.#common)
    let at = start
    for (let n = 0; n < limits.recogniseLines; n++) {
      while (at < end && bytes[at] !== LF) at++
      if (++at >= end) break
      if (this.#probe.scan(bytes, at, end) !== 0) lines.push(lineAt(bytes, at, end))
    }
    return lines
  }

  /** What the lines from here on are. Most formats show in one line; what is made of its words alone wants as many as there are. */
  #recognised(bytes: Uint8Array, start: number, end: number): Known | undefined {
    const first = lineAt(bytes, start, end)
    let spec = recognise([first])
    if (spec === undefined || spec.name === "pattern") {
      const more = this.#linesAlike(bytes, start + first.length, end)
      if (more.length > 0) spec = recognise([first, ...more])
    }
    if (spec === undefined || (spec.inner.kind === "common" && spec.wrappers.length === 0)) return undefined
    const key = JSON.stringify(spec)
    if (this.#known.some((k) => k.key === key)) return undefined
    // What lines have told a reader must not be known to those of another message.
    const stateless = isStateless(spec)
    const made = stateless ? this.#made.get(key) : undefined
    const known = made ?? { spec, key, reader: readerOf(spec, this.#options.choice) }
    if (stateless && this.#made.size < limits.formatsKept) this.#made.set(key, known)
    return known
  }
}

const anyObject = new JsonWalk([])

/** What is the matter with an object of which no format is known. */
const whyNoObject = (bytes: Uint8Array, start: number, end: number): ScanCode => {
  let i = anyObject.walk(bytes, start, end)
  if (i < 0) return -i
  while (i < end && (bytes[i] === SPACE || bytes[i] === CR)) i++
  return i === end || bytes[i] === LF ? FORMAT : PAYLOAD
}

/** Columns may be named anew on the way, and parts of lines wait for the others. */
const isStateless = ({ inner, wrappers }: FormatSpec): boolean =>
  inner.kind !== "columns" && !wrappers.some((w) => w.kind === "cri")

/** The line at `start`, one character a byte; of one that is too long no more than a format's lines may have. */
const lineAt = (bytes: Uint8Array, start: number, end: number): string =>
  textOf(bytes, start, Math.min(end, start + limits.lineBytes))

const OPEN_BRACE = 123

const isPowerOfTwo = (n: number): boolean => (n & (n - 1)) === 0
