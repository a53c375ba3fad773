import { hashStep } from "./bytes.ts"

/*
 * Two spellings of one client must be one key: an IPv4 address that came in through an IPv6 socket is logged as
 * `::ffff:192.0.2.1`. And one IPv6 client owns a whole network of addresses, so they may be grouped by a prefix.
 */

const COLON = 58
const DOT = 46
const PERCENT = 37

const groups = new Uint16Array(8)
const text = new Uint8Array(64)

/** The canonical spelling of a client, in a buffer that holds until the next call. */
export class Client {
  readonly bytes = text
  length = 0
  hash = 0
  readonly #prefix: number
  readonly #seed: number
  readonly #oneSpelling: boolean

  /** @param oneSpelling whether an IPv6 address that stays whole is written as RFC 5952 says, without its zone */
  constructor(ipv6Prefix: number, hashSeed: number, oneSpelling = false) {
    this.#prefix = ipv6Prefix
    this.#seed = hashSeed | 0
    this.#oneSpelling = oneSpelling
  }

  /** Whether the client can have a spelling other than the one that stands in the line: a cheap look at its first bytes. */
  mayDiffer(bytes: Uint8Array, start: number, end: number): boolean {
    const stop = Math.min(end, start + 5)
    for (let i = start; i < stop; i++) if (bytes[i] === COLON) return this.#mayBeSpelt(bytes[start]!)
    return false
  }

  /** Whether an address of IPv6 that begins so can have another spelling. */
  #mayBeSpelt(first: number): boolean {
    return this.#oneSpelling || this.#prefix < 128 || first === COLON || first === 48
  }

  /** Answers whether `bytes`, `length` and `hash` now hold another spelling; if not, the client stays as it is logged. */
  spell(bytes: Uint8Array, start: number, end: number): boolean {
    if (!parseIpv6(bytes, start, end)) return false
    const mapped = groups[5] === 0xffff && !groups.subarray(0, 5).some((g) => g !== 0)
    if (!mapped && this.#prefix >= 128 && !this.#oneSpelling) return false
    this.length = mapped ? writeIpv4() : this.#prefix >= 128 ? writeIpv6() : writePrefix(this.#prefix)
    this.hash = this.#seed
    for (let i = 0; i < this.length; i++) this.hash = hashStep(this.hash, text[i]!)
    return true
  }
}

const hexDigit = (c: number): number =>
  c >= 48 && c <= 57 ? c - 48 : c >= 97 && c <= 102 ? c - 87 : c >= 65 && c <= 70 ? c - 55 : -1

/** Reads an address of RFC 4291 into `groups`. */
const parseIpv6 = (b: Uint8Array, start: number, end: number): boolean => {
  groups.fill(0)
  let n = 0
  let gap = -1
  let i = start
  if (b[i] === COLON) {
    if (i + 1 >= end || b[i + 1] !== COLON) return false
    gap = 0
    i += 2
  }
  while (i < end) {
    if (b[i] === PERCENT) break
    let value = 0
    const first = i
    for (let d = i < end ? hexDigit(b[i]!) : -1; d >= 0; d = i < end ? hexDigit(b[i]!) : -1) {
      value = value * 16 + d
      i++
      if (i - first > 4) return false
    }
    if (i < end && b[i] === DOT) {
      if (n > 6 || !parseIpv4(b, first, end, n)) return false
      n += 2
      i = end
      break
    }
    if (i === first || n === 8) return false
    groups[n++] = value
    if (i >= end || b[i] === PERCENT) break
    if (b[i] !== COLON) return false
    i++
    if (i < end && b[i] === COLON) {
      if (gap >= 0) return false
      gap = n
      i++
    } else if (i >= end) return false
  }
  if (gap < 0) return n === 8
  if (n === 8) return false
  groups.copyWithin(8 - (n - gap), gap, n)
  groups.fill(0, gap, 8 - (n - gap))
  return true
}

const parseIpv4 = (b: Uint8Array, start: number, end: number, at: number): boolean => {
  let i = start
  let address = 0
  for (let part = 0; part < 4; part++) {
    let value = 0
    const first = i
    while (i < end && b[i]! >= 48 && b[i]! <= 57 && i - first < 3) value = value * 10 + b[i++]! - 48
    if (i === first || value > 255) return false
    address = address * 256 + value
    if (part < 3 && b[i++] !== DOT) return false
  }
  groups[at] = address >>> 16
  groups[at + 1] = address & 0xffff
  return i === end
}

const writeDecimal = (at: number, value: number): number => {
  if (value >= 100) text[at++] = 48 + Math.floor(value / 100)
  if (value >= 10) text[at++] = 48 + (Math.floor(value / 10) % 10)
  text[at++] = 48 + (value % 10)
  return at
}

const writeIpv4 = (): number => {
  let at = 0
  for (const [k, byte] of [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].entries()) {
    if (k > 0) text[at++] = DOT
    at = writeDecimal(at, byte)
  }
  return at
}

/** The address as RFC 5952 writes it: small letters, no leading zeros, the longest run of zeros as `::`. */
const writeIpv6 = (): number => {
  let [run, length] = [8, 1]
  for (let g = 0; g < 8; ) {
    let end = g
    while (end < 8 && groups[end] === 0) end++
    if (end - g > length) [run, length] = [g, end - g]
    g = end + 1
  }
  let at = 0
  for (let g = 0; g < 8; g++) {
    if (g === run) {
      text[at++] = COLON
      g += length - 1
      if (g === 7) text[at++] = COLON
      continue
    }
    if (g > 0) text[at++] = COLON
    const hex = groups[g]!.toString(16)
    for (let k = 0; k < hex.length; k++) text[at++] = hex.charCodeAt(k)
  }
  return at
}

/** The network as `2001:db8::/64`: groups without leading zeros, the zeros at its end as `::`. */
const writePrefix = (prefix: number): number => {
  let last = -1
  for (let g = 0; g < 8; g++) {
    const bits = Math.max(0, Math.min(16, prefix - g * 16))
    groups[g]! &= (0xffff << (16 - bits)) & 0xffff
    if (groups[g] !== 0) last = g
  }
  let at = 0
  for (let g = 0; g <= last; g++) {
    if (g > 0) text[at++] = COLON
    const hex = groups[g]!.toString(16)
    for (let k = 0; k < hex.length; k++) text[at++] = hex.charCodeAt(k)
  }
  if (last < 7) {
    text[at++] = COLON
    text[at++] = COLON
  }
  text[at++] = 47
  return writeDecimal(at, prefix)
}
