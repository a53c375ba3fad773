import { type RejectReason, rejectReasons } from "./reject.ts"
import { daysFromCivil, daysInMonth } from "./time.ts"

/*
 * The strict scanner of Common and Combined lines:
 *
 *   [virtual-host ]client ident user [17/May/2015:10:05:03 +0000] "GET /path HTTP/1.1" 200 1234[ "referer" "agent"[ more …]]
 *
 * One pass over bytes, no regular expression and nothing allocated for a line: results stand in the scanner's fields until
 * the next call. A line is right or it is rejected with a reason; it is never guessed what it could have meant.
 */

/** What `scan` answers: 0 for a line that is right, else 1 + the place of its reason in `rejectReasons`. */
export type ScanCode = number

const code = (reason: RejectReason): ScanCode => rejectReasons.indexOf(reason) + 1

const EMPTY = code("empty")
const CONTROL = code("control")
const PREFIX = code("prefix")
const CLIENT = code("client")
const TIME = code("time")
const REQUEST = code("request")
const STATUS = code("status")
const SIZE = code("size")
const TRUNCATED = code("truncated")
const TOO_LONG = code("too_long")

export const reasonOf = (scan: ScanCode): RejectReason => rejectReasons[scan - 1]!

const LF = 10
const CR = 13
const SPACE = 32
const QUOTE = 34
const COMMA = 44
const DASH = 45
const SLASH = 47
const ZERO = 48
const COLON = 58
const QUESTION = 63
const OPEN = 91
const BACKSLASH = 92
const CLOSE = 93

/** Classes of bytes inside quotes: 0 goes on, anything else wants a look. */
const inQuotes = new Uint8Array(256)
/** The same inside a request's target, where a space and a question mark matter, too. */
const inTarget = new Uint8Array(256)
for (let c = 0; c < 256; c++) {
  const special = c < 32 || c === 127 || c === QUOTE || c === BACKSLASH ? 1 : 0
  inQuotes[c] = special
  inTarget[c] = special === 1 || c === SPACE || c === QUESTION ? 1 : 0
}

const tableOf = (characters: string): Uint8Array => {
  const table = new Uint8Array(256)
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = 1
  return table
}
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))
const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
/** Addresses and host names; `%` begins the zone of a link-local address. */
const inClient = tableOf(`${alphanumeric}.-_:%`)
/** RFC 9110, token: what a method may be made of. */
const inMethod = tableOf(`${alphanumeric}!#$%&'*+-.^_\`|~`)
/** RFC 3986, scheme. */
const inScheme = tableOf(`${alphanumeric}+-.`)

/** Month by the sum of its letters' codes, each weighed so that the twelve differ; 0 elsewhere. */
const monthKey = (a: number, b: number, c: number): number => (a * 7 + b * 3 + c) & 0x3ff
const months = new Uint8Array(1024)
const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
for (const [i, name] of monthNames.entries()) {
  months[monthKey(name.charCodeAt(0), name.charCodeAt(1), name.charCodeAt(2))] = i + 1
}

/** `dd/Mon/yyyy:HH:MM:SS +zzzz` */
const timeLength = 26
const secondsAt = 18

export const hashStep = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193)

export class LineScanner {
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
  /** Where the line's time begins: the byte behind `[`. */
  timeStart = 0
  /** The line without its line end is bytes[start, lineEnd); the next one begins at `next`. */
  lineEnd = 0
  next = 0

  readonly #wholeTarget: boolean
  readonly #maxBytes: number
  readonly #seed: number
  /** The text of the last time, and its minute: most lines of a log share it with the one before. */
  readonly #lastTime = bytesOf("01/Jan/1970:00:00:00 +0000")
  #lastMinuteMs = 0

  /**
   * @param urlKey whether the URL is the path alone or has its query string
   * @param maxBytes a longer line is rejected
   * @param hashSeed from outside and best drawn anew for each process, so that nobody can choose URLs that collide
   */
  constructor(urlKey: "path" | "target", maxBytes: number, hashSeed: number) {
    this.#wholeTarget = urlKey === "target"
    this.#maxBytes = maxBytes
    this.#seed = hashSeed | 0
  }

  /** Scans the line that begins at `start`, in bytes[start, end). Always sets `lineEnd` and `next`. */
  scan(bytes: Uint8Array, start: number, end: number): ScanCode {
    let result = this.#scan(bytes, start, end, true)
    // A user whose name begins with `- [` must not be able to hide what he does: the bracket may be another one.
    if ((result === TIME || result === REQUEST) && this.#scan(bytes, start, end, false) === 0) result = 0
    if (result !== 0) this.#skip(bytes, start, end)
    if (this.lineEnd - start > this.#maxBytes) return TOO_LONG
    return result
  }

  /** Writes what the last call found into `fields`, from `at` on: all but the time. `recall` is its inverse. */
  note(scan: ScanCode, fields: Int32Array, at: number): void {
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
  }

  /** As if the line had just been scanned; answers what `scan` did. */
  recall(fields: Int32Array, at: number, timeMs: number): ScanCode {
    this.timeMs = timeMs
    this.status = fields[at + 1]!
    this.clientStart = fields[at + 2]!
    this.clientEnd = fields[at + 3]!
    this.clientHash = fields[at + 4]!
    this.urlStart = fields[at + 5]!
    this.urlEnd = fields[at + 6]!
    this.urlHash = fields[at + 7]!
    this.lineEnd = fields[at + 8]!
    this.next = fields[at + 9]!
    return fields[at]!
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
    let hash = this.#seed
    let c = i < end ? bytes[i]! : LF
    while (inClient[c] === 1) {
      hash = Math.imul(hash ^ c, 0x01000193)
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
      const open = this.#prefix(bytes, start, end)
      if (open < 0) return -open
      i = open + 1
    }

    // time
    this.timeStart = i
    if (i + timeLength + 3 > end) return this.#wrong(TRUNCATED, bytes, i, end, end)
    const last = this.#lastTime
    let same = true
    for (let k = 0; k < timeLength; k++) {
      if (bytes[i + k] !== last[k] && k !== secondsAt && k !== secondsAt + 1) {
        same = false
        break
      }
    }
    if (!same && !this.#minute(bytes, i)) return this.#wrong(TIME, bytes, i, i + timeLength + 3, end)
    const s1 = bytes[i + secondsAt]! - ZERO
    const s2 = bytes[i + secondsAt + 1]! - ZERO
    if (s1 < 0 || s1 > 5 || s2 < 0 || s2 > 9) return this.#wrong(TIME, bytes, i, i + timeLength + 3, end)
    this.timeMs = this.#lastMinuteMs + (s1 * 10 + s2) * 1000
    i += timeLength
    if (bytes[i] !== CLOSE || bytes[i + 1] !== SPACE) return this.#wrong(TIME, bytes, i, i + 3, end)
    if (bytes[i + 2] !== QUOTE) return this.#wrong(REQUEST, bytes, i, i + 3, end)
    i += 3

    // request
    i = this.#request(bytes, i, end)
    if (i < 0) return -i

    // status
    if (i + 4 >= end) return this.#wrong(TRUNCATED, bytes, i, end, end)
    const d1 = bytes[i + 1]! - ZERO
    const d2 = bytes[i + 2]! - ZERO
    const d3 = bytes[i + 3]! - ZERO
    if (bytes[i] !== SPACE) return this.#wrong(REQUEST, bytes, i, i + 5, end)
    if (d1 < 1 || d1 > 5 || d2 < 0 || d2 > 9 || d3 < 0 || d3 > 9 || bytes[i + 4] !== SPACE) {
      return this.#wrong(STATUS, bytes, i, i + 5, end)
    }
    this.status = d1 * 100 + d2 * 10 + d3
    i += 5

    // size
    const sizeStart = i
    c = i < end ? bytes[i]! : LF
    if (c === DASH) c = ++i < end ? bytes[i]! : LF
    else {
      while (c >= ZERO && c <= 57) c = ++i < end ? bytes[i]! : LF
      if (i === sizeStart) return c === LF || c === CR ? TRUNCATED : SIZE
      if (i - sizeStart > 19) return SIZE
    }
    if (c === SPACE) {
      i++
      if (i < end && bytes[i] === QUOTE) {
        // referer and agent
        i = this.#quoted(bytes, i + 1, end)
        if (i < 0) return -i
        if (i + 1 >= end || bytes[i] !== SPACE || bytes[i + 1] !== QUOTE) return this.#wrong(SIZE, bytes, i, i + 2, end)
        i = this.#quoted(bytes, i + 2, end)
        if (i < 0) return -i
        c = i < end ? bytes[i]! : LF
        if (c === SPACE) {
          i = this.#further(bytes, i + 1, end)
          if (i < 0) return -i
          c = i < end ? bytes[i]! : LF
        }
      } else {
        i = this.#further(bytes, i, end)
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
    if (c !== LF) return c < 32 || c === 127 ? CONTROL : SIZE
    this.next = i < end ? i + 1 : end
    return 0
  }

  /**
   * What stands before the time, where it is not simply `client - - [`. Answers where the bracket is, or the negative of a code.
   * Only the dash that nearly all servers write for ident tells whether a virtual host stands in front or a user has spaces in it; where
   * it does not, the line is rejected. Whoever asks chooses his user name, which may be empty or begin with a space, and by his Host
   * header often the virtual host: neither may make a line that is rejected, or he could hide what he does.
   */
  #prefix(bytes: Uint8Array, start: number, end: number): number {
    const lineEnd = placeOf(LF, bytes, start, end)
    if (lineEnd === start || (lineEnd === start + 1 && bytes[start] === CR)) return -EMPTY
    const open = openingBracket(bytes, start, lineEnd)
    if (open < 0) {
      for (let i = start; i < lineEnd; i++) {
        if ((bytes[i]! < 32 && !(bytes[i] === CR && i === lineEnd - 1)) || bytes[i] === 127) return -CONTROL
      }
      return placeOf(OPEN, bytes, start, lineEnd) + timeLength + 3 < lineEnd ? -TIME : -TRUNCATED
    }
    for (let i = start; i < open; i++) if (bytes[i]! < 32 || bytes[i] === 127) return -CONTROL
    const stop = open - 1
    const first = wordEnd(bytes, start, stop)
    const second = wordEnd(bytes, first + 1, stop)
    const third = wordEnd(bytes, second + 1, stop)
    if (first === start || second <= first + 1 || second >= stop) return -PREFIX
    let client = start
    const dashSecond = second === first + 2 && bytes[first + 1] === DASH
    if (!dashSecond && (third < stop || third === second + 1)) {
      const dashThird = third === second + 2 && bytes[second + 1] === DASH
      // Behind a comma stands the next proxy of a list, and which of them is the client nobody can tell.
      if (!dashThird || bytes[first - 1] === COMMA) return -PREFIX
      client = first + 1
    }
    let hash = this.#seed
    let i = client
    for (; bytes[i] !== SPACE; i++) {
      if (inClient[bytes[i]!] === 0) return -CLIENT
      hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
    }
    if (i === client + 1 && bytes[client] === DASH) return -CLIENT
    this.clientStart = client
    this.clientEnd = i
    this.clientHash = hash
    return open
  }

  /** Reads day, month, year, hour, minute and zone, and remembers them. */
  #minute(b: Uint8Array, i: number): boolean {
    const day = digits2(b, i)
    const month = months[monthKey(b[i + 3]!, b[i + 4]!, b[i + 5]!)]!
    const year = digits2(b, i + 7) * 100 + digits2(b, i + 9)
    const hour = digits2(b, i + 12)
    const minute = digits2(b, i + 15)
    const sign = b[i + 21]
    const zoneHour = digits2(b, i + 22)
    const zoneMinute = digits2(b, i + 24)
    if (month === 0 || !isMonthName(b, i + 3, month)) return false
    if (b[i + 2] !== SLASH || b[i + 6] !== SLASH || b[i + 11] !== COLON || b[i + 14] !== COLON || b[i + 17] !== COLON)
      return false
    if (b[i + 20] !== SPACE || (sign !== 43 && sign !== DASH)) return false
    if (day < 1 || year < 1970 || hour < 0 || hour > 23 || minute < 0 || minute > 59) return false
    if (digits2(b, i + 9) < 0 || day > daysInMonth(year, month)) return false
    if (zoneHour < 0 || zoneMinute < 0 || zoneMinute > 59) return false
    const zone = zoneHour * 60 + zoneMinute
    // from -12:00 to +14:00: the zones that are or were in use
    if (zone > (sign === DASH ? 720 : 840)) return false
    const local = (daysFromCivil(year, month, day) * 1440 + hour * 60 + minute) * 60_000
    this.#lastMinuteMs = local - (sign === DASH ? -zone : zone) * 60_000
    this.#lastTime.set(b.subarray(i, i + timeLength))
    return true
  }

  /** The quoted request, from behind its opening quote. Answers the place behind the closing one, or the negative of a code. */
  #request(bytes: Uint8Array, start: number, end: number): number {
    this.urlStart = -1
    let i = start
    let c = i < end ? bytes[i]! : LF
    while (inMethod[c] === 1) c = ++i < end ? bytes[i]! : LF
    if (c !== SPACE || i === start) return this.#requestEnd(bytes, i, end)
    const target = ++i
    let hash = this.#seed
    let pathEnd = -1
    let pathHash = 0
    for (;;) {
      c = i < end ? bytes[i]! : LF
      while (inTarget[c] === 0) {
        hash = Math.imul(hash ^ c, 0x01000193)
        c = ++i < end ? bytes[i]! : LF
      }
      if (c === QUESTION) {
        if (pathEnd < 0) {
          pathEnd = i
          pathHash = hash
        }
      } else if (c === BACKSLASH && i + 1 < end && bytes[i + 1]! >= 32 && bytes[i + 1] !== 127) {
        hash = Math.imul(hash ^ c, 0x01000193)
        c = bytes[++i]!
      } else break
      hash = Math.imul(hash ^ c, 0x01000193)
      i++
    }
    const targetEnd = i
    const whole = pathEnd < 0 || this.#wholeTarget
    let right = false
    if (c === QUOTE) {
      right = bytes[target] === SLASH // HTTP/0.9
      i++
    } else if (c === SPACE && isVersion(bytes, i + 1, end)) {
      i += bytes[i + 7] === QUOTE ? 8 : 10
      right = targetEnd > target
    } else {
      return this.#requestEnd(bytes, i, end)
    }
    if (right) {
      this.urlEnd = whole ? targetEnd : pathEnd
      this.urlHash = whole ? hash : pathHash
      if (bytes[target] === SLASH || (bytes[target] === 42 && targetEnd === target + 1)) this.urlStart = target
      else this.#absolute(bytes, target)
    }
    return i
  }

  /** `http://host/path`: the URL is what stands behind the host; another form of target has none. */
  #absolute(bytes: Uint8Array, target: number): void {
    const end = this.urlEnd
    let i = target
    while (i < end && inScheme[bytes[i]!] === 1) i++
    if (i + 3 >= end || i === target || bytes[i] !== COLON || bytes[i + 1] !== SLASH || bytes[i + 2] !== SLASH) return
    let path = i + 3
    while (path < end && bytes[path] !== SLASH && bytes[path] !== QUESTION) path++
    if (path === i + 3) return
    if (path === end || bytes[path] === QUESTION) {
      // no path is the path `/`; the second slash of `//` lends its byte
      path = i + 2
      this.urlEnd = path + 1
    }
    let hash = this.#seed
    for (let k = path; k < this.urlEnd; k++) hash = Math.imul(hash ^ bytes[k]!, 0x01000193)
    this.urlStart = path
    this.urlHash = hash
  }

  #requestEnd(bytes: Uint8Array, i: number, end: number): number {
    const at = this.#quoted(bytes, i, end)
    return at === -TRUNCATED ? -REQUEST : at
  }

  /** Behind the closing quote of a field whose inside begins at `i`, or the negative of a code. */
  #quoted(bytes: Uint8Array, i: number, end: number): number {
    for (;;) {
      // Referers and agents are long: eight bytes at a time, with one branch.
      while (
        i + 8 <= end &&
        (inQuotes[bytes[i]!]! |
          inQuotes[bytes[i + 1]!]! |
          inQuotes[bytes[i + 2]!]! |
          inQuotes[bytes[i + 3]!]! |
          inQuotes[bytes[i + 4]!]! |
          inQuotes[bytes[i + 5]!]! |
          inQuotes[bytes[i + 6]!]! |
          inQuotes[bytes[i + 7]!]!) ===
          0
      ) {
        i += 8
      }
      let c = i < end ? bytes[i]! : LF
      while (inQuotes[c] === 0) c = ++i < end ? bytes[i]! : LF
      if (c === QUOTE) return i + 1
      if (c === BACKSLASH && i + 1 < end && bytes[i + 1]! >= 32 && bytes[i + 1] !== 127) i += 2
      else if (c === BACKSLASH && (i + 1 >= end || bytes[i + 1] === LF)) return -TRUNCATED
      else return c === LF || (c === CR && (i + 1 >= end || bytes[i + 1] === LF)) ? -TRUNCATED : -CONTROL
    }
  }

  /** Fields behind those that are known: words and quoted fields, one space between them. Answers where the line ends. */
  #further(bytes: Uint8Array, i: number, end: number): number {
    for (;;) {
      let c = i < end ? bytes[i]! : LF
      if (c === QUOTE) {
        i = this.#quoted(bytes, i + 1, end)
        if (i < 0) return i
      } else {
        while (c > SPACE && c !== 127) c = ++i < end ? bytes[i]! : LF
      }
      if (i >= end || bytes[i] !== SPACE) return i
      i++
    }
  }

  /**
   * What is wrong with a field that stands in bytes[from, to): the line may end inside it, a control byte may stand in it,
   * or else it is `code`. So what is behind the line never changes its reason.
   */
  #wrong(code: ScanCode, bytes: Uint8Array, from: number, to: number, end: number): ScanCode {
    for (let i = from; i < to; i++) {
      const c = i < end ? bytes[i]! : LF
      if (c === LF || (c === CR && (i + 1 >= end || bytes[i + 1] === LF))) return TRUNCATED
      if (c < 32 || c === 127) return CONTROL
    }
    return code
  }
}

const digits2 = (b: Uint8Array, i: number): number => {
  const [tens, ones] = [b[i]! - ZERO, b[i + 1]! - ZERO]
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -10_000 : tens * 10 + ones
}

const isMonthName = (b: Uint8Array, i: number, month: number): boolean => {
  const name = monthNames[month - 1]!
  return b[i] === name.charCodeAt(0) && b[i + 1] === name.charCodeAt(1) && b[i + 2] === name.charCodeAt(2)
}

/**
 * Where a byte stands in bytes[start, end), or `end`. Not `indexOf`: what it does not find in a line it would look for in
 * all that is behind, and a batch of bad lines would take the square of its length.
 */
const placeOf = (byte: number, bytes: Uint8Array, start: number, end: number): number => {
  let i = start
  while (i < end && bytes[i] !== byte) i++
  return i
}

/**
 * The `[` that begins the time: behind a space, with `] "` in the right distance; a user's name may hold brackets, too, but no
 * quote. Without such a one the first with `]` in the right distance, so that what is wrong behind it can be said.
 */
const openingBracket = (bytes: Uint8Array, start: number, lineEnd: number): number => {
  const last = lineEnd - timeLength - 3
  let likely = -1
  for (let i = start + 1; i < last; i++) {
    if (bytes[i] !== OPEN || bytes[i - 1] !== SPACE || bytes[i + 3] !== SLASH) continue
    if (bytes[i + timeLength + 1] !== CLOSE) continue
    if (bytes[i + timeLength + 2] === SPACE && bytes[i + timeLength + 3] === QUOTE) return i
    if (likely < 0) likely = i
  }
  return likely
}

const wordEnd = (bytes: Uint8Array, start: number, stop: number): number => {
  let i = start
  while (i < stop && bytes[i] !== SPACE) i++
  return i
}

/** `HTTP/1.1"` or `HTTP/2"` */
const isVersion = (b: Uint8Array, i: number, end: number): boolean =>
  i + 7 <= end &&
  b[i] === 72 &&
  b[i + 1] === 84 &&
  b[i + 2] === 84 &&
  b[i + 3] === 80 &&
  b[i + 4] === SLASH &&
  isDigit(b[i + 5]!) &&
  (b[i + 6] === QUOTE || (i + 9 <= end && b[i + 6] === 46 && isDigit(b[i + 7]!) && b[i + 8] === QUOTE))

const isDigit = (c: number): boolean => c >= ZERO && c <= 57
