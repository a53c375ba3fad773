import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import {
  batchOf,
  Detection,
  defaultSettings,
  encodeRecord,
  firstThresholds,
  rulesOf,
  settingsOfRules,
  thresholdsOf,
  type WindowRecord
} from "../src/index.ts"

const recordsOf = (allowedLatenessMs: number, logsCreated?: string): ReadonlyArray<WindowRecord> => {
  const settings = { ...defaultSettings, allowedLatenessMs }
  const options = { origin: "logs", hashSeed: 1, ...(logsCreated === undefined ? {} : { logsCreated }) } as const
  const detection = new Detection(settings, thresholdsOf(firstThresholds, 3), options)
  const lines = readFileSync(new URL("../../../testdata/elastic-apache-10k.log", import.meta.url), "latin1").split(
    /(?<=\n)/
  )
  const messages = Array.from({ length: 500 }, (_, i) => ({
    seq: i * 2 + 1, // every second sequence is a gap
    source: `web"${i % 3}`,
    storedMs: Date.UTC(2026, 0, 5),
    bytes: new TextEncoder().encode(lines.slice(i * 20, i * 20 + 20).join(""))
  }))
  detection.ingest(batchOf(messages))
  return detection.take().decisions.map(({ record }) => record)
}

describe("encodeRecord", () => {
  it("writes what JSON.stringify writes, byte for byte", () => {
    for (const records of [recordsOf(60_000), recordsOf(5_000, "2026-11-24T11:22:40.569533003Z")]) {
      expect(records.length).toBeGreaterThan(100)
      for (const record of records) expect(encodeRecord(record)).toBe(JSON.stringify(record))
    }
  })

  it("does so for a record with an overflow, too", () => {
    const some = { keys: 3, requests: 4, errors: 1 }
    const { top, measures, ...before } = recordsOf(60_000)[0]!
    const record: WindowRecord = { ...before, overflow: { ip: some, url: some }, top, measures: measures! }
    expect(encodeRecord(record)).toBe(JSON.stringify(record))
  })

  it("does so for keys that need escapes, and for durations and upstream statuses", () => {
    const top = {
      ip: [
        { key: "192.0.2.1", total: 5, errors: 4, client_errors: 1, server_errors: 3 },
        { key: "192.0.2.2", total: 2, errors: 1 }
      ],
      url: [{ key: '/a"b\\c\u0001é', total: 3, errors: 3, server_errors: 3 }]
    }
    const bytes = { count: 2, sum: 300 }
    const duration_us = { count: 1, sum: 20, buckets: [20, 1] }
    for (const measures of [
      { bytes },
      { duration_us },
      { duration_us, bytes, upstream: [502, 3] },
      { bytes, upstream: [200, 1] }
    ]) {
      const { top: _, measures: __, ...before } = recordsOf(60_000)[0]!
      const record: WindowRecord = { ...before, top, measures }
      expect(encodeRecord(record)).toBe(JSON.stringify(record))
    }
  })
})

describe("the rules of a record", () => {
  it("are the settings again", () => {
    const settings = {
      ...defaultSettings,
      windowMs: 60_000,
      urlKey: "target",
      ipv6Prefix: 64,
      language: "fr",
      wording: 2
    } as const
    expect(settingsOfRules(rulesOf(settings), settings.windowMs)).toEqual(settings)
  })
})
