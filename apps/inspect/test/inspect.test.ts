import { alertOf, defaultSettings, type PaneLine, rulesOf, thresholdsOf, type WindowRecord } from "@chaussettes/domain"
import { alertLine, environmentLanguage, painter } from "@chaussettes/presentation/terminal"
import { type StatusInput, statusOf } from "@chaussettes/readmodel"
import type { Explanation } from "@chaussettes/readmodel/queries"
import { Option } from "effect"
import { describe, expect, it } from "vitest"
import { matches } from "../src/alerts/run.ts"
import { explainedLine, verdictLines } from "../src/explain/run.ts"
import { fitted, statusLines } from "../src/status/run.ts"

const plain = painter(false)
const startMs = Date.UTC(2026, 10, 24, 10)
const bytes = (text: string) => new TextEncoder().encode(text)

const alert = alertOf({
  dimension: "url",
  key: bytes("/evil\u001b[2J\u202e"),
  startMs,
  windowMs: 10_000,
  total: 20,
  errors: 14,
  threshold: 0.5,
  revision: 3,
  lines: { first_seq: 1, last_seq: 9 },
  language: "en"
})

const line = (text: string, status: number): PaneLine => ({
  seq: 1,
  line: 1,
  source: "web",
  timeMs: startMs,
  status,
  error: status >= 400,
  bytes: bytes(text)
})

const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

describe("explain", () => {
  it("marks errors, and lets no line act on the terminal", () => {
    expect(explainedLine(line("plain", 200), plain)).toBe("  plain")
    const hostile = explainedLine(line("x\u001b]0;title\u0007\u202ey\r", 500), plain)
    expect(hostile).toBe("! x\\x1B]0;title\\x07\\u{202E}y\\x0D")
  })

  it("says counts, threshold and whether LOGS still holds all of it, in the page's words", () => {
    const explanation: Explanation = {
      alert,
      seq: 1,
      record: undefined,
      leastErrors: 11,
      closedBy: "watermark",
      lines: {
        found: "part",
        total: 15,
        errors: 9,
        statuses: { 0: 1, 200: 5, 404: 9 },
        later: { total: 2, errors: 1 }
      },
      course: { from: "records", windows: [] }
    }
    const text = verdictLines(explanation, "en", plain).join("\n")
    expect(text).toContain("14 of 20 requests failed: 70%.")
    expect(text).toContain("The threshold was 50%: with 20 requests, 11 errors or more raise an alert.")
    expect(text).toContain("LOGS no longer holds all of them: 15 of 20.")
    expect(text).toContain(
      "2 lines of it, 1 in error, came late, after the alert was raised: now 15 of 22 requests failed."
    )
    expect(text).toContain("By status: – × 1, 200 × 5, 404 × 9.")
    expect(text).not.toMatch(controls)
    expect(verdictLines(explanation, "fr", plain).join("\n")).toContain("14 requêtes sur 20 en erreur")
  })
})

describe("alerts", () => {
  const none = { dimension: Option.none(), severity: Option.none(), key: Option.none() }

  it("print one line each that ends with the id for explain", () => {
    const text = alertLine(alert, "en", plain)
    expect(text).toContain("URL /evil\\x1B[2J\\u{202E}  14 of 20 failed (70%)")
    expect(text.endsWith(alert.id)).toBe(true)
    expect(text).not.toMatch(controls)
  })

  it("are filtered by dimension, severity and a part of the key", () => {
    expect(matches(alert, none)).toBe(true)
    expect(matches(alert, { ...none, dimension: Option.some("url"), key: Option.some("evil") })).toBe(true)
    expect(matches(alert, { ...none, dimension: Option.some("ip") })).toBe(false)
    expect(matches(alert, { ...none, severity: Option.some("high") })).toBe(false)
    expect(matches(alert, { ...none, severity: Option.some("medium") })).toBe(true)
    expect(matches(alert, { ...none, key: Option.some("other") })).toBe(false)
  })
})

describe("status", () => {
  const record: WindowRecord = {
    schema: "chaussettes.window.v1",
    start: "2026-11-24T10:00:00Z",
    end: "2026-11-24T10:00:10Z",
    logs_created: "2026-11-24T09:00:00Z",
    through_seq: 90,
    resume_seq: 80,
    decided_through: "2026-11-24T10:00:10Z",
    closed_by: "watermark",
    total: 200,
    errors: 6,
    keys: { ip: 1, url: 1 },
    seuils: thresholdsOf({ global: 0.1, ip: 0.3, url: 0.5 }, 2),
    rules: rulesOf(defaultSettings),
    breaches: { global: 0, ip: 0, url: 0 },
    suppressed: 0,
    since_last: { late: 4, rejected: { time: 2 }, gap: 0, late_by_source: {} },
    top: { ip: [], url: [] }
  }
  const input: StatusInput = {
    nowMs: startMs + 14_000,
    logs: { firstSeq: 1, lastSeq: 90, bytes: 5_000 },
    unreachable: null,
    checkpoint: null,
    waiting: 0,
    waitedBefore: null,
    oldestMs: null,
    maintenanceUntilMs: null,
    tally: null,
    answers: [],
    lease: { holder: "host/1\u001b[31m", generation: 2, renewedMs: startMs + 13_000 },
    thresholds: [{ key: "ip", text: "much", revision: 9, createdMs: startMs }],
    rules: [],
    unknownKeys: [],
    recent: [record],
    incidents: []
  }

  it("says first whether something is wrong, then each figure", () => {
    const lines = statusLines(statusOf({ ...input, thresholds: [] }), "en", plain)
    expect(lines[0]).toBe("Fine – Nothing is wrong. There has been no incident.")
    const text = lines.join("\n")
    expect(text).toMatch(/Requests per second +20\n/)
    expect(text).toMatch(/Error rate +3%\n/)
    expect(text).toMatch(/Late +4 \(in the last hour\)/)
    expect(text).toMatch(/Rejected +time 2\n/)
    expect(text).toMatch(/Threshold IP +alerts above 30%, revision 2/)
    expect(text).not.toMatch(controls)
  })

  it("names the keys of the bucket that nothing reads", () => {
    const lines = statusLines(
      statusOf({
        ...input,
        thresholds: [],
        unknownKeys: ["urls", "a\u001b[31m"].map((key) => ({ bucket: "seuils" as const, key }))
      }),
      "en",
      plain
    )
    expect(lines[0]).toMatch(/The bucket seuils holds the unknown key “urls”: /)
    expect(lines.join("\n")).toMatch(/Unknown keys +urls, in the bucket seuils/)
    expect(lines.join("\n")).not.toMatch(controls)
  })

  it("says how the thresholds in force were found, and when", () => {
    const metadata = { method: "calibrated", calculated_at: "2026-11-24T09:00:00Z" }
    const found = { key: "metadata", text: JSON.stringify(metadata), revision: 4, createdMs: startMs }
    const text = statusLines(statusOf({ ...input, thresholds: [found] }), "en", plain).join("\n")
    expect(text).toMatch(/Method +calibrated, calculated 2026-11-24 .* \(1 hr ago\)/)
  })

  it("draws no more than the screen has lines", () => {
    const lines = Array.from({ length: 40 }, (_, i) => `${i}`)
    expect(fitted(lines, 41)).toEqual(lines)
    expect(fitted(lines, 24)).toEqual([...lines.slice(0, 22), "…"])
  })

  it("says which threshold is refused and why", () => {
    const text = statusLines(statusOf(input), "en", plain).join("\n")
    expect(text).toContain("refused: it is neither a number nor JSON")
    expect(text.split("\n")[0]).toContain("is not used, because it is neither a number nor JSON")
  })

  it("says which rules for ignored traffic are refused and why", () => {
    const rules = [{ key: "ignore", text: "nonsense\u001b[31m", revision: 3, createdMs: startMs }]
    const text = statusLines(statusOf({ ...input, thresholds: [], rules }), "en", plain).join("\n")
    expect(text.split("\n")[0]).toMatch(/^\S+ – The rules for ignored traffic .* "nonsense.* is neither a preset/)
    expect(text).toMatch(/Ignored +0 requests \(in the last hour\), 0 rules, revision 3 since .* refused: "nonsense/)
    expect(text).not.toMatch(controls)
  })

  it("says what is declared, which sources changed their format and which keys nothing reads", () => {
    const rules = [{ key: "formats", text: "web1 kombined\u001b[31m", revision: 3, createdMs: startMs }]
    const unknownKeys = [{ bucket: "rules", key: "ignroe" }]
    const status = statusOf({ ...input, thresholds: [], rules, unknownKeys })
    const formatChanges = [{ source: "web1", was: "common", now: "json", atMs: startMs }]
    const text = statusLines({ ...status, formatChanges }, "en", plain).join("\n")
    expect(text).toMatch(/Declared formats +0 sources, revision 3 since .* refused: what is declared for web1/)
    expect(text).toMatch(/Changed format +web1: common, now json, .* \(14 secs ago\)/)
    expect(text).toMatch(/Unknown keys +ignroe, in the bucket rules/)
    expect(text).not.toMatch(controls)
    expect(statusLines(statusOf({ ...input, thresholds: [] }), "en", plain).join("\n")).not.toMatch(
      /Unknown|Changed|Declared/
    )
  })
})

describe("the terminal", () => {
  it("speaks the language of the environment and paints only for people who want it", () => {
    expect(environmentLanguage({ LC_ALL: "fr_FR.UTF-8", LANG: "en" })).toBe("fr")
    expect(environmentLanguage({ LANG: "C.UTF-8" })).toBe("en")
    expect(painter(true, { NO_COLOR: "1" })("red", "x")).toBe("x")
    expect(painter(true, {})("red", "x")).toBe("\u001b[31mx\u001b[0m")
  })
})
