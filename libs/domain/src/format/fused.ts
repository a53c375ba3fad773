import { mostMeasured } from "../detection/measures.ts"
import { AnyTime } from "../line/any-time.ts"
import { BACKSLASH, CR, DASH, hashStep, isControl, LF, QUESTION, runEnd, SLASH, SPACE, ZERO } from "../line/bytes.ts"
import { ipv4ClientEnd } from "../line/ipv4.ts"
import type { LineScanner } from "../line/line.ts"
import { Plain } from "../line/plain.ts"
import { scanRequest } from "../line/request.ts"
import { LineTime, timeLength } from "../line/time.ts"
import { type DurationUnit, type FieldName, msOfUnit } from "./fields.ts"

/*
 * Fields that are found and read in one pass, where a line is as most are: an IPv4 client, a path, a status of three digits. The readers of patterns
 * and columns find a field first and read it then, in two passes, and know what to do with every other line. So this answers only what
 * they would have answered, and leaves the line to them as soon as it has any other byte in it.
 */

/** A field, and the text behind it. */
export interface FusedField {
  readonly field: FieldName | "_" | "port"
  readonly behind: Uint8Array
  readonly quoted: boolean
  /** A byte that the field may not have, besides the one behind it. */
  readonly never?: number
}

const SKIP = 0
const CLIENT = 1
const TIME = 2
const REQUEST = 3
const STATUS = 4
const SIZE = 5
const DURATION = 6
const DATE = 7
const METHOD = 8
const URL = 9
const PORT = 10
const QUERY = 11

const kinds: { readonly [name in FusedField["field"]]?: number } = {
  _: SKIP,
  client: CLIENT,
  time: TIME,
  request: REQUEST,
  status: STATUS,
  size: SIZE,
  duration: DURATION,
  date: DATE,
  method: METHOD,
  url: URL,
  query: QUERY,
  port: PORT
}

const longestTime = 40
const plain = new Plain()

/** A character that may be part of what is read cannot end it. */
const isSafeEnd = (c: number): boolean => !(c >= 48 && c <= 57) && c !== 46 && c !== DASH && c !== SLASH

interface Op {
  readonly kind: number
  readonly first: number
  /** The field ends the line. */
  readonly isLast: boolean
  readonly behind: Uint8Array
  /** Bytes that end the field, or that it may not have here. */
  readonly stops: Uint8Array
  /** All of these are below this byte, or 127; 0 where they are not. */
  readonly plain: number
}

const isLineEnd = (bytes: Uint8Array, i: number, end: number): boolean =>
  i >= end || bytes[i] === LF || (bytes[i] === CR && (i + 1 === end || bytes[i + 1] === LF))

export class Fused {
  /** Behind the closing quote of the request that was read last, which has the protocol before it. */
  requestEnd = 0
  readonly #ops: ReadonlyArray<Op>
  readonly #common = new LineTime()
  readonly #time = new AnyTime()
  readonly #duration: FusedDuration
  readonly #apart: boolean

  private constructor(ops: ReadonlyArray<Op>, unit: DurationUnit | undefined) {
    this.#ops = ops
    this.#duration = new FusedDuration(unit ?? "s", new Uint8Array(0))
    this.#apart = ops.some(({ kind }) => kind === DATE)
  }

  /**
   * @param fields the last one may end the line: then nothing is behind it
   * @returns undefined for fields that are not read so
   */
  static of(fields: ReadonlyArray<FusedField>, unit: DurationUnit | undefined): Fused | undefined {
    const ops: Array<Op> = []
    for (const [n, { field, behind, quoted, never }] of fields.entries()) {
      const kind = kinds[field]
      if (behind.length === 0 && n + 1 < fields.length) return undefined
      const first = behind[0] ?? LF
      if (kind === undefined || !isSafeEnd(first)) return undefined
      if (kind === REQUEST && !quoted) return undefined
      const stops = new Uint8Array(256)
      for (let c = 0; c < 256; c++) {
        const isOdd = isControl(c) || (c === BACKSLASH && (quoted || kind === URL))
        stops[c] = c === first || c === never || isOdd || (kind === URL && c === QUESTION) ? 1 : 0
      }
      const plain = (never ?? first) === SPACE && !quoted ? SPACE + 1 : first < SPACE && !quoted ? SPACE : 0
      ops.push({ kind, first, isLast: behind.length === 0, behind, stops, plain })
    }
    const dates = ops.filter(({ kind }) => kind === DATE).length
    const dateFirst = ops.findIndex(({ kind }) => kind === DATE) < ops.findIndex(({ kind }) => kind === TIME)
    if (dates > 1 || (dates === 1 && !dateFirst)) return undefined
    for (const kind of [CLIENT, TIME, STATUS]) if (ops.filter((op) => op.kind === kind).length !== 1) return undefined
    const asked = ops.filter(({ kind }) => kind === REQUEST || kind === URL).length
    return asked === 1 ? new Fused(ops, unit) : undefined
  }

  /** Reads the fields that begin at `start`. Answers where they end, or -1 for a line that the other reading has to read. */
  read(line: LineScanner, bytes: Uint8Array, start: number, end: number): number {
    const ops = this.#ops
    let i = start
    let date = 0
    line.text = bytes
    line.size = line.durationUs = line.upstreamStatus = line.agentStart = line.refererStart = -1
    line.agentText = bytes
    line.methodStart = line.methodEnd = 0
    for (let n = 0; n < ops.length; n++) {
      const op = ops[n]!
      const { first } = op
      switch (op.kind) {
        case SKIP: {
          i = op.plain === 0 ? runEnd(op.stops, bytes, i, end) : plain.end(bytes, i, end, op.plain)
          break
        }
        case CLIENT: {
          i = ipv4ClientEnd(line, bytes, i, end)
          if (i < 0) return -1
          break
        }
        case TIME: {
          line.timeStart = i
          if (this.#apart) {
            const from = i
            i += 8
            if (i >= end || !this.#time.readApart(bytes, date, date + 10, from, i)) return -1
          } else if (bytes[i + 2] === SLASH && i + timeLength <= end && this.#common.read(bytes, i)) {
            line.timeMs = this.#common.ms
            i += timeLength
            break
          } else i = this.#time.readAt(bytes, i, end - i > longestTime ? i + longestTime : end)
          if (i < 0) return -1
          line.timeMs = this.#time.ms
          break
        }
        case DATE: {
          date = i
          i += 10
          break
        }
        case REQUEST: {
          const from = i
          line.doubts = 0
          i = scanRequest(line, bytes, i, end, line.seed, line.wholeTarget) - 1
          if (i < 0 || line.urlStart < 0 || line.doubts !== 0) return -1
          this.requestEnd = i + 1
          let methodEnd = from
          while (bytes[methodEnd] !== SPACE) methodEnd++
          line.methodStart = from
          line.methodEnd = methodEnd
          break
        }
        case STATUS: {
          if (i + 3 >= end) return -1
          const d1 = bytes[i]! - ZERO
          const d2 = bytes[i + 1]! - ZERO
          const d3 = bytes[i + 2]! - ZERO
          if (d1 < 1 || d1 > 5 || d2 < 0 || d2 > 9 || d3 < 0 || d3 > 9) return -1
          line.status = d1 * 100 + d2 * 10 + d3
          i += 3
          break
        }
        case SIZE: {
          const from = i
          let size = 0
          let c = i < end ? bytes[i]! : LF
          while (c >= ZERO && c <= 57) {
            size = size * 10 + c - ZERO
            c = ++i < end ? bytes[i]! : LF
          }
          if (i - from > 15) return -1
          // A dash says that nothing is known of the size.
          if (i > from) line.size = size
          else if (c === DASH) i++
          else return -1
          break
        }
        case DURATION: {
          const took = this.#duration
          i = took.number(bytes, i, end)
          if (i < 0 || took.us >= mostMeasured) return -1
          line.durationUs = took.us
          break
        }
        case METHOD: {
          line.methodStart = i
          i = runEnd(op.stops, bytes, i, end)
          line.methodEnd = i
          break
        }
        case URL: {
          if (i >= end || bytes[i] !== SLASH) return -1
          const { stops } = op
          let hash = line.seed
          line.urlStart = i
          let c = SLASH
          while (stops[c] === 0) {
            hash = hashStep(hash, c)
            c = ++i < end ? bytes[i]! : LF
          }
          line.urlEnd = i
          line.urlHash = hash
          if (c === QUESTION) {
            if (line.wholeTarget) return -1
            while (i < end && bytes[i] !== first && !isControl(bytes[i]!)) i++
          }
          break
        }
        case QUERY: {
          // Path and query string are one URL: that has to be put together.
          if (line.wholeTarget) return -1
          i = runEnd(op.stops, bytes, i, end)
          break
        }
        default: {
          const from = i
          while (i < end && bytes[i]! >= ZERO && bytes[i]! <= 57) i++
          if (i === from) return -1
        }
      }
      if (i >= end || bytes[i] !== first) return op.isLast && isLineEnd(bytes, i, end) ? i : -1
      if (op.isLast) return i
      i++
      const { behind } = op
      for (let k = 1; k < behind.length; k++, i++) if (i >= end || bytes[i] !== behind[k]) return -1
    }
    return i
  }
}

/** A duration: digits, with or without a fraction. */
export class FusedDuration {
  us = 0
  readonly #msOfUnit: number
  readonly #behind: Uint8Array

  /** @param behind the text behind it; nothing for the end of the line */
  constructor(unit: DurationUnit, behind: Uint8Array) {
    this.#msOfUnit = msOfUnit[unit]
    this.#behind = behind
  }

  /** Where the number ends that begins at `start`, or -1. */
  number(bytes: Uint8Array, start: number, end: number): number {
    let value = 0
    let scale = 0
    let i = start
    for (; i < end; i++) {
      const c = bytes[i]!
      if (c === 46 && scale === 0 && i > start) scale = 1
      else {
        const digit = c - ZERO
        if (digit < 0 || digit > 9) break
        value = value * 10 + digit
        scale *= 10
      }
    }
    if (i === start || i - start > 15) return -1
    if (scale > 1) value /= scale
    this.us = Math.round(value * this.#msOfUnit * 1000)
    return i
  }

  /** Takes the one at `start` into the line, where it is one and nothing else. */
  read(line: LineScanner, bytes: Uint8Array, start: number, end: number): boolean {
    let i = this.number(bytes, start, end)
    if (i < 0 || this.us >= mostMeasured) return false
    const behind = this.#behind
    if (behind.length === 0 && i < end && bytes[i] !== LF && bytes[i] !== CR) return false
    for (let k = 0; k < behind.length; k++, i++) if (i >= end || bytes[i] !== behind[k]) return false
    line.durationUs = this.us
    return true
  }
}
