import { describe, expect, it } from "vitest"
import { Client, hashStep } from "../src/index.ts"
import { bytesOf, textOf } from "./support/lines.ts"
import { Random } from "./support/random.ts"

/** The key of a client, as the detection comes to it. */
const keyOf = (address: string, ipv6Prefix = 128): string => {
  const client = new Client(ipv6Prefix, 42)
  // in the middle of a buffer, as in a line
  const bytes = bytesOf(`:${address}:ffff`)
  const end = 1 + address.length
  if (!client.mayDiffer(bytes, 1, end) || !client.spell(bytes, 1, end)) return address
  const key = textOf(client.bytes.subarray(0, client.length))
  expect(client.hash).toBe(bytesOf(key).reduce(hashStep, 42))
  return key
}

describe("the key of a client", () => {
  it.each([
    ["192.0.2.1"],
    ["::1"],
    ["::"],
    ["2001:db8::1"],
    ["2001:0DB8:0:0:0:0:0:1"], // as it is logged
    ["fe80::1%eth0"],
    ["example.com"],
    ["0.example.com"],
    ["host:80"],
    ["0:x"],
    ["::192.0.2.1"], // compatible, not mapped
    ["::ffff:0:192.0.2.1"], // translated, not mapped
    ["::fffe:192.0.2.1"],
    ["::ffff:192.0.2.256"],
    ["::ffff:192.0.2"],
    ["::ffff:192.0.2.1.5"],
    ["::ffff:192.0.2.1x"],
    ["::ffff:192.0.2.1:1"],
    ["1::ffff:192.0.2.1"],
    ["::ffff"],
    [":::1"],
    ["::1::2"],
    ["0:1:2:3:4:5:6:7:8"],
    ["0:1:2:3"],
    ["00000::1"]
  ])("%s stays as it is", (address) => {
    expect(keyOf(address)).toBe(address)
  })

  it.each([
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:192.0.2.1", "192.0.2.1"],
    ["0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
    ["0000:0000:0000:0000:0000:ffff:192.0.2.1", "192.0.2.1"],
    ["0::ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["::ffff:C000:0201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:c000:0201", "192.0.2.1"],
    ["::ffff:0.0.0.0", "0.0.0.0"],
    ["::ffff:255.255.255.255", "255.255.255.255"],
    ["::ffff:10.20.30.99", "10.20.30.99"],
    ["::ffff:007.0.0.010", "7.0.0.10"]
  ])("%s is the IPv4 client %s, whatever the prefix", (address, key) => {
    for (const prefix of [128, 64, 48, 1]) expect(keyOf(address, prefix)).toBe(key)
  })

  it.each([
    ["2001:db8:1:2:3:4:5:6", 64, "2001:db8:1:2::/64"],
    ["2001:db8:1:2ff:3:4:5:6", 56, "2001:db8:1:200::/56"],
    ["2001:db8:1:2:3:4:5:6", 48, "2001:db8:1::/48"],
    ["2001:DB8:0001:0002::", 64, "2001:db8:1:2::/64"],
    ["2001:db8::1", 64, "2001:db8::/64"],
    ["2001:db8:0:0:1::1", 80, "2001:db8:0:0:1::/80"],
    ["::1", 64, "::/64"],
    ["::", 1, "::/1"],
    ["ffff::", 1, "8000::/1"],
    ["fe80::1%eth0", 64, "fe80::/64"],
    ["1:2:3:4:5:6:7:8", 127, "1:2:3:4:5:6:7:8/127"],
    ["1:2:3:4:5:6:7:9", 127, "1:2:3:4:5:6:7:8/127"],
    ["1:2:3:4:5:6:7:0", 120, "1:2:3:4:5:6:7::/120"],
    ["64:ff9b::192.0.2.1", 96, "64:ff9b::/96"],
    ["1:2:3:4:5:6:192.0.2.1", 112, "1:2:3:4:5:6:c000::/112"],
    ["192.0.2.1", 64, "192.0.2.1"],
    ["example.com", 64, "example.com"],
    ["a:b", 64, "a:b"]
  ])("%s by %i bits is %s", (address, prefix, key) => {
    expect(keyOf(address, prefix)).toBe(key)
  })

  it("is one for all spellings of the addresses of a network, and another for each network", () => {
    const random = new Random(1)
    const spell = (groups: ReadonlyArray<number>): string => {
      const texts = groups.map((g) =>
        random.pick([g.toString(16), g.toString(16).toUpperCase(), g.toString(16).padStart(4, "0")])
      )
      const zeros = groups.findIndex(
        (g, i) => g === 0 && random.chance(0.5) && groups.slice(i, i + 2).every((x) => x === 0)
      )
      if (zeros < 0) return texts.join(":")
      let end = zeros
      while (end < 8 && groups[end] === 0) end++
      return `${texts.slice(0, zeros).join(":")}::${texts.slice(end).join(":")}`
    }
    for (const prefix of [64, 56, 48]) {
      const networks = new Map<string, string>()
      for (let i = 0; i < 3_000; i++) {
        const groups = Array.from({ length: 8 }, () => random.pick([0, 0, 1, 0x10, 0xffff, random.int(0, 0xffff)]))
        if (groups.slice(0, 5).every((g) => g === 0)) continue // may be IPv4
        const bits = groups
          .map((g) => g.toString(2).padStart(16, "0"))
          .join("")
          .slice(0, prefix)
        const key = keyOf(spell(groups), prefix)
        expect(key.endsWith(`::/${prefix}`)).toBe(true)
        expect(networks.get(bits) ?? key).toBe(key)
        networks.set(bits, key)
      }
      expect(new Set(networks.values()).size).toBe(networks.size)
    }
  })

  it("never fails and never reads beyond the client, for any bytes", () => {
    const random = new Random(2)
    const some = [":", "::", "f", "0", "ffff", ".", "1", "255", "%", "g", "12345"]
    for (let i = 0; i < 20_000; i++) {
      const address = Array.from({ length: random.int(1, 12) }, () => random.pick(some)).join("")
      const key = keyOf(address, random.pick([128, 64]))
      const alone = new Client(64, 42)
      const bytes = bytesOf(address)
      if (key.endsWith("/64")) {
        expect(alone.spell(bytes, 0, bytes.length)).toBe(true)
        expect(textOf(alone.bytes.subarray(0, alone.length))).toBe(key)
      }
    }
  })
})
