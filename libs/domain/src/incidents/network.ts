/**
 * The networks of a client's address, as text: /24 and /16 of IPv4, /64 and /48 of IPv6; none for what is no address. IPv6 is taken as
 * the detection spells it; groups that `::` left out are zeros.
 */
export const networksOf = (client: string): ReadonlyArray<string> => {
  const known = cached.get(client)
  if (known !== undefined) return known
  const networks = networksIn(client)
  if (cached.size >= mostCached) cached.clear()
  cached.set(client, networks)
  return networks
}

/** The same clients come again and again. What is cached changes nothing but the time that it takes. */
const mostCached = 10_000
const cached = new Map<string, ReadonlyArray<string>>()

const networksIn = (client: string): ReadonlyArray<string> => {
  if (client.includes(":")) return ipv6Networks(client)
  const first = client.indexOf(".")
  const second = client.indexOf(".", first + 1)
  const third = client.indexOf(".", second + 1)
  if (first < 1 || second < 0 || third < 0 || client.indexOf(".", third + 1) >= 0) return none
  return [`${client.slice(0, third)}.0/24`, `${client.slice(0, second)}.0.0/16`]
}

const none: ReadonlyArray<string> = []

const ipv6Networks = (client: string): ReadonlyArray<string> => {
  const [head = "", tail] = client.split("::", 2)
  const before = head === "" ? [] : head.split(":")
  const behind = tail === undefined || tail === "" ? [] : tail.split(":")
  const missing = tail === undefined ? 0 : 8 - before.length - behind.length
  const groups = [...before, ...Array.from({ length: Math.max(0, missing) }, () => "0"), ...behind]
  if (groups.length !== 8) return none
  return [`${groups.slice(0, 4).join(":")}::/64`, `${groups.slice(0, 3).join(":")}::/48`]
}
