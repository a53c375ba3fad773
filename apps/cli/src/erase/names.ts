import { spelledIpv6 } from "@chaussettes/service"

/** The lines of a message: one below the other, or the records of an array, as Fluent Bit sends them. */
export const linesOf = (data: Uint8Array): ReadonlyArray<string> => {
  const text = Buffer.from(data).toString("latin1")
  if (text.startsWith("[")) {
    try {
      const records: unknown = JSON.parse(text)
      if (Array.isArray(records)) return records.map((record) => JSON.stringify(record))
    } catch {
      // Lines of which the first begins so, such as one with an address of IPv6.
    }
  }
  return text.split("\n").filter((line) => line !== "")
}

const ipv4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)/g
/** Longer than any address with its zone would be no address. */
const ipv6 = /[0-9A-Fa-f:]{0,39}::?[0-9A-Fa-f:.]{0,45}/g

const dotted = (text: string): string => text.split(".").map(Number).join(".")

/** What follows an address in a line may look like a part of it: a port, a full stop. */
const foundIpv6 = (text: string): string | undefined =>
  spelledIpv6(text) ?? spelledIpv6(text.replace(/[.:]+$/, "")) ?? spelledIpv6(text.replace(/:\d*$/, ""))

/** `\\u0031` of JSON and `\\x31` of nginx are 1, however often the text around them was escaped again. */
const escaped = /\\+(?:u([0-9a-f]{4})|x([0-9a-f]{2}))/gi

const unescaped = (text: string): string =>
  text.replace(escaped, (_, unit?: string, byte?: string) =>
    String.fromCharCode(Number.parseInt(unit ?? byte ?? "", 16))
  )

/** As it stands, without its escapes, and without the zeros between the bytes of UTF-16. */
const spellings = (text: string): ReadonlyArray<string> => {
  const all = text.includes("\\") ? [text, unescaped(text)] : [text]
  return text.includes("\0") ? [...all, text.replaceAll("\0", "")] : all
}

/**
 * Whether a text names an address, however it spells it: as a field, with a port, in brackets, mapped into IPv6, in capitals, behind any
 * byte, escaped as JSON escapes, in UTF-16.
 * @param address as `spelledAddress` answers
 */
export const namesAddress = (text: string, address: string): boolean =>
  spellings(text).some((spelled) => {
    for (const [found] of spelled.matchAll(ipv4)) if (dotted(found) === address) return true
    if (!spelled.includes(":")) return false
    for (const [found] of spelled.matchAll(ipv6)) if (foundIpv6(found) === address) return true
    return false
  })
