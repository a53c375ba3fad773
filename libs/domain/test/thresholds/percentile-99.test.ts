import { readFileSync } from "node:fs"
import {
  Detection,
  type DetectionSettings,
  defaultSettings,
  firstThresholds,
  percentile,
  percentile99,
  Replay,
  thresholdsOf
} from "@chaussettes/domain"
import { describe, expect, it } from "vitest"

const log = readFileSync(new URL("../../../../testdata/elastic-apache-10k.log", import.meta.url))

const replayOf = (settings: Partial<DetectionSettings>, bytes: Uint8Array = log) => {
  const all = { ...defaultSettings, ...settings }
  const replay = new Replay(all.leastRequests)
  const detection = new Detection(all, thresholdsOf(firstThresholds), { origin: "file", hashSeed: 1, observer: replay })
  detection.ingestLines(bytes, 0, bytes.length, 1)
  detection.endOfFile()
  return { replay, counts: detection.counts }
}

describe("percentile_99", () => {
  it("gives the original's thresholds for the real log, by path as by whole target", () => {
    for (const urlKey of ["path", "target"] as const) {
      const { replay } = replayOf({ urlKey })
      expect(percentile99(replay.totals())).toEqual({
        method: "percentile_99",
        thresholds: { global: 0.05, ip: 0.413, url: 1 }
      })
    }
  })

  it("counts every line, late ones too, whatever the lateness that windows allow", () => {
    const [early, late] = [replayOf({ allowedLatenessMs: 0, horizonMs: 0 }), replayOf({ allowedLatenessMs: 3_600_000 })]
    expect(early.counts.late).toBe(7_755)
    expect(late.counts.late).toBe(0)
    expect(early.replay.totals().lines).toBe(9_999)
    expect(percentile99(early.replay.totals())).toEqual(percentile99(late.replay.totals()))
    expect(early.replay.topErrors("ip", 5)).toEqual(late.replay.topErrors("ip", 5))
  })

  it("does not depend on the order of lines", () => {
    const lines = log.toString("latin1").trimEnd().split("\n")
    const reversed = Buffer.from(`${lines.reverse().join("\n")}\n`, "latin1")
    expect(percentile99(replayOf({}, reversed).replay.totals())).toEqual(percentile99(replayOf({}).replay.totals()))
  })

  it("names the keys with the highest error rates, those with more requests first, late lines counted", () => {
    const { replay } = replayOf({})
    expect(replay.topErrors("ip", 2)).toEqual([
      { key: "208.91.156.11", errorRate: 1, requests: 60 },
      { key: "144.76.95.39", errorRate: 14 / 27, requests: 27 }
    ])
    expect(replay.topErrors("url", 2).map((top) => top.requests)).toEqual([61, 32])
    expect(replay.analyzed("ip")).toBe(136)
  })

  it("falls back on the first values for no lines and for too few", () => {
    expect(percentile99({ lines: 0, errors: 0, ip: [], url: [] })).toEqual({
      method: "default_values",
      thresholds: { global: 0.1, ip: 0.3, url: 0.5 }
    })
    expect(percentile99({ lines: 99, errors: 50, ip: [], url: [] }).method).toBe("insufficient_data")
    expect(percentile99({ lines: 100, errors: 50, ip: [], url: [] })).toEqual({
      method: "percentile_99",
      thresholds: { global: 0.1, ip: 0.3, url: 0.5 }
    })
  })

  it("keeps above the floors and leaves out keys with too few requests", () => {
    const ip = [
      { requests: 9, errors: 9 },
      { requests: 10, errors: 1 }
    ]
    const url = [
      { requests: 4, errors: 4 },
      { requests: 5, errors: 1 }
    ]
    expect(percentile99({ lines: 1_000, errors: 10, ip, url }).thresholds).toEqual({ global: 0.05, ip: 0.2, url: 0.3 })
    expect(percentile99({ lines: 1_000, errors: 400, ip, url }).thresholds.global).toBe(0.08)
  })

  it("interpolates between the two nearest values", () => {
    expect(percentile([0, 1], 0.99)).toBeCloseTo(0.99, 12)
    expect(percentile([0.25], 0.99)).toBe(0.25)
    expect(percentile([0, 0.1, 0.2, 0.3, 0.4], 0.5)).toBe(0.2)
  })
})
