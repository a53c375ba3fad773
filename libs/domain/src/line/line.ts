import { type LineKey, noKeys } from "../dimension/line-key.ts"
import { CLOSE, COLON, CR, DASH, hashStep, isControl, LF, OPEN, placeOf, QUOTE, SPACE, ZERO } from "./bytes.ts"
import { hasProtocol, mayHaveProtocol } from "./closing.ts"
import { furtherEnd, quotedEnd, whyWrong } from "./fields.ts"
import { type ClientPlace, inClient, inName, scanPrefix } from "./prefix.ts"
import { scanRequest, type UrlPlace } from "./request.ts"
import { CONTROL, REQUEST, type ScanCode, SIZE, STATUS, TIME, TOO_LONG, TRUNCATED } from "./scan-code.ts"
import { LineTime, timeLength } from "./time.ts"

/** Reads lines of another form than the strict one. */
export interface LineReader {
  /** Reads the line that begins at `start`, in bytes[start, end). On 0 the line's fields stand in `line`, its end and the next one's beginning too. */
  readonly read: (line: LineScanner, bytes: Uint8Array, start: number, end: number) => ScanCode
}

export { hashStep } from "./bytes.ts"
export { ASIDE, reasonOf, type ScanCode } from "./scan-code.ts"

/*
 * The strict scanner of Common and Combined lines:
 *
 *   [virtual-host ]client ident user [17/May/2015:10:05:03 +0000] "GET /path HTTP/1.1" 200 1234[ "referer" "agent"[ more …]]
 *
 * One pass over bytes, no regular expression and nothing allocated for a line: results stand in the scanner's fields until
 * the next call. A line is right or it is rejected with a reason; it is never guessed what it could have meant.
 */

const S = 115

export class LineScanner implements ClientPlace, UrlPlace {
  /** Where client and URL stand: mostly the bytes that are scanned, else what was unpacked from them. */
  text: Uint8Array = new Uint8Array(0)
  /** Event time, ms since the epoch. */
  timeMs = 0
  status = 0
  clientStart = 0
  clientEnd = 0
  clientHash = 0
  /** The URL's bytes, or -1 where the request is none that has one. */
  urlStart = -1
  urlEnd = 0
  urlHash = 0
  /** The request's method; empty where the request is none, and where nobody asked for it. */
  methodStart = 0
  methodEnd = 0
  /** Bytes of the answer, how long the request took, and what the server behind answered: each -1 where the line does not say it. */
  size = -1
  durationUs = -1
  upstreamStatus = -1
  /** Agent and referer, or -1; looked for only where somebody asks for them. They and the method stand in `agentText`. */
  agentStart = -1
  agentEnd = 0
  refererStart = -1
  refererEnd = 0
  /** Whether the strict reading notes referer and agent, which it passes anyway. */
  describes = false
  agentText: Uint8Array = this.text
  /** Whose traffic the line is (`traffic/traffic.ts`); 0 where nobody asks. */
  traffic = 0
  /** Where the line's time begins: the byte behind `[`. */
  timeStart = 0
  /** What of a line that was read strictly wants another look: 1 its client, 2 where its request ends and what it says, 4 a duration at its end. */
  doubts = 0
  /**
   * The reader would begin with the strict reading, and take what it finds where there is no doubt: so that is done at once. Most lines are read
   * so, and the calls between cost a twentieth of them. The reader alone sets it.
   */
  strictFirst = false
  /** What the strict reading of this line has answered already, for the reader that asks for it next; or -1. */
  #found = -1
  /** The line without its line end is bytes[start, lineEnd); the next one begins at `next`. */
  lineEnd = 0
  next = 0

  /** The keys of the dimensions that are counted on request; the reader finds them. */
  readonly keys: ReadonlyArray<LineKey>
  readonly wholeTarget: boolean
  readonly seed: number
  readonly #maxBytes: number
  readonly #reader: LineReader | undefined
  readonly #time = new LineTime()

  /**
   * @param urlKey whether the URL is the path alone or has its query string
   * @param maxBytes a longer line is rejected
   * @param hashSeed from outside and best drawn anew for each process, so that nobody can choose URLs that collide
   * @param reader reads the lines; without one they are read strictly as Common or Combined
   * @param keys what else the reader finds in them
   */
  constructor(
    urlKey: "path" | "target",
    maxBytes: number,
    hashSeed: number,
    reader?: LineReader,
    keys: ReadonlyArray<LineKey> = noKeys
  ) {
    this.keys = keys
    this.wholeTarget = urlKey === "target"
    this.#maxBytes = maxBytes
    this.seed = hashSeed | 0
    this.#reader = reader
  }

  /** Scans the line that begins at `start`, in bytes[start, end). Always sets `lineEnd` and `next`. */
  scan(bytes: Uint8Array, start: number, end: number): ScanCode {
    this.text = bytes
    if (this.strictFirst) {
      const strict = this.strict(bytes, start, end)
      if (strict === 0 && this.doubts === 0) return this.#isTooLong(start) ? TOO_LONG : 0
      this.#found = strict
    }
    const reader = this.#reader
    const result = reader === undefined ? this.strict(bytes, start, end) : reader.read(this, bytes, start, end)
    if (result !== 0) this.#skip(bytes, start, end)
    return this.lineEnd - start > this.#maxBytes && (result !== 0 || this.#isTooLong(start)) ? TOO_LONG : result
  }

  /**
   * Whether a line that was read is longer than its keys may be. What else stands in it is not kept, so it does no harm by its length, and nobody
   * may make his own line be rejected by a header that he sends.
   */
  #isTooLong(start: number): boolean {
    const most = this.#maxBytes
    return (
      this.lineEnd - start > most && (this.urlEnd - this.urlStart > most || this.clientEnd - this.clientStart > most)
    )
  }

  /** The strict reading of a line of Common or Combined form. Sets `lineEnd` and `next` only where it answers 0. */
  strict(bytes: Uint8Array, start: number, end: number): ScanCode {
    const found = this.#found
    if (found >= 0) {
      this.#found = -1
      return found
    }
    this.durationUs = this.upstreamStatus = -1
    const result = this.#scan(bytes, start, end, true)
    // A user whose name begins with `- [` must not be able to hide what he does: the bracket may be another one.
    if ((result === TIME || result === REQUEST) && this.#scan(bytes, start, end, false) === 0) return 0
    return result
  }

  /** Whether all that was found of the line stands in these bytes. */
  standsIn(bytes: Uint8Array): boolean {
    for (const key of this.keys) if (key.start >= 0 && key.bytes !== bytes) return false
    return this.text === bytes
  }

  /** How many bytes `moveTo` writes at most. */
  get movedBytes(): number {
    let length = this.clientEnd - this.clientStart + Math.max(0, this.urlEnd - this.urlStart)
    for (const { start, end } of this.keys) if (start >= 0) length += end - start
    return length
  }

  /** Writes client, URL and keys to `bytes`, from `at` on, for whoever has no other text. Answers the place behind them. */
  moveTo(bytes: Uint8Array, at: number): number {
    const { text } = this
    let n = at
    for (let i = this.clientStart; i < this.clientEnd; i++) bytes[n++] = text[i]!
    this.clientStart = at
    this.clientEnd = n
    if (this.urlStart >= 0) {
      const from = n
      for (let i = this.urlStart; i < this.urlEnd; i++) bytes[n++] = text[i]!
      this.urlStart = from
      this.urlEnd = n
    }
    this.text = bytes
    for (const key of this.keys) {
      if (key.start < 0) continue
      const from = n
      for (let i = key.start; i < key.end; i++) bytes[n++] = key.bytes[i]!
      key.start = from
      key.end = n
      key.bytes = bytes
    }
    return n
  }

  /**
   * Writes what the last call found: whole numbers of 31 bits into `fields`, from `at` on, the others into `numbers`, from `numbersAt` on. `recall` is
   * its inverse.
   */
  note(scan: ScanCode, fields: Int32Array, at: number, numbers: Float64Array, numbersAt: number): void {
    fields[at] = scan
    fields[at + 1] = this.status
    fields[at + 2] = this.clientStart
    fields[at + 3] = this.clientEnd
    fields[at + 4] = this.clientHash
    fields[at + 5] = this.urlStart
    fields[at + 6] = this.urlEnd
    fields[at + 7] = this.urlHash
    fields[at + 8] = this.lineEnd
    fields[at + 9] = this.next
    fields[at + 10] = this.upstreamStatus
    fields[at + 11] = this.traffic
    for (let k = 0, to = at + 12; k < this.keys.length; k++, to += 3) {
      const { start, end, hash } = this.keys[k]!
      fields[to] = start
      fields[to + 1] = end
      fields[to + 2] = hash
    }
    numbers[numbersAt] = this.timeMs
    numbers[numbersAt + 1] = this.size
    numbers[numbersAt + 2] = this.durationUs
  }

  /** As if the line had just been scanned; answers what `scan` did. */
  recall(bytes: Uint8Array, fields: Int32Array, at: number, numbers: Float64Array, numbersAt: number): ScanCode {
    this.text = bytes
    this.timeMs = numbers[numbersAt]!
    this.size = numbers[numbersAt + 1]!
    this.durationUs = numbers[numbersAt + 2]!
    this.status = fields[at + 1]!
    this.clientStart = fields[at + 2]!
    this.clientEnd = fields[at + 3]!
    this.clientHash = fields[at + 4]!
    this.urlStart = fields[at + 5]!
    this.urlEnd = fields[at + 6]!
    this.urlHash = fields[at + 7]!
    this.lineEnd = fields[at + 8]!
    this.next = fields[at + 9]!
    this.upstreamStatus = fields[at + 10]!
    this.traffic = fields[at + 11]!
    for (let k = 0, from = at + 12; k < this.keys.length; k++, from += 3) {
      const key = this.keys[k]!
      key.bytes = bytes
      key.start = fields[from]!
      key.end = fields[from + 1]!
      key.hash = fields[from + 2]!
    }
    return fields[at]!
  }

  /** The referer's quote, the space before the agent's, and the place behind it. */
  #describe(referer: number, agent: number, behind: number): void {
    this.refererStart = referer + 1
    this.refererEnd = agent - 1
    this.agentStart = agent + 2
    this.agentEnd = behind - 1
  }

  #skip(bytes: Uint8Array, start: number, end: number): void {
    const stop = placeOf(LF, bytes, start, end)
    this.next = stop === end ? end : stop + 1
    this.lineEnd = stop > start && bytes[stop - 1] === CR ? stop - 1 : stop
  }

  /** @param plain whether ` - - [` behind the client is taken as ident, user and the beginning of the time without a further look */
  #scan(bytes: Uint8Array, start: number, end: number, plain: boolean): ScanCode {
    let i = start
    // client
    let hash = this.seed
    let c = i < end ? bytes[i]! : LF
    while (inName[c] === 1) {
      hash = hashStep(hash, c)
      c = ++i < end ? bytes[i]! : LF
    }
    // An IPv6 address, or a port: there is another spelling.
    this.doubts = c === COLON ? 1 : 0
    while (inClient[c] === 1) {
      hash = hashStep(hash, c)
      c = ++i < end ? bytes[i]! : LF
    }
    this.clientStart = start
    this.clientEnd = i
    this.clientHash = hash
    // ident and user: nearly always ` - - [`
    if (
      plain &&
      i - start > 1 &&
      c === SPACE &&
      i + 6 < end &&
      bytes[i + 1] === DASH &&
      bytes[i + 2] === SPACE &&
      bytes[i + 3] === DASH &&
      bytes[i + 4] === SPACE &&
      bytes[i + 5] === OPEN
    ) {
      i += 6
    } else {
      this.doubts = 1
      const open = scanPrefix(this, bytes, start, end, this.seed)
      if (open < 0) return -open
      i = open + 1
    }

    // time
    this.timeStart = i
    if (i + timeLength + 3 > end) return whyWrong(TRUNCATED, bytes, i, end, end)
    if (!this.#time.read(bytes, i)) return whyWrong(TIME, bytes, i, i + timeLength + 3, end)
    this.timeMs = this.#time.ms
    i += timeLength
    if (bytes[i] !== CLOSE || bytes[i + 1] !== SPACE) return whyWrong(TIME, bytes, i, i + 3, end)
    if (bytes[i + 2] !== QUOTE) return whyWrong(REQUEST, bytes, i, i + 3, end)
    i += 3

    // request
    i = scanRequest(this, bytes, i, end, this.seed, this.wholeTarget)
    if (i < 0) return -i

    // status
    if (i + 4 >= end) return whyWrong(TRUNCATED, bytes, i, end, end)
    const d1 = bytes[i + 1]! - ZERO
    const d2 = bytes[i + 2]! - ZERO
    const d3 = bytes[i + 3]! - ZERO
    if (bytes[i] !== SPACE) return whyWrong(REQUEST, bytes, i, i + 5, end)
    if (d1 < 1 || d1 > 5 || d2 < 0 || d2 > 9 || d3 < 0 || d3 > 9 || bytes[i + 4] !== SPACE) {
      return whyWrong(STATUS, bytes, i, i + 5, end)
    }
    this.status = d1 * 100 + d2 * 10 + d3
    i += 5

    // size
    const sizeStart = i
    let size = -1
    c = i < end ? bytes[i]! : LF
    if (c === DASH) c = ++i < end ? bytes[i]! : LF
    else {
      size = 0
      while (c >= ZERO && c <= 57) {
        size = size * 10 + c - ZERO
        c = ++i < end ? bytes[i]! : LF
      }
      if (i === sizeStart) return c === LF || c === CR ? TRUNCATED : SIZE
      if (i - sizeStart > 19) return SIZE
    }
    this.size = size
    if (c === SPACE) {
      i++
      if (i < end && bytes[i] === QUOTE) {
        // referer and agent
        const referer = i
        i = quotedEnd(bytes, i + 1, end)
        if (i < 0) return -i
        if (i + 1 >= end || bytes[i] !== SPACE || bytes[i + 1] !== QUOTE) return whyWrong(SIZE, bytes, i, i + 2, end)
        const agent = i
        i = quotedEnd(bytes, i + 2, end)
        if (i < 0) return -i
        if (this.describes) this.#describe(referer, agent, i)
        c = i < end ? bytes[i]! : LF
        if (c === SPACE) {
          if (mayHaveProtocol(bytes, i) && hasProtocol(bytes, i - 1)) this.doubts |= 2
          i = furtherEnd(this, bytes, i + 1, end)
          if (i < 0) return -i
          // It may end with a duration.
          if (bytes[i - 1] === S) this.doubts |= 4
          c = i < end ? bytes[i]! : LF
        }
      } else {
        i = furtherEnd(this, bytes, i, end)
        if (i < 0) return -i
        c = i < end ? bytes[i]! : LF
      }
    }

    // line end
    this.lineEnd = i
    if (c === CR && (i + 1 === end || bytes[i + 1] === LF)) {
      i++
      c = LF
    }
    if (c !== LF) return isControl(c) ? CONTROL : SIZE
    this.next = i < end ? i + 1 : end
    return 0
  }
}
