import { describe, expect, it } from "vitest"
import {
  batchOf,
  Detection,
  defaultSettings,
  firstThresholds,
  mayBeJson,
  thresholdsOf,
  unwrapPayload
} from "../src/index.ts"
import { combined, common, lineTimeMs } from "./support/lines.ts"

const encode = (text: string) => new TextEncoder().encode(text)
const a = combined({ client: "10.0.0.1", request: 'GET /say\\"hi\\" HTTP/1.1' })
const b = common({ client: "10.0.0.2", request: "GET /caf\u00e9 HTTP/1.1" })
const json = (value: unknown) => JSON.stringify(value)

/** What becomes of a payload in the detection: lines that counted, and rejects. */
const ingest = (payload: string) => {
  const detection = new Detection(defaultSettings, thresholdsOf(firstThresholds), { origin: "logs", hashSeed: 1 })
  const bytes = encode(payload)
  detection.ingest(
    batchOf([
      { seq: 1, source: "s", storedMs: lineTimeMs, bytes: encode("before\n") },
      { seq: 2, source: "s", storedMs: lineTimeMs, bytes },
      { seq: 3, source: "s", storedMs: lineTimeMs, bytes: encode(common()), watermark: "end" }
    ])
  )
  const { decisions, rejects } = detection.take()
  return {
    right: decisions.reduce((n, d) => n + d.record.total, 0) - 1,
    lines: detection.counts.lines - 2,
    reasons: rejects.filter((r) => r.seq === 2).map((r) => r.reason)
  }
}

describe("a shipper's payload", () => {
  it.each([
    ["Vector, one event", json({ message: a, host: "web-1", source_type: "file" }), [a]],
    ["Vector, a batch", json([{ message: a }, { message: b }]), [a, b]],
    ["Vector, newline-delimited", `${json({ message: a })}\n${json({ message: b })}\n`, [a, b]],
    [
      "newline-delimited, with carriage returns and blank rows",
      `${json({ message: a })}\r\n\r\n${json({ message: b })}\r\n`,
      [a, b]
    ],
    ["Fluent Bit, one record", json([1431857103.5, { log: a }]), [a]],
    [
      "Fluent Bit, several records",
      json([
        [1431857103.5, { log: a }],
        [1431857104, { log: b, tag: "x" }]
      ]),
      [a, b]
    ],
    ["Fluent Bit, one record in an array", json([[1431857103.5, { log: a }]]), [a]],
    ["Docker's json-file", json({ log: `${a}\n`, stream: "stdout", time: "2015-05-17T10:05:03Z" }), [a]],
    ["Docker's json-file, several rows", `${json({ log: `${a}\n` })}\n${json({ log: `${b}\r\n` })}`, [a, b]],
    ["no record at all", "[]", []],
    ["white space around", ` ${json({ message: a })} `.trimStart(), [a]]
  ])("%s", (_, payload, lines) => {
    expect(new TextDecoder().decode(unwrapPayload(encode(payload)))).toBe(lines.map((l) => `${l}\n`).join(""))
    expect(ingest(payload)).toEqual({ right: lines.length, lines: lines.length, reasons: [] })
  })

  it.each([
    ["JSON without a line in it", json({ level: "info", text: a })],
    ["a line that is no text", json({ message: 5 })],
    ["an array with something else in it", json([{ message: a }, 5])],
    ["broken JSON", '{"message":"'],
    ["a bracket and something", "[hello"],
    ["a lone brace", "{"],
    ["a lone brace and a line feed", "{\n"],
    ["nested deeply", "[".repeat(10_000)],
    ["deeply nested and closed", "[".repeat(10_000) + "]".repeat(10_000)]
  ])("%s is rejected as one", (_, payload) => {
    expect(unwrapPayload(encode(payload))).toBeUndefined()
    expect(ingest(payload)).toEqual({ right: 0, lines: 1, reasons: ["payload"] })
  })

  it.each(["[::1]:443", "{a}:443"])("is a line where it begins with a virtual host such as %s", (host) => {
    const line = combined({ host })
    for (const payload of [line, `${line}\n`, `${line}\n${line}\n`]) {
      const lines = payload.split(line).length - 1
      expect(ingest(payload)).toEqual({ right: lines, lines, reasons: [] })
    }
  })

  it("is told as bad lines where several stand in it and are no JSON", () => {
    expect(ingest(`{bad\n${a}\n[bad`)).toEqual({ right: 1, lines: 3, reasons: ["payload", "truncated"] })
  })

  it("tells a line in it that is wrong, and one that is empty", () => {
    expect(ingest(json([{ message: a }, { message: "wrong" }]))).toEqual({ right: 1, lines: 2, reasons: ["truncated"] })
    expect(ingest(json({ message: "" }))).toEqual({ right: 0, lines: 1, reasons: ["empty"] })
    expect(ingest(json([{ message: "" }, { log: "" }]))).toEqual({ right: 0, lines: 2, reasons: ["empty", "empty"] })
  })

  it("may hold very many lines in each of its rows", () => {
    const row = json(Array.from({ length: 300_000 }, () => ({ log: "x" })))
    expect(unwrapPayload(encode(`${row}\n${row}`))?.length).toBe(2 * 2 * 300_000)
  })

  it("is only looked for where a line cannot begin", () => {
    expect(mayBeJson(encode("{"), 0, 1)).toBe(true)
    expect(mayBeJson(encode("["), 0, 1)).toBe(true)
    expect(mayBeJson(encode(""), 0, 0)).toBe(false)
    expect(mayBeJson(encode("x{"), 0, 2)).toBe(false)
    expect(mayBeJson(encode("{"), 1, 1)).toBe(false)
  })
})
