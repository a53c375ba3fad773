import { describe, expect, it } from "vitest"
import {
  AutoReader,
  batchOf,
  Detection,
  type DetectionSettings,
  decidedWindowOf,
  declaredFor,
  declaredFormat,
  defaultSettings,
  firstThresholds,
  isLineReading,
  knownFormats,
  LineScanner,
  type LogBatch,
  noChoice,
  parseFormats,
  type Rules,
  SpanReader,
  thresholdsOf,
  type WindowRecord
} from "../../src/index.ts"
import { bytesOf, combined, lineTimeMs, textOf } from "../support/lines.ts"

const json = (value: unknown) => JSON.stringify(value)
const caddy = (client: string, uri: string) =>
  json({
    ts: lineTimeMs / 1000,
    request: { remote_ip: client, method: "GET", uri },
    status: 404,
    size: 5,
    msg: "handled request"
  })

/** Messages as shippers send them, all of them of lines from 10.0.0.1 and 10.0.0.2 for /a. */
const messages: ReadonlyArray<readonly [name: string, text: string]> = [
  ["Combined", ["10.0.0.1", "10.0.0.2"].map((client) => combined({ client, request: "GET /a HTTP/1.1" })).join("\n")],
  ["JSON", `${caddy("10.0.0.1", "/a")}\n${caddy("10.0.0.2", "/a")}\n`],
  [
    "JSON with escapes",
    `${caddy("10.0.0.1", "/a").replaceAll("/a", "\\/a")}\n${caddy("10.0.0.2", "/a").replaceAll("/a", "\\u002fa")}\n`
  ],
  [
    "Docker's objects",
    ["10.0.0.1", "10.0.0.2"]
      .map((client) => json({ log: `${combined({ client, request: "GET /a HTTP/1.1" })}\n` }))
      .join("\n")
  ],
  [
    "journald's objects",
    ["10.0.0.1", "10.0.0.2"]
      .map((client) => json({ MESSAGE: combined({ client, request: "GET /a HTTP/1.1" }) }))
      .join("\n")
  ],
  [
    "syslog",
    ["10.0.0.1", "10.0.0.2"]
      .map((client) => `<190>May 17 10:05:03 web1 nginx: ${combined({ client, request: "GET /a HTTP/1.1" })}`)
      .join("\n")
  ],
  [
    "W3C",
    "#Fields: date time c-ip cs-method cs-uri-stem sc-status\n2015-05-17 10:05:03 10.0.0.1 GET /a 404\n2015-05-17 10:05:03 10.0.0.2 GET /a 404\n"
  ],
  ["two formats", `${combined({ client: "10.0.0.1", request: "GET /a HTTP/1.1" })}\n${caddy("10.0.0.2", "/a")}`]
]

const folded = (settings: DetectionSettings, text: string) => {
  const detection = new Detection(settings, thresholdsOf(firstThresholds), { origin: "logs", hashSeed: 1 })
  const batch = batchOf([{ seq: 1, source: "s", storedMs: lineTimeMs, bytes: bytesOf(text), watermark: "end" }])
  detection.ingest(batch)
  const { decisions, rejects } = detection.take()
  return { batch, records: decisions.map((d) => d.record), rejects, counts: detection.counts }
}

const spanOf = (batch: LogBatch, records: ReadonlyArray<WindowRecord>, rules: Rules): ReadonlyArray<string> => {
  const lines: Array<string> = []
  new SpanReader(records.map(decidedWindowOf), defaultSettings.windowMs, rules).read(batch, (line) => {
    const { ip, url } = line.keys
    const client = textOf(ip.bytes.subarray(ip.start, ip.end))
    lines.push(`${client} ${line.status} ${textOf(url.bytes.subarray(url.start, url.end))}`)
  })
  return lines
}

describe("a message of LOGS in any format", () => {
  it.each(messages)("%s: what was counted is what is read again by the record's rules", (name, text) => {
    const { batch, records, counts } = folded(defaultSettings, text)
    expect(counts).toMatchObject({ lines: 2, rejected: 0 })
    expect(records).toMatchObject([{ total: 2, keys: { ip: 2, url: 1 }, rules: { reading: { version: 2 } } }])
    const status = ["Combined", "two formats", "syslog"].includes(name) || name.endsWith("objects") ? [200, 404] : [404]
    for (const line of spanOf(batch, records, records[0]!.rules)) {
      expect([..."12"].flatMap((n) => status.map((s) => `10.0.0.${n} ${s} /a`))).toContain(line)
    }
    expect(spanOf(batch, records, records[0]!.rules).length).toBe(2)
  })

  it.each(messages)("%s: a file of it says the same", (_, text) => {
    const detection = new Detection(defaultSettings, thresholdsOf(firstThresholds), { origin: "file", hashSeed: 1 })
    const bytes = bytesOf(text)
    detection.beginFile()
    detection.ingestLines(bytes, 0, bytes.length, 1)
    detection.endOfFile()
    const of = ({ total, errors, keys, top }: WindowRecord) => ({ total, errors, keys, top })
    expect(detection.take().decisions.map(({ record }) => of(record))).toEqual(
      folded(defaultSettings, text).records.map(of)
    )
  })

  it("is read strictly by rules from before there was a choice", () => {
    const line = combined({ client: "203.0.113.7:51234", request: "GET http://example.com/a HTTP/1.1" })
    const { reading: _, ...before } = defaultSettings
    const { batch, records } = folded(before, line)
    expect(records[0]!.rules).not.toHaveProperty("reading")
    expect(spanOf(batch, records, records[0]!.rules)).toEqual(["203.0.113.7:51234 200 /a"])
    const now = folded(defaultSettings, line)
    expect(spanOf(now.batch, now.records, now.records[0]!.rules)).toEqual(["203.0.113.7 200 http://example.com/a"])
  })

  it("does not take a format from the message before it", () => {
    const detection = new Detection(defaultSettings, thresholdsOf(firstThresholds), { origin: "logs", hashSeed: 1 })
    const headed = messages.find(([name]) => name === "W3C")![1]
    const headless = "2015-05-17 10:05:03 10.0.0.1 GET /a 404"
    const sent = [headed, headless.replace(" GET ", " 10.0.0.9 GET ")].map((text, i) => ({
      seq: i + 1,
      source: "s",
      storedMs: lineTimeMs,
      bytes: bytesOf(text)
    }))
    detection.ingest(batchOf(sent))
    expect(detection.counts).toMatchObject({ lines: 3, rejected: 1 })
  })

  it("counts a line whose client is not known for all traffic and its URL", () => {
    expect(folded(defaultSettings, combined({ client: "-" })).records).toMatchObject([
      { total: 1, keys: { ip: 0, url: 1 } }
    ])
  })
})

describe("a message that declares the format of its lines", () => {
  const pattern = '$remote_addr $server_addr [$time_local] "$request" $status'
  const line = '10.0.0.1 10.0.0.9 [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 404'
  const foldedAll = (settings: DetectionSettings, formats: ReadonlyArray<string>) => {
    const detection = new Detection(settings, thresholdsOf(firstThresholds), { origin: "logs", hashSeed: 1 })
    const batch = batchOf(
      formats.map((format, i) => ({
        seq: i + 1,
        source: "s",
        storedMs: lineTimeMs,
        bytes: bytesOf(line),
        format,
        ...(i === formats.length - 1 ? { watermark: "end" as const } : {})
      }))
    )
    detection.ingest(batch)
    const records = detection.take().decisions.map((d) => d.record)
    return {
      records,
      read: records[0] === undefined ? [] : spanOf(batch, records, records[0].rules),
      counts: detection.counts
    }
  }

  it("has them read so, and no other message: whoever reads it again reads the same", () => {
    const { records, read, counts } = foldedAll(defaultSettings, ["", pattern, pattern, "", pattern])
    expect(counts).toMatchObject({ lines: 5, rejected: 2 })
    expect(records).toMatchObject([{ total: 3, keys: { ip: 1 } }])
    expect(read).toEqual(Array.from({ length: 3 }, () => "10.0.0.1 404 /a"))
  })

  it("is as one that declares nothing where what it declares is no format", () => {
    for (const format of ["no format", "$", "x".repeat(10_000), `$remote_addr ${"$x ".repeat(5_000)}`]) {
      expect(foldedAll(defaultSettings, [format]).counts).toMatchObject({ lines: 1, rejected: 1 })
    }
  })

  it("is over what is declared for all", () => {
    const format = declaredFormat("combined")!
    const settings = { ...defaultSettings, reading: { version: 2 as const, trusted: [], format } }
    expect(foldedAll(settings, ["", pattern]).counts).toMatchObject({ lines: 2, rejected: 1 })
  })

  it("is read strictly by rules from before, whatever it declares", () => {
    const { reading: _, ...before } = defaultSettings
    expect(foldedAll(before, [pattern]).counts).toMatchObject({ rejected: 1 })
  })

  it("knows nothing of what the lines of another one have shown, also where both declare the same", () => {
    const detection = new Detection(defaultSettings, thresholdsOf(firstThresholds), { origin: "logs", hashSeed: 1 })
    const renaming = "#Fields: date time c-ip cs-method cs-uri-stem sc-status\n"
    const { example } = knownFormats.find(({ name }) => name === "gcs")!
    const storedMs = Date.UTC(2030, 0, 1)
    const send = (format: string) =>
      [renaming, example].map((text, i) => ({ seq: i + 1, source: "s", storedMs, bytes: bytesOf(text), format }))
    detection.ingest(batchOf(send("gcs")))
    expect(detection.counts).toMatchObject({ lines: 1, rejected: 0 })
    const ofAll = { ...defaultSettings, reading: { version: 2 as const, trusted: [], format: declaredFormat("gcs")! } }
    const all = new Detection(ofAll, thresholdsOf(firstThresholds), { origin: "logs", hashSeed: 1 })
    all.ingest(batchOf(send("")))
    expect(all.counts).toMatchObject({ lines: 1, rejected: 0 })
  })

  it("has its first line read so, also where the lines of the message before were Combined and this one could be, too", () => {
    const reader = new AutoReader({ format: undefined, choice: noChoice })
    const scanner = new LineScanner("path", 1_024, 0, reader)
    const bytes = bytesOf('10.0.0.1 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 404 5')
    const read = (declared: string) => {
      reader.begin(declared)
      expect(scanner.scan(bytes, 0, bytes.length)).toBe(0)
      return [scanner.size, scanner.durationUs]
    }
    const timed = '$remote_addr - - [$time_local] "$request" $status $request_time'
    expect(["", "", timed, timed, ""].map(read)).toEqual([
      [5, -1],
      [5, -1],
      [-1, 5_000_000],
      [-1, 5_000_000],
      [5, -1]
    ])
  })

  it("costs no more memory the more formats are declared", () => {
    const reader = new AutoReader({ format: undefined, choice: noChoice })
    for (let i = 0; i < 5_000; i++) reader.begin(`$remote_addr ${i} [$time_local] "$request" $status`)
    const again = new LineScanner("path", 1_024, 0, reader)
    reader.begin(pattern)
    expect(again.scan(bytesOf(line), 0, line.length)).toBe(0)
  })
})

describe("a source whose format changes", () => {
  it("is read on, and told once for each change; another one, and lines that nothing reads, change nothing", () => {
    const detection = new Detection(defaultSettings, thresholdsOf(firstThresholds), { origin: "logs", hashSeed: 1 })
    const combinedLine = combined({ client: "10.0.0.1", request: "GET /a HTTP/1.1" })
    const object = caddy("10.0.0.1", "/a")
    const wrapped = `<190>May 17 10:05:03 web1 nginx: ${combinedLine}`
    const texts = [
      ["a", combinedLine],
      ["b", object],
      ["a", "nothing"],
      ["a", object],
      ["a", object],
      ["b", object],
      ["a", combinedLine],
      ["a", object],
      ["a", wrapped]
    ] as const
    detection.ingest(
      batchOf(texts.map(([source, text], i) => ({ seq: i + 1, source, storedMs: lineTimeMs, bytes: bytesOf(text) })))
    )
    expect(detection.counts).toMatchObject({ lines: 9, rejected: 1 })
    expect(detection.formatChanges.take()).toEqual([
      { source: "a", was: "common", now: "json", at_ms: lineTimeMs },
      { source: "a", was: "json", now: "common", at_ms: lineTimeMs },
      { source: "a", was: "json", now: "common in syslog", at_ms: lineTimeMs }
    ])
    expect(detection.formatChanges.take()).toEqual([])
  })
})

describe("formats that are declared by source", () => {
  const declared = '$remote_addr $server_addr [$time_local] "$request" $status'

  it.each([
    ["", { ok: true, by: {} }],
    [`edge ${declared}\n\n  web1   combined \n`, { ok: true, by: { edge: declared, web1: "combined" } }],
    ["iis #Fields: date time c-ip cs-method cs-uri-stem sc-status", { ok: true }],
    ["edge", { ok: false, reason: expect.stringContaining("edge") }],
    ["a.b combined", { ok: false, reason: expect.stringContaining("a.b") }],
    ["edge nothing", { ok: false, reason: expect.stringContaining("edge") }],
    ["edge combined\nedge common", { ok: false, reason: "edge has two formats" }],
    [
      Array.from({ length: 257 }, (_, i) => `s${i} common`).join("\n"),
      { ok: false, reason: expect.stringContaining("256") }
    ]
  ])("%j", (text, parsed) => {
    expect(parseFormats(text)).toMatchObject(parsed)
  })

  it("are over what is declared for all, and under what a message declares; no other source is read so", () => {
    const formats = { revision: 3, by: { edge: declared } }
    expect(declaredFor(formats, "edge", "")).toBe(declared)
    expect(declaredFor(formats, "edge", "combined")).toBe("combined")
    for (const source of ["web1", "constructor"]) expect(declaredFor(formats, source, "")).toBe("")
    expect(isLineReading({ version: 2, trusted: [], formats })).toBe(true)
    for (const wrong of [{ by: {} }, { revision: 1 }, { revision: 1, by: { edge: "nothing" } }, null]) {
      expect(isLineReading({ version: 2, trusted: [], formats: wrong })).toBe(false)
    }
  })
})

describe("how lines are read, as a record says it", () => {
  it.each([
    [{ version: 2, trusted: [] }, true],
    [{ version: 2, trusted: ["10.0.0.0/8"], client_from: "real_client" }, true],
    [{ version: 2, trusted: [], format: { name: "x", wrappers: [], inner: { kind: "common" } } }, true],
    [{ version: 3, trusted: [] }, false],
    [{ version: 2 }, false],
    [{ version: 2, trusted: [5] }, false],
    [{ version: 2, trusted: [], client_from: "x" }, false],
    [{ version: 2, trusted: [], format: { name: "x", wrappers: [], inner: { kind: "json" } } }, false],
    [null, false]
  ])("%j: %s", (json, usable) => {
    expect(isLineReading(json)).toBe(usable)
  })
})
