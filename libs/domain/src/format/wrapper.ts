import { AnyTime } from "../line/any-time.ts"
import { CLOSE, COLON, COMMA, CR, LF, OPEN, QUOTE, SPACE, ZERO } from "../line/bytes.ts"
import type { LineReader, LineScanner } from "../line/line.ts"
import { ASIDE, PAYLOAD, type ScanCode, TRUNCATED } from "../line/scan-code.ts"
import { monthAt } from "../line/time.ts"
import { JsonWalk } from "./json-walk.ts"
import type { Wrapper } from "./spec.ts"
import { unescaped } from "./unescape.ts"

/*
 * What a program that carries lines puts around them. A wrapper in front is passed over; a line inside JSON, with colours or in parts is put
 * together in a buffer of its own first.
 */

const ESC = 27
const LESS = 60
const GREATER = 62
const PIPE = 124
const DASH = 45
const OPEN_BRACE = 123

const isDigit = (c: number | undefined): boolean => c !== undefined && c >= ZERO && c <= 57
const time = new AnyTime()

const lineStop = (bytes: Uint8Array, start: number, end: number): number => {
  let i = start
  while (i < end && bytes[i] !== LF) i++
  return i
}

const behindWord = (bytes: Uint8Array, start: number, end: number): number => {
  let i = start
  while (i < end && bytes[i] !== SPACE && bytes[i] !== LF) i++
  return i < end && bytes[i] === SPACE && i > start ? i + 1 : -1
}

const isWordAt = (bytes: Uint8Array, i: number, word: string): boolean => {
  for (let k = 0; k < word.length; k++) if (bytes[i + k] !== word.charCodeAt(k)) return false
  return true
}

/** `[2026-10-10 13:55:36 +0000] [12] [INFO] `, as Gunicorn's and Hypercorn's loggers write it. */
const behindLogger = (bytes: Uint8Array, start: number, end: number): number => {
  let i = time.readAt(bytes, start + 1, Math.min(end, start + 41))
  for (let part = 0; part < 2; part++) {
    if (i < 0 || i + 3 >= end || bytes[i] !== CLOSE || bytes[i + 1] !== SPACE || bytes[i + 2] !== OPEN) return -1
    i += 3
    const from = i
    while (i < end && (part === 0 ? isDigit(bytes[i]) : bytes[i]! >= 65 && bytes[i]! <= 90)) i++
    if (i === from) return -1
  }
  return i + 1 < end && bytes[i] === CLOSE && bytes[i + 1] === SPACE ? i + 2 : -1
}

/** `2026-10-10T13:55:36.123456789Z `, as Docker and Kubernetes write it, or what a program's own logger puts in front. */
const behindStamp = (bytes: Uint8Array, start: number, end: number): number => {
  if (bytes[start] === OPEN) return behindLogger(bytes, start, end)
  if (bytes[start + 4] !== DASH || bytes[start + 10] !== 84) return -1
  const to = time.readAt(bytes, start, Math.min(end, start + 40))
  return to >= 0 && to < end && bytes[to] === SPACE ? to + 1 : -1
}

/** `2026-10-10T13:55:36.123Z stdout F `. */
const behindCri = (bytes: Uint8Array, start: number, end: number): number => {
  const at = behindStamp(bytes, start, end)
  if (at < 0 || at + 9 > end || !(isWordAt(bytes, at, "stdout ") || isWordAt(bytes, at, "stderr "))) return -1
  const flag = at + 7
  const isFlag = bytes[flag] === 70 || bytes[flag] === 80
  let i = flag
  while (i < end && bytes[i] !== SPACE && bytes[i] !== LF) i++
  return isFlag && i < end && bytes[i] === SPACE ? i + 1 : -1
}

/** `[pod/web-0/nginx] `, as `kubectl logs --prefix` writes it. */
const behindKubectl = (bytes: Uint8Array, start: number, end: number): number => {
  if (!isWordAt(bytes, start, "[pod/") || start + 5 > end) return -1
  let i = start
  while (i < end && bytes[i] !== CLOSE && bytes[i] !== LF) i++
  return i + 1 < end && bytes[i] === CLOSE && bytes[i + 1] === SPACE ? i + 2 : -1
}

/** `web-1  | `, as `docker compose logs` writes it. */
const behindCompose = (bytes: Uint8Array, start: number, end: number): number => {
  let i = start
  const isName = (c: number): boolean =>
    (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || isDigit(c) || c === DASH || c === 95 || c === 46
  while (i < end && isName(bytes[i]!)) i++
  if (i === start) return -1
  while (i < end && bytes[i] === SPACE) i++
  return i + 1 < end && bytes[i] === PIPE && bytes[i + 1] === SPACE ? i + 2 : -1
}

/** RFC 5424 and RFC 3164, and what journalctl prints like the latter. */
const behindSyslog = (bytes: Uint8Array, start: number, end: number): number => {
  let i = start
  if (bytes[i] === LESS) {
    i++
    while (i < end && isDigit(bytes[i])) i++
    if (i === start + 1 || i > start + 4 || bytes[i] !== GREATER) return -1
    i++
    if (bytes[i] === ZERO + 1 && bytes[i + 1] === SPACE) return behind5424(bytes, i + 2, end)
  }
  const stamp = behindSyslogTime(bytes, i, end)
  if (stamp < 0) return -1
  // A host may stand before the tag, whose end is a colon.
  const tag = behindTag(bytes, stamp, end)
  if (tag >= 0) return tag
  const host = behindWord(bytes, stamp, end)
  return host < 0 ? -1 : behindTag(bytes, host, end)
}

/** `Oct 10 13:55:36 `, or an ISO time. */
const behindSyslogTime = (bytes: Uint8Array, start: number, end: number): number => {
  if (monthAt(bytes, start) > 0 && bytes[start + 3] === SPACE) {
    const day = start + 4
    const isDay = (bytes[day] === SPACE || isDigit(bytes[day])) && isDigit(bytes[day + 1])
    const isTime =
      bytes[day + 2] === SPACE && bytes[day + 5] === COLON && bytes[day + 8] === COLON && isDigit(bytes[day + 10])
    return isDay && isTime && bytes[day + 11] === SPACE && day + 12 <= end ? day + 12 : -1
  }
  return behindStamp(bytes, start, end)
}

/** `nginx: ` or `haproxy[123]: `. */
const behindTag = (bytes: Uint8Array, start: number, end: number): number => {
  let i = start
  while (
    i < end &&
    bytes[i] !== COLON &&
    bytes[i] !== SPACE &&
    bytes[i] !== OPEN &&
    bytes[i] !== LF &&
    bytes[i] !== QUOTE
  )
    i++
  if (i === start) return -1
  if (bytes[i] === OPEN) {
    const pid = ++i
    while (i < end && isDigit(bytes[i])) i++
    if (i === pid || bytes[i] !== CLOSE) return -1
    i++
  }
  return i + 1 < end && bytes[i] === COLON && bytes[i + 1] === SPACE ? i + 2 : -1
}

/** Behind `<190>1 `: time, host, application, process, message id, structured data. */
const behind5424 = (bytes: Uint8Array, start: number, end: number): number => {
  let i = start
  for (let word = 0; word < 5; word++) {
    i = behindWord(bytes, i, end)
    if (i < 0) return -1
  }
  if (bytes[i] === DASH) i++
  else
    while (i < end && bytes[i] === OPEN) {
      let quoted = false
      for (; i < end && bytes[i] !== LF; i++) {
        if (bytes[i] === 92) i++
        else if (bytes[i] === QUOTE) quoted = !quoted
        else if (bytes[i] === CLOSE && !quoted) break
      }
      i++
    }
  if (i >= end || bytes[i] !== SPACE) return -1
  i++
  return bytes[i] === 0xef && bytes[i + 1] === 0xbb && bytes[i + 2] === 0xbf ? i + 3 : i
}

const behind = {
  compose: behindCompose,
  kubectl: behindKubectl,
  cri: behindCri,
  stamp: behindStamp,
  syslog: behindSyslog
} as const

/** Where the line inside begins, or -1 where this wrapper is not around it. */
export const behindWrapper = (kind: keyof typeof behind, bytes: Uint8Array, start: number, end: number): number =>
  behind[kind](bytes, start, end)

/** Passes over what stands in front of the line. */
class FrontReader implements LineReader {
  readonly #behind: (bytes: Uint8Array, start: number, end: number) => number
  readonly #inner: LineReader

  constructor(kind: keyof typeof behind, inner: LineReader) {
    this.#behind = behind[kind]
    this.#inner = inner
  }

  read(line: LineScanner, bytes: Uint8Array, start: number, end: number): ScanCode {
    const at = this.#behind(bytes, start, end)
    return at < 0 ? PAYLOAD : this.#inner.read(line, bytes, at, end)
  }
}

/** A line that is put together from parts is given up when it is so long. */
const longestJoined = 256 * 1024

/** The container runtimes' lines, of which long ones come in parts: they are joined. */
class CriReader implements LineReader {
  readonly #inner: LineReader
  #joined = new Uint8Array(0)
  #length = 0
  /** A part was given up, and so is what belongs to it. */
  #lost = false

  constructor(inner: LineReader) {
    this.#inner = inner
  }

  read(line: LineScanner, bytes: Uint8Array, start: number, end: number): ScanCode {
    const at = behindCri(bytes, start, end)
    if (at < 0) return PAYLOAD
    let flag = at - 2
    while (bytes[flag - 1] !== SPACE) flag--
    const isPart = bytes[flag] === 80
    if (!isPart && this.#length === 0 && !this.#lost) return this.#inner.read(line, bytes, at, end)
    const stop = lineStop(bytes, at, end)
    this.#append(bytes, at, stop)
    if (isPart) return ASIDE
    const [length, lost] = [this.#length, this.#lost]
    this.#length = 0
    this.#lost = false
    if (lost) return TRUNCATED
    return readInside(line, this.#inner, this.#joined, length, bytes, stop, end)
  }

  #append(bytes: Uint8Array, from: number, to: number): void {
    const length = this.#length + to - from
    if (length > longestJoined) {
      this.#lost = true
      return
    }
    if (length > this.#joined.length) {
      const more = new Uint8Array(length * 2)
      more.set(this.#joined.subarray(0, this.#length))
      this.#joined = more
    }
    this.#joined.set(bytes.subarray(from, to), this.#length)
    this.#length = length
  }
}

/** Reads a line that stands in a buffer of its own; the line that it came from ends at `stop`. */
const readInside = (
  line: LineScanner,
  inner: LineReader,
  own: Uint8Array,
  length: number,
  bytes: Uint8Array,
  stop: number,
  end: number
): ScanCode => {
  line.text = own
  const code = inner.read(line, own, 0, length)
  if (code !== 0) return code
  line.lineEnd = stop > 0 && bytes[stop - 1] === CR ? stop - 1 : stop
  line.next = stop < end ? stop + 1 : end
  return 0
}

/** Takes the colours off a line. */
class ColourReader implements LineReader {
  readonly #inner: LineReader
  #plain = new Uint8Array(1024)

  constructor(inner: LineReader) {
    this.#inner = inner
  }

  read(line: LineScanner, bytes: Uint8Array, start: number, end: number): ScanCode {
    const stop = lineStop(bytes, start, end)
    if (this.#plain.length < stop - start) this.#plain = new Uint8Array((stop - start) * 2)
    const length = withoutColours(bytes, start, stop, this.#plain)
    return length === stop - start
      ? this.#inner.read(line, bytes, start, end)
      : readInside(line, this.#inner, this.#plain, length, bytes, stop, end)
  }
}

/** Writes bytes[start, stop) into `into` without its sequences `ESC [ … m`. Answers how many bytes are left. */
export const withoutColours = (bytes: Uint8Array, start: number, stop: number, into: Uint8Array): number => {
  let n = 0
  for (let i = start; i < stop; i++) {
    if (bytes[i] === ESC && bytes[i + 1] === OPEN) {
      let to = i + 2
      while (to < stop && (isDigit(bytes[to]) || bytes[to] === 59)) to++
      if (to < stop && (bytes[to] === M || bytes[to] === K)) {
        i = to
        continue
      }
    }
    into[n++] = bytes[i]!
  }
  return n
}

const M = 109
const K = 75

/** The line is a text in an object, or in one inside an array. */
class InsideJsonReader implements LineReader {
  readonly #inner: LineReader
  readonly #walk: JsonWalk
  #own = new Uint8Array(1024)

  constructor(path: ReadonlyArray<string>, inner: LineReader) {
    this.#inner = inner
    this.#walk = new JsonWalk([[0, path]], true)
  }

  read(line: LineScanner, bytes: Uint8Array, start: number, end: number): ScanCode {
    const stop = lineStop(bytes, start, end)
    let open = start
    const inArray = bytes[open] === OPEN
    // `[time, {…}]`, as Fluent Bit has it
    if (inArray) while (open < stop && bytes[open] !== OPEN_BRACE && bytes[open] !== CLOSE) open++
    if (open >= stop || bytes[open] !== OPEN_BRACE) return PAYLOAD
    const walk = this.#walk
    const to = walk.walk(bytes, open, stop)
    if (to < 0) return -to
    if (!endsAfter(bytes, to, stop, inArray)) return PAYLOAD
    const from = walk.slots.from[0]!
    if (from < 0) return PAYLOAD
    const length = walk.slots.to[0]! - from
    if (bytes[from] === OPEN && bytes[from - 1] !== QUOTE) {
      if (this.#own.length < length) this.#own = new Uint8Array(length * 2)
      const own = bytesOfNumbers(bytes, from, from + length, this.#own)
      return own < 0 ? PAYLOAD : readInside(line, this.#inner, this.#own, own, bytes, stop, end)
    }
    if (walk.escaped === 0) {
      const code = this.#inner.read(line, bytes, from, from + length)
      line.lineEnd = stop > start && bytes[stop - 1] === CR ? stop - 1 : stop
      line.next = stop < end ? stop + 1 : end
      return code
    }
    if (this.#own.length < length) this.#own = new Uint8Array(length * 2)
    return readInside(
      line,
      this.#inner,
      this.#own,
      unescaped(bytes, from, from + length, this.#own, 0),
      bytes,
      stop,
      end
    )
  }
}

/**
 * Writes the bytes of `[50,48,…]` into `into`: so journald tells a message that is no UTF-8, which anybody can bring about. Answers how many they are,
 * or -1 where it is another array.
 */
const bytesOfNumbers = (bytes: Uint8Array, start: number, end: number, into: Uint8Array): number => {
  let n = 0
  let value = -1
  for (let i = start + 1; i < end; i++) {
    const c = bytes[i]!
    if (isDigit(c)) value = (value < 0 ? 0 : value * 10) + c - ZERO
    else if (c === COMMA || c === CLOSE) {
      if (value < 0 || value > 255) return -1
      into[n++] = value
      value = -1
    } else if (c !== SPACE) return -1
  }
  return n
}

/** Whether nothing stands behind the object but the end of its array, where it is in one. */
const endsAfter = (bytes: Uint8Array, at: number, stop: number, inArray: boolean): boolean => {
  let left = inArray ? 1 : 0
  for (let i = at; i < stop; i++) {
    const c = bytes[i]!
    if (c === CLOSE && left > 0) left--
    else if (c !== SPACE && c !== CR && c !== 9) return false
  }
  return left === 0
}

export const wrapped = (wrapper: Wrapper, inner: LineReader): LineReader => {
  switch (wrapper.kind) {
    case "json":
      return new InsideJsonReader(wrapper.path, inner)
    case "ansi":
      return new ColourReader(inner)
    case "cri":
      return new CriReader(inner)
    default:
      return new FrontReader(wrapper.kind, inner)
  }
}
