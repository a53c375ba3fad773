import { mostMeasured } from "../detection/measures.ts"
import { ADDRESS, type Narrowed, narrow } from "../line/address.ts"
import { AnyTime } from "../line/any-time.ts"
import { DASH, QUESTION, SLASH, ZERO } from "../line/bytes.ts"
import { ipv4ClientEnd } from "../line/ipv4.ts"
import type { LineScanner } from "../line/line.ts"
import { readRequest, readTarget } from "../line/request-span.ts"
import { CLIENT, REQUEST, type ScanCode, SIZE, STATUS, TIME } from "../line/scan-code.ts"
import { statusOf } from "../line/status.ts"
import { readClient, readClientList } from "../line/tolerant.ts"
import type { Trust } from "../line/trust.ts"
import {
  AGENT_AT,
  CLIENT_AT,
  DATE_AT,
  DURATION_AT,
  type DurationUnit,
  type FieldName,
  FORWARDED_AT,
  FURTHER_DURATIONS_AT,
  METHOD_AT,
  msOfUnit,
  QUERY_AT,
  REAL_CLIENT_AT,
  REFERER_AT,
  REQUEST_AT,
  type Reading,
  SIZE_AT,
  type Slots,
  STATUS_AT,
  TIME_AT,
  UPSTREAM_STATUS_AT,
  URL_AT
} from "./fields.ts"

/** Whose word for the client is taken. */
export interface ClientChoice {
  readonly trust: Trust | undefined
  /** The header that names the client where a trusted proxy has connected; by default whichever the format has. */
  readonly from: "forwarded" | "real_client" | undefined
  /** Whether agent and method are looked for, for rules that ask for them. */
  readonly describes?: boolean
  /** Whether the referer is, too, for a report. */
  readonly refers?: boolean
  /** Fields that are looked for as keys of dimensions on request. */
  readonly fields?: ReadonlyArray<FieldName>
}

export const noChoice: ClientChoice = { trust: undefined, from: undefined }

/** Whether a field is read at all: those that are not need not be looked for. */
export const isRead = (name: FieldName, reading: Reading, choice: ClientChoice, hasClient: boolean): boolean => {
  switch (name) {
    case "forwarded":
    case "real_client":
      return choice.trust !== undefined || !hasClient
    case "duration":
      return reading.unit !== undefined
    case "agent":
      return choice.describes === true
    case "referer":
      return choice.refers === true
    case "host":
      return choice.fields?.includes(name) === true
    default:
      return true
  }
}

/** Reads the fields that a reader has found in a line, and leaves what they mean in the line. */
export class Finish {
  readonly #time = new AnyTime()
  readonly #found: Narrowed = { from: 0, to: 0 }
  /** The reading's own properties: objects of several shapes would be slower to look into for each line. */
  readonly #ownHost: boolean
  readonly #bareUrl: boolean
  readonly #isForwarded: boolean
  readonly #choice: ClientChoice
  readonly #unit: DurationUnit | undefined
  #joined = new Uint8Array(256)

  constructor(reading: Reading, choice: ClientChoice) {
    this.#ownHost = reading.ownHost === true
    this.#bareUrl = reading.bareUrl === true
    this.#isForwarded = reading.rfc7239 === true
    this.#choice = choice
    this.#unit = reading.unit
  }

  /**
   * @param text where the fields stand
   * @param timeMs the time, where it was read already
   */
  line(line: LineScanner, text: Uint8Array, slots: Slots, timeMs?: number): ScanCode {
    line.text = text
    const { from, to } = slots
    const time = this.#time
    let at = from[TIME_AT]!
    if (at < 0) return TIME
    if (timeMs === undefined) {
      let end = to[TIME_AT]!
      // Tomcat leaves the brackets in.
      if (text[at] === 91 && text[end - 1] === 93) {
        at++
        end--
      }
      const right =
        from[DATE_AT]! < 0 ? time.read(text, at, end) : time.readApart(text, from[DATE_AT]!, to[DATE_AT]!, at, end)
      if (!right) return TIME
    }
    line.timeStart = at
    line.timeMs = timeMs ?? time.ms
    const status = this.#status(text, from[STATUS_AT]!, to[STATUS_AT]!)
    if (status < 0) return STATUS
    line.status = status
    line.size = from[SIZE_AT]! < 0 ? -1 : sizeAt(text, from[SIZE_AT]!, to[SIZE_AT]!)
    if (line.size < -1) return SIZE
    this.further(line, text, slots)
    const client = this.#client(line, text, slots)
    return client !== 0 ? client : this.#url(line, text, slots)
  }

  /** How long the request took, what the server behind answered, the agent, and keys on request, as far as the line says it. */
  further(line: LineScanner, text: Uint8Array, { from, to }: Slots): void {
    const duration = from[DURATION_AT]!
    const upstream = from[UPSTREAM_STATUS_AT]!
    line.durationUs =
      duration < 0 || this.#unit === undefined ? -1 : durationAt(text, duration, to[DURATION_AT]!, this.#unit)
    for (const further of FURTHER_DURATIONS_AT) {
      if (from[further]! < 0 || line.durationUs < 0) break
      const more = durationAt(text, from[further]!, to[further]!, this.#unit!)
      line.durationUs = more < 0 || line.durationUs + more >= mostMeasured ? -1 : line.durationUs + more
    }
    line.upstreamStatus = upstream < 0 ? -1 : lastStatusAt(text, upstream, to[UPSTREAM_STATUS_AT]!)
    line.agentText = text
    line.agentStart = from[AGENT_AT]!
    line.agentEnd = to[AGENT_AT]!
    line.refererStart = from[REFERER_AT]!
    line.refererEnd = to[REFERER_AT]!
    for (const key of line.keys) key.take(text, from[key.slot]!, to[key.slot]!)
  }

  #status(text: Uint8Array, from: number, to: number): number {
    if (from < 0) return -1
    const length = to - from
    // `0`, `-1` and nothing: no answer was sent.
    if (length === 0 || (length === 1 && (text[from] === ZERO || text[from] === DASH))) return 0
    if (length === 2 && text[from] === DASH && text[from + 1] === ZERO + 1) return 0
    for (let i = from; i < from + 3; i++) if (i >= to || text[i]! < ZERO || text[i]! > 57) return -1
    if (length > 3) {
      if (text[from + 3] !== 46 || length < 5) return -1
      for (let i = from + 4; i < to; i++) if (text[i]! < ZERO || text[i]! > 57) return -1
    }
    return statusOf(text, from, to)
  }

  /** Who has asked: who has connected, or where that is a trusted proxy, whom it names. */
  #client(line: LineScanner, text: Uint8Array, slots: Slots): ScanCode {
    const { from, to } = slots
    const { trust, from: header } = this.#choice
    const at = from[CLIENT_AT]!
    if (at < 0 && from[REAL_CLIENT_AT]! < 0 && from[FORWARDED_AT]! < 0) return CLIENT
    if (at >= 0) {
      const end = to[CLIENT_AT]!
      if (trust === undefined && ipv4ClientEnd(line, text, at, end) === end) return 0
      for (let i = at; i < end; i++) {
        if (text[i] === COMMA) return readClientList(line, text, at, end, trust) ? 0 : CLIENT
      }
      if (end === at) return this.#unknown(line, at)
      const code = readClient(line, text, at, end)
      if (trust === undefined || code !== 0 || line.clientEnd === at) return code
      if (!trust.trusts(text, line.clientStart, line.clientEnd)) return 0
      const [start, stop, hash] = [line.clientStart, line.clientEnd, line.clientHash]
      if (!this.#named(line, text, slots, header, trust)) {
        line.clientStart = start
        line.clientEnd = stop
        line.clientHash = hash
      }
      return 0
    }
    // Only headers are logged: the nearest proxy is known, and has written them.
    return this.#named(line, text, slots, header, trust) ? 0 : this.#unknown(line, 0)
  }

  #unknown(line: LineScanner, at: number): ScanCode {
    line.clientStart = line.clientEnd = at
    return 0
  }

  #named(
    line: LineScanner,
    text: Uint8Array,
    { from, to }: Slots,
    header: ClientChoice["from"],
    trust: Trust | undefined
  ): boolean {
    if (header !== "real_client" && from[FORWARDED_AT]! >= 0) {
      const [a, z] = [from[FORWARDED_AT]!, to[FORWARDED_AT]!]
      const read = this.#isForwarded ? readForwarded : readClientList
      if (read(line, text, a, z, trust)) return true
    }
    if (header === "forwarded" || from[REAL_CLIENT_AT]! < 0) return false
    const [a, z] = [from[REAL_CLIENT_AT]!, to[REAL_CLIENT_AT]!]
    return narrow(text, a, z, this.#found) === ADDRESS && readClient(line, text, a, z) === 0
  }

  #url(line: LineScanner, text: Uint8Array, { from, to }: Slots): ScanCode {
    line.urlStart = -1
    const ownHost = this.#ownHost
    const request = from[REQUEST_AT]!
    const url = from[URL_AT]!
    line.methodStart = line.methodEnd = 0
    if (request >= 0) {
      readRequest(line, text, request, to[REQUEST_AT]!, ownHost)
      return 0
    }
    if (from[METHOD_AT]! >= 0) {
      line.methodStart = from[METHOD_AT]!
      line.methodEnd = to[METHOD_AT]!
    }
    if (url < 0) return from[METHOD_AT]! < 0 ? REQUEST : 0
    const end = to[URL_AT]!
    const query = from[QUERY_AT]!
    const hasQuery = query >= 0 && to[QUERY_AT]! > query && !(to[QUERY_AT]! === query + 1 && text[query] === DASH)
    const isBare = this.#bareUrl && (url === end || text[url] !== SLASH)
    const joinsQuery = line.wholeTarget && hasQuery
    if (joinsQuery || isBare) this.#join(line, text, url, end, query, joinsQuery ? to[QUERY_AT]! : -1, isBare)
    else readTarget(line, text, url, end, ownHost)
    return 0
  }

  /**
   * The URL is put together of what stands apart, and the client goes with it.
   * @param queryEnd -1 for no query string
   * @param isBare whether the path lacks the slash that it begins with
   */
  #join(
    line: LineScanner,
    text: Uint8Array,
    url: number,
    urlEnd: number,
    query: number,
    queryEnd: number,
    isBare: boolean
  ): void {
    const marked = queryEnd < 0 || text[query] === QUESTION ? 0 : 1
    const length = (isBare ? 1 : 0) + urlEnd - url + (queryEnd < 0 ? 0 : marked + queryEnd - query)
    const client = line.clientEnd - line.clientStart
    if (this.#joined.length < length + client) this.#joined = new Uint8Array((length + client) * 2)
    const joined = this.#joined
    let n = 0
    if (isBare) joined[n++] = SLASH
    for (let i = url; i < urlEnd; i++) joined[n++] = text[i]!
    if (marked === 1) joined[n++] = QUESTION
    for (let i = query; i < queryEnd; i++) joined[n++] = text[i]!
    for (let i = line.clientStart; i < line.clientEnd; i++) joined[n++] = text[i]!
    const [methodStart, methodEnd] = [line.methodStart, line.methodEnd]
    readTarget(line, joined, 0, length, false)
    line.clientStart = length
    line.clientEnd = length + client
    line.text = joined
    line.methodStart = methodStart
    line.methodEnd = methodEnd
  }
}

const COMMA = 44
const SEMICOLON = 59

/** The `for=` of Forwarded (RFC 7239). */
const readForwarded = (
  line: LineScanner,
  text: Uint8Array,
  start: number,
  end: number,
  trust: Trust | undefined
): boolean => {
  const list = new Uint8Array(end - start)
  let n = 0
  for (let i = start; i < end; ) {
    let to = i
    while (to < end && text[to] !== COMMA) to++
    for (let pair = i; pair < to; ) {
      let pairEnd = pair
      while (pairEnd < to && text[pairEnd] !== SEMICOLON) pairEnd++
      while (pair < pairEnd && text[pair] === 32) pair++
      const isFor =
        (text[pair]! | 32) === 102 &&
        (text[pair + 1]! | 32) === 111 &&
        (text[pair + 2]! | 32) === 114 &&
        text[pair + 3] === 61
      if (isFor) {
        for (let k = pair + 4; k < pairEnd; k++) {
          if (text[k] !== 92) list[n++] = text[k]!
          // nginx writes a quote as `\x22`
          else if (text[k + 1] === 120 && text[k + 2] === 50 && text[k + 3] === 50) {
            list[n++] = 34
            k += 3
          }
        }
      }
      pair = pairEnd + 1
    }
    if (to < end) list[n++] = COMMA
    i = to + 1
  }
  line.text = list
  if (readClientList(line, list, 0, n, trust)) return moveClient(line, text, start, end, list)
  line.text = text
  return false
}

/** The client stands in a text of its own: where the same bytes stand in the line's, it is said so. */
const moveClient = (line: LineScanner, text: Uint8Array, start: number, end: number, list: Uint8Array): boolean => {
  const length = line.clientEnd - line.clientStart
  for (let i = start; i + length <= end; i++) {
    let k = 0
    while (k < length && text[i + k] === list[line.clientStart + k]) k++
    if (k < length) continue
    line.clientStart = i
    line.clientEnd = i + length
    line.text = text
    return true
  }
  return false
}

const unitNames: { readonly [unit in DurationUnit]: Uint8Array } = {
  s: Uint8Array.of(115),
  ms: Uint8Array.of(109, 115),
  us: Uint8Array.of(117, 115),
  ns: Uint8Array.of(110, 115)
}

/** A duration in microseconds; -1 for none, and for one that says that it counts something else. */
const durationAt = (text: Uint8Array, from: number, to: number, unit: DurationUnit): number => {
  let i = from
  while (i < to && text[i] === 32) i++
  if (i < to && text[i] === 43) i++ // HAProxy: the log was written before the end
  const start = i
  let value = 0
  let scale = 0
  for (; i < to; i++) {
    const c = text[i]!
    if (c === 46 && scale === 0) scale = 1
    else if (c >= ZERO && c <= 57) {
      value = value * 10 + c - ZERO
      scale *= 10
    } else break
  }
  if (i === start || (i === start + 1 && scale === 1)) return -1
  if (scale > 1) value /= scale
  if (i < to && (text[i]! | 32) === 101) {
    value = Number(String.fromCharCode(...text.subarray(start, to)))
    if (!(value >= 0)) return -1
  } else if (i < to) {
    const name = unitNames[unit]
    if (to - i !== name.length) return -1
    for (let k = 0; k < name.length; k++) if (text[i + k] !== name[k]) return -1
  }
  const us = Math.round(value * msOfUnit[unit] * 1000)
  return us < mostMeasured ? us : -1
}

/** The last status of a list such as nginx' `502, 200`: that of the server that has answered. -1 for none. */
const lastStatusAt = (text: Uint8Array, from: number, to: number): number => {
  let at = to
  while (at > from && text[at - 1]! >= ZERO && text[at - 1]! <= 57) at--
  if (to - at !== 3 || (at > from && text[at - 1] !== 32 && text[at - 1] !== COMMA)) return -1
  const status = (text[at]! - ZERO) * 100 + (text[at + 1]! - ZERO) * 10 + text[at + 2]! - ZERO
  return status >= 100 ? status : -1
}

/** Bytes that were sent; -1 where nothing is said of them, -2 where it is no size. */
const sizeAt = (text: Uint8Array, from: number, to: number): number => {
  if (to === from || (to === from + 1 && text[from] === DASH)) return -1
  let i = from
  if (text[i] === 43 && to > from + 1) i++ // HAProxy: the log was written before the end
  if (to - i > 19) return -2
  let size = 0
  for (; i < to; i++) {
    const digit = text[i]! - ZERO
    if (digit < 0 || digit > 9) return -2
    size = size * 10 + digit
  }
  return size
}
