import { describe, expect, it } from "vitest"
import {
  batchOf,
  Detection,
  type DetectionSettings,
  decidedWindowOf,
  defaultReading,
  defaultSettings,
  dimensionsIn,
  Explainer,
  encodeRecord,
  type FormatSpec,
  firstThresholds,
  LineScanner,
  limits,
  lineKeysOf,
  parseAlertId,
  parseLogFormat,
  readerFor,
  SpanReader,
  scanLines,
  thresholdsOf
} from "../../src/index.ts"
import { bytesOf, textOf } from "../support/lines.ts"

const on = { ...defaultSettings.leastRequests, site: 5 }

/** The site of each line of a text, undefined where it has none, by a scanner and by what it hands on from another thread. */
const sitesIn = (text: string, format?: FormatSpec): ReadonlyArray<string | undefined> => {
  const keys = lineKeysOf(on, 7)
  const reading = { ...defaultReading, ...(format === undefined ? {} : { format }) }
  const scanner = new LineScanner("path", limits.lineBytes, 7, readerFor(reading, { keys }), keys)
  const bytes = bytesOf(text)
  const found: Array<string | undefined> = []
  const [site] = scanner.keys
  const siteOf = () => (site!.start < 0 ? undefined : textOf(site!.bytes.subarray(site!.start, site!.end)))
  for (let at = 0; at < bytes.length; at = scanner.next) {
    expect(scanner.scan(bytes, at, bytes.length)).toBe(0)
    found.push(siteOf())
  }
  const { count, fields, numbers, bytes: moved } = scanLines(scanner, bytes.slice(), 0, bytes.length)
  const again = Array.from({ length: count }, (_, i) => {
    scanner.recall(moved, fields, i * 15, numbers, i * 3)
    return siteOf()
  })
  expect(again).toEqual(found)
  return found
}

const rest = '[10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 200 12'
const json = (host: string) =>
  `{"time":"2026-10-10T13:55:36Z","remote_addr":"192.0.2.1","method":"GET","uri":"/a","status":200,"http_host":${host}}`

const declared = (text: string): FormatSpec => {
  const parsed = parseLogFormat(text)
  if (!parsed.ok) throw new Error(parsed.reason)
  return { name: "declared", wrappers: [], inner: parsed.spec }
}

describe("the site of a line", () => {
  it.each([
    ["before the client", `www.example.com 192.0.2.1 - - ${rest}`, "www.example.com"],
    ["with a port and capitals", `WWW.Example.com:443 192.0.2.1 - - ${rest}`, "www.example.com"],
    ["before a client that is a name", `www.example.com client.example - - ${rest}`, "www.example.com"],
    ["before a list of proxies", `www.example.com 192.0.2.1, 10.0.0.1 - - ${rest}`, "www.example.com"],
    ["behind the client", `192.0.2.1 www.example.com - - ${rest}`, "www.example.com"],
    ["that is an address", `[2001:db8::1]:8443 192.0.2.1 - - ${rest}`, "[2001:db8::1]"],
    ["of a line of JSON", json('"Shop.example."'), "shop.example"],
    ["that is escaped in JSON", json('"sh\\u006fp.example:8080"'), "shop.example"]
  ])("stands %s", (_, line, site) => expect(sitesIn(`${line}\n`)).toEqual([site]))

  it.each([
    ["a line of Common form", `192.0.2.1 - - ${rest}`],
    ["one with a user who looks like a host", `192.0.2.1 - www.example.com ${rest}`],
    ["one with a user with spaces", `192.0.2.1 - www.example.com 203.0.113.9 - - ${rest}`],
    ["one with an ident", `192.0.2.1 www.example.com - ${rest}`],
    ["one whose host is a dash", `- 192.0.2.1 - - ${rest}`],
    ["one of a server without a name", `_ 192.0.2.1 - - ${rest}`],
    ["one of JSON whose host is empty", json('""')],
    ["one of JSON whose host is no host", json('"a host/with?more"')],
    ["one of JSON whose host is longer than hosts are", json(`"${"a".repeat(300)}"`)]
  ])("is none in %s", (_, line) => expect(sitesIn(`${line}\n`)).toEqual([undefined]))

  it("is none of the line before", () => {
    const lines = [`a.example 192.0.2.1 - - ${rest}`, `192.0.2.1 - - ${rest}`, json('"b.example"'), json('"-"')]
    expect(sitesIn(`${lines.join("\n")}\n`)).toEqual(["a.example", undefined, "b.example", undefined])
  })

  it.each([
    [
      '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$host"',
      `192.0.2.1 - - ${rest} "a.example"`
    ],
    ['$host $remote_addr [$time_local] "$request" $status $body_bytes_sent', `a.example 192.0.2.1 ${rest}`],
    ['%v:%p %h %l %u %t "%r" %>s %O', `a.example:80 192.0.2.1 - - ${rest}`],
    ['%h %l %u %t "%r" %>s %b %V', `192.0.2.1 - - ${rest} A.example`]
  ])("is the field of %s", (format, line) => expect(sitesIn(`${line}\n`, declared(format))).toEqual(["a.example"]))

  it.each([
    '$remote_addr [$time_local] "$request" $status $body_bytes_sent "$host"',
    '$remote_addr [$time_local] "$request" $status $body_bytes_sent $host "$http_user_agent"',
    '$remote_addr [$time_local] "$request" $status $body_bytes_sent $host $request_time',
    '$host $remote_addr [$time_local] "$request" $status $body_bytes_sent'
  ])("does not decide what is read of a line by %s", (text) => {
    const format = declared(text)
    const read = (line: string, keys: ReturnType<typeof lineKeysOf>) => {
      const reader = readerFor({ ...defaultReading, format }, { keys })
      const scanner = new LineScanner("path", limits.lineBytes, 7, reader, keys)
      const bytes = bytesOf(line)
      return [scanner.scan(bytes, 0, bytes.length), scanner.status, scanner.size, scanner.durationUs, scanner.next]
    }
    for (const front of ["", "a.example ", "- "]) {
      for (const behind of ["", " ", ' "', ' "x', ' "a.example"', " x 0.001", " x y 0.001", ' x "curl"', " é 0.2"]) {
        const line = `${front}192.0.2.1 ${rest}${behind}\n`
        expect(read(line, lineKeysOf(on, 7)), line).toEqual(read(line, []))
      }
    }
  })
})

const line = (site: string, second: number, status: number, url = "/a") =>
  `${site} 192.0.2.${second} - - [10/Oct/2026:13:55:${`${second}`.padStart(2, "0")} +0000] "GET ${url} HTTP/1.1" ${status} 12\n`

/** Ten lines of each of two sites in a window; one of them fails four times. */
const text = Array.from(
  { length: 10 },
  (_, i) => line("a.example", i, i < 4 ? 500 : 200, `/${i}`) + line("b.example", i, 200, `/${i}`)
).join("")
const batch = batchOf([
  { seq: 1, source: "web", storedMs: Date.UTC(2026, 9, 10, 14), bytes: bytesOf(text) },
  { seq: 2, source: "web", storedMs: Date.UTC(2026, 9, 10, 14), bytes: new Uint8Array(0), watermark: "end" }
])

const decisionsOf = (settings: DetectionSettings) => {
  const seuils = thresholdsOf(firstThresholds, 1, dimensionsIn(settings.leastRequests))
  const detection = new Detection(settings, seuils, { origin: "logs", hashSeed: 3 })
  detection.ingest(batch)
  return detection.take().decisions
}

describe("sites that are judged", () => {
  const [{ record, alerts } = undefined!] = decisionsOf({ ...defaultSettings, leastRequests: on })

  it("stand in the record beside the other dimensions, in the same places", () => {
    expect(record).toMatchObject({
      keys: { ip: 10, url: 10, site: 2 },
      breaches: { global: 1, ip: 0, url: 0, site: 1 },
      seuils: { site: { value: 0.2, revision: 1 } },
      rules: { least_requests: { global: 1, ip: 5, url: 3, site: 5 } },
      top: { site: [{ key: "a.example", total: 10, errors: 4, server_errors: 4 }] }
    })
    expect(Object.keys(record.top)).toEqual(["ip", "url", "site"])
    expect(encodeRecord(record)).toBe(JSON.stringify(record))
  })

  it("raise alerts of their own", () => {
    expect(alerts.map(({ type }) => type)).toEqual(["GLOBAL_ERROR_RATE", "SITE_ERROR_RATE"])
    expect(alerts[1]).toMatchObject({
      id: expect.stringMatching(/^site\.20261010T135500Z-10s\.[0-9a-f]{16}$/),
      severity: "MEDIUM",
      site: "a.example",
      total_requests: 10,
      errors: 4,
      message: "Site a.example: 4 of 10 requests failed (40.0 %), above the threshold of 20.0 %: 4 server errors"
    })
  })

  it("are read again from LOGS, by the record's rules alone", () => {
    const explainer = new Explainer(parseAlertId(alerts[1]!.id)!, [decidedWindowOf(record)], record.rules)
    const found: Array<string> = []
    explainer.read(batch, ({ bytes }) => found.push(textOf(bytes).split(" ")[0]!))
    expect(explainer.counts).toEqual({ total: 10, errors: 4 })
    expect(new Set(found)).toEqual(new Set(["a.example"]))
    const sites = new Set<string>()
    new SpanReader([decidedWindowOf(record)], 10_000, record.rules).read(batch, ({ keys: { site } }) => {
      sites.add(textOf(site!.bytes.subarray(site!.start, site!.end)))
    })
    expect(sites).toEqual(new Set(["a.example", "b.example"]))
  })

  it("are judged by what counts as an error of theirs", () => {
    const errors = { global: "5xx", ip: "5xx", url: "5xx", site: "404" }
    const [decision] = decisionsOf({ ...defaultSettings, leastRequests: on, errors })
    expect(decision!.record.breaches).toEqual({ global: 1, ip: 0, url: 0, site: 0 })
  })

  it("change nothing else of a record and its alerts", () => {
    const [off] = decisionsOf(defaultSettings)
    expect(JSON.stringify(off!.record)).not.toContain("site")
    const { keys, breaches, seuils, rules, top, ...same } = record
    expect(off!.record).toMatchObject(same)
    const { site: _, ...others } = breaches
    expect(off!.record.breaches).toEqual(others)
    expect(off!.alerts).toEqual(alerts.slice(0, 1))
  })
})
