import {
  BACKSLASH,
  CLOSE,
  COLON,
  COMMA,
  CR,
  isControl,
  LF,
  OPEN,
  plainEnd,
  QUOTE,
  SPACE,
  viewOf
} from "../line/bytes.ts"
import { CONTROL, PAYLOAD, TRUNCATED } from "../line/scan-code.ts"
import { Slots } from "./fields.ts"

const OPEN_BRACE = 123
const CLOSE_BRACE = 125
const TAB = 9

/** Bytes of numbers and of `true`, `false`, `null`. */
const inWord = new Uint8Array(256)
for (let c = 0; c < 256; c++) {
  inWord[c] = (c >= 48 && c <= 57) || (c >= 97 && c <= 122) || c === 43 || c === 45 || c === 46 || c === 69 ? 1 : 0
}

/** A key of an object. */
interface Key {
  readonly key: Uint8Array
  /** What is looked for in its value; undefined where that is nothing. */
  readonly node: Node | undefined
  /** The key that came behind it in the object before: objects of a log have their keys in one order. */
  next: Key | undefined
}

/** What is looked for in an object, key by key. */
interface Node {
  /** -1 for an object on the way. */
  slot: number
  /** The keys that are looked for, and further ones that were seen. */
  readonly keys: Array<Key>
  /** How many of them are not looked for. */
  others: number
  /** The key that came first in the object before. */
  first: Key | undefined
}

/** So many keys of an object are known at most, those looked for not counted: a client may choose keys. */
const mostOtherKeys = 64
const longestOtherKey = 64

const emptyNode = (): Node => ({ slot: -1, keys: [], others: 0, first: undefined })

const nodeOf = (wanted: ReadonlyArray<readonly [slot: number, path: ReadonlyArray<string>]>): Node => {
  const root = emptyNode()
  for (const [slot, path] of wanted) {
    let node = root
    for (const key of path) {
      const bytes = new TextEncoder().encode(key)
      let next = node.keys.find((k) => k.key.length === bytes.length && k.key.every((c, i) => c === bytes[i]))?.node
      if (next === undefined) {
        next = emptyNode()
        node.keys.push({ key: bytes, node: next, next: undefined })
      }
      node = next
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
  #view = viewOf(this.#bytes)
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
    this.#view = viewOf(bytes)
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
    let before: Key | undefined
    for (;;) {
      if (i >= end || bytes[i] !== QUOTE) return this.#wrong(i)
      const start = i + 1
      let child: Node | undefined
      const likely = node === undefined ? undefined : before === undefined ? node.first : before.next
      const likelyEnd = likely === undefined ? -1 : start + likely.key.length
      if (likely !== undefined && likelyEnd < end && bytes[likelyEnd] === QUOTE && isKey(likely.key, bytes, start)) {
        i = likelyEnd + 1
        child = likely.node
        before = likely
      } else {
        i = this.#string(start)
        if (i < 0) return i
        const key = node === undefined ? undefined : keyOf(node, bytes, start, i - 1)
        if (node !== undefined && key !== undefined) {
          if (before === undefined) node.first = key
          else before.next = key
          before = key
          child = key.node
        }
      }
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
    const view = this.#view
    const end = this.#end
    let i = start
    for (;;) {
      i = plainEnd(view, i, end)
      const c = i < end ? bytes[i]! : LF
      if (c === QUOTE) return i + 1
      if (c === BACKSLASH) {
        this.#backslashes++
        i += 2
      } else if (c === TAB || (c >= SPACE && c !== 127)) i++
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

const isKey = (key: Uint8Array, bytes: Uint8Array, from: number): boolean => {
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[from + i]) return false
  return true
}

/** The key at bytes[from, to); undefined for one that is not known, where already many are. */
const keyOf = (node: Node, bytes: Uint8Array, from: number, to: number): Key | undefined => {
  const { keys } = node
  for (let k = 0; k < keys.length; k++) {
    const known = keys[k]!
    if (known.key.length === to - from && isKey(known.key, bytes, from)) return known
  }
  if (node.others >= mostOtherKeys || to - from > longestOtherKey) return undefined
  node.others++
  const key = { key: bytes.slice(from, to), node: undefined, next: undefined }
  keys.push(key)
  return key
}
