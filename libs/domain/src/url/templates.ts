import { limits } from "../limits.ts"
import { hashStep, isDigit, QUESTION, SLASH } from "../line/bytes.ts"
import { Declared, whyNoTemplate } from "./declared.ts"
import { Memo } from "./memo.ts"
import { DATE, ID, LITERAL, PARTLY, Segment, SLUG } from "./segment.ts"

/** How URLs become templates, as data: it stands in the rules of each record. */
export interface UrlTemplates {
  /** The rules of `segment.ts`; another version of them counts under other keys. Absent where only declared templates hold. */
  readonly auto?: 1
  /** `/user/:name/orders/*`, the first that fits wins. */
  readonly declared?: ReadonlyArray<string>
}

/** Whether this is how URLs become templates, as records carry it. */
export const isUrlTemplates = (json: unknown): json is UrlTemplates => {
  if (typeof json !== "object" || json === null) return false
  const { auto, declared = [] } = json as { readonly auto?: unknown; readonly declared?: unknown }
  return (
    (auto === undefined || auto === 1) &&
    Array.isArray(declared) &&
    declared.length <= limits.templatesDeclared &&
    declared.every((text) => typeof text === "string" && whyNoTemplate(text) === undefined)
  )
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))
const id = ascii(":id")
const date = ascii(":date")
const slug = ascii(":slug")

/**
 * Folds URLs into templates: `/user/123/orders/9f8e6a1b` into `/user/:id/orders/:id`. A pure function of the path's bytes and what is declared, so
 * that whoever reads a line again folds it alike. The template is bytes[start, end) until the next call.
 */
export class Templates {
  bytes: Uint8Array
  start = 0
  end = 0
  hash = 0
  readonly #memo = new Memo()
  readonly #made = new Uint8Array(limits.lineBytes * 2)
  #length = 0
  readonly #seed: number
  readonly #auto: boolean
  readonly #declared: Declared | undefined
  readonly #segment = new Segment()

  constructor({ auto, declared = [] }: UrlTemplates, hashSeed: number) {
    this.#auto = auto !== undefined
    this.#declared = declared.length === 0 ? undefined : new Declared(declared)
    this.#seed = hashSeed | 0
    this.bytes = this.#made
  }

  /**
   * Answers whether bytes[start, end) now is a template with `hash`; if not, the URL stays as it is.
   * @param hash of the URL's bytes, by the scanner
   */
  fold(url: Uint8Array, start: number, end: number, hash: number): boolean {
    const memo = this.#memo
    if (memo.find(url, start, end, hash)) {
      this.bytes = memo.bytes
      this.start = memo.start
      this.end = memo.end
      this.hash = memo.hash
      return memo.end > memo.start
    }
    const from = pathStart(url, start, end)
    const isFolded = from >= 0 && (this.#declares(url, from, end) || (this.#auto && this.#folds(url, start, from, end)))
    if (!isFolded) this.#length = 0
    this.bytes = this.#made
    this.start = 0
    this.end = this.#length
    this.hash = this.#seed
    for (let i = 0; i < this.#length; i++) this.hash = hashStep(this.hash, this.bytes[i]!)
    memo.keep(url, start, end, hash, this.#made, this.#length, this.hash)
    return isFolded
  }

  #declares(url: Uint8Array, from: number, end: number): boolean {
    const found = this.#declared?.find(url, from, pathEnd(url, from, end))
    if (found === undefined) return false
    this.#made.set(found)
    this.#length = found.length
    return true
  }

  #folds(url: Uint8Array, start: number, from: number, end: number): boolean {
    const stop = pathEnd(url, from, end)
    if (!mayFold(url, from, stop)) return false
    this.#length = 0
    this.#copy(url, start, from)
    let isFolded = false
    let before = from
    // A year is a date where a month follows it, and then a day does.
    let dated = 0
    for (let at = from, segments = 0; at < stop; segments++) {
      const begin = at + 1
      const parent = before
      let to = begin
      let seen = 0
      while (to < stop && url[to] !== SLASH) seen |= looks[url[to++]!]!
      this.#made[this.#length++] = SLASH
      if (segments >= limits.templateSegments) {
        this.#copy(url, begin, stop)
        break
      }
      before = begin
      at = to
      if (seen < DIGITS) {
        this.#copy(url, begin, to)
        dated = 0
        continue
      }
      if (dated === 0 && isYear(url, begin, to) && isUpTo(url, to + 1, stop, 12)) dated = 1
      else if (dated > 0 && dated < 3 && isUpTo(url, begin, stop, dated === 1 ? 12 : 31)) dated++
      else dated = 0
      if (dated > 0) {
        this.#write(date)
        isFolded = true
      } else if (seen === DIGITS && to - begin > 4) {
        this.#write(id)
        isFolded = true
      } else if (this.#segmentOf(url, begin, to, parent, segments === 0, to >= stop)) isFolded = true
    }
    this.#copy(url, stop, end)
    return isFolded
  }

  /** Writes a segment; answers whether something of it was folded. */
  #segmentOf(url: Uint8Array, from: number, to: number, before: number, isFirst: boolean, isLast: boolean): boolean {
    const segment = this.#segment
    const kind = segment.kind(url, from, to, before, isFirst, isLast)
    switch (kind) {
      case LITERAL:
        this.#copy(url, from, to)
        return false
      case PARTLY: {
        let at = from
        for (let w = 0; w < segment.words; w++) {
          if (segment.isId[w] === 0) continue
          this.#copy(url, at, segment.from[w]!)
          this.#write(id)
          at = segment.to[w]!
        }
        this.#copy(url, at, to)
        return true
      }
      case ID:
      case DATE:
      case SLUG:
        this.#write(kind === ID ? id : kind === DATE ? date : slug)
        this.#copy(url, segment.stemEnd, to)
        return true
    }
  }

  #write(text: Uint8Array): void {
    for (let i = 0; i < text.length; i++) this.#made[this.#length++] = text[i]!
  }

  #copy(url: Uint8Array, from: number, to: number): void {
    const bytes = this.#made
    let n = this.#length
    for (let i = from; i < to; i++) bytes[n++] = url[i]!
    this.#length = n
  }
}

/** Where the path begins: behind the host of an absolute URL; -1 where there is none. */
const pathStart = (url: Uint8Array, start: number, end: number): number => {
  if (url[start] === SLASH) return start
  let slashes = 0
  for (let i = start; i < end; i++) if (url[i] === SLASH && ++slashes === 3) return i
  return -1
}

/** Query string and parameters (`;jsessionid=`) are no part of it. */
const pathEnd = (url: Uint8Array, from: number, end: number): number => {
  let i = from
  while (i < end && url[i] !== QUESTION && url[i] !== 59) i++
  return i
}

/** Small letters and points alone are no id; five digits and more always are one. All else wants a closer look. */
const SMALL = 1
const DIGITS = 2
const MORE = 4
const looks = new Uint8Array(256).fill(MORE)
for (let c = 97; c <= 122; c++) looks[c] = SMALL
looks[46] = SMALL
for (let c = 48; c <= 57; c++) looks[c] = DIGITS

const mayFold = (url: Uint8Array, from: number, stop: number): boolean => {
  for (let i = from; i < stop; i++) if (looks[url[i]!]! > SMALL && url[i] !== SLASH) return true
  return false
}

const isYear = (url: Uint8Array, from: number, to: number): boolean =>
  to - from === 4 &&
  ((url[from] === 49 && url[from + 1] === 57) || (url[from] === 50 && url[from + 1] === 48)) &&
  isDigit(url[from + 2]!) &&
  isDigit(url[from + 3]!)

/** Two digits from 01 to `most` that are a segment. */
const isUpTo = (url: Uint8Array, from: number, stop: number, most: number): boolean => {
  if (from + 2 > stop || (from + 2 < stop && url[from + 2] !== SLASH)) return false
  if (!isDigit(url[from]!) || !isDigit(url[from + 1]!)) return false
  const n = (url[from]! - 48) * 10 + url[from + 1]! - 48
  return n >= 1 && n <= most
}
