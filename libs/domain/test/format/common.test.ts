import { describe, expect, it } from "vitest"
import { defaultReading, parseNetworks } from "../../src/index.ts"
import { splitLines } from "../oracle/parse-line.ts"
import { realLog, textOf } from "../support/lines.ts"
import { generatedLine, mutated } from "../support/mutate.ts"
import { Random } from "../support/random.ts"
import { scanLine } from "../support/scan.ts"
import { readLine, readText } from "./read.ts"

const said = '[10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 404 12 "-" "x"'
const right = { client: "203.0.113.7", time: "2026-10-10T13:55:36.000Z", status: 404, url: "/a" }
const at = (time: string) => `203.0.113.7 - - [${time}] "GET /a HTTP/1.1" 404 12 "-" "x"`
const tail = (text: string) => `203.0.113.7 - - [10/Oct/2026:13:55:36 +0000] ${text}`

const privateNetworks = parseNetworks("private")
const trusting = { ...defaultReading, trusted: privateNetworks.ok ? privateNetworks.networks : [] }

describe("who has asked", () => {
  it.each([
    ["a virtual host behind the client", `203.0.113.7 www.example.com - - ${said}`],
    ["a virtual host before the client", `www.example.com 203.0.113.7 - - ${said}`],
    ["a virtual host with its port", `www.example.com:443 203.0.113.7 - - ${said}`],
    ["a virtual host that is an IPv6 address", `[2001:db8::1]:443 203.0.113.7 - - ${said}`],
    ["lighttpd's virtual host in place of ident", `203.0.113.7 www.example.com - ${said}`],
    ["a port", `203.0.113.7:51234 - - ${said}`],
    ["a file's name from grep", `access.log:203.0.113.7 - - ${said}`],
    ["a path and a line's number from grep", `/var/log/nginx/access.log:12:203.0.113.7 - - ${said}`],
    ["a list of addresses, of which the last one has connected", `198.51.100.1, 203.0.113.7 - - ${said}`],
    ["quotes", `"203.0.113.7" - - ${said}`],
    ["one dash missing", `203.0.113.7 - ${said}`],
    ["both dashes missing", `203.0.113.7 ${said}`],
    ["a byte order mark", `\xef\xbb\xbf203.0.113.7 - - ${said}`]
  ])("is found beside %s", (_, line) => {
    expect(readLine(line)).toEqual(right)
  })

  it.each([
    ["203.0.113.*", "203.0.113.*"],
    ["0/25.2.0.192.in-addr.arpa", "0/25.2.0.192.in-addr.arpa"],
    ["[2001:db8::1]:80", "2001:db8::1"],
    ["[::1]", "::1"],
    ["access.log:2001:db8::1", "2001:db8::1"],
    ["crawler.example.com:80", "crawler.example.com"],
    ["-", ""]
  ])("%s is %j", (client, name) => {
    expect(readLine(`${client} - - ${said}`)).toEqual({ ...right, client: name })
  })

  it("is not guessed at where two addresses stand side by side", () => {
    expect(readLine(`203.0.113.7 10.0.0.9 - - ${said}`)).toBe("client")
    expect(readLine(`10.0.0.9 203.0.113.7 - - ${said}`)).toBe("client")
  })

  it("is the one of two addresses that is no trusted proxy", () => {
    expect(readLine(`203.0.113.7 10.0.0.9 - - ${said}`, trusting)).toEqual(right)
    expect(readLine(`10.0.0.9 203.0.113.7 - - ${said}`, trusting)).toEqual(right)
    expect(readLine(`10.0.0.9 10.0.0.7 - - ${said}`, trusting)).toBe("client")
    expect(readLine(`203.0.113.8 203.0.113.7 - - ${said}`, trusting)).toBe("client")
  })

  it("is who has connected where a list stands beside him, unless he is a trusted proxy", () => {
    const listed = "198.51.100.1, 198.51.100.2"
    // Anybody can send such a list.
    expect(readLine(`${listed} 203.0.113.7 - - ${said}`)).toEqual(right)
    expect(readLine(`${listed} 203.0.113.7 - - ${said}`, trusting)).toEqual(right)
    expect(readLine(`203.0.113.7 ${listed} - - ${said}`, trusting)).toEqual(right)
    expect(readLine(`203.0.113.7 ${listed} - - ${said}`)).toBe("prefix")
    expect(readLine(`198.51.100.1, 203.0.113.7 10.0.0.9 - - ${said}`, trusting)).toEqual(right)
    expect(readLine(`10.0.0.9 198.51.100.1, 203.0.113.7 - - ${said}`, trusting)).toEqual(right)
    expect(readLine(`www.example.com 198.51.100.1, 203.0.113.7 - - ${said}`)).toEqual(right)
  })

  it("is not hidden by a virtual host that is an address, once lines before have shown which of the two it is", () => {
    const text = `www.example.com 203.0.113.7 - - ${said}\n198.51.100.1 203.0.113.7 - - ${said}\n`
    expect(readText(text).lines).toEqual([right, right])
    const behind = `203.0.113.7 www.example.com - - ${said}\n203.0.113.7 198.51.100.1 - - ${said}\n`
    expect(readText(behind).lines).toEqual([right, right])
  })
})

describe("the URL of another site", () => {
  it("has its host with it", () => {
    expect(readLine(tail('"GET http://other.example/ HTTP/1.1" 404 12'))).toEqual({
      ...right,
      url: "http://other.example/"
    })
  })
})

describe("lines that are in another form, and right", () => {
  it.each([
    ["milliseconds", "10/Oct/2026:13:55:36.000 +0000"],
    ["ISO 8601", "2026-10-10T15:55:36+02:00"],
    ["no zone", "10/Oct/2026:13:55:36"],
    ["a space before the time of day", "10/Oct/2026 13:55:36"],
    ["a leap second", "10/Oct/2026:13:54:60 +0000"]
  ])("%s", (what, time) => {
    const expected = what === "a leap second" ? "2026-10-10T13:55:00.000Z" : right.time
    expect(readLine(at(time))).toEqual({ ...right, time: expected })
  })

  it.each([
    ["a duration between time and request", '0.003 "GET /a HTTP/1.1" 404 12'],
    ["a virtual host between time and request", 'www.example.com "GET /a HTTP/1.1" 404 12'],
    ["a quote in the agent", '"GET /a HTTP/1.1" 404 12 "-" "x"y"'],
    ["quotes and spaces in the agent", '"GET /a HTTP/1.1" 404 12 "-" "a "b" c" 12 "r" "u" x'],
    ["a backslash at the agent's end", '"GET /a HTTP/1.1" 404 12 "-" "x\\"'],
    ["a tab in the agent", '"GET /a HTTP/1.1" 404 12 "-" "x\ty"']
  ])("%s", (_, text) => {
    expect(readLine(tail(text))).toEqual(right)
  })

  it.each([
    ['/a"b', '/a"b'],
    ["/a\\", "/a\\"]
  ])("a path that nobody escaped: %s", (path, url) => {
    expect(readLine(tail(`"GET ${path} HTTP/1.1" 404 12 "-" "x"`))).toEqual({ ...right, url })
  })

  it.each([
    ["-", 0],
    ["000", 0],
    ["999", 999],
    ["404.0", 404]
  ])("status %s", (status, number) => {
    expect(readLine(tail(`"GET /a HTTP/1.1" ${status} 12`))).toEqual({ ...right, status: number })
  })

  it("takes the server's time where a user name holds one", () => {
    const line = `203.0.113.7 - [17/May/2015:09:00:00 +0000] [10/Oct/2026:13:55:36 +0000] 0.003 "GET /a HTTP/1.1" 404 12`
    expect(readLine(line)).toEqual(right)
  })

  it.each([
    ["its agent", tail('"GET /a HTTP/1.1" 404 12 "-" "cut')],
    ["its request", tail('"GET /a HT')],
    ["its size", tail('"GET /a HTTP/1.1" 404 ')]
  ])("but not one that was cut in %s", (_, line) => {
    expect(["truncated", "request"]).toContain(readLine(line))
  })
})

describe("beside the strict reading", () => {
  it("says the same of every line that was right before, but for the kinds above", () => {
    const random = new Random(14)
    const real = splitLines(textOf(realLog()))
    let compared = 0
    for (let i = 0; i < 30_000; i++) {
      const line = mutated(random.chance(0.5) ? random.pick(real) : generatedLine(random), random)
      if (line.includes("\n")) continue
      const strict = scanLine(line)
      if (!strict.ok) continue
      const read = readLine(line)
      // ports, grep's file names, hosts in URLs, a virtual host that is told from the client by being no address, and two ends of a request
      if (/^\S*[:[{]|:\/\//.test(line) || !/^\S+ - /.test(line) || /" \d{3} .*" \d{3} /.test(line)) continue
      compared++
      const { client, status, url } = strict
      expect(read, line).toEqual({ client, time: new Date(strict.timeMs).toISOString(), status, url })
    }
    expect(compared).toBeGreaterThan(1_500)
  })

  it("takes a line whatever stands behind its size, unless it is cut there", () => {
    const random = new Random(15)
    for (let i = 0; i < 10_000; i++) {
      // No header begins or ends with a space.
      const text = Array.from({ length: random.int(0, 12) }, () => random.pick([..."\"\\ \tab[]-1'{}\xe9"])).join("")
      const agent = text.replaceAll(/^[ \t]+|[ \t]+$/g, "")
      for (const rest of ["", " 12", ' "r" "http://b" 3ms', " [a] [] 10.0.0.1:80 1 0.1 200 id"]) {
        const line = tail(`"GET /a HTTP/1.1" 404 12 "${agent}" "${agent}"${rest}`)
        expect(readLine(line), line).toEqual(right)
      }
    }
  })
})
