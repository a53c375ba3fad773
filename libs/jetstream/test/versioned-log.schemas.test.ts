import {
  type Alert,
  alertOf,
  defaultSettings,
  firstThresholds,
  recordSchema,
  rejectSchema,
  rulesOf,
  thresholdsOf,
  type WindowRecord
} from "@chaussettes/domain"
import { decodeAlert, decodeIncident, decodeRecord, decodeReject } from "@chaussettes/domain/wire"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { certificateOf, incidentEvent } from "../../domain/test/support/incident-event.ts"
import { entryReader, type Unreadable } from "../src/versioned/unreadable.ts"

const readWindowRecord = entryReader("WINDOWS", decodeRecord)
const readAlert = entryReader("ALERTS", decodeAlert)
const readIncident = entryReader("INCIDENTS", decodeIncident)
const readReject = entryReader("REJECTS", decodeReject)

const record: WindowRecord = {
  schema: recordSchema,
  start: "2015-05-17T10:05:00Z",
  end: "2015-05-17T10:05:10Z",
  through_seq: 42,
  resume_seq: 40,
  decided_through: "2015-05-17T10:05:10Z",
  closed_by: "idle",
  total: 100,
  errors: 7,
  keys: { ip: 12, url: 3 },
  seuils: { ...thresholdsOf(firstThresholds, 3), ip: { value: { rate: 0.4, least_errors: [[5, 4]] }, revision: 9 } },
  rules: rulesOf({ ...defaultSettings, ipv6Prefix: 64, language: "fr" }),
  breaches: { global: 0, ip: 1, url: 0 },
  suppressed: 2,
  since_last: { late: 1, rejected: { future: 3 }, gap: 5, late_by_source: { "web é": 1 } },
  overflow: { ip: { keys: 1, requests: 2, errors: 3 }, url: { keys: 0, requests: 0, errors: 0 } },
  top: { ip: [{ key: "10.0.0.1", total: 9, errors: 7 }], url: [] }
}

const alert: Alert = alertOf({
  dimension: "ip",
  key: new TextEncoder().encode("10.0.0.1"),
  startMs: Date.UTC(2015, 4, 17, 10, 5, 0),
  windowMs: 10_000,
  total: 9,
  errors: 7,
  threshold: 0.3,
  revision: 9,
  lines: { first_seq: 1, last_seq: 42 },
  language: "en"
})

const incident = incidentEvent({
  type: "closed",
  message: "URL /é: 42 requests failed with server errors (5xx), 80% where 1.0% is usual; 7 clients affected.",
  cause: { dimension: "url", key: "/é", keys: ["/é", "/b"], key_count: 2, share: 0.97 },
  closed_at: "2026-01-05T10:00:10Z",
  closed_why: "recovered",
  certificate: certificateOf({ evidence: 31.4159, budget_weekly: 0.072 })
})

const entry = (value: unknown) => ({ seq: 12, data: typeof value === "string" ? value : JSON.stringify(value) })
const why = (read: Result.Result<unknown, Unreadable>): string =>
  Result.isFailure(read) ? read.failure.message : assert.fail("it was read")

describe("the reading of records", () => {
  it("gives back what was written, to the byte", () => {
    assert.strictEqual(JSON.stringify(Result.getOrThrow(readWindowRecord(entry(record)))), JSON.stringify(record))
    assert.strictEqual(JSON.stringify(Result.getOrThrow(readAlert(entry(alert)))), JSON.stringify(alert))
    assert.strictEqual(JSON.stringify(Result.getOrThrow(readIncident(entry(incident)))), JSON.stringify(incident))
    const { seuils_revision: _, ...fromFile } = { ...alert, lines: { first_line: 3, last_line: 9 } }
    assert.deepStrictEqual(Result.getOrThrow(readAlert(entry(fromFile))), fromFile)
    const reject = { schema: rejectSchema, reason: "late", source: "a", seq: 5, line: 1, text: "\u0000é" } as const
    assert.deepStrictEqual(Result.getOrThrow(readReject(entry(reject))), reject)
  })

  it("tolerates further fields, at every depth", () => {
    const later = {
      ...record,
      later: 1,
      since_last: { ...record.since_last, later: {} },
      rules: { ...record.rules, x: 1 }
    }
    assert.deepStrictEqual(Result.getOrThrow(readWindowRecord(entry(later))), record)
  })

  it("names the stream and the sequence of what it cannot read, in one line, and how to see it", () => {
    const text = why(readWindowRecord(entry("not JSON")))
    assert.strictEqual(
      text,
      "WINDOWS holds an unreadable message at sequence 12: it is not JSON. See it with: nats stream get WINDOWS 12"
    )
    assert.notInclude(why(readWindowRecord(entry({ ...record, total: "many", errors: -1 }))), "\n")
  })

  it("calls another version that, before anything else", () => {
    assert.include(why(readAlert(entry({ schema: "chaussettes.alert.v2" }))), "chaussettes.alert.v2")
    assert.include(why(readIncident(entry({ schema: "chaussettes.incident.v2" }))), "chaussettes.incident.v2")
    assert.include(why(readAlert(entry(record))), recordSchema)
    assert.include(why(readAlert(entry({ ...alert, schema: 7 }))), "its schema is none")
  })

  const faults: ReadonlyArray<readonly [field: string, fault: object]> = [
    ["start", { start: "17/May/2015" }],
    ["end", { end: 1 }],
    ["through_seq", { through_seq: -1 }],
    ["resume_seq", { resume_seq: 1.5 }],
    ["closed_by", { closed_by: "chance" }],
    ["keys", { keys: { ip: 1 } }],
    ["seuils", { seuils: { ...record.seuils, url: { value: 1.5, revision: 1 } } }],
    ["rules", { rules: { ...record.rules, language: "de" } }],
    ["since_last", { since_last: { ...record.since_last, rejected: { late: "1" } } }],
    ["top", { top: { ip: [{ key: 1 }], url: [] } }]
  ]
  for (const [field, fault] of faults) {
    it(`refuses a record with a bad ${field}, and names it`, () => {
      assert.include(why(readWindowRecord(entry({ ...record, ...fault }))), field)
    })
  }

  for (const [field, fault] of [
    ["kind", { kind: "weather" }],
    ["cause", { cause: { ...incident.cause, key_count: -1 } }],
    ["certificate", { certificate: { ...incident.certificate, evidence: "strong" } }],
    ["closed incident", { type: "opened" }],
    ["closed incident", { closed_why: undefined }]
  ] as const) {
    it(`refuses an incident with a bad ${field}, and names it`, () => {
      assert.include(why(readIncident(entry({ ...incident, ...fault }))), field)
    })
  }
})
