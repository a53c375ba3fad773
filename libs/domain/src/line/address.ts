import { alphanumeric, CLOSE, COLON, DASH, isDigit, OPEN, QUOTE, STAR, tableOf, ZERO } from "./bytes.ts"

/** What a word that stands for a client is. */
const NOTHING = 0
/** A dash: nobody is known. */
export const UNKNOWN = 1
/** A host name. */
export const NAME = 2
export const ADDRESS = 3
export type ClientKind = typeof NOTHING | typeof UNKNOWN | typeof NAME | typeof ADDRESS

/** Where the client stands inside its word, without port, brackets and quotes. */
export interface Narrowed {
  from: number
  to: number
}

const DOT = 46
const PERCENT = 37

/** Names of hosts; `/` stands in those of RFC 2317, `*` in ones that were shortened. */
const inName = tableOf(`${alphanumeric}.-_*/`)
const inZone = tableOf(`${alphanumeric}.-_`)
const hexDigit = (c: number): number =>
  c >= 48 && c <= 57 ? c - 48 : c >= 97 && c <= 102 ? c - 87 : c >= 65 && c <= 70 ? c - 55 : -1

/** Where an IPv4 address that begins at `i` ends, or -1. Its last parts may be `*`: so some servers shorten it. */
const ipv4End = (b: Uint8Array, start: number, end: number): number => {
  let i = start
  for (let part = 0; part < 4; part++) {
    if (part > 0 && (i >= end || b[i++] !== DOT)) return -1
    if (part > 0 && i < end && b[i] === STAR) {
      i++
      continue
    }
    const first = i
    let value = 0
    while (i < end && i - first < 3 && isDigit(b[i]!)) value = value * 10 + b[i++]! - ZERO
    // A number that begins with 0 is read as octal by some and as decimal by others, so no server writes one.
    if (i === first || value > 255 || (b[first] === ZERO && i - first > 1)) return -1
  }
  return i
}

/** The 16-bit groups of an IPv6 address, or of an IPv4 one as it is mapped into IPv6. */
export type Groups = Uint16Array

const unused: Groups = new Uint16Array(8)

/** Whether bytes[start, end) is an IPv6 address (RFC 4291), with or without a zone. Its groups are left in `groups`. */
const isIpv6 = (b: Uint8Array, start: number, end: number, groups: Groups = unused): boolean => {
  let stop = start
  while (stop < end && b[stop] !== PERCENT) stop++
  if (stop < end) {
    if (stop + 1 === end) return false
    for (let i = stop + 1; i < end; i++) if (inZone[b[i]!] === 0) return false
  }
  groups.fill(0)
  let n = 0
  let gap = -1
  let i = start
  if (i + 1 < stop && b[i] === COLON && b[i + 1] === COLON) {
    gap = 0
    i += 2
  }
  while (i < stop) {
    const first = i
    let value = 0
    while (i < stop && i - first < 5 && hexDigit(b[i]!) >= 0) value = value * 16 + hexDigit(b[i++]!)
    if (i === first || n === 8) return false
    if (i < stop && b[i] === DOT) {
      if (n > 6 || ipv4End(b, first, stop) !== stop || !readIpv4(b, first, stop, groups, n)) return false
      n += 2
      break
    }
    if (i - first > 4) return false
    groups[n++] = value
    if (i >= stop) break
    if (b[i++] !== COLON || i >= stop) return false
    if (b[i] === COLON) {
      if (gap >= 0) return false
      gap = n
      i++
    }
  }
  if (gap < 0) return n === 8
  if (n === 8) return false
  groups.copyWithin(8 - (n - gap), gap, n)
  groups.fill(0, gap, 8 - (n - gap))
  return true
}

/** An IPv4 address that is whole, into two groups from `at` on. */
const readIpv4 = (b: Uint8Array, start: number, end: number, groups: Groups, at: number): boolean => {
  let address = 0
  let value = 0
  for (let i = start; i <= end; i++) {
    if (i === end || b[i] === DOT) {
      address = address * 256 + value
      value = 0
    } else if (!isDigit(b[i]!)) return false
    else value = value * 10 + b[i]! - ZERO
  }
  groups[at] = address >>> 16
  groups[at + 1] = address & 0xffff
  return true
}

/** Reads an address of either family into `groups`; IPv4 as it is mapped into IPv6. */
export const readAddress = (b: Uint8Array, start: number, end: number, groups: Groups): boolean => {
  if (ipv4End(b, start, end) !== end) return isIpv6(b, start, end, groups)
  groups.fill(0)
  groups[5] = 0xffff
  return readIpv4(b, start, end, groups, 6)
}

const isPort = (b: Uint8Array, start: number, end: number): boolean => {
  if (end === start || end - start > 5) return false
  for (let i = start; i < end; i++) if (!isDigit(b[i]!)) return false
  return true
}

/** An address, with or without a port, with or without brackets. */
const addressIn = (b: Uint8Array, start: number, end: number, found: Narrowed): boolean => {
  found.from = start
  found.to = end
  if (end === start) return false
  if (b[start] === OPEN) {
    let close = start + 1
    while (close < end && b[close] !== CLOSE) close++
    if (close === end || !isIpv6(b, start + 1, close)) return false
    found.from = start + 1
    found.to = close
    return close + 1 === end || (b[close + 1] === COLON && isPort(b, close + 2, end))
  }
  const ipv4 = ipv4End(b, start, end)
  if (ipv4 >= 0) {
    found.to = ipv4
    return ipv4 === end || (b[ipv4] === COLON && isPort(b, ipv4 + 1, end))
  }
  return isIpv6(b, start, end)
}

/** A name of digits alone is none: it is another field. */
const hasLetter = (b: Uint8Array, start: number, end: number): boolean => {
  for (let i = start; i < end; i++) if (b[i] === DOT || ((b[i]! | 32) >= 97 && (b[i]! | 32) <= 122)) return true
  return false
}

/** What the word bytes[start, end) is; `found` then holds the client without what does not belong to it. */
export const narrow = (b: Uint8Array, start: number, end: number, found: Narrowed): ClientKind => {
  if (end - start > 1 && b[start] === QUOTE && b[end - 1] === QUOTE) return narrow(b, start + 1, end - 1, found)
  if (addressIn(b, start, end, found)) return ADDRESS
  found.from = start
  found.to = end
  if (end === start) return NOTHING
  if (end === start + 1 && b[start] === DASH) return UNKNOWN
  let colon = -1
  let known = false
  for (let i = start; i < end; i++) {
    const c = b[i]!
    if (c === COLON) {
      if (colon < 0) colon = i
      // `access.log:203.0.113.7`: grep puts the name of the file in front.
      if (known && addressIn(b, i + 1, end, found)) return ADDRESS
      continue
    }
    if (inName[c] === 0) return NOTHING
    if (hexDigit(c) < 0 && c !== DASH) known = true
  }
  found.from = start
  found.to = end
  if (!hasLetter(b, start, end)) return NOTHING
  if (colon < 0) return NAME
  if (colon === start || !isPort(b, colon + 1, end)) return NOTHING
  found.to = colon
  return NAME
}
