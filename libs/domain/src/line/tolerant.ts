import { ADDRESS, NAME, type Narrowed, narrow, UNKNOWN } from "./address.ts"
import { AnyTime } from "./any-time.ts"
import {
  BACKSLASH,
  CLOSE,
  COMMA,
  CR,
  DASH,
  hashStep,
  isControl,
  isDigit,
  LF,
  OPEN,
  placeOf,
  QUOTE,
  SLASH,
  SPACE,
  ZERO
} from "./bytes.ts"
import { Closing } from "./closing.ts"
import { findClosings } from "./common-closing.ts"
import type { LineScanner } from "./line.ts"
import { readRequest } from "./request-span.ts"
import {
  AMBIGUOUS,
  CLIENT,
  CONTROL,
  CUT,
  EMPTY,
  PREFIX,
  REQUEST,
  type ScanCode,
  SIZE,
  STATUS,
  TIME,
  TRUNCATED
} from "./scan-code.ts"
import { statusEnd, statusOf } from "./status.ts"
import type { Trust } from "./trust.ts"

/*
 * Lines of the Common family that the strict scanner does not take: the time, the client or the status in another form, fields between time
 * and request, quotes that nobody escaped. Slower, and only for what is not read otherwise.
 *
 * Nobody may make his own line be rejected, so nothing that a client chooses is asked to be well formed: not his user name, not his
 * request, and nothing behind the size.
 */

const time = new AnyTime()
const client: Narrowed = { from: 0, to: 0 }
const other: Narrowed = { from: 0, to: 0 }
const further: Narrowed = { from: 0, to: 0 }
const TAB = 9

/** What is known beside a line of who its client is. */
export interface ClientMemory {
  readonly trust: Trust | undefined
  /** Where an address and a virtual host stand side by side: which of the two was the client before. 0: nobody knows. */
  order: 0 | 1 | 2
  /** Where the size of the last line ended that was read so. */
  sizeEnd: number
}

/** Where the time that was found begins and ends: inside its brackets. */
let timeFrom = 0
let timeTo = 0

/** Reads the line from `start`; on 0 its fields stand in `line`. Answers CUT for one that is right up to where it was cut. */
export const readTolerant = (
  line: LineScanner,
  bytes: Uint8Array,
  start: number,
  end: number,
  memory: ClientMemory
): ScanCode => {
  let stop = placeOf(LF, bytes, start, end)
  const next = stop === end ? end : stop + 1
  if (stop > start && bytes[stop - 1] === CR) stop--
  let at = start
  if (bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf && at + 3 <= stop) at += 3
  if (at === stop) return EMPTY
  const lineEnd = stop
  // OpenLiteSpeed leaves the quotes of its configuration around the line.
  if (
    bytes[at] === QUOTE &&
    bytes[stop - 1] === QUOTE &&
    placeOf(QUOTE, bytes, at + 1, stop) > wordEnd(bytes, at, stop)
  ) {
    at++
    stop--
  }
  for (let i = at; i < stop; i++) if (isControl(bytes[i]!) && bytes[i] !== TAB) return CONTROL
  const open = findTime(bytes, at, stop)
  if (open < 0) return TIME
  line.timeStart = timeFrom
  line.timeMs = time.ms
  if (isOfRouter(bytes, at, open, stop)) return PREFIX
  const prefix = findClient(line, bytes, at, open === at ? at : open - 1, memory)
  if (prefix !== 0) return prefix
  const behind = findRequest(line, bytes, timeTo + 1, stop)
  if (behind < 0) return -behind
  const code = readStatus(line, bytes, behind, stop)
  if (code !== 0) return code
  memory.sizeEnd = sizeEnd
  line.lineEnd = lineEnd
  line.next = next
  return 0
}

/**
 * The `[` that begins the time; the time's place and value are left outside. It is the first one with the request directly behind it, or else the
 * last one before a quote: a user name may hold such a time, but what stands between time and request is the server's.
 */
const findTime = (bytes: Uint8Array, start: number, stop: number): number => {
  let likely = -1
  for (let i = start; i < stop; i++) {
    const c = bytes[i]!
    if (c === QUOTE && likely >= 0 && bytes[i - 1] === SPACE) break
    if (c !== OPEN || (i > start && bytes[i - 1] !== SPACE)) continue
    const to = time.readAt(bytes, i + 1, stop)
    if (to < 0 || to >= stop || bytes[to] !== CLOSE) continue
    likely = i
    if (bytes[to + 1] === SPACE && bytes[to + 2] === QUOTE && to + 2 < stop) break
  }
  if (likely < 0) return -1
  timeFrom = likely + 1
  timeTo = time.readAt(bytes, timeFrom, stop)
  return likely
}

const wordEnd = (bytes: Uint8Array, start: number, stop: number): number => {
  let i = start
  while (i < stop && bytes[i] !== SPACE) i++
  return i
}

const routersMark = Uint8Array.from(' x_forwarded_for:"', (c) => c.charCodeAt(0))

/**
 * `www.example.com - [` of Cloud Foundry's router: the name is the host that was asked, and the client stands further behind. A server that escapes
 * writes this mark itself, or not at all.
 */
const isOfRouter = (bytes: Uint8Array, start: number, open: number, stop: number): boolean => {
  const first = wordEnd(bytes, start, stop)
  if (open !== first + 3 || bytes[first + 1] !== DASH || narrow(bytes, start, first, client) === ADDRESS) return false
  for (let i = open; i + routersMark.length < stop; i++) {
    let k = 0
    while (k < routersMark.length && bytes[i + k] === routersMark[k]) k++
    if (k === routersMark.length) return true
  }
  return false
}

/**
 * The client among the words before the time. Where a virtual host or a second address stands beside it, the one that is an address is the client;
 * two addresses are only told apart by the lines before, or by which of them is a proxy that is trusted. Of a list the rightmost one counts that is not trusted:
 * what stands left of it the client may have made up.
 */
export const findClient = (
  line: LineScanner,
  bytes: Uint8Array,
  start: number,
  stop: number,
  memory: ClientMemory
): ScanCode => {
  const { trust } = memory
  const first = wordEnd(bytes, start, stop)
  if (first === start) return PREFIX
  const second = wordEnd(bytes, first + 1, stop)
  const third = wordEnd(bytes, second + 1, stop)
  if (bytes[first - 1] === COMMA) return readList(line, bytes, start, stop, trust)
  const kind = narrow(bytes, start, first, client)
  const dashSecond = second === first + 2 && bytes[first + 1] === DASH
  if (dashSecond || first >= stop) {
    if (first >= stop && kind !== ADDRESS) return PREFIX
    return setClient(line, bytes, kind)
  }
  if (bytes[second - 1] === COMMA) {
    // A virtual host, then a list; or who has connected, then what he said.
    if (kind === ADDRESS && bytes[start] !== OPEN) {
      if (trust === undefined) return CLIENT
      if (!trust.trusts(bytes, client.from, client.to)) return setClient(line, bytes, ADDRESS)
    }
    return readList(line, bytes, first + 1, stop, trust)
  }
  const dashThird = third === second + 2 && bytes[second + 1] === DASH
  if (!dashThird && third < stop) return PREFIX
  const otherKind = narrow(bytes, first + 1, second, other)
  // Of a name and two addresses without a dash between them, either may be the server's; where lines before have told, the last one is a user's name.
  if (
    memory.order === 0 &&
    (kind === ADDRESS) !== (otherKind === ADDRESS) &&
    third > second + 1 &&
    narrow(bytes, second + 1, third, further) === ADDRESS
  )
    return CLIENT
  // A virtual host that is an IPv6 address stands in brackets, as the Host header has it.
  const isHost = bytes[start] === OPEN && bytes[first + 1] !== OPEN
  if (kind === ADDRESS && otherKind === ADDRESS && !isHost) {
    if (memory.order > 0) {
      if (memory.order === 2) use(other)
      return setClient(line, bytes, ADDRESS)
    }
    if (trust === undefined) return CLIENT
    const [trusted, otherTrusted] = [
      trust.trusts(bytes, client.from, client.to),
      trust.trusts(bytes, other.from, other.to)
    ]
    if (trusted === otherTrusted) return CLIENT
    if (trusted) use(other)
    return setClient(line, bytes, ADDRESS)
  }
  if (kind === ADDRESS && !(isHost && otherKind === ADDRESS)) {
    if (otherKind === NAME) memory.order = 1
    return setClient(line, bytes, kind)
  }
  if (otherKind === ADDRESS) {
    memory.order = 2
    use(other)
    return setClient(line, bytes, otherKind)
  }
  // Neither is an address: with a dash behind the two it is the second, as servers write a virtual host; else ident and user follow.
  if (dashThird && third < stop) {
    use(other)
    return setClient(line, bytes, otherKind)
  }
  return third >= stop && second < stop ? setClient(line, bytes, kind) : PREFIX
}

const use = (found: Narrowed): void => {
  client.from = found.from
  client.to = found.to
}

/**
 * `198.51.100.1, 203.0.113.7 - - `: words that end with a comma, and the one behind them. Where another address follows, it is who has connected, and
 * the list what he said: he is believed only where he is trusted.
 */
const readList = (
  line: LineScanner,
  bytes: Uint8Array,
  start: number,
  stop: number,
  trust: Trust | undefined
): ScanCode => {
  let end = wordEnd(bytes, start, stop)
  while (bytes[end - 1] === COMMA && end < stop) end = wordEnd(bytes, end + 1, stop)
  const isPeer = end < stop && narrow(bytes, end + 1, wordEnd(bytes, end + 1, stop), client) === ADDRESS
  if (isPeer && trust?.trusts(bytes, client.from, client.to) !== true) return setClient(line, bytes, ADDRESS)
  return readClientList(line, bytes, start, end, trust) ? 0 : CLIENT
}

/** The client out of a list of addresses, the nearest proxy last: the rightmost one that is not trusted. Answers whether there is one. */
export const readClientList = (
  line: LineScanner,
  bytes: Uint8Array,
  start: number,
  stop: number,
  trust: Trust | undefined
): boolean => {
  let found = false
  for (let to = stop; to > start; ) {
    let from = to
    while (from > start && bytes[from - 1] !== COMMA) from--
    let [a, z] = [from, to]
    while (a < z && bytes[a] === SPACE) a++
    while (z > a && bytes[z - 1] === SPACE) z--
    to = from - 1
    const kind = narrow(bytes, a, z, other)
    // What is none was made up by whoever stands behind the last address that counts.
    if (kind !== ADDRESS) break
    use(other)
    found = true
    if (trust === undefined || !trust.trusts(bytes, other.from, other.to)) break
  }
  return found && setClient(line, bytes, ADDRESS) === 0
}

const setClient = (line: LineScanner, bytes: Uint8Array, kind: number): ScanCode => {
  if (kind === UNKNOWN) {
    line.clientStart = line.clientEnd = client.from
    return 0
  }
  if (kind !== ADDRESS && kind !== NAME) return CLIENT
  line.clientStart = client.from
  line.clientEnd = client.to
  let hash = line.seed
  for (let i = client.from; i < client.to; i++) hash = hashStep(hash, bytes[i]!)
  line.clientHash = hash
  return 0
}

/** Puts the client of one word into the line. */
export const readClient = (line: LineScanner, bytes: Uint8Array, start: number, end: number): ScanCode =>
  setClient(line, bytes, narrow(bytes, start, end, client))

/** Where the request of the last line closes. */
const closing = new Closing()

/** Puts the request's URL into the line. Answers the place of the status behind it, or the negative of a code. */
const findRequest = (line: LineScanner, bytes: Uint8Array, start: number, stop: number): number => {
  let open = start
  while (open < stop && !(bytes[open] === QUOTE && bytes[open - 1] === SPACE)) open++
  if (open === stop) return bytes[start] === SPACE || start === stop ? -TRUNCATED : -TIME
  if (bytes[open + 1] === SLASH && hasMethod(bytes, start, open)) return -REQUEST
  findClosings(closing, bytes, open + 1, stop)
  if (closing.at >= 0) {
    if (closing.isAmbiguous || hasOtherTime(line, bytes, open + 1, closing.at)) return -AMBIGUOUS
    readRequest(line, bytes, openOf(bytes, open + 1, closing.at), closing.at)
    return closing.at + 2
  }
  // Nothing that can be right stands behind any of them. The first quote that no backslash escapes and that a status follows; else the first one.
  for (let from = open + 1, escapes = true; ; escapes = false) {
    for (let i = from; i < stop; i++) {
      const c = bytes[i]!
      if (c === BACKSLASH && escapes) i++
      else if (c === QUOTE && bytes[i + 1] === SPACE && i + 1 < stop) {
        if (statusEnd(bytes, i + 2, stop) >= 0) {
          readRequest(line, bytes, from, i)
          return i + 2
        }
        // a quoted field before the request
        if (escapes && bytes[i + 2] === QUOTE && i + 2 < stop) from = i + 3
      }
    }
    if (!escapes) break
    from = open + 1
  }
  const close = placeOf(QUOTE, bytes, open + 1, stop)
  return close === stop ? -REQUEST : close + 5 >= stop ? -TRUNCATED : bytes[close + 1] === SPACE ? -STATUS : -REQUEST
}

const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"].map((method) =>
  Uint8Array.from(method, (c) => c.charCodeAt(0))
)

/** Whether a method is a word of bytes[start, end): then what stands in quotes behind it is the URL alone, and the line is of another format. */
const hasMethod = (bytes: Uint8Array, start: number, end: number): boolean => {
  for (let from = start; from < end; from++) {
    if (bytes[from] === SPACE) continue
    const to = wordEnd(bytes, from, end)
    for (const method of methods) {
      let k = 0
      while (k < method.length && bytes[from + k] === method[k]) k++
      if (k === method.length && to - from === k) return true
    }
    from = to
  }
  return false
}

/** Where the request begins that closes at `close`: behind quoted fields before it, of which the first begins at `start`. */
const openOf = (bytes: Uint8Array, start: number, close: number): number => {
  let from = start
  for (let i = start; i + 2 < close; i++) {
    if (bytes[i] === BACKSLASH) i++
    else if (bytes[i] === QUOTE && bytes[i + 1] === SPACE && bytes[i + 2] === QUOTE) from = i + 3
  }
  return from
}

/** Whether another time stands before a quote in bytes[start, end): then a user name may hold what was read. */
const hasOtherTime = (line: LineScanner, bytes: Uint8Array, start: number, end: number): boolean => {
  for (let i = start; i < end; i++) {
    if (bytes[i] !== OPEN || bytes[i - 1] !== SPACE) continue
    const to = time.readAt(bytes, i + 1, end)
    if (to < 0 || bytes[to] !== CLOSE || bytes[to + 1] !== SPACE || bytes[to + 2] !== QUOTE) continue
    if (time.ms !== line.timeMs) return true
  }
  return false
}

/** Where the size ended that was read last. */
let sizeEnd = 0

const readStatus = (line: LineScanner, bytes: Uint8Array, at: number, stop: number): ScanCode => {
  const statusStop = statusEnd(bytes, at, stop)
  const status = statusOf(bytes, at, statusStop)
  if (status < 0) return STATUS
  line.status = status
  if (statusStop + 1 >= stop) return TRUNCATED
  let i = statusStop + 1
  const sizeStart = i
  line.size = -1
  if (bytes[i] === DASH) i++
  else {
    let size = 0
    for (; i < stop && isDigit(bytes[i]!); i++) size = size * 10 + bytes[i]! - ZERO
    line.size = size
  }
  if (i === sizeStart || i - sizeStart > 19 || (i < stop && bytes[i] !== SPACE)) return SIZE
  sizeEnd = i
  return isCut(bytes, i, stop) ? CUT : 0
}

/**
 * Whether the fields in bytes[start, stop) end inside a quoted one: then the line was cut. A quote ends a field where a space or the line's end
 * follows, whatever stands before it: so nobody can write an agent that makes a whole line look cut.
 */
const isCut = (bytes: Uint8Array, start: number, stop: number): boolean => {
  let fields = 0
  let quoted = false
  for (let i = start; i < stop; i++) {
    if (bytes[i] !== SPACE) continue
    fields++
    if (i + 1 >= stop || bytes[i + 1] !== QUOTE) continue
    // The last byte of a line closes what was open, even where a space stands before it.
    if (i + 2 === stop && fields > 1) break
    let close = i + 2
    while (close < stop && !(bytes[close] === QUOTE && (close + 1 === stop || bytes[close + 1] === SPACE))) close++
    if (close >= stop) return true
    quoted = true
    i = close
  }
  // Referer without agent: Combined that was cut between the two.
  return quoted && (fields === 1 || (fields === 2 && bytes[stop - 1] === SPACE))
}
