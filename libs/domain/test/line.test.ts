import { describe, expect, it } from "vitest"
import { combined, common, lineTimeMs, logTime } from "./support/lines.ts"
import { scanLine } from "./support/scan.ts"

/** What the line says, or a failure that shows the reason. */
const right = (line: string, urlKey: "path" | "target" = "path") => {
  const scanned = scanLine(line, urlKey)
  if (!scanned.ok) throw new Error(`rejected as ${scanned.reason}: ${JSON.stringify(line)}`)
  return scanned
}

const at = (time: string) => right(combined({ time })).timeMs

describe("a line that is right", () => {
  it.each<[string, string]>([
    ["Common", common()],
    ["Combined", combined()],
    ["Combined, nothing known of referer and agent", common({ rest: ' "-" "-"' })],
    ["Combined, empty referer and agent", common({ rest: ' "" ""' })],
    ["a virtual host before", combined({ host: "www.example.com" })],
    ["a virtual host with its port before", combined({ host: "www.example.com:443" })],
    ["a virtual host before Common", common({ host: "example.com" })],
    // nginx writes whatever the Host header held for $host
    ...["[2001:db8::1]:443", "[::1]", "{a}", "a,b:80", "x\\x22y:80", "(*)", "a@b", "\xc3\xa9"].map(
      (host): [string, string] => [`the virtual host ${host} before`, combined({ host })]
    ),
    ["further words behind", combined({ rest: ' "-" "curl/8" 0.001 upstream=10.0.0.1:80' })],
    ["further quoted fields behind", combined({ rest: ' "-" "curl/8" "10.0.0.9" "TLSv1.3"' })],
    ["further fields behind Common", common({ rest: " 0.001 -" })],
    ["a space at the end", common({ rest: " " })],
    ["a quote inside a further word", common({ rest: ' x="y"' })]
  ])("%s", (_, line) => {
    expect(right(line)).toEqual({
      ok: true,
      timeMs: lineTimeMs,
      status: 200,
      size: 1234,
      client: "192.0.2.7",
      url: "/a/b"
    })
  })

  it.each([
    ["IPv4", "203.0.113.255"],
    ["IPv6 loopback", "::1"],
    ["IPv6 in full", "2001:0db8:0000:0000:0000:ff00:0042:8329"],
    ["IPv6 with a zone", "fe80::1%eth0"],
    ["IPv4 inside IPv6", "::ffff:192.0.2.1"],
    ["a host name", "crawl-66-249-73-135.googlebot.com"],
    ["a host name with an underscore", "my_host"],
    ["a name of one character", "a"]
  ])("client: %s", (_, client) => {
    expect(right(combined({ client })).client).toBe(client)
    expect(right(combined({ client, host: "vhost:80", user: "frank" })).client).toBe(client)
  })

  it.each([
    ["a plain name", "frank"],
    ["nothing in it", ""],
    ["one space", " "],
    ["spaces", "Jean Dupont de Nemours"],
    ["a space before and behind", " x "],
    ["dashes like those of a line", "- -"],
    ["a bracket", "[admin]"],
    ["brackets and spaces", "a [b] c"],
    ["escaped quotes", '\\"quoted\\"'],
    ["a quote as it is", 'o"brien'],
    ["a dash and a bracket, as if the time began", "- [x"],
    ["a time in brackets", "[17/May/2015:09:00:00 +0000]"],
    ["bytes beyond ASCII", "jos\u00c3\u00a9"]
  ])("user name with %s", (_, user) => {
    expect(right(combined({ user }))).toEqual(right(combined()))
    expect(right(combined({ user, host: "example.com" }))).toEqual(right(combined()))
  })

  it.each([
    ["nginx", '127.0.0.1 -  x [17/May/2015:10:05:03 +0000] "GET /private HTTP/1.1" 401 153 "-" "-"'],
    ["nginx", '[::1]:80 127.0.0.1 -   [17/May/2015:10:05:03 +0000] "GET /private HTTP/1.1" 401 153 "-" "-" 0.000 -'],
    ["nginx", 'a;b:80 127.0.0.1 - - [17/May/2015:10:05:03 +0000] "GET /private HTTP/1.1" 401 3 "-" "-" 0.000 -'],
    ["Apache", '127.0.0.1 -   [17/May/2015:10:05:03 +0000] "GET /private HTTP/1.1" 401 421'],
    ["Apache", 'localhost:80 127.0.0.1 -  x [17/May/2015:10:05:03 +0000] "GET /private HTTP/1.1" 401 421 "-" "-" 99'],
    ["Apache", '127.0.0.1 - \\x01\\x7f\\n\\"[x [17/May/2015:10:05:03 +0000] "GET /private HTTP/1.1" 401 421']
  ])("as %s wrote it, whoever tries to hide in it: %s", (_, line) => {
    const said = { ok: true, timeMs: lineTimeMs, status: 401, client: "127.0.0.1", url: "/private" }
    expect(right(line)).toMatchObject(said)
  })

  it("takes the first word for the client where ident is a dash, and the second where the third is one", () => {
    expect(right(combined({ client: "one", user: "two three" })).client).toBe("one")
    expect(right(combined({ host: "host", client: "one", user: "two three" })).client).toBe("one")
    expect(right(combined({ client: "one", ident: "ident", user: "two" })).client).toBe("one")
  })
})

describe("time", () => {
  const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ")

  it.each(months.map((name, i) => [name, i] as const))("month %s, its first and its last day", (name, i) => {
    const last = new Date(Date.UTC(2015, i + 1, 0)).getUTCDate()
    expect(at(`01/${name}/2015:00:00:00 +0000`)).toBe(Date.UTC(2015, i, 1))
    expect(at(`${last}/${name}/2015:23:59:59 +0000`)).toBe(Date.UTC(2015, i, last, 23, 59, 59))
    expect(scanLine(combined({ time: `${last + 1}/${name}/2015:00:00:00 +0000` }))).toEqual({
      ok: false,
      reason: "time"
    })
    expect(scanLine(combined({ time: `00/${name}/2015:00:00:00 +0000` }))).toEqual({ ok: false, reason: "time" })
    for (const other of [name.toLowerCase(), name.toUpperCase(), `${name.slice(0, 2)}x`, `x${name.slice(1)}`]) {
      expect(scanLine(combined({ time: `01/${other}/2015:00:00:00 +0000` })).ok, other).toBe(false)
    }
  })

  it.each([
    [2000, true],
    [2024, true],
    [2023, false],
    [2100, false],
    [1972, true],
    [2400, true]
  ])("29 February %i: %s", (year, exists) => {
    expect(scanLine(combined({ time: `29/Feb/${year}:12:00:00 +0000` }))).toEqual(
      exists
        ? { ok: true, timeMs: Date.UTC(year, 1, 29, 12), status: 200, size: 1234, client: "192.0.2.7", url: "/a/b" }
        : { ok: false, reason: "time" }
    )
  })

  it.each(["+0000", "-0000", "+0530", "+0545", "+1245", "-0330", "+1400", "-1200", "+0100", "-0959"])(
    "zone %s",
    (zone) => {
      const minutes = (zone[0] === "-" ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3)))
      expect(at(`17/May/2015:10:05:03 ${zone}`)).toBe(lineTimeMs - minutes * 60_000)
    }
  )

  it("says the same instant whatever the zone it is written in", () => {
    for (let zone = -720; zone <= 840; zone++) expect(at(logTime(lineTimeMs, zone))).toBe(lineTimeMs)
  })

  it("knows every second of years around leap days, and those before 1970 that a zone brings about", () => {
    for (let day = Date.UTC(1999, 11, 30); day < Date.UTC(2001, 2, 3); day += 86_400_000) {
      const ms = day + ((day / 1000) % 86_399) * 1000
      expect(at(logTime(ms, 60))).toBe(ms)
    }
    expect(at("01/Jan/1970:00:00:00 +1400")).toBe(-14 * 3_600_000)
  })

  it.each([
    ["+1500", "zones end at +1400"],
    ["+1401", "zones end at +1400"],
    ["-1201", "zones end at -1200"],
    ["+0560", "an hour has 60 minutes"],
    ["0000", "no sign"],
    ["+00:00", "a colon"],
    ["+000", "three digits"],
    ["+00000", "five digits"],
    ["GMT", "a name"]
  ])("no zone: %s (%s)", (zone) => {
    expect(scanLine(combined({ time: `17/May/2015:10:05:03 ${zone}` })).ok).toBe(false)
  })

  it.each([
    "17/May/2015:24:00:00 +0000",
    "17/May/2015:10:60:03 +0000",
    "17/May/2015:10:05:60 +0000",
    "17/May/2015:10:05:61 +0000",
    "17/May/1969:10:05:03 +0000",
    "17/May/0015:10:05:03 +0000",
    "7/May/2015:10:05:03 +0000",
    "17/05/2015:10:05:03 +0000",
    "17-May-2015:10:05:03 +0000",
    "17/May/2015 10:05:03 +0000",
    "17/May/2015:10.05.03 +0000",
    "17/May/2015:10:05:03  +000",
    "17/May/2015:1:05:03 +00000",
    "17/May/2015:10:05: 3 +0000",
    "17/May/+015:10:05:03 +0000",
    "2015-05-17T10:05:03+00:00x",
    "-"
  ])("no time: %s", (time) => {
    expect(scanLine(combined({ time }))).toEqual({ ok: false, reason: "time" })
  })
})
