import { describe, expect, it } from "vitest"
import {
  defaultReading,
  type FormatSpec,
  formatsIn,
  type LineReading,
  parseLogFormat,
  parseNetworks,
  trustOf
} from "../../src/index.ts"
import { bytesOf } from "../support/lines.ts"
import { Random } from "../support/random.ts"
import { readLine, readText } from "./read.ts"

const networksOf = (text: string): ReadonlyArray<string> => {
  const parsed = parseNetworks(text)
  if (!parsed.ok) throw new Error(parsed.wrong)
  return parsed.networks
}

const declared = (format: string): FormatSpec => {
  const parsed = parseLogFormat(format)
  if (!parsed.ok) throw new Error(parsed.reason)
  return { name: "declared", wrappers: [], inner: parsed.spec }
}

const trusting = (more: Partial<LineReading> = {}): LineReading => ({
  ...defaultReading,
  trusted: networksOf("private, 2001:db8:ffff::/48"),
  ...more
})

const main = (client: string, forwarded: string) =>
  `${client} - - [10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 404 12 "-" "x" "${forwarded}"`

const clientOf = (line: string, reading?: LineReading): string => {
  const read = readLine(line, reading)
  return typeof read === "string" ? `rejected: ${read}` : read.client
}

describe("two addresses in words that no format names", () => {
  const lines = (words: (client: string) => string): ReadonlyArray<unknown> =>
    readText(Array.from({ length: 8 }, (_, i) => words(`203.0.113.${i}`)).join("\n")).lines

  it.each([
    "web01 10.0.0.9:443 203.0.113.7:51234",
    "203.0.113.7 www.example.com 10.0.0.9",
    "10.0.0.9 web01 203.0.113.7:51234"
  ])("are ambiguous beside a name: %s", (front) => {
    expect(readLine(`${front} [10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 404 12`)).toBe("client")
  })

  it("are not ambiguous where lines before have told which is the client's: a user may have an address for a name", () => {
    const line = (front: string) => `${front} [10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 404 12`
    const { lines } = readText(
      `${line("203.0.113.7 www.example.com -")}\n${line("203.0.113.7 www.example.com 10.0.0.9")}\n`
    )
    expect(lines[1]).toMatchObject({ client: "203.0.113.7" })
  })

  it("are ambiguous where the one in front may be the server's own, as in IIS' lines without their names", () => {
    const read = lines((client) => `2026-10-10 13:55:36 10.0.0.9 GET /a - 80 - ${client} Mozilla/5.0 404 0 0 15`)
    for (const line of read) expect(line).toBeTypeOf("string")
  })

  it("are told apart where the one behind has a port, as an upstream's has", () => {
    const read = lines((client) => `2026-10-10T13:55:36Z ${client} GET /a 404 12 10.0.0.9:8080 x`)
    expect(read).toEqual(Array.from({ length: 8 }, (_, i) => expect.objectContaining({ client: `203.0.113.${i}` })))
  })
})

describe("networks", () => {
  it.each([
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["10.0.0.0/8", "::ffff:10.0.0.1", true],
    ["192.0.2.7", "192.0.2.7", true],
    ["192.0.2.7", "192.0.2.8", false],
    ["172.16.0.0/12", "172.31.255.255", true],
    ["172.16.0.0/12", "172.32.0.0", false],
    ["2001:db8::/33", "2001:db8:7fff::1", true],
    ["2001:db8::/33", "2001:db8:8000::1", false],
    ["0.0.0.0/0", "203.0.113.7", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["private", "fe80::1%eth0", true],
    ["private", "example.com", false]
  ])("%s holds %s: %s", (networks, address, held) => {
    const bytes = bytesOf(address)
    expect(trustOf(networksOf(networks)).trusts(bytes, 0, bytes.length)).toBe(held)
  })

  it.each(["10.0.0.0/33", "10.0.0", "x", "2001:db8::/129", "10.0.0.0/", "1.2.3.4/-1"])("no network: %s", (text) => {
    expect(parseNetworks(text)).toEqual({ ok: false, wrong: text })
  })

  it("are read from lists with remarks, a line each", () => {
    expect(networksOf("# the CDN's\n192.0.2.0/24\n2001:db8::/32 # new\n\n")).toEqual(["192.0.2.0/24", "2001:db8::/32"])
  })
})

describe("the client behind proxies", () => {
  it.each([
    ["the only one", "203.0.113.7", "203.0.113.7"],
    ["the rightmost, for the left one may be made up", "198.51.100.1, 203.0.113.7", "203.0.113.7"],
    ["behind two of our proxies", "203.0.113.7, 10.1.1.1, 10.0.0.2", "203.0.113.7"],
    ["with a port", "203.0.113.7:51000", "203.0.113.7"],
    ["IPv6", "[2001:db8::1]:443", "2001:db8::1"],
    ["behind an IPv6 proxy", "203.0.113.7, 2001:db8:ffff::1", "203.0.113.7"],
    ["all of them ours", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["what was made up beside it", "nonsense, 203.0.113.7", "203.0.113.7"],
    ["nobody", "-", "10.0.0.9"],
    ["nonsense alone", "nonsense", "10.0.0.9"]
  ])("is %s", (_, forwarded, client) => {
    expect(clientOf(main("10.0.0.9", forwarded), trusting())).toBe(client)
    const format = declared(
      '$remote_addr - - [$time_local] "$request" $status $body_bytes_sent "-" "x" "$http_x_forwarded_for"'
    )
    expect(clientOf(main("10.0.0.9", forwarded), trusting({ format }))).toBe(client)
    const json = JSON.stringify({
      time: "2026-10-10T13:55:36Z",
      remote_addr: "10.0.0.9",
      method: "GET",
      uri: "/a",
      status: 404,
      http_x_forwarded_for: forwarded
    })
    expect(clientOf(json, trusting())).toBe(client)
  })

  it.each([
    ["for=203.0.113.7", "203.0.113.7"],
    ["for=198.51.100.1;proto=https, for=203.0.113.7;by=10.0.0.9", "203.0.113.7"],
    ['for="[2001:db8::1]:4711"', "2001:db8::1"],
    ["for=unknown", "10.0.0.9"]
  ])("is in Forwarded: %s", (forwarded, client) => {
    const line = JSON.stringify({
      time: "2026-10-10T13:55:36Z",
      remote_addr: "10.0.0.9",
      method: "GET",
      uri: "/a",
      status: 404,
      forwarded
    })
    expect(clientOf(line, trusting())).toBe(client)
  })

  it("is who has connected where that is no proxy of ours, whatever the header says", () => {
    expect(clientOf(main("203.0.113.7", "198.51.100.1"), trusting())).toBe("203.0.113.7")
    expect(clientOf(main("10.0.0.9", "198.51.100.1"))).toBe("10.0.0.9")
  })

  it("never changes with what the client puts into the header", () => {
    const random = new Random(3)
    const parts = [
      "198.51.100.1",
      "10.0.0.1",
      "::1",
      "2001:db8:ffff::2",
      "unknown",
      "-",
      "x y",
      "for=1.2.3.4",
      "1.2.3.4:80",
      "[::1]",
      "127.0.0.1",
      ""
    ]
    const formats: ReadonlyArray<(peer: string, forwarded: string) => string> = [
      main,
      (peer, forwarded) =>
        JSON.stringify({
          time: "2026-10-10T13:55:36Z",
          remote_addr: peer,
          method: "GET",
          uri: "/a",
          status: 404,
          x_forwarded_for: forwarded
        })
    ]
    const reading = trusting()
    for (let i = 0; i < 2_000; i++) {
      const forged = Array.from({ length: random.int(0, 4) }, () => random.pick(parts)).join(random.pick([", ", ","]))
      const [client, proxy] = ["203.0.113.7", "10.0.0.9"]
      // The client comes directly, and through a proxy of ours that adds his address to what he sent.
      const list = forged === "" ? client : `${forged}, ${client}`
      for (const line of formats) {
        expect(clientOf(line(client, forged), reading), forged).toBe(client)
        expect(clientOf(line(proxy, list), reading), list).toBe(client)
      }
    }
  })
})

describe("a header behind an agent that a server does not escape", () => {
  const line = (agent: string, ...rest: ReadonlyArray<string>) =>
    `10.0.0.9 - - [10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 404 12 "-" "${agent}"${rest.map((field) => ` ${field}`).join("")}`

  it.each(['x" "6.6.6.6', 'x" "6.6.6.6" "', 'x" "6.6.6.6" "y" "z', 'x" "6.6.6.6" 1 "y'])(
    "is not forged by %s",
    (agent) => {
      expect(clientOf(line(agent, '"203.0.113.7"'), trusting())).toBe("10.0.0.9")
    }
  )

  it("is read where nothing else may be it, also with an upstream behind it", () => {
    expect(clientOf(line("x", '"203.0.113.7"'), trusting())).toBe("203.0.113.7")
    expect(clientOf(line("x", '"203.0.113.7"', "0.003", '"10.0.0.5:80"'), trusting())).toBe("203.0.113.7")
  })
})

describe("format strings of servers", () => {
  it("are found in Apache's configuration, also where a line goes on behind a backslash", () => {
    const configuration = 'LogFormat "%h %l %u %t \\"%r\\" \\\n%>s %b" \\\n  mine\n'
    expect(formatsIn(configuration)).toEqual([{ name: "mine", format: '%h %l %u %t "%r" %>s %b' }])
  })

  it.each([
    [
      "nginx",
      '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
    ],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: so they stand in nginx' configuration
    ["nginx with braces", '${remote_addr} [${time_local}] "${request}" ${status}'],
    ["Apache", '%h %l %u %t \\"%r\\" %>s %b'],
    ["Apache with parts of the request", '%a %{%Y-%m-%dT%H:%M:%S%z}t "%m %U%q %H" %>s %B %D']
  ])("%s", (_, format) => {
    expect(parseLogFormat(format).ok).toBe(true)
  })

  it.each([
    ["$remote_addr $request", "time"],
    ['[$time_local] "$request" $status', "client"],
    ['$remote_addr [$time_local] "$request"', "status"],
    ["$remote_addr [$time_local] $status", "request"],
    ["nothing", "names no fields"],
    ['$remote_addr$status [$time_local] "$request"', "nothing between"],
    ['$remote_addr [$time_local] $http_user_agent "$request" $status', "may look like one"]
  ])("%s is refused: %s", (format, why) => {
    const parsed = parseLogFormat(format)
    expect(parsed.ok ? "" : parsed.reason).toContain(why)
  })

  it("take the time as it is logged, however long the request took", () => {
    const format = declared('%h %l %u %t "%r" %>s %b %D')
    const line = '203.0.113.7 - - [10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 200 12 1500000'
    expect(readLine(line, { ...defaultReading, format })).toMatchObject({ time: "2026-10-10T13:55:36.000Z" })
  })
})
