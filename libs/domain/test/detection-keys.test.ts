import { describe, expect, it } from "vitest"
import type { DetectionSettings } from "../src/index.ts"
import { bytesOf, common, type LineParts, logTime } from "./support/lines.ts"
import { Script, zeroMs } from "./support/script.ts"

/** One window with a failed request for each of these. */
const windowOf = (parts: ReadonlyArray<LineParts>, settings: Partial<DetectionSettings> = {}) => {
  const lines = parts.map((p) => common({ time: logTime(zeroMs + 5_000), status: "500", ...p }))
  const leastRequests = { global: 1, ip: 1, url: 1 }
  const script = new Script({ leastRequests, ...settings })
    .send(bytesOf(lines.join("\n")), { at: 5 })
    .promise("a", "end")
  const { record, alerts } = script.decisions[0]!
  const counts = (key: "ip" | "url") =>
    Object.fromEntries(alerts.flatMap((a) => (a[key] === undefined ? [] : [[a[key], a.total_requests]])))
  return { record, ips: counts("ip"), urls: counts("url") }
}

const get = (target: string): LineParts => ({ request: `GET ${target} HTTP/1.1` })

describe("the keys of a window", () => {
  it("are one for an IPv4 client, however its address is spelt", () => {
    const { ips } = windowOf([
      { client: "192.0.2.1" },
      { client: "::ffff:192.0.2.1" },
      { client: "::ffff:c000:201" },
      { client: "192.0.2.1", host: "example.com", user: "a b" },
      { client: "192.0.2.11" }
    ])
    expect(ips).toEqual({ "192.0.2.1": 4, "192.0.2.11": 1 })
  })

  it("are the IPv6 clients in one spelling, or their networks where a prefix says so", () => {
    const clients = [
      "2001:db8:0:1::a",
      "2001:db8:0:1::b",
      "2001:DB8:0:2::a",
      "192.0.2.1",
      "fe80::1%eth0",
      "host.example"
    ]
    const parts = clients.map((client) => ({ client }))
    const spelled = ["2001:db8:0:1::a", "2001:db8:0:1::b", "2001:db8:0:2::a", "192.0.2.1", "fe80::1", "host.example"]
    expect(windowOf(parts).ips).toEqual(Object.fromEntries(spelled.map((c) => [c, 1])))
    expect(windowOf(parts, { reading: undefined }).ips).toEqual(Object.fromEntries(clients.map((c) => [c, 1])))
    expect(windowOf(parts, { ipv6Prefix: 64 }).ips).toEqual({
      "2001:db8:0:1::/64": 2,
      "2001:db8:0:2::/64": 1,
      "fe80::/64": 1,
      "192.0.2.1": 1,
      "host.example": 1
    })
    expect(windowOf(parts, { ipv6Prefix: 48 }).ips["2001:db8::/48"]).toBe(3)
  })

  it("are the paths of URLs, or their whole targets", () => {
    const parts = [get("/a?x=1"), get("/a?x=2"), get("/a"), get("http://example.com/a?x=1"), get("/b")]
    expect(windowOf(parts).urls).toEqual({ "/a": 3, "http://example.com/a": 1, "/b": 1 })
    expect(windowOf(parts, { urlKey: "target" }).urls).toEqual({
      "/a?x=1": 1,
      "/a?x=2": 1,
      "/a": 1,
      "http://example.com/a?x=1": 1,
      "/b": 1
    })
  })

  it("have no URL for a request that has none: it counts for all traffic and its client", () => {
    const { record, ips, urls } = windowOf([
      { request: "-" },
      { request: "\\x16\\x03\\x01" },
      { request: "" },
      get("/a")
    ])
    expect(record).toMatchObject({ total: 4, errors: 4, keys: { ip: 1, url: 1 } })
    expect([ips, urls]).toEqual([{ "192.0.2.7": 4 }, { "/a": 1 }])
  })

  it("tell URLs apart by their bytes, and write those that are no text as a server would", () => {
    const { urls } = windowOf([get("/caf\xc3\xa9"), get("/caf\xe9"), get("/caf\xe8"), get("/caf\xe9")])
    expect(urls).toEqual({ "/café": 1, "/caf\\xe9": 2, "/caf\\xe8": 1 })
  })

  it("are errors from 400 on", () => {
    const statuses = ["399", "400", "404", "499", "500", "599", "100", "304"]
    expect(windowOf(statuses.map((status) => ({ status }))).record).toMatchObject({ total: 8, errors: 5 })
  })
})

describe("the seed of the hashes", () => {
  it("shows nowhere", () => {
    const said = [1, -1, 0x7fff_ffff].map((hashSeed) => {
      const script = new Script({}, undefined, hashSeed)
      for (let second = 0; second < 40; second++) {
        script.lines([second, second, second], {}, { client: `10.0.0.${second % 7}`, status: "500" })
      }
      return JSON.stringify(script.decisions)
    })
    expect(new Set(said).size).toBe(1)
  })
})
