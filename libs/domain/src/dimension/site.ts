import { ADDRESS, type Narrowed, narrow } from "../line/address.ts"
import { CLOSE, COLON, COMMA, DASH, OPEN, SPACE } from "../line/bytes.ts"
import type { KeyDimensionDeclaration, KeyInLine } from "./declaration.ts"

const DOT = 46
/** A host name has at most 253 characters; a port may stand behind it. */
const mostBytes = 262

const wordEnd = (bytes: Uint8Array, start: number, stop: number): number => {
  let i = start
  while (i < stop && bytes[i] !== SPACE) i++
  return i
}

const isDash = (bytes: Uint8Array, start: number, end: number): boolean => end === start + 1 && bytes[start] === DASH

const narrowed: Narrowed = { from: 0, to: 0 }

/**
 * `example.com 192.0.2.1 - - [` or `192.0.2.1 example.com - - [`: of the two words that stand where one client should, the one that is not the
 * client. Only the dash that servers write for ident tells that there are two; without it what follows the client is ident and user.
 */
const common: KeyInLine["common"] = (bytes, found, { start, client, time }) => {
  // the bracket before the time, and the space before it
  const stop = time - 2
  const first = wordEnd(bytes, start, stop)
  const second = wordEnd(bytes, first + 1, stop)
  if (second >= stop) return false
  const inFront = client > first
  if (bytes[first - 1] === COMMA) return false
  if (bytes[second - 1] === COMMA) {
    // A list of proxies behind it, or behind who has connected.
    if (!inFront || narrow(bytes, start, first, narrowed) === ADDRESS) return false
  } else {
    const third = wordEnd(bytes, second + 1, stop)
    if (third >= stop || !isDash(bytes, second + 1, third)) return false
  }
  found.from = inFront ? start : first + 1
  found.to = inFront ? first : second
  return true
}

/** Small letters, without the port and without the dot of a whole name. What is no host (`-`, `_`, a pattern) is none. */
const spell: KeyInLine["spell"] = (bytes, from, to, into) => {
  let end = to
  let digits = to
  while (digits > from && bytes[digits - 1]! >= 48 && bytes[digits - 1]! <= 57) digits--
  if (digits > from + 1 && bytes[digits - 1] === COLON) end = digits - 1
  if (end > from + 1 && bytes[end - 1] === DOT) end--
  const isLiteral = bytes[from] === OPEN && bytes[end - 1] === CLOSE
  let hasLetter = false
  for (let i = from; i < end; i++) {
    const c = bytes[i]!
    const small = c >= 65 && c <= 90 ? c | 32 : c
    const isLetter = (small >= 97 && small <= 122) || (small >= 48 && small <= 57) || small >= 0x80
    const isBracket = isLiteral && (i === from || i === end - 1 || c === COLON)
    // `-`, `.` and `_`
    if (!isLetter && !isBracket && c !== DASH && c !== DOT && c !== 95) return 0
    if (isLetter) hasLetter = true
    into[i - from] = small
  }
  return hasLetter ? end - from : 0
}

/**
 * The virtual host that a line names: before or behind the client of a Common line, or in a field of its own, such as `$host`, `%v` or a key of
 * JSON. A line without one counts for no site.
 */
export const site = {
  onRequest: true,
  alertType: "SITE_ERROR_RATE",
  highAbove: 0.5,
  firstThreshold: 0.2,
  leastRequests: 5,
  words: {
    en: { one: "site", more: "sites", many: "Sites", subject: "Site ", alert: "Site " },
    fr: { one: "site", more: "sites", many: "Sites", subject: "Le site ", alert: "Site " }
  },
  percentileFloor: 0.1,
  plural: "sites",
  keyWords: "a site",
  leastForRate: 10,
  key: { field: "host", common, spell, mostBytes }
} as const satisfies KeyDimensionDeclaration
