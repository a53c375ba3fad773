import { BACKSLASH, COLON, CR, isControl, LF, QUOTE, SPACE } from "../line/bytes.ts"
import type { LineReader, LineScanner } from "../line/line.ts"
import { AMBIGUOUS, CONTROL, EMPTY, PREFIX, type ScanCode, TRUNCATED } from "../line/scan-code.ts"
import { fieldNames, Slots, TIME_AT } from "./fields.ts"
import { type ClientChoice, Finish } from "./finish.ts"
import type { LabelledSpec } from "./spec.ts"
import { unescaped } from "./unescape.ts"

const EQUALS = 61
const TAB = 9

/** Reads lines of pairs: logfmt, `key=value` with spaces between and quotes where a value holds some; or LTSV, `key:value` with tabs between. */
export class LabelledReader implements LineReader {
  readonly #slots = new Slots()
  readonly #unpacked = new Slots()
  readonly #finish: Finish
  readonly #keys: ReadonlyArray<{ readonly slot: number; readonly key: Uint8Array }>
  readonly #between: number
  readonly #mark: number
  readonly #quotes: boolean
  readonly #timeFirst: boolean
  #text = new Uint8Array(1024)

  constructor(spec: LabelledSpec, choice: ClientChoice) {
    this.#finish = new Finish(spec, choice)
    this.#quotes = spec.style === "logfmt"
    this.#timeFirst = spec.timeFirst === true
    this.#between = this.#quotes ? SPACE : TAB
    this.#mark = this.#quotes ? EQUALS : COLON
    this.#keys = fieldNames.flatMap((name, slot) => {
      const key = spec.keys[name]
      return key === undefined ? [] : [{ slot, key: new TextEncoder().encode(key) }]
    })
  }

  read(line: LineScanner, bytes: Uint8Array, start: number, end: number): ScanCode {
    const slots = this.#slots
    slots.clear()
    let escaped = 0
    let isAmbiguous = false
    let i = start
    let c = i < end ? bytes[i]! : LF
    if (c === LF || (c === CR && (i + 1 >= end || bytes[i + 1] === LF))) return EMPTY
    const [between, mark] = [this.#between, this.#mark]
    if (this.#timeFirst) {
      slots.from[TIME_AT] = i
      while (c > SPACE && c !== 127) c = ++i < end ? bytes[i]! : LF
      slots.to[TIME_AT] = i
    }
    for (;;) {
      while (c === between) c = ++i < end ? bytes[i]! : LF
      const key = i
      while (c !== mark && c !== between && c > 31 && c !== 127) c = ++i < end ? bytes[i]! : LF
      const slot = c === mark ? this.#slotOf(bytes, key, i) : -1
      if (c === mark) {
        c = ++i < end ? bytes[i]! : LF
        let from = i
        let to: number
        if (this.#quotes && c === QUOTE) {
          from = ++i
          let hasEscape = false
          c = i < end ? bytes[i]! : LF
          while (c !== QUOTE) {
            if (c === BACKSLASH) {
              hasEscape = true
              i++
            } else if (c === LF) return TRUNCATED
            else if (isControl(c) && c !== TAB) return CONTROL
            c = ++i < end ? bytes[i]! : LF
          }
          to = i
          c = ++i < end ? bytes[i]! : LF
          if (slot >= 0 && hasEscape) escaped |= 1 << slot
        } else {
          while (c !== between && c > 31 && c !== 127) c = ++i < end ? bytes[i]! : LF
          to = i
        }
        if (slot >= 0) {
          // An agent without quotes, before or behind it, could name a key again: then nobody can tell which is the server's.
          if (slots.from[slot]! >= 0 && !isSame(bytes, slots.from[slot]!, slots.to[slot]!, from, to)) isAmbiguous = true
          slots.from[slot] = from
          slots.to[slot] = to
        }
      }
      if (c === between) continue
      if (c === CR && (i + 1 >= end || bytes[i + 1] === LF)) {
        line.lineEnd = i++
        c = LF
      } else line.lineEnd = i
      if (c !== LF) return isControl(c) ? CONTROL : PREFIX
      break
    }
    line.next = i < end ? i + 1 : end
    if (isAmbiguous) return AMBIGUOUS
    if (escaped === 0) return this.#finish.line(line, bytes, slots)
    return this.#finish.line(line, this.#unpack(bytes, line.lineEnd - start, escaped), this.#unpacked)
  }

  #slotOf(bytes: Uint8Array, from: number, to: number): number {
    for (const { slot, key } of this.#keys) {
      if (key.length !== to - from) continue
      let i = 0
      while (i < key.length && key[i] === bytes[from + i]) i++
      if (i === key.length) return slot
    }
    return -1
  }

  #unpack(bytes: Uint8Array, length: number, escaped: number): Uint8Array {
    if (this.#text.length < length) this.#text = new Uint8Array(length * 2)
    let n = 0
    for (let slot = 0; slot < fieldNames.length; slot++) {
      const from = this.#slots.from[slot]!
      this.#unpacked.from[slot] = from < 0 ? -1 : n
      if (from < 0) continue
      const to = this.#slots.to[slot]!
      if ((escaped & (1 << slot)) !== 0) n = unescaped(bytes, from, to, this.#text, n)
      else for (let i = from; i < to; i++) this.#text[n++] = bytes[i]!
      this.#unpacked.to[slot] = n
    }
    return this.#text
  }
}

const isSame = (bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean => {
  if (aEnd - a !== bEnd - b) return false
  for (let k = 0; k < aEnd - a; k++) if (bytes[a + k] !== bytes[b + k]) return false
  return true
}
