import { describe, expect, it } from "vitest"
import {
  batchOf,
  type Decision,
  Detection,
  defaultSettings,
  firstThresholds,
  type LogMessage,
  thresholdsOf
} from "../src/index.ts"
import { splitLines } from "./oracle/parse-line.ts"
import { bytesOf, realLog, textOf } from "./support/lines.ts"

/*
 * What any right program gets from the 10,000 real lines (seconds shuffled inside each minute, one line cut):
 * the figures are counted by other programs, not by this one.
 */

const log = realLog()
const lines = splitLines(textOf(log))
const settings = (allowedLatenessMs: number, urlKey: "path" | "target" = "path", horizonMs = 0) => ({
  ...defaultSettings,
  horizonMs,
  allowedLatenessMs,
  urlKey
})

/** As a file, in pieces that end anywhere between two lines. */
const asFile = (
  allowedLatenessMs: number,
  pieceBytes = log.length,
  urlKey: "path" | "target" = "path",
  horizonMs = 0
) => {
  const detection = new Detection(settings(allowedLatenessMs, urlKey, horizonMs), thresholdsOf(firstThresholds), {
    origin: "file",
    hashSeed: 1
  })
  let line = 1
  for (let at = 0; at < log.length; ) {
    let end = Math.min(log.length, at + pieceBytes)
    if (end < log.length) end = log.lastIndexOf(10, end - 1) + 1
    line += detection.ingestLines(log, at, end, line)
    at = end
  }
  detection.endOfFile()
  return { ...detection.take(), counts: detection.counts }
}

/** As messages of LOGS with so many lines each, the last one the punctuation that a replay ends with. */
const asMessages = (allowedLatenessMs: number, linesAMessage: number) => {
  const detection = new Detection(settings(allowedLatenessMs), thresholdsOf(firstThresholds, 7), {
    origin: "logs",
    hashSeed: 2
  })
  const storedMs = Date.UTC(2015, 4, 21)
  const messages: Array<LogMessage> = []
  for (let i = 0; i < lines.length; i += linesAMessage) {
    const bytes = bytesOf(lines.slice(i, i + linesAMessage).join("\n"))
    messages.push({ seq: messages.length + 1, source: "replay", storedMs, bytes })
  }
  messages.push({ seq: messages.length + 1, source: "replay", storedMs, bytes: new Uint8Array(), watermark: "end" })
  for (let i = 0; i < messages.length; i += 100) detection.ingest(batchOf(messages.slice(i, i + 100)))
  return { ...detection.take(), counts: detection.counts }
}

const alertsOf = (decisions: ReadonlyArray<Decision>) => decisions.flatMap((d) => d.alerts)

/** All that must be the same wherever the lines came from; as bytes, for the order of the fields counts, too. */
const comparable = (decisions: ReadonlyArray<Decision>): string =>
  alertsOf(decisions)
    .map(({ lines: _, seuils_revision: __, ...rest }) => JSON.stringify(rest))
    .join("\n")

describe("10,000 real lines", () => {
  const whole = asFile(60_000)
  const alerts = alertsOf(whole.decisions)
  const records = whole.decisions.map((d) => d.record)

  it("parse but one, which is cut off", () => {
    expect(whole.counts).toMatchObject({ lines: 10_000, errors: 220, late: 0, rejected: 1 })
    expect(whole.rejects.map(({ reason, seq, text }) => [reason, seq, text])).toEqual([
      ["truncated", 8899, lines[8898]]
    ])
    expect(records.reduce((n, r) => n + r.total, 0)).toBe(9_999)
    expect(records.reduce((n, r) => n + r.errors, 0)).toBe(220)
  })

  it("fall into 504 windows with 20, 2 and 0 breaches", () => {
    expect(records.length).toBe(504)
    expect(new Set(records.map((r) => r.start)).size).toBe(504)
    const count = (type: string) => alerts.filter((a) => a.type === type).length
    expect([count("GLOBAL_ERROR_RATE"), count("IP_ERROR_RATE"), count("URL_ERROR_RATE")]).toEqual([20, 2, 0])
    expect(new Set(alerts.map((a) => a.id)).size).toBe(22)
  })

  it.each([
    [0, 7_755],
    [5_000, 7_658],
    [10_000, 6_175],
    [30_000, 2_978],
    [60_000, 0]
  ])("at an allowed lateness of %i ms %i lines are late without a horizon", (allowedLatenessMs, late) => {
    const { counts, rejects, decisions } = asFile(allowedLatenessMs)
    expect(counts.late).toBe(late)
    expect(rejects.filter((r) => r.reason === "late").length).toBe(late)
    expect(decisions.reduce((n, d) => n + d.record.since_last.late, 0)).toBe(late)
    expect(decisions.reduce((n, d) => n + d.record.total, 0)).toBe(9_999 - late)
    // read as messages of one line each it is the same, line by line
    const messages = asMessages(allowedLatenessMs, 1)
    expect(messages.rejects.map((r) => [r.reason, r.seq])).toEqual(rejects.map((r) => [r.reason, r.seq]))
    expect(comparable(messages.decisions)).toBe(comparable(decisions))
  })

  it.each([0, 5_000, 30_000])(
    "at an allowed lateness of %i ms none is late within the horizon",
    (allowedLatenessMs) => {
      const { counts, decisions } = asFile(allowedLatenessMs, log.length, "path", defaultSettings.horizonMs)
      expect([counts.late, counts.windows]).toEqual([0, new Set(decisions.map((d) => d.record.start)).size])
      expect(counts.revised).toBeGreaterThan(1_000)
      // in the end each window says what it would have said had its lines come in time
      const newest = new Map(decisions.map(({ record }) => [record.start, record]))
      for (const record of records) {
        const { total, errors, keys, breaches, top } = newest.get(record.start)!
        expect({ total, errors, keys, breaches, top }).toEqual({
          total: record.total,
          errors: record.errors,
          keys: record.keys,
          breaches: record.breaches,
          top: record.top
        })
      }
      // and each alert that stands then was raised, once
      const raised = alertsOf(decisions).map((a) => a.id)
      expect(new Set(raised).size).toBe(raised.length)
      for (const { id } of alerts) expect(raised).toContain(id)
    }
  )

  it.each([1, 50, 500, 10_000])("give the same alerts from messages of %i lines as from a file", (linesAMessage) => {
    const { decisions, counts } = asMessages(60_000, linesAMessage)
    expect(comparable(decisions)).toBe(comparable(whole.decisions))
    expect(counts).toMatchObject({ lines: 10_000, errors: 220, late: 0, rejected: 1, windows: 504, alerts: 22 })
    for (const alert of alertsOf(decisions)) {
      expect(alert.seuils_revision).toBe(7)
      expect(Object.keys(alert.lines)).toEqual(["first_seq", "last_seq"])
    }
  })

  it("point from a file's alerts to its lines", () => {
    for (const alert of alerts) {
      expect(alert.seuils_revision).toBeUndefined()
      const { first_line, last_line } = alert.lines as { first_line: number; last_line: number }
      for (const n of [first_line, last_line]) if (alert.ip !== undefined) expect(lines[n - 1]).toContain(alert.ip)
      expect(last_line).toBeGreaterThanOrEqual(first_line)
    }
  })

  it("give the same wherever the pieces of the file end, and whatever the seed of the hashes", () => {
    for (const pieceBytes of [5_000, 65_536]) {
      expect(JSON.stringify(asFile(60_000, pieceBytes))).toBe(JSON.stringify(whole))
    }
  })

  it("hold 1,753 clients, 1,368 paths and 1,498 targets, with the same breaches by either", () => {
    const keys = (urlKey: "path" | "target") => {
      const oneWindow = { ...settings(0, urlKey), windowMs: 1_000 * 86_400_000 }
      const detection = new Detection(oneWindow, thresholdsOf(firstThresholds), { origin: "file", hashSeed: 1 })
      detection.ingestLines(log, 0, log.length, 1)
      detection.endOfFile()
      return detection.take().decisions.map((d) => d.record.keys)
    }
    expect(keys("path")).toEqual([{ ip: 1_753, url: 1_368 }])
    expect(keys("target")).toEqual([{ ip: 1_753, url: 1_498 }])
    expect(comparable(asFile(60_000, log.length, "target").decisions)).toBe(comparable(whole.decisions))
  })
})
