import { isIP } from "node:net"

/** `::ffff:c000:201`, as a URL spells a mapped address. */
const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/

/** IPv6 as RFC 5952 has it, what is mapped into it as IPv4; undefined where it is no IPv6 address. */
export const spelledIpv6 = (text: string): string | undefined => {
  if (isIP(text) !== 6) return undefined
  const spelled = new URL(`http://[${text}]`).hostname.slice(1, -1)
  const [, high, low] = mapped.exec(spelled) ?? []
  if (high === undefined || low === undefined) return spelled
  const [h, l] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return `${h >> 8}.${h & 255}.${l >> 8}.${l & 255}`
}

/** One spelling for all spellings of an address, without brackets and zone; undefined where it is none. */
export const spelledAddress = (text: string): string | undefined => {
  const inner = text.trim().replace(/^\[|\]$/g, "")
  const ipv6 = spelledIpv6(inner.replace(/%.*$/, ""))
  return ipv6 ?? (isIP(inner) === 4 ? inner : undefined)
}
