import { BACKSLASH, CLOSE, COLON, COMMA, CR, isControl, LF, OPEN, QUOTE, SPACE, shortRunEnd } from "../line/bytes.ts"
import type { LineReader, LineScanner } from "../line/line.ts"
import { AMBIGUOUS, CONTROL, EMPTY, PAYLOAD, type ScanCode, TRUNCATED } from "../line/scan-code.ts"
import { fieldNames, Slots, TIME_AT } from "./fields.ts"
import { type ClientChoice, Finish, isRead } from "./finish.ts"
import type { JsonSpec } from "./spec.ts"

const OPEN_BRACE = 123
const CLOSE_BRACE = 125
const TAB = 9

/** Classes of bytes inside a string: 0 goes on. */
const inString = new Uint8Array(256)
/** Bytes of numbers and of `true`, `false`, `null`. */
const inWord = new Uint8Array(256)
for (let c = 0; c < 256; c++) {
  inString[c] = isControl(c) || c === QUOTE || c === BACKSLASH ? 1 : 0
  inWord[c] = (c >= 48 && c <= 57) || (c >= 97 && c <= 122) || c === 43 || c === 45 || c === 46 || c === 69 ? 1 : 0
}

/** What is looked for in an object, key by key. */
interface Node {
  /** -1 for an object on the way. */
  slot: number
  /** Which of the keys comes next where it comes as it did in the line before. */
  next: number
  readonly keys: Array<{ readonly key: Uint8Array; readonly node: Node }>
}

const nodeOf = (wanted: ReadonlyArray<readonly [slot: number, path: ReadonlyArray<string>]>): Node => {
  const root: Node = { slot: -1, next: 0, keys: [] }
  for (const [slot, path] of wanted) {
    let node = root
    for (const key of path) {
      const bytes = new TextEncoder().encode(key)
      let next = node.keys.find((k) => k.key.length === bytes.length && k.key.every((c, i) => c === bytes[i]))
      if (next === undefined) {
        next = { key: bytes, node: { slot: -1, next: 0, keys: [] } }
        node.keys.push(next)
      }
      node = next.node
    }
    node.slot = slot
  }
  return root
}

/** A deeper object is no access line. */
const deepest = 16

/**
 * Walks over a JSON object and leaves in `slots` where the values stand that are looked for: strings without their quotes, numbers as they are.
 * Of an array the last string counts; a key that comes twice with two values makes the object ambiguous.
 */
export class JsonWalk {
  readonly slots = new Slots()
  /** Which of the values hold a backslash: a bit for each slot. */
  escaped = 0
  /** A key came twice with another value: a client has written it into a value that nobody escaped. */
  isAmbiguous = false
  #arrays = 0
  #node: Node
  #bytes: Uint8Array = new Uint8Array(0)
  #end = 0

  readonly #keepsArrays: boolean

  /** @param keepsArrays whether the value is the array itself, from its bracket on, and not the last string in it */
  constructor(wanted: ReadonlyArray<readonly [slot: number, path: ReadonlyArray<string>]>, keepsArrays = false) {
    this.#node = nodeOf(wanted)
    this.#keepsArrays = keepsArrays
  }

  /** Answers the place behind the object that begins at `start`, or the negative of a code. */
  walk(bytes: Uint8Array, start: number, end: number): number {
    this.#bytes = bytes
    this.#end = end
    this.escaped = 0
    this.isAmbiguous = false
    this.#arrays = 0
    this.slots.clear()
    return this.#object(start, this.#node, 0)
  }

  #object(start: number, node: Node | undefined, depth: number): number {
    const bytes = this.#bytes
    const end = this.#end
    if (depth > deepest) return -PAYLOAD
    let i = this.#space(start + 1)
    if (i < end && bytes[i] === CLOSE_BRACE) return i + 1
    for (;;) {
      if (i >= end || bytes[i] !== QUOTE) return this.#wrong(i)
      const key = i + 1
      i = this.#string(key)
      if (i < 0) return i
      const child = node === undefined ? undefined : childOf(node, bytes, key, i - 1)
      if (i >= end || bytes[i] !== COLON) {
        i = this.#space(i)
        if (i >= end || bytes[i] !== COLON) return this.#wrong(i)
      }
      i++
      if (i < end && bytes[i]! <= SPACE) i = this.#space(i)
      i = this.#value(i, child, depth)
      if (i < 0) return i
      if (i < end && bytes[i]! <= SPACE) i = this.#space(i)
      if (i < end && bytes[i] === COMMA) {
        i++
        if (i < end && bytes[i]! <= SPACE) i = this.#space(i)
      } else return i < end && bytes[i] === CLOSE_BRACE ? i + 1 : this.#wrong(i)
    }
  }

  #value(start: number, node: Node | undefined, depth: number): number {
    const bytes = this.#bytes
    const c = start < this.#end ? bytes[start]! : LF
    const slot = node === undefined ? -1 : node.slot
    if (c === QUOTE) {
      const before = this.#backslashes
      const i = this.#string(start + 1)
      if (i < 0 || slot < 0) return i
      this.#found(slot, start + 1, i - 1, this.#backslashes !== before)
      return i
    }
    if (c === OPEN_BRACE) {
      if (slot >= 0) this.slots.from[slot] = -1
      return this.#object(start, node, depth + 1)
    }
    if (c === OPEN) {
      this.#arrays++
      const i = this.#array(start, node, depth + 1)
      this.#arrays--
      if (this.#keepsArrays && slot >= 0 && i >= 0) this.#found(slot, start, i, false)
      return i
    }
    let i = start
    while (i < this.#end && inWord[bytes[i]!] === 1) i++
    if (i === start) return this.#wrong(i)
    if (slot < 0) return i
    // null, true and false say nothing
    if (bytes[start]! >= 97) this.slots.from[slot] = -1
    else this.#found(slot, start, i, false)
    return i
  }

  #array(start: number, node: Node | undefined, depth: number): number {
    const bytes = this.#bytes
    const end = this.#end
    if (depth > deepest) return -PAYLOAD
    let i = this.#space(start + 1)
    if (i < end && bytes[i] === CLOSE) return i + 1
    for (;;) {
      i = this.#value(i, node, depth)
      if (i < 0) return i
      i = this.#space(i)
      if (i < end && bytes[i] === COMMA) i = this.#space(i + 1)
      else return i < end && bytes[i] === CLOSE ? i + 1 : this.#wrong(i)
    }
  }

  #found(slot: number, from: number, to: number, escaped: boolean): void {
    if (this.slots.from[slot]! >= 0 && this.#arrays === 0 && !this.#isSame(slot, from, to)) this.isAmbiguous = true
    this.slots.from[slot] = from
    this.slots.to[slot] = to
    if (escaped) this.escaped |= 1 << slot
    else this.escaped &= ~(1 << slot)
  }

  #isSame(slot: number, from: number, to: number): boolean {
    const bytes = this.#bytes
    const before = this.slots.from[slot]!
    if (this.slots.to[slot]! - before !== to - from) return false
    for (let k = 0; k < to - from; k++) if (bytes[before + k] !== bytes[from + k]) return false
    return true
  }

  #backslashes = 0

  /** Behind the closing quote of a string whose inside begins at `start`. */
  #string(start: number): number {
    const bytes = this.#bytes
    const end = this.#end
    let i = start
    for (;;) {
      i = shortRunEnd(inString, bytes, i, end)
      const c = i < end ? bytes[i]! : LF
      if (c === QUOTE) return i + 1
      if (c === BACKSLASH) {
        this.#backslashes++
        i += 2
      } else if (c === TAB) i++
      else return this.#wrong(i)
    }
  }

  #space(start: number): number {
    let i = start
    while (i < this.#end && (this.#bytes[i] === SPACE || this.#bytes[i] === TAB)) i++
    return i
  }

  #wrong(i: number): number {
    const c = i < this.#end ? this.#bytes[i]! : LF
    return c === LF || c === CR ? -TRUNCATED : isControl(c) ? -CONTROL : -PAYLOAD
  }
}

const childOf = (node: Node, bytes: Uint8Array, from: number, to: number): Node | undefined => {
  const { keys } = node
  for (let n = 0, k = node.next; n < keys.length; n++, k++) {
    if (k >= keys.length) k -= keys.length
    const { key } = keys[k]!
    if (key.length !== to - from) continue
    let i = 0
    while (i < key.length && key[i] === bytes[from + i]) i++
    if (i < key.length) continue
    node.next = k + 1 < keys.length ? k + 1 : 0
    return keys[k]!.node
  }
  return undefined
}

const hex = (c: number): number =>
  c >= 48 && c <= 57 ? c - 48 : c >= 97 && c <= 102 ? c - 87 : c >= 65 && c <= 70 ? c - 55 : -1

const hex4 = (b: Uint8Array, i: number): number => {
  let value = 0
  for (let k = 0; k < 4; k++) {
    const digit = hex(b[i + k]!)
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

/**
 * Writes the string at bytes[from, to) without its escapes to `into`, at `at`; never longer than it was. Answers the place behind it. What is no escape
 * of JSON stays as it is: nginx writes `\x22` where it was not told `escape=json`.
 */
export const unescaped = (bytes: Uint8Array, from: number, to: number, into: Uint8Array, at: number): number => {
  let n = at
  for (let i = from; i < to; i++) {
    const c = bytes[i]!
    if (c !== BACKSLASH || i + 1 >= to) {
      into[n++] = c
      continue
    }
    const e = bytes[++i]!
    if (e === 117) {
      let code = i + 4 < to ? hex4(bytes, i + 1) : -1
      if (code < 0) {
        into[n++] = BACKSLASH
        into[n++] = e
        continue
      }
      i += 4
      if (code >= 0xd800 && code < 0xdc00 && i + 6 < to && bytes[i + 1] === BACKSLASH && bytes[i + 2] === 117) {
        const low = hex4(bytes, i + 3)
        if (low >= 0xdc00 && low < 0xe000) {
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
          i += 6
        }
      }
      n = writeUtf8(code, into, n)
      continue
    }
    const plain = e === 110 ? LF : e === 116 ? TAB : e === 114 ? CR : e === 98 ? 8 : e === 102 ? 12 : -1
    if (plain >= 0) into[n++] = plain
    else {
      if (e !== QUOTE && e !== BACKSLASH && e !== 47) into[n++] = BACKSLASH
      into[n++] = e
    }
  }
  return n
}

const writeUtf8 = (code: number, into: Uint8Array, at: number): number => {
  let n = at
  if (code < 0x80) into[n++] = code
  else if (code < 0x800) {
    into[n++] = 0xc0 | (code >> 6)
    into[n++] = 0x80 | (code & 63)
  } else if (code < 0x10000) {
    into[n++] = 0xe0 | (code >> 12)
    into[n++] = 0x80 | ((code >> 6) & 63)
    into[n++] = 0x80 | (code & 63)
  } else {
    into[n++] = 0xf0 | (code >> 18)
    into[n++] = 0x80 | ((code >> 12) & 63)
    into[n++] = 0x80 | ((code >> 6) & 63)
    into[n++] = 0x80 | (code & 63)
  }
  return n
}

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
