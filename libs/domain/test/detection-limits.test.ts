import { describe, expect, it } from "vitest"
import {
  batchOf,
  Detection,
  type DetectionSettings,
  defaultSettings,
  firstThresholds,
  LogBatchBuilder,
  limits,
  Sources,
  sharedSource,
  thresholdsOf
} from "../src/index.ts"
import { bytesOf, common, logTime } from "./support/lines.ts"
import { Random } from "./support/random.ts"
import { Script, zeroMs } from "./support/script.ts"

const detectionOf = (settings: Partial<DetectionSettings> = {}, origin: "logs" | "file" = "logs") =>
  new Detection({ ...defaultSettings, ...settings }, thresholdsOf(firstThresholds), { origin, hashSeed: 1 })

const at = (second: number) => logTime(zeroMs + second * 1000)

describe("alerts of a window", () => {
  it("are the worst 1,000 of 100,000 breaching keys; the others are counted in the record", () => {
    const detection = detectionOf()
    const lines = (url: number, errors: number) =>
      Array.from({ length: 3 }, (_, i) =>
        common({ client: "c1", time: at(5), request: `GET /${url} HTTP/1.1`, status: i < errors ? "500" : "200" })
      )
    // every URL breaches with 2 of 3, every 150th with 3 of 3
    const builder = new LogBatchBuilder()
    for (let url = 0; url < 100_000; url += 1_000) {
      const text = Array.from({ length: 1_000 }, (_, i) =>
        lines(url + i, (url + i) % 150 === 0 ? 3 : 2).join("\n")
      ).join("\n")
      builder.push(url / 1_000 + 1, "a", zeroMs, bytesOf(text))
    }
    builder.push(101, "a", zeroMs, new Uint8Array(), "end")
    detection.ingest(builder.take())
    const [decision, ...others] = detection.take().decisions
    expect(others).toEqual([])
    const { record, alerts } = decision!
    expect(record).toMatchObject({
      total: 300_000,
      keys: { ip: 1, url: 100_000 },
      breaches: { global: 1, ip: 1, url: 100_000 },
      suppressed: 100_002 - limits.alertsAWindow
    })
    expect(alerts.length).toBe(limits.alertsAWindow)
    expect(alerts.slice(0, 2).map((a) => a.type)).toEqual(["GLOBAL_ERROR_RATE", "IP_ERROR_RATE"])
    expect(alerts.filter((a) => a.errors === 3).length).toBe(Math.ceil(100_000 / 150))
    expect(new Set(alerts.map((a) => a.id)).size).toBe(alerts.length)
    // worst first, and among equal ones by the key
    const urls = alerts.slice(2).map((a) => `${9 - a.errors} ${a.url}`)
    expect(urls).toEqual([...urls].sort())
    expect(record.top.url.length).toBe(limits.topKeys)
  })
})

describe("open windows", () => {
  it("are decided early, oldest first, when there are more than the limit", () => {
    const detection = detectionOf({ windowMs: 1_000, allowedLatenessMs: 1e12, horizonMs: 0 }, "file")
    const few = 1_000
    const text = Array.from({ length: limits.openWindows + few }, (_, i) => common({ time: at(i) })).join("\n")
    const bytes = bytesOf(text)
    detection.ingestLines(bytes, 0, bytes.length, 1)
    const { decisions } = detection.take()
    expect(detection.openWindows).toBe(limits.openWindows)
    expect(decisions.map((d) => d.record.start)).toEqual(
      Array.from({ length: few }, (_, i) => new Date(zeroMs + i * 1000).toISOString().replace(".000", ""))
    )
    expect(new Set(decisions.map((d) => d.record.closed_by))).toEqual(new Set(["limit"]))
    // what comes for one of them now is late; what comes for the oldest open one is not
    const more = bytesOf(`${common({ time: at(few - 1) })}\n${common({ time: at(few) })}`)
    detection.ingestLines(more, 0, more.length, 1_000_000)
    expect(detection.take().rejects.map((r) => [r.seq, r.reason])).toEqual([[1_000_000, "late"]])
  })
})

describe("messages", () => {
  it("of random bytes are told line by line, at most 100 each, and the others counted", () => {
    const random = new Random(4)
    const script = new Script()
    let lines = 0
    for (let i = 0; i < 200; i++) {
      const bytes = Uint8Array.from({ length: random.int(1, i % 10 === 0 ? 60_000 : 2_000) }, () => random.int(0, 255))
      if (bytes[0] === 91 || bytes[0] === 123) bytes[0] = 0
      lines += bytes.filter((b) => b === 10).length + (bytes[bytes.length - 1] === 10 ? 0 : 1)
      script.send(bytes, { at: 5 })
    }
    const sent = script.rejects.length
    script.lines([5]).lines([15])
    expect(script.detection.counts.lines).toBe(lines + 2)
    const { rejected } = script.records[0]!.since_last
    expect(Object.values(rejected).reduce((a, b) => a + b, 0)).toBe(lines)
    for (let seq = 1; seq <= 200; seq++) {
      expect(script.rejects.filter((r) => r.seq === seq).length).toBeLessThanOrEqual(limits.rejectsAMessage)
    }
    expect(sent).toBeLessThan(lines)
    expect(JSON.parse(JSON.stringify(script.rejects))).toEqual(script.rejects)
  })

  it("gives out no more rejects than there is room for, and counts all lines the same", () => {
    const script = new Script()
    script.detection.rejectRoom = 1
    for (let i = 0; i < 5; i++) script.send(new TextEncoder().encode("no line\nnor this\n"), { at: 5 })
    expect(script.rejects).toHaveLength(5)
    expect(script.detection.withheld).toBe(5)
    expect(script.detection.counts.rejected).toBe(10)
  })

  it("keep 1 KiB of a rejected line, and no half character of it", () => {
    const [x, e] = [`${"x".repeat(limits.rejectLineBytes)}yz`, "é".repeat(limits.rejectLineBytes)]
    const script = new Script().send(new TextEncoder().encode(`${x}\na${e}\n`), { at: 5 })
    expect(script.rejects.map((r) => r.text)).toEqual([
      "x".repeat(limits.rejectLineBytes),
      `a${"é".repeat(limits.rejectLineBytes / 2 - 1)}`
    ])
  })

  it("may hold 100,000 lines", () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => common({ client: `10.0.0.${i % 200}`, time: at(i % 10) }))
    const script = new Script().send(bytesOf(lines.join("\n")), { at: 9 }).promise("a", "end")
    expect(script.records[0]).toMatchObject({ total: 100_000, keys: { ip: 200, url: 1 } })
  })

  it("may hold lines of 16 KiB with URLs as long, which are cut in texts only", () => {
    const url = (n: number) => `/${n}${"u".repeat(limits.lineBytes - 200)}`
    const line = (n: number) => common({ time: at(5), request: `GET ${url(n)} HTTP/1.1`, status: "500" })
    const script = new Script()
    for (let n = 1; n <= 2; n++) script.send(bytesOf(`${line(n)}\n${line(n)}\n${line(n)}`), { at: 5 })
    const { alerts, record } = script.promise("a", "end").decisions[0]!
    const urls = alerts.filter((a) => a.url !== undefined)
    expect(urls.map((a) => [a.total_requests, a.url?.length])).toEqual([
      [3, limits.keyTextChars + 1],
      [3, limits.keyTextChars + 1]
    ])
    expect(record.keys.url).toBe(2)
    expect(JSON.stringify(alerts).length).toBeLessThan(20_000)
  })

  it("with 300,000 bad lines of a few bytes take a time that grows with their number", () => {
    const started = performance.now()
    const builder = new LogBatchBuilder()
    for (let i = 1; i <= 300_000; i++) builder.push(i, "a", zeroMs, bytesOf(i % 2 === 0 ? "x" : "{"))
    const detection = detectionOf()
    detection.ingest(builder.take())
    expect(detection.counts.rejected).toBe(300_000)
    // the square of the length would take minutes
    expect(performance.now() - started).toBeLessThan(60_000)
  }, 120_000)
})

describe("sources", () => {
  it("have a watermark each up to 1,000; all others share one", () => {
    const script = new Script()
    const name = (i: number) => `s${i}`
    for (let i = 0; i < limits.sources + 200; i++) script.lines([5], { source: name(i) })
    const names = script.detection.position().sources.sources.map((s) => s.name)
    expect(names.length).toBe(limits.sources + 1)
    expect(names[limits.sources]).toBe(sharedSource)
    // each of the first 1,000 holds the window back, and the shared one does until one of the others has gone on
    for (let i = 0; i < limits.sources - 1; i++) script.lines([15], { source: name(i) })
    script.lines([15], { source: name(limits.sources + 150) })
    expect(script.decided).toEqual([])
    script.lines([15], { source: name(limits.sources - 1) })
    expect(script.decided).toEqual([`0: ${limits.sources + 200}, watermark`])
    // late lines of the others are counted under the shared name
    script.lines([6], { source: name(limits.sources + 7), at: 16 })
    for (let i = 0; i <= limits.sources; i++) script.lines([25], { source: name(i) })
    expect(script.records[1]?.since_last.late_by_source).toEqual({ [sharedSource]: 1 })
    expect(script.rejects.map((r) => r.source)).toEqual([sharedSource])
  })

  it("are known again after a restart, the shared one, too", () => {
    const sources = new Sources(defaultSettings, 3)
    for (const [i, name] of ["a", "b", "c", "d", "e"].entries()) {
      sources.store(zeroMs + i)
      const slot = sources.slotOf(name)
      sources.begin(slot, zeroMs + i).see(zeroMs + i)
      sources.end(slot, zeroMs + i, zeroMs + i)
    }
    expect(sources.position().sources.map((s) => [s.name, s.max_event_ms])).toEqual([
      ["a", zeroMs],
      ["b", zeroMs + 1],
      ["c", zeroMs + 2],
      [sharedSource, zeroMs + 4]
    ])
    const again = new Sources(defaultSettings, 3, sources.position())
    expect(again.position()).toEqual(sources.position())
    expect(again.slotOf("e")).toBe(again.slotOf("f"))
    expect(again.at(0)).toBe(sources.at(0))
  })

  it("may be more than 65,536 in one batch", () => {
    const many = 70_000
    const batch = batchOf(
      Array.from({ length: many }, (_, i) => ({
        seq: i + 1,
        source: `s${i}`,
        storedMs: zeroMs,
        bytes: new Uint8Array()
      }))
    )
    expect(batch.sources.length).toBe(many)
    expect(batch.sources[batch.sourceOf[many - 1]!]).toBe(`s${many - 1}`)
  })
})
