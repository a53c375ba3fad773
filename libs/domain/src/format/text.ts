import { AnyTime } from "../line/any-time.ts"
import { BACKSLASH, CLOSE, CR, DASH, LF, placeOf, QUOTE, SPACE, shortRunEnd, ZERO } from "../line/bytes.ts"
import { Closing, hasProtocol, holdsProtocol, isEscaped } from "../line/closing.ts"
import type { LineReader, LineScanner } from "../line/line.ts"
import { Plain } from "../line/plain.ts"
import { AMBIGUOUS, CONTROL, EMPTY, PREFIX, type ScanCode, TRUNCATED } from "../line/scan-code.ts"
import {
  AGENT_AT,
  CLIENT_AT,
  DURATION_AT,
  type FieldName,
  FURTHER_DURATIONS_AT,
  HOST_AT,
  REFERER_AT,
  REQUEST_AT,
  SIZE_AT,
  Slots,
  STATUS_AT,
  TIME_AT,
  UPSTREAM_STATUS_AT
} from "./fields.ts"
import { type ClientChoice, Finish, isRead } from "./finish.ts"
import { type Fused, FusedDuration } from "./fused.ts"
import type { TextSpec } from "./spec.ts"
import { fusedOf, piecesOf, type Step, stepsOf } from "./text-steps.ts"

const plain = new Plain()

/** More places where a request may close are none that a client came upon by chance. */
const mostClosings = 64

/** No time is longer. */
const longestTime = 40

const TAB = 9

/** Whether what stands without quotes in bytes[start, end) is what a server writes: no quote, and where words have spaces between them no space. */
const isBare = ({ slot, first, padded }: Step, bytes: Uint8Array, start: number, end: number): boolean => {
  if (placeOf(QUOTE, bytes, start, end) < end) return false
  return first !== SPACE || slot === TIME_AT || padded || placeOf(SPACE, bytes, start, end) === end
}

/**
 * Reads lines by a pattern: each field ends where the text behind it stands, and the next field can begin. So a user name with spaces or brackets
 * ends before the time, and a request with a quote before the status.
 */
export class TextReader implements LineReader {
  readonly #head: Uint8Array
  readonly #steps: ReadonlyArray<Step>
  /** So many of the steps every line must have; behind them stands what is only measured. */
  readonly #needed: number
  readonly #slots = new Slots()
  readonly #finish: Finish
  readonly #time = new AnyTime()
  readonly #cutFrom: boolean
  readonly #fused: Fused | undefined
  /** The duration behind them, where that alone is measured. */
  readonly #measure: FusedDuration | undefined
  /** The step of the request, where the status stands behind it: so a client can forge one; or -1. */
  readonly #request: number
  readonly #closing = new Closing()
  #timeAt = -1
  #timeEnd = -1
  /** How many fields of the last line were found. */
  fieldsRead = 0

  constructor(spec: TextSpec, choice: ClientChoice) {
    const pieces = piecesOf(spec.pattern) ?? []
    const has = (name: FieldName) => pieces.some((piece) => "field" in piece && piece.field === name)
    const isMeasure = (slot: number) =>
      slot === UPSTREAM_STATUS_AT ||
      slot === HOST_AT ||
      slot === AGENT_AT ||
      slot === REFERER_AT ||
      slot === DURATION_AT ||
      FURTHER_DURATIONS_AT.includes(slot)
    const { head, steps, needed } = stepsOf(pieces, (name) => isRead(name, spec, choice, has("client")), isMeasure)
    this.#needed = needed
    this.#head = head
    this.#steps = steps
    this.#finish = new Finish(spec, choice)
    this.#cutFrom = spec.pattern.includes('"')
    const request = spec.escaped === true ? -1 : steps.findIndex(({ slot, quoted }) => slot === REQUEST_AT && quoted)
    this.#request = steps.findIndex(({ slot }) => slot === STATUS_AT) > request ? request : -1
    this.#fused = choice.trust === undefined ? fusedOf(steps, needed, spec) : undefined
    const behind = steps[needed]
    const isDuration = steps.length === needed + 1 && behind?.slot === DURATION_AT && spec.unit !== undefined
    this.#measure = isDuration ? new FusedDuration(spec.unit, behind.behind) : undefined
  }

  /** How many fields the pattern has, up to the last one that every line must have. */
  get fields(): number {
    return this.#needed
  }

  read(line: LineScanner, bytes: Uint8Array, start: number, end: number): ScanCode {
    const head = this.#head
    this.fieldsRead = 0
    this.#timeAt = -1
    const c = start < end ? bytes[start]! : LF
    if (c === LF || (c === CR && (start + 1 >= end || bytes[start + 1] === LF))) return EMPTY
    let i = start
    if (c === 0xef && bytes[i + 1] === 0xbb && bytes[i + 2] === 0xbf) i += 3
    for (let k = 0; k < head.length; k++, i++) if (i >= end || bytes[i] !== head[k]) return PREFIX
    const steps = this.#steps
    const slots = this.#slots
    const needed = this.#needed
    if (this.#fused !== undefined) {
      const at = this.#fused.read(line, bytes, i, end)
      const code = at < 0 ? 0 : this.#endLine(line, bytes, at, end)
      const isSure =
        at >= 0 &&
        (this.#request < 0 || (code === 0 && !plain.holdsProtocol && !holdsProtocol(bytes, this.#fused.requestEnd, at)))
      if (isSure) {
        this.fieldsRead = needed - 1
        if (code !== 0 || needed === steps.length) return code
        if (this.#measure?.read(line, bytes, at, end) === true) return 0
        slots.clear()
        this.#measures(bytes, at, line.lineEnd)
        this.#finish.further(line, bytes, slots)
        return 0
      }
    }
    slots.clear()
    const at = this.#fieldsFrom(0, bytes, i, end)
    const code = at < 0 ? -at : this.#endLine(line, bytes, at, end)
    if (this.#isDoubtful(bytes, code === 0 ? line.lineEnd : -1)) return this.#settle(line, bytes, end, code)
    return code !== 0 ? code : this.#take(line, bytes, at)
  }

  /** Takes what was found of a line whose needed fields end at `at`. */
  #take(line: LineScanner, bytes: Uint8Array, at: number): ScanCode {
    if (this.#needed < this.#steps.length) this.#measures(bytes, at, line.lineEnd)
    return this.#timeEnd < 0
      ? this.#finish.line(line, bytes, this.#slots)
      : this.#finish.line(line, bytes, this.#slots, this.#time.ms)
  }

  /** Finds the fields of the steps from `first` on that every line must have. Answers where they end, or the negative of a code. */
  #fieldsFrom(first: number, bytes: Uint8Array, start: number, end: number, areBare = false): number {
    const slots = this.#slots
    let i = start
    for (let s = first; s < this.#needed; s++) {
      const step = this.#steps[s]!
      const from = i
      i = this.#endOf(s, bytes, i, end, step.quoted)
      if (i < 0 && step.quoted && i !== -CONTROL) i = this.#endOf(s, bytes, from, end, false)
      this.fieldsRead = s
      if (i < 0) return i
      if (areBare && !step.quoted && !isBare(step, bytes, from, i)) return -PREFIX
      if (step.slot >= 0) {
        slots.from[step.slot] = from
        slots.to[step.slot] = i
      }
      i += step.behind.length
    }
    return i
  }

  /** Whether the request may close somewhere else than where it was found to; `lineEnd` is -1 where no line was found behind it. */
  #isDoubtful(bytes: Uint8Array, lineEnd: number): boolean {
    if (this.#request < 0 || this.#slots.from[REQUEST_AT]! < 0) return false
    const close = this.#slots.to[REQUEST_AT]!
    return lineEnd < 0 || !hasProtocol(bytes, close) || holdsProtocol(bytes, close + 1, lineEnd)
  }

  /** Takes the line with the request closing where it does; `code` is what it is where that is nowhere. */
  #settle(line: LineScanner, bytes: Uint8Array, end: number, code: ScanCode): ScanCode {
    const closing = this.#closing
    const from = this.#slots.from[REQUEST_AT]!
    const found = this.#slots.to[REQUEST_AT]!
    let tried = 0
    closing.begin()
    for (let quote = from; quote < end && bytes[quote] !== LF; quote++) {
      if (bytes[quote] !== QUOTE || isEscaped(bytes, quote) || !this.#follows(this.#request, bytes, quote, end))
        continue
      if (++tried > mostClosings) return AMBIGUOUS
      if (this.#closeAt(line, bytes, quote, end, true) === 0) closing.add(bytes, quote)
      if (closing.isAmbiguous) return AMBIGUOUS
    }
    if (closing.at >= 0) return this.#closeAt(line, bytes, closing.at, end, true)
    return code === 0 ? this.#closeAt(line, bytes, found, end, false) : code
  }

  #closeAt(line: LineScanner, bytes: Uint8Array, quote: number, end: number, areBare: boolean): ScanCode {
    const s = this.#request
    this.#slots.to[REQUEST_AT] = quote
    const at = this.#fieldsFrom(s + 1, bytes, quote + this.#steps[s]!.behind.length, end, areBare)
    if (at < 0) return -at
    const code = this.#endLine(line, bytes, at, end)
    return code === 0 ? this.#take(line, bytes, at) : code
  }

  /** Where the line ends, behind the fields that every line must have, which end at `i`. */
  #endLine(line: LineScanner, bytes: Uint8Array, i: number, end: number): ScanCode {
    const { behind } = this.#steps[this.#needed - 1]!
    let stop = i
    plain.holdsProtocol = false
    if (behind.length > 0) {
      for (;;) {
        stop = this.#request < 0 ? plain.end(bytes, stop, end, SPACE) : plain.tail(bytes, stop, end)
        const c = stop < end ? bytes[stop]! : LF
        if (c === LF) break
        // A tab may stand in an agent.
        if (c !== TAB && (c !== CR || (stop + 1 < end && bytes[stop + 1] !== LF))) return CONTROL
        stop++
      }
      if (stop > i && bytes[stop - 1] === CR) stop--
      if (this.#cutFrom && this.#isCut(bytes, i - behind.length, stop)) return TRUNCATED
    }
    line.lineEnd = stop
    line.next = stop < end && bytes[stop] === CR ? stop + 1 : stop
    line.next = line.next < end ? line.next + 1 : end
    return 0
  }

  /** Finds what is only measured and stands behind what every line must have, as far as it is there. */
  #measures(bytes: Uint8Array, start: number, end: number): void {
    const steps = this.#steps
    const slots = this.#slots
    let i = start
    for (let s = this.#needed; s < steps.length; s++) {
      const step = steps[s]!
      const from = i
      i = this.#endOf(s, bytes, from, end, step.quoted)
      if (i < 0 && step.quoted) i = this.#endOf(s, bytes, from, end, false)
      if (i < 0) return
      if (step.slot >= 0) {
        slots.from[step.slot] = from
        slots.to[step.slot] = i
      }
      i += step.behind.length
    }
  }

  /** What stands behind the last field from its own end on: where that was quoted, its closing quote is passed over. */
  #isCut(bytes: Uint8Array, tail: number, stop: number): boolean {
    // A quote at the end closes whatever was open.
    if (bytes[stop - 1] === QUOTE) return false
    const from = bytes[tail] === QUOTE || bytes[tail] === CLOSE ? tail + 1 : tail
    return from < stop && isCutBehind(bytes, from, stop)
  }

  /** Where the field of step `s`, which begins at `i`, ends; or the negative of a code. */
  #endOf(s: number, bytes: Uint8Array, i: number, end: number, escapes: boolean): number {
    const step = this.#steps[s]!
    const { first, behind } = step
    let at = i
    // Squid puts spaces in front, so that durations stand below each other.
    if (step.padded) while (at < end && bytes[at] === SPACE) at++
    if (step.slot === TIME_AT) {
      at = this.#timeAt === i ? this.#timeEnd : this.#timeFrom(bytes, i, end)
      if (at >= 0 && this.#follows(s, bytes, at, end)) return at
      this.#timeEnd = -1
      at = i
    }
    const { looks } = step
    for (;;) {
      at = shortRunEnd(looks, bytes, at, end)
      const c = at < end ? bytes[at]! : LF
      if (c === first && this.#follows(s, bytes, at, end)) return at
      if (c < SPACE || c === 127) {
        if (c === LF || (c === CR && (at + 1 >= end || bytes[at + 1] === LF)))
          return behind.length === 0 ? at : -TRUNCATED
        // A tab in a quoted field is text.
        if (c !== 9) return -CONTROL
      }
      if (c === BACKSLASH && escapes && at + 1 < end && bytes[at + 1] !== LF) at++
      at++
    }
  }

  /** Where the time that begins at `i` ends, or -1. It is remembered. */
  #timeFrom(bytes: Uint8Array, i: number, end: number): number {
    this.#timeAt = i
    this.#timeEnd = this.#time.readAt(bytes, i, end - i > longestTime ? i + longestTime : end)
    return this.#timeEnd
  }

  /** Whether the text behind step `s` stands at `at`, and its next field can begin behind it. */
  #follows(s: number, bytes: Uint8Array, at: number, end: number): boolean {
    const { behind } = this.#steps[s]!
    if (behind.length === 0) {
      const c = at < end ? bytes[at]! : LF
      return c === LF || (c === CR && (at + 1 >= end || bytes[at + 1] === LF))
    }
    if (at + behind.length > end) return false
    for (let k = 0; k < behind.length; k++) if (bytes[at + k] !== behind[k]) return false
    const next = this.#steps[s + 1]
    if (next === undefined) return true
    const i = at + behind.length
    if (next.slot === STATUS_AT) {
      if (i >= end) return false
      if (bytes[i] === DASH)
        return i + 1 >= end || next.first < 0 || bytes[i + 1] === next.first || bytes[i + 1] === ZERO + 1
      const d = bytes[i]! - ZERO
      return d >= 0 && d <= 9 && (next.first < 0 || bytes[i + 3] === next.first || bytes[i + 1] === next.first)
    }
    if (next.port) {
      let to = i
      while (to < end && bytes[to]! >= ZERO && bytes[to]! <= 57) to++
      return to > i && this.#literalAt(next.behind, bytes, to, end)
    }
    if (next.slot === CLIENT_AT) return i < end && bytes[i]! > SPACE
    if (next.slot === SIZE_AT)
      return i < end && (bytes[i] === DASH || bytes[i] === 43 || (bytes[i]! >= ZERO && bytes[i]! <= 57))
    if (next.slot === TIME_AT) {
      const to = this.#timeFrom(bytes, i, end)
      return to >= 0 && this.#literalAt(next.behind, bytes, to, end)
    }
    return true
  }

  #literalAt(literal: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
    if (literal.length === 0) return at >= end || bytes[at] === LF || bytes[at] === CR
    if (at + literal.length > end) return false
    for (let k = 0; k < literal.length; k++) if (bytes[at + k] !== literal[k]) return false
    return true
  }
}

/** As `isCut`, for fields of which any may stand alone. */
const isCutBehind = (bytes: Uint8Array, start: number, stop: number): boolean => {
  for (let i = start; i < stop; i++) {
    if (bytes[i] !== SPACE || i + 2 >= stop || bytes[i + 1] !== QUOTE) continue
    let close = i + 2
    while (close < stop && !(bytes[close] === QUOTE && (close + 1 === stop || bytes[close + 1] === SPACE))) close++
    if (close >= stop) return true
    i = close
  }
  return false
}
