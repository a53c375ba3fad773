import { CR, isControl, LF, QUOTE, SPACE, shortRunEnd } from "../line/bytes.ts"
import type { LineReader, LineScanner } from "../line/line.ts"
import { ASIDE, CONTROL, EMPTY, PREFIX, type ScanCode, TRUNCATED } from "../line/scan-code.ts"
import { type FieldName, Slots, slotOf } from "./fields.ts"
import { type ClientChoice, Finish, isRead } from "./finish.ts"
import { Fused, type FusedField } from "./fused.ts"
import { columnsOf } from "./keys.ts"
import type { ColumnsSpec } from "./spec.ts"

const HASH = 35
const TAB = 9
const directive = Uint8Array.from("#Fields:", (c) => c.charCodeAt(0))

/** Where a column ends: at its separator, or at what no line holds. */
const endTables = new Map<number, Uint8Array>()
const endsOf = (separator: number): Uint8Array => {
  let ends = endTables.get(separator)
  if (ends === undefined) {
    ends = new Uint8Array(256)
    for (let c = 0; c < 256; c++) ends[c] = c === separator || isControl(c) ? 1 : 0
    endTables.set(separator, ends)
  }
  return ends
}

/** Reads lines of columns with a byte between them, whose names a line `#Fields: …` or a first line may give anew. */
export class ColumnsReader implements LineReader {
  readonly #slots = new Slots()
  readonly #finish: Finish
  readonly #spec: ColumnsSpec
  readonly #choice: ClientChoice
  readonly #named: boolean
  #separator: number
  #columns: Int8Array
  /** The last column that says something. */
  #last = 0
  /** The reading in one pass, by the separator that is used. */
  #fused: ReadonlyArray<readonly [separator: number, fused: Fused]> = []

  constructor(spec: ColumnsSpec, choice: ClientChoice) {
    this.#spec = spec
    this.#choice = choice
    this.#finish = new Finish(spec, choice)
    this.#named = spec.separator === "," || spec.separator === ";" || spec.separator === "|"
    this.#separator = spec.separator.charCodeAt(0)
    this.#columns = new Int8Array(0)
    this.#use(spec.columns)
  }

  #use(columns: ReadonlyArray<FieldName | "_">): void {
    const isWanted = (name: FieldName) => isRead(name, this.#spec, this.#choice, columns.includes("client"))
    this.#columns = Int8Array.from(columns, (name) => (name === "_" || !isWanted(name) ? -1 : slotOf(name)))
    this.#last = this.#columns.length - 1
    this.#fused = []
    if (this.#named || this.#choice.trust !== undefined || !columns.includes("date")) return
    for (const separator of this.#separator === SPACE ? [SPACE, TAB] : [this.#separator]) {
      const fields = columns.map((name, i): FusedField => {
        const isKnown = isWanted(name as FieldName) && this.#columns[i]! >= 0
        const behind = Uint8Array.of(...(i === this.#last ? [] : [separator]))
        return { field: isKnown ? name : "_", behind, quoted: false, never: separator }
      })
      const fused = Fused.of(fields, this.#spec.unit)
      if (fused !== undefined) this.#fused = [...this.#fused, [separator, fused]]
    }
  }

  read(line: LineScanner, bytes: Uint8Array, start: number, end: number): ScanCode {
    let i = start
    let c = i < end ? bytes[i]! : LF
    if (c === 0xef && bytes[i + 1] === 0xbb && bytes[i + 2] === 0xbf) {
      i += 3
      c = i < end ? bytes[i]! : LF
    }
    if (c === LF || (c === CR && (i + 1 >= end || bytes[i + 1] === LF))) return EMPTY
    if (c === HASH) {
      this.#direct(bytes, i, end)
      return ASIDE
    }
    for (const [, fused] of this.#fused) {
      const at = fused.read(line, bytes, i, end)
      if (at < 0) continue
      line.lineEnd = at
      line.next = Math.min(end, at + (bytes[at] === CR ? 2 : 1))
      return 0
    }
    const slots = this.#slots
    const columns = this.#columns
    slots.clear()
    const first = i
    let separator = this.#separator
    let ends = endsOf(separator)
    for (let column = 0; ; column++) {
      let from = i
      let to: number
      // IIS quotes nothing, and an agent may begin with a quote.
      if (c === QUOTE && this.#named) {
        // A quote in the field stands twice.
        from = ++i
        for (;;) {
          c = i < end ? bytes[i]! : LF
          if (c === QUOTE) {
            if (i + 1 < end && bytes[i + 1] === QUOTE) i++
            else break
          } else if (c === LF) return TRUNCATED
          else if (isControl(c) && c !== TAB) return CONTROL
          i++
        }
        to = i++
        c = i < end ? bytes[i]! : LF
      } else {
        i = shortRunEnd(ends, bytes, i, end)
        c = i < end ? bytes[i]! : LF
        // CloudFront and others separate with a tab what IIS does with a space.
        if (column === 0 && c === TAB && separator === SPACE) {
          separator = TAB
          ends = endsOf(TAB)
        }
        to = i
      }
      const slot = column < columns.length ? columns[column]! : -1
      if (slot >= 0) {
        slots.from[slot] = from
        slots.to[slot] = to
      }
      if (c === separator) {
        c = ++i < end ? bytes[i]! : LF
        continue
      }
      if (c === CR && (i + 1 >= end || bytes[i + 1] === LF)) {
        line.lineEnd = i++
        c = LF
      } else line.lineEnd = i
      if (c !== LF) return isControl(c) ? CONTROL : PREFIX
      if (column !== this.#last) {
        if (this.#named && this.#isHeader(bytes, first, line.lineEnd)) return ASIDE
        return column < this.#last ? TRUNCATED : PREFIX
      }
      break
    }
    line.next = i < end ? i + 1 : end
    const code = this.#finish.line(line, bytes, slots)
    return code !== 0 && this.#named && this.#isHeader(bytes, first, line.lineEnd) ? ASIDE : code
  }

  /** `#Fields: date time c-ip …`; other remarks say nothing of the columns. */
  #direct(bytes: Uint8Array, start: number, end: number): void {
    for (let k = 0; k < directive.length; k++) if (bytes[start + k] !== directive[k] || start + k >= end) return
    const text = textOf(bytes, start + directive.length, end)
    const names = text.trim().split(/[\t ]+/)
    this.#use(columnsOf(names))
  }

  /** A line of names: the columns are as it says from here on. */
  #isHeader(bytes: Uint8Array, start: number, end: number): boolean {
    const names = namesOf(textOf(bytes, start, end), String.fromCharCode(this.#separator))
    const columns = columnsOf(names)
    if (!isHeader(columns)) return false
    this.#use(columns)
    return true
  }
}

/** The text of a line, one character a byte. */
export const textOf = (bytes: Uint8Array, start: number, end: number): string => {
  let text = ""
  for (let i = start; i < end && bytes[i] !== LF; i++) if (bytes[i] !== CR) text += String.fromCharCode(bytes[i]!)
  return text
}

export const namesOf = (text: string, separator: string): ReadonlyArray<string> =>
  text.split(separator).map((name) => name.trim().replaceAll(/^"|"$/g, ""))

/** Whether these columns are what an access log has: a time, a status, and a request. */
export const isHeader = (columns: ReadonlyArray<FieldName | "_">): boolean =>
  columns.includes("time") && columns.includes("status") && (columns.includes("url") || columns.includes("request"))
