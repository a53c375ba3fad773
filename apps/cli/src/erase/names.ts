import { isIP } from "node:net"

const ipv4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)/g
/** Longer than any address with its zone would be no address. */
const ipv6 = /[0-9A-Fa-f:]{0,39}::?[0-9A-Fa-f:.]{0,45}/g

/** `::ffff:c000:201`, as a URL spells a mapped address. */
const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/

const dotted = (text: string): string => text.split(".").map(Number).join(".")

const spelledIpv6 = (text: string): string | undefined => {
  // What follows an address in a line may look like a part of it: a port, a full stop.
  for (const candidate of [text, text.replace(/[.:]+$/, ""), text.replace(/:\d*$/, "")]) {
    if (isIP(candidate) !== 6) continue
    const spelled = new URL(`http://[${candidate}]`).hostname.slice(1, -1)
    const [, high, low] = mapped.exec(spelled) ?? []
    if (high === undefined || low === undefined) return spelled
    const [h, l] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
    return `${h >> 8}.${h & 255}.${l >> 8}.${l & 255}`
  }
  return undefined
}

/** One spelling for all spellings of an address: IPv6 as RFC 5952 has it, what is mapped into it as IPv4. */
export const spelledAddress = (text: string): string | undefined => {
  const inner = text.trim().replace(/^\[|\]$/g, "")
  return isIP(inner.replace(/%.*$/, "")) === 6
    ? spelledIpv6(inner.replace(/%.*$/, ""))
    : isIP(inner) === 4
      ? inner
      : undefined
}

/** `\\u0031` of JSON and `\\x31` of nginx are 1, however often the text around them was escaped again. */
const escaped = /\\+(?:u([0-9a-f]{4})|x([0-9a-f]{2}))/gi

const unescaped = (text: string): string =>
  text.replace(escaped, (_, unit?: string, byte?: string) =>
    String.fromCharCode(Number.parseInt(unit ?? byte ?? "", 16))
  )

/**
 * Whether a text names an address, however it spells it: as a field, with a port, in brackets, mapped into IPv6, in capitals, behind any
 * byte, escaped as JSON escapes.
 * @param address as `spelledAddress` answers
 */
export const namesAddress = (text: string, address: string): boolean =>
  (text.includes("\\") ? [text, unescaped(text)] : [text]).some((spelled) => {
    for (const [found] of spelled.matchAll(ipv4)) if (dotted(found) === address) return true
    if (!spelled.includes(":")) return false
    for (const [found] of spelled.matchAll(ipv6)) if (spelledIpv6(found) === address) return true
    return false
  })
