import { alphanumeric, COLON, DASH, tableOf } from "../line/bytes.ts"
import { WordTable } from "./word-table.ts"

/*
 * What a segment of a path is, by its own bytes and those of the segment before it. There is no memory of other paths: whoever reads a line
 * again reads the same template, wherever he begins.
 */

const DOT = 46
const UNDERSCORE = 95
const COMMA = 44
const AT = 64
const PERCENT = 37
const MINUS = DASH
const OPEN_PARENTHESIS = 40

/** Classes of bytes: what letters and digits a word is made of is what tells an id from a name. */
const OTHER = 0
const DIGIT = 1
const HEX = 2
const LOWER = 3
const UPPER_HEX = 4
const UPPER = 5

const classes = new Uint8Array(256)
for (let c = 48; c <= 57; c++) classes[c] = DIGIT
for (let c = 97; c <= 122; c++) classes[c] = c <= 102 ? HEX : LOWER
for (let c = 65; c <= 90; c++) classes[c] = c <= 70 ? UPPER_HEX : UPPER
// Letters of other languages, as they are or escaped.
for (let c = 128; c < 256; c++) classes[c] = LOWER

const inWord = tableOf(alphanumeric)
for (let c = 128; c < 256; c++) inWord[c] = 1

export const LITERAL = 0
/** All of it is an id. */
export const ID = 1
export const DATE = 2
/** Words of a title. */
export const SLUG = 3
/** A part of it is: `order-12345`, `main.3f2a91bc.js`. */
export const PARTLY = 4

export type SegmentKind = typeof LITERAL | typeof ID | typeof DATE | typeof SLUG | typeof PARTLY

/** Words between the separators of a segment that are looked at; one of more is no id, and no route either. */
const mostWords = 32

const COLLECTION = 1
const VERSIONED = 2
const STATUSES = 4
const PAGE = 8
const SIZED = 16
const API = 32

const table = new WordTable([
  // What comes behind these is one of many: a title, where it has more than two words.
  [
    COLLECTION,
    "album albums article articles artist artists blog blogs book books categories category collection course courses episode episodes event events film films game games guide guides hotel hotels item items job jobs listing listings lyrics movie movies news photo photos place places podcast podcasts post posts product products produit produits produkt produkte project projects property properties question questions recipe recipes restaurant restaurants review reviews show shows song songs stories story tag tags thread threads topic topics tutorial tutorials vacancies vacancy video videos wiki"
  ],
  // Numbers behind these are versions and no ids: interfaces, documents, languages, and what software runs on or is made of.
  [
    VERSIONED,
    "api rest v version docs doc documentation manual reference sdk release releases archive archives en fr de es it pt nl pl ru ja ko zh en-us en-gb pt-br zh-cn android angular centos debian django dotnet elasticsearch fedora go golang iiif ios java jdk kafka kotlin laravel linux macos mariadb mongodb mysql node nodejs openjdk php postgres postgresql python rails react redis ruby rust spring swift ubuntu vue windows"
  ],
  // Dates behind these are versions, too.
  [API, "api rest v version"],
  [STATUSES, "error errors status"],
  // Numbers behind these are pixels.
  [SIZED, "crop h height icons resize scale size sizes thumb thumbnail thumbnails thumbs w width"],
  // Files whose names may be titles.
  [PAGE, "html htm php asp aspx jsp shtml xhtml amp"]
])

/** A segment's words, and what each of them is made of. One object serves all segments. */
export class Segment {
  words = 0
  readonly from = new Int32Array(mostWords)
  readonly to = new Int32Array(mostWords)
  /** Whether a word is an id. */
  readonly isId = new Uint8Array(mostWords)
  /** Where the stem ends: what is behind it is the file's extension. */
  stemEnd = 0
  #digitsOnly = 0
  #hasTitle = false

  /**
   * @param before where the segment before begins, or `start` where there is none
   * @param isLast whether nothing is behind it
   */
  kind(bytes: Uint8Array, start: number, end: number, before: number, isFirst: boolean, isLast: boolean): SegmentKind {
    this.#split(bytes, start, end)
    const { words } = this
    if (words === 0 || words > mostWords) return LITERAL
    // What a user has written has a title.
    const parent = isFirst ? 0 : bytes[before] === AT ? COLLECTION : table.flags(bytes, before, start - 1)
    if (words === 1 && this.from[0] === start && this.to[0] === this.stemEnd) {
      if (this.#digitsOnly === 1)
        return this.#isPlainNumber(bytes, start, this.stemEnd, parent, isFirst, isLast) ? LITERAL : ID
      return this.isId[0] === 1 ? ID : LITERAL
    }
    const stem = this.stemEnd
    const prefixed = prefixEnd(bytes, start, stem)
    if (prefixed > start && (isOpaque(bytes, prefixed, stem) || (words === 2 && this.isId[1] === 1))) {
      this.words = 1
      this.from[0] = prefixed
      this.to[0] = stem
      this.isId[0] = 1
      return PARTLY
    }
    if (isUuid(bytes, start, stem)) return ID
    if (isDate(bytes, start, stem)) return isFirst ? (isLast ? DATE : LITERAL) : (parent & API) !== 0 ? LITERAL : DATE
    if (this.#isVersion(bytes, start, stem)) return LITERAL
    if (this.#isNumbers(bytes, start, stem) || isAddressed(bytes, start, stem) || isOpaque(bytes, start, stem))
      return ID
    if (this.#isTitle(bytes, end, parent, isFirst)) return SLUG
    this.#findKeyed(bytes, stem)
    for (let w = 0; w < words; w++) if (this.isId[w] === 1) return PARTLY
    return LITERAL
  }

  #split(bytes: Uint8Array, start: number, end: number): void {
    this.words = 0
    this.#digitsOnly = 0
    this.#hasTitle = true
    this.stemEnd = end
    let i = start
    while (i < end) {
      const from = i
      let [digits, letters, hex, changes, lowers, capitals, last, run] = [0, 0, 0, 0, 0, 0, 0, 0]
      while (i < end) {
        let c = bytes[i]!
        if (c === PERCENT && i + 2 < end) {
          c = 128
          i += 2
        }
        if (inWord[c] === 0) break
        i++
        const kind = classes[c]!
        if (kind === DIGIT) digits++
        else {
          letters++
          if (kind === HEX || kind === LOWER) lowers++
          if (kind === HEX || kind === UPPER_HEX) hex++
        }
        const side = kind === DIGIT ? 1 : kind === HEX || kind === LOWER ? 2 : 3
        if (last !== OTHER && side !== last) {
          changes++
          run = 0
        }
        if (side === 3 && ++run === 2) capitals++
        last = side
      }
      const length = i - from
      if (length > 0) {
        if (this.words === mostWords) {
          this.words++
          return
        }
        const w = this.words++
        this.from[w] = from
        this.to[w] = i
        this.isId[w] = isIdWord(bytes, from, i, digits, letters, hex, changes, lowers, capitals) ? 1 : 0
        if (letters === 0) this.#digitsOnly++
      }
      if (i >= end) break
      const separator = bytes[i]!
      if (separator !== MINUS && separator !== UNDERSCORE && separator !== DOT) this.#hasTitle = false
      if (separator === DOT) {
        if (this.stemEnd < end) this.#hasTitle = false
        this.stemEnd = i
      }
      i++
    }
    // What is behind the last dot is an extension where it is short and begins with a letter.
    if (this.stemEnd < end) {
      const length = end - this.stemEnd - 1
      if (length < 1 || length > 5 || classes[bytes[this.stemEnd + 1]!]! <= DIGIT) this.stemEnd = end
      else this.words--
    }
  }

  /** A number that is none of many: a version, an error page, a year without a month. */
  #isPlainNumber(
    bytes: Uint8Array,
    start: number,
    end: number,
    parent: number,
    isFirst: boolean,
    isLast: boolean
  ): boolean {
    const length = end - start
    if (length > 4) return false
    const n = numberAt(bytes, start, end)
    // What is counted begins with 1.
    if (n === 0 || (parent & SIZED) !== 0) return true
    if (length === 4) return isYearNumber(n)
    // A number in front is a name, such as 365, or a version.
    if (isFirst) return !isLast || (n >= 400 && n < 600)
    if (length === 3) return n < 600 && (parent & STATUSES) !== 0
    return length <= 2 && (parent & VERSIONED) !== 0
  }

  /** Short numbers with one or two points between them: `2.7`, `10.1000`, `3.7.1`. */
  #isVersion(bytes: Uint8Array, start: number, end: number): boolean {
    const { words } = this
    if (this.#digitsOnly !== words || words < 2 || words > 3 || this.from[0] !== start || this.to[words - 1] !== end)
      return false
    for (let w = 0; w < words; w++) {
      if (this.to[w]! - this.from[w]! > 4) return false
      if (w > 0 && (bytes[this.from[w]! - 1] !== DOT || this.from[w] !== this.to[w - 1]! + 1)) return false
    }
    return true
  }

  /** Numbers alone, with commas, colons or one point in each: `48.85,2.35`, a list of ids; not a version. */
  #isNumbers(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#digitsOnly !== this.words || this.words < 2) return false
    let [commas, dots] = [0, 0]
    for (let i = start; i < end; i++) {
      if (bytes[i] === COMMA) commas++
      else if (bytes[i] === DOT) dots++
    }
    return commas > 0 || dots === 3 || (dots === 0 && end - start >= 8)
  }

  /** `PROJ-7` and `Customers(7)`: a number that is an id however small it is. */
  #findKeyed(bytes: Uint8Array, end: number): void {
    if (this.words !== 2) return
    const [from, to] = [this.from[1]!, this.to[1]!]
    if (!digitsAt(bytes, from, to)) return
    const separator = bytes[from - 1]
    const isKey = separator === MINUS && to === end && areCapitals(bytes, this.from[0]!, this.to[0]!)
    if (isKey || (separator === OPEN_PARENTHESIS && bytes[to] === OPEN_PARENTHESIS + 1)) this.isId[1] = 1
  }

  /** Words with dashes that are a title: many of them, or some behind a collection. */
  #isTitle(bytes: Uint8Array, end: number, parent: number, isFirst: boolean): boolean {
    const { words } = this
    if (!this.#hasTitle || words < 2) return false
    if (this.stemEnd < end && (table.flags(bytes, this.stemEnd + 1, end) & PAGE) === 0) return false
    const last = words - 1
    const hasId = this.isId[last] === 1 || this.isId[0] === 1
    if (hasId) return words > 2 || (parent & COLLECTION) !== 0
    if ((parent & COLLECTION) !== 0) return words >= 3
    return words >= (isFirst ? 5 : 4)
  }
}

/** Whether letters and digits are mixed as nobody does who names something. */
const isIdWord = (
  bytes: Uint8Array,
  from: number,
  to: number,
  digits: number,
  letters: number,
  hex: number,
  changes: number,
  lowers: number,
  capitals: number
): boolean => {
  const length = to - from
  if (letters === 0) return digits >= 5 || (digits === 4 && !isYearNumber(numberAt(bytes, from, to)))
  if (digits === 0) return isRandom(length, changes, lowers, capitals)
  if (isPlainWord(bytes, from, to)) return false
  if (letters === hex && length >= 7) return true
  if (length >= 7 && changes >= 3) return true
  if (length >= 8 && changes >= 2 && digits >= 3) return true
  if (length >= 9 && changes >= 2 && lowers === 0) return true
  // `tt0111161`, `p12345`, `version1700000000`
  return digits >= 5 && (letters <= 4 || changes === 1)
}

/** Capitals all over a word, more of them than those of several words. */
const isRandom = (length: number, changes: number, lowers: number, capitals: number): boolean =>
  length >= 8 &&
  lowers > 0 &&
  lowers < length &&
  (changes * 20 >= (length - 1) * 13 || (capitals > 0 && changes * 20 >= (length - 1) * (length >= 14 ? 6 : 8)))

/** `v1beta1`, `120x120`: versions and sizes. */
const isPlainWord = (bytes: Uint8Array, from: number, to: number): boolean => {
  let i = from
  while (i < to && classes[bytes[i]!] === DIGIT) i++
  if (i > from && i < to && bytes[i] === 120) return digitsAt(bytes, i + 1, to) && i - from <= 5 && to - i <= 6
  if (i > from || (bytes[from]! | 32) !== 118 || to - from > 12) return false
  while (++i < to && classes[bytes[i]!] === DIGIT);
  if (i === from + 1 || i - from > 4) return false
  while (i < to && classes[bytes[i]!]! > DIGIT) i++
  return digitsAt(bytes, i, to) && to - i <= 2
}

const isYearNumber = (n: number): boolean => n >= 1970 && n <= 2069

const numberAt = (bytes: Uint8Array, start: number, end: number): number => {
  let n = 0
  for (let i = start; i < end; i++) n = n * 10 + bytes[i]! - 48
  return n
}

const isHex = (c: number): boolean => {
  const kind = classes[c]!
  return kind === DIGIT || kind === HEX || kind === UPPER_HEX
}

const isUuid = (bytes: Uint8Array, start: number, end: number): boolean => {
  if (end - start !== 36) return false
  for (let i = 0; i < 36; i++) {
    const c = bytes[start + i]!
    if (i === 8 || i === 13 || i === 18 || i === 23 ? c !== MINUS : !isHex(c)) return false
  }
  return true
}

const digitsAt = (bytes: Uint8Array, start: number, end: number): boolean => {
  for (let i = start; i < end; i++) if (classes[bytes[i]!] !== DIGIT) return false
  return true
}

const areCapitals = (bytes: Uint8Array, start: number, end: number): boolean => {
  for (let i = start; i < end; i++) if (bytes[i]! < 65 || bytes[i]! > 90) return false
  return end > start + 1
}

/** `2024-05-17`, `2024-05`, with or without a time of the day. */
const isDate = (bytes: Uint8Array, start: number, end: number): boolean => {
  const length = end - start
  if (length !== 7 && length !== 10 && !(length >= 16 && (bytes[start + 10]! | 32) === 116)) return false
  if (!digitsAt(bytes, start, start + 4) || bytes[start + 4] !== MINUS || !digitsAt(bytes, start + 5, start + 7))
    return false
  const month = numberAt(bytes, start + 5, start + 7)
  if (month < 1 || month > 12) return false
  return length === 7 || (bytes[start + 7] === MINUS && digitsAt(bytes, start + 8, start + 10))
}

/** `name@example.com`, and the six pairs of a network card. */
const isAddressed = (bytes: Uint8Array, start: number, end: number): boolean => {
  let [at, colons, dot] = [-1, 0, -1]
  let allHex = true
  for (let i = start; i < end; i++) {
    const c = bytes[i]!
    if (c === AT && i > start) at = i
    else if (c === COLON) colons++
    else if (c === DOT && at >= 0) dot = i
    if (c !== COLON && !isHex(c)) allHex = false
  }
  if (colons === 5 && allHex && end - start === 17) return true
  return at > 0 && (dot > at + 1 || end > at + 3) && classes[bytes[at + 1]!]! > DIGIT
}

/** Base64 for URLs: the dashes in it part nothing. Told by how often capitals and digits stand in the middle of letters. */
const isOpaque = (bytes: Uint8Array, start: number, end: number): boolean => {
  const length = end - start
  if (length < 11) return false
  let [digits, changes, mixes, last] = [0, 0, 0, 0]
  for (let i = start; i < end; i++) {
    const c = bytes[i]!
    const kind = classes[c]!
    if (kind === OTHER && c !== MINUS && c !== UNDERSCORE) return false
    const side = kind === OTHER ? 4 : kind === DIGIT ? 1 : kind === HEX || kind === LOWER ? 2 : 3
    if (side === 1) digits++
    if (i > start && side !== last) {
      changes++
      // A capital behind a small letter, a digit beside a letter.
      if (last !== 4 && side !== 4 && !(last === 3 && side === 2)) mixes++
    }
    last = side
  }
  if (mixes < 3 || changes * 5 < length * 2) return false
  return mixes * 4 >= length || (digits >= 3 && mixes * 6 >= length)
}

/** Where the id begins in `cus_NffrFeUfNV2Hib`: behind a short word that says of what it is. */
const prefixEnd = (bytes: Uint8Array, start: number, end: number): number => {
  let i = start
  while (i < end && i < start + 6 && (classes[bytes[i]!] === HEX || classes[bytes[i]!] === LOWER)) i++
  return i > start + 1 && i < end && bytes[i] === UNDERSCORE ? i + 1 : start
}
