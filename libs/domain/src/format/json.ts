import { CR, isControl, LF, SPACE } from "../line/bytes.ts"
import type { LineReader, LineScanner } from "../line/line.ts"
import { AMBIGUOUS, CONTROL, EMPTY, PAYLOAD, type ScanCode } from "../line/scan-code.ts"
import { fieldNames, Slots, TIME_AT } from "./fields.ts"
import { type ClientChoice, Finish, isRead } from "./finish.ts"
import { JsonWalk } from "./json-walk.ts"
import type { JsonSpec } from "./spec.ts"
import { unescaped } from "./unescape.ts"

const OPEN_BRACE = 123
const TAB = 9

/** Reads lines that are JSON objects. */
export class JsonReader implements LineReader {
  readonly #walk: JsonWalk
  readonly #finish: Finish
  readonly #unpacked = new Slots()
  readonly #timeFirst: boolean
  #text = new Uint8Array(1024)

  constructor(spec: JsonSpec, choice: ClientChoice) {
    this.#walk = new JsonWalk(
      fieldNames.flatMap((name, slot) => {
        const path = spec.paths[name]
        const wanted = path !== undefined && isRead(name, spec, choice, spec.paths.client !== undefined)
        return wanted ? [[slot, path] as const] : []
      })
    )
    this.#finish = new Finish(spec, choice)
    this.#timeFirst = spec.timeFirst === true
  }

  read(line: LineScanner, bytes: Uint8Array, start: number, end: number): ScanCode {
    let i = start
    let c = i < end ? bytes[i]! : LF
    if (c === 0xef && bytes[i + 1] === 0xbb && bytes[i + 2] === 0xbf) {
      i += 3
      c = i < end ? bytes[i]! : LF
    }
    while (c === SPACE || c === TAB) c = ++i < end ? bytes[i]! : LF
    if (c === LF || c === CR) return EMPTY
    const time = i
    let timeEnd = -1
    if (this.#timeFirst) {
      for (let before = c; c !== LF && !(c === OPEN_BRACE && before === TAB); c = ++i < end ? bytes[i]! : LF) {
        if (c === TAB && timeEnd < 0) timeEnd = i
        before = c
      }
    }
    if (c !== OPEN_BRACE) return PAYLOAD
    const walk = this.#walk
    let to = walk.walk(bytes, i, end)
    if (to < 0) return -to
    if (walk.isAmbiguous) return AMBIGUOUS
    c = to < end ? bytes[to]! : LF
    while (c === SPACE || c === TAB || c === CR) c = ++to < end ? bytes[to]! : LF
    if (c !== LF) return isControl(c) ? CONTROL : PAYLOAD
    if (timeEnd >= 0) {
      walk.slots.from[TIME_AT] = time
      walk.slots.to[TIME_AT] = timeEnd
    }
    line.lineEnd = to > i && bytes[to - 1] === CR ? to - 1 : to
    line.next = to < end ? to + 1 : end
    return walk.escaped === 0
      ? this.#finish.line(line, bytes, walk.slots)
      : this.#finish.line(line, this.#unpack(bytes, to - time), this.#unpacked)
  }

  /** All values without their escapes, one behind the other. */
  #unpack(bytes: Uint8Array, length: number): Uint8Array {
    if (this.#text.length < length) this.#text = new Uint8Array(length * 2)
    const { slots, escaped } = this.#walk
    const unpacked = this.#unpacked
    let n = 0
    for (let slot = 0; slot < fieldNames.length; slot++) {
      const from = slots.from[slot]!
      unpacked.from[slot] = from < 0 ? -1 : n
      if (from < 0) continue
      const to = slots.to[slot]!
      if ((escaped & (1 << slot)) !== 0) n = unescaped(bytes, from, to, this.#text, n)
      else for (let i = from; i < to; i++) this.#text[n++] = bytes[i]!
      unpacked.to[slot] = n
    }
    return this.#text
  }
}
