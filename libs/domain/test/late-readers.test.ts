import { describe, expect, it } from "vitest"
import {
  batchOf,
  decidedWindowOf,
  defaultSettings,
  type LogMessage,
  NewestRecords,
  newestOf,
  SpanReader,
  type WindowRecord
} from "../src/index.ts"
import { bytesOf, common, logTime } from "./support/lines.ts"
import { Script, zeroMs } from "./support/script.ts"

/** A line a second, each eleventh up to two minutes late; what comes from `web2` is two hours ahead, and known to be. */
const scripted = () => {
  const script = new Script({ ...defaultSettings, sourceOffsets: { web2: -7_200_000 } })
  const messages: Array<LogMessage> = []
  for (let s = 0; s < 900; s++) {
    const source = s % 2 === 0 ? "web1" : "web2"
    const second = (s % 11 === 0 ? s - ((s * 7) % 120) : s) + (source === "web2" ? 7_200 : 0)
    const bytes = bytesOf(common({ time: logTime(zeroMs + second * 1000) }))
    script.send(bytes, { at: s, source })
    messages.push({ seq: s + 1, source, storedMs: zeroMs + s * 1000, bytes })
  }
  return { records: script.records, messages }
}

const { records, messages } = scripted()

describe("readers of WINDOWS with revisions", () => {
  const newest = newestOf(records)

  it("find each window's newest record once, while they read, and hold no more than the horizon", () => {
    expect(records.length).toBeGreaterThan(newest.length + 20)
    const reader = new NewestRecords()
    const found: Array<WindowRecord> = []
    for (const record of records) found.push(...reader.take(record))
    expect(found.length).toBeGreaterThan(10)
    found.push(...reader.end())
    expect(newestOf(found)).toEqual(newest)
    expect(found.length).toBe(newest.length)
  })

  it("read exactly the lines of windows again, of a source whose clock is set right, too", () => {
    const counts = new Map<number, number>()
    const reader = new SpanReader(newest.map(decidedWindowOf), 10_000, records[0]!.rules)
    reader.read(batchOf(messages), (line) => {
      counts.set(line.windowStartMs, (counts.get(line.windowStartMs) ?? 0) + 1)
      expect(line.timeMs).toBeLessThan(zeroMs + 900_000)
    })
    expect([...counts].sort(([a], [b]) => a - b)).toEqual(newest.map((r) => [Date.parse(r.start), r.total]))
    expect(newest.reduce((n, r) => n + r.total, 0)).toBeGreaterThan(850)
  })
})
