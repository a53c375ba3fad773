import { type Groups, readAddress } from "./address.ts"

/** Networks whose machines are our own proxies: what they write into a header is believed. */
export interface Trust {
  /** Whether the address at bytes[start, end) is in one of them. */
  readonly trusts: (bytes: Uint8Array, start: number, end: number) => boolean
}

/** Networks by name. */
export const networkPresets: { readonly [name: string]: ReadonlyArray<string> } = {
  private: [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
    "::1/128"
  ]
}

interface Network {
  readonly groups: Groups
  readonly bits: number
}

/** `10.0.0.0/8`, `2001:db8::/32`, or an address alone. */
const networkOf = (text: string): Network | undefined => {
  const slash = text.indexOf("/")
  const address = slash < 0 ? text : text.slice(0, slash)
  const bytes = Uint8Array.from(address, (c) => c.charCodeAt(0))
  const groups = new Uint16Array(8)
  if (!readAddress(bytes, 0, bytes.length, groups)) return undefined
  const isIpv4 = !address.includes(":")
  if (slash < 0) return { groups, bits: 128 }
  const prefix = text.slice(slash + 1)
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > (isIpv4 ? 32 : 128)) return undefined
  return { groups, bits: Number(prefix) + (isIpv4 ? 96 : 0) }
}

const isIn = ({ groups: network, bits }: Network, groups: Groups): boolean => {
  const whole = bits >> 4
  for (let g = 0; g < whole; g++) if (network[g] !== groups[g]) return false
  const rest = bits & 15
  return rest === 0 || (network[whole]! ^ groups[whole]!) >> (16 - rest) === 0
}

export type ParsedNetworks =
  | { readonly ok: true; readonly networks: ReadonlyArray<string> }
  | { readonly ok: false; readonly wrong: string }

/** A list of networks and names of presets, with commas, spaces or lines between them; what stands behind `#` is a remark. */
export const parseNetworks = (text: string): ParsedNetworks => {
  const networks: Array<string> = []
  for (const word of text
    .replaceAll(/#.*/g, "")
    .split(/[\s,]+/)
    .filter((w) => w !== "")) {
    const preset = networkPresets[word]
    if (preset !== undefined) networks.push(...preset)
    else if (networkOf(word) !== undefined) networks.push(word)
    else return { ok: false, wrong: word }
  }
  return { ok: true, networks }
}

/** An address that was looked up stays known, up to so many: a site has few proxies. */
const remembered = 1_024

/** Trust in these networks, as `parseNetworks` gives them. */
export const trustOf = (texts: ReadonlyArray<string>): Trust => {
  const networks = texts.map(networkOf).filter((n) => n !== undefined)
  const groups = new Uint16Array(8)
  const known = new Map<number, boolean>()
  return {
    trusts: (bytes, start, end) => {
      if (!readAddress(bytes, start, end, groups)) return false
      // IPv4 addresses are remembered; the groups of the others do not fit into a number.
      const isIpv4 = groups[5] === 0xffff && (groups[0]! | groups[1]! | groups[2]! | groups[3]! | groups[4]!) === 0
      const key = isIpv4 ? groups[6]! * 65_536 + groups[7]! : -1
      const before = key < 0 ? undefined : known.get(key)
      if (before !== undefined) return before
      const answer = networks.some((network) => isIn(network, groups))
      if (key >= 0) {
        if (known.size >= remembered) known.clear()
        known.set(key, answer)
      }
      return answer
    }
  }
}
