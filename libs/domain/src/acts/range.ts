import { type Groups, readAddress } from "../line/address.ts"

/** The addresses that share their first bits with one: a network, or a single address. IPv4 as it is mapped into IPv6. */
export interface Range {
  readonly groups: Groups
  readonly bits: number
}

const encoder = new TextEncoder()

/** Longer texts are no address: an IPv6 one with a zone and a length of its prefix is shorter. */
const mostChars = 100

/** An address or a network as text; undefined of what is neither. */
export const rangeOf = (text: string): Range | undefined => {
  if (text.length > mostChars) return undefined
  const slash = text.indexOf("/")
  const bytes = encoder.encode(slash < 0 ? text : text.slice(0, slash))
  const groups = new Uint16Array(8)
  if (!readAddress(bytes, 0, bytes.length, groups)) return undefined
  const family = text.includes(":") ? 128 : 32
  if (slash < 0) return { groups, bits: 128 }
  const length = text.slice(slash + 1)
  if (!/^\d{1,3}$/.test(length) || Number(length) > family) return undefined
  return { groups, bits: Number(length) + 128 - family }
}

/** Whether every address of `inner` is one of `outer`. */
export const isWithin = (inner: Range, outer: Range): boolean => {
  if (inner.bits < outer.bits) return false
  for (let i = 0; i < 8; i++) {
    const bits = Math.min(16, Math.max(0, outer.bits - i * 16))
    if ((inner.groups[i]! ^ outer.groups[i]!) >>> (16 - bits) !== 0) return false
  }
  return true
}
