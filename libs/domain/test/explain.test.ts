import { describe, expect, it } from "vitest"
import {
  batchOf,
  Detection,
  decidedWindowOf,
  defaultSettings,
  Explainer,
  type LogMessage,
  type PaneLine,
  parseAlertId,
  thresholdsOf
} from "../src/index.ts"

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const line = (ip: string, second: number, url: string, status: number) =>
  `${ip} - - [17/May/2015:10:05:${String(second).padStart(2, "0")} +0000] "GET ${url} HTTP/1.1" ${status} 10`

const message = (seq: number, ...lines: ReadonlyArray<string>): LogMessage => ({
  seq,
  source: "web",
  storedMs: Date.UTC(2015, 4, 17, 10, 5, 30),
  bytes: encoder.encode(lines.join("\n"))
})

const settings = { ...defaultSettings, leastRequests: { global: 1, ip: 2, url: 2 } }

/** Runs the detection itself over the messages, so that what is explained is what was really said. */
const detect = (messages: ReadonlyArray<LogMessage>) => {
  const detection = new Detection(settings, thresholdsOf({ global: 0.1, ip: 0.3, url: 0.5 }), {
    origin: "logs",
    hashSeed: 7
  })
  detection.ingest(batchOf([...messages, { ...message(99), watermark: "end" }]))
  return detection.take().decisions
}

const explain = (id: string, messages: ReadonlyArray<LogMessage>, decisions: ReturnType<typeof detect>) => {
  const explainer = new Explainer(
    parseAlertId(id)!,
    decisions.map((d) => decidedWindowOf(d.record)),
    decisions[0]!.record.rules
  )
  const lines: Array<PaneLine> = []
  explainer.read(batchOf(messages), (l) => lines.push(l))
  return { explainer, lines }
}

describe("parseAlertId", () => {
  it("reads what alertId writes and refuses anything else", () => {
    expect(parseAlertId("global.20150517T100500Z-10s")).toEqual({
      dimension: "global",
      startMs: Date.UTC(2015, 4, 17, 10, 5),
      windowMs: 10_000,
      token: undefined
    })
    expect(parseAlertId("ip.20150517T100500.500Z-500ms.0123456789abcdef")?.windowMs).toBe(500)
    for (const bad of [
      "",
      "ip.20150517T100500Z-10s",
      "global.20150517T100500Z-10s.0123456789abcdef",
      "url.20150599T100500Z-10s.0123456789abcdef",
      "host.20150517T100500Z-10s.0123456789abcdef"
    ]) {
      expect(parseAlertId(bad), bad).toBeUndefined()
    }
  })
})

describe("Explainer", () => {
  const messages = [
    message(1, line("::ffff:10.0.0.1", 1, "/a?x=1", 500), line("10.0.0.2", 2, "/a", 200), "not a line"),
    message(2, line("10.0.0.1", 9, "/b", 200), line("10.0.0.1", 3, "/a", 404)),
    message(3, line("10.0.0.1", 11, "/a", 200), line("10.0.0.1", 12, "/a", 503))
  ]
  const decisions = detect(messages)
  const alerts = decisions.flatMap((d) => d.alerts)

  it("finds for every alert exactly as many lines and errors as the alert says", () => {
    expect(alerts.length).toBeGreaterThan(3)
    for (const alert of alerts) {
      const { explainer, lines } = explain(alert.id, messages, decisions)
      expect(explainer.counts, alert.id).toEqual({ total: alert.total_requests, errors: alert.errors })
      expect(lines.length).toBe(alert.total_requests)
      expect(lines.filter((l) => l.error).length).toBe(alert.errors)
    }
  })

  it("takes the spellings of one client together and leaves the query string out of the key", () => {
    const ip = alerts.find((a) => a.ip === "10.0.0.1")!
    expect(explain(ip.id, messages, decisions).lines.map((l) => [l.seq, l.line, l.status])).toEqual([
      [1, 1, 500],
      [2, 1, 200],
      [2, 2, 404]
    ])
    const url = alerts.find((a) => a.url === "/a")!
    expect(explain(url.id, messages, decisions).lines.map((l) => l.status)).toEqual([500, 200, 404])
  })

  it("hands each line on byte for byte", () => {
    const ip = alerts.find((a) => a.ip === "10.0.0.1")!
    expect(decoder.decode(explain(ip.id, messages, decisions).lines[2]!.bytes)).toBe(line("10.0.0.1", 3, "/a", 404))
  })

  it("counts the key in the neighbouring windows", () => {
    const ip = alerts.find((a) => a.ip === "10.0.0.1")!
    const { course } = explain(ip.id, messages, decisions).explainer
    expect([...course.values()]).toEqual([
      { total: 3, errors: 2 },
      { total: 2, errors: 1 }
    ])
  })

  it("passes lines over that came after their window was decided", () => {
    const global = alerts.find((a) => a.type === "GLOBAL_ERROR_RATE")!
    const late = [...messages, message(120, line("10.0.0.9", 4, "/a", 500))]
    expect(explain(global.id, late, decisions).explainer.counts.total).toBe(global.total_requests)
  })
})
