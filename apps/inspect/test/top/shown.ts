import { alertOf, defaultSettings, rulesOf, type TopKey, thresholdsOf, type WindowRecord } from "@chaussettes/domain"
import { incidentViewsOf, type Marks, statusOf } from "@chaussettes/readmodel"
import type { Look } from "@chaussettes/readmodel/queries"
import { closedAt, eventAt } from "../../../../libs/readmodel/test/incident-events.ts"
import { shownOf } from "../../src/top/shown.ts"

const startMs = new Date(2026, 10, 24, 10).getTime()
const windowMs = 10_000
const time = (ms: number) => new Date(ms).toISOString().replace(".000Z", "Z")

const recordAt = (i: number, total: number, errors: number, top: WindowRecord["top"]): WindowRecord => ({
  schema: "chaussettes.window.v1",
  start: time(startMs + i * windowMs),
  end: time(startMs + (i + 1) * windowMs),
  logs_created: "2026-11-24T09:00:00Z",
  through_seq: 90 + i,
  resume_seq: 80 + i,
  decided_through: time(startMs + (i + 1) * windowMs),
  closed_by: "watermark",
  total,
  errors,
  keys: { ip: 1, url: 1 },
  seuils: thresholdsOf({ global: 0.1, ip: 0.3, url: 0.5 }, 2),
  rules: rulesOf(defaultSettings),
  breaches: { global: errors / total > 0.1 ? 1 : 0, ip: 0, url: 0 },
  suppressed: 0,
  since_last: { late: 0, rejected: {}, gap: 0, late_by_source: {} },
  top
})

const client = (n: number): TopKey => ({ key: `192.0.2.${n}`, total: 40 - n, errors: 20 - n })
const urls: ReadonlyArray<TopKey> = [
  {
    key: "/api/orders/\u001b[2J\u202e/checkout?with=a+long+query+that+no+narrow+screen+can+hold",
    total: 30,
    errors: 12
  },
  { key: "/images/靴下.png", total: 9, errors: 3 }
]

/** Thirty minutes of traffic in 10-s windows: calm, then a minute in which one client fails. */
export const lookAt = (
  options: {
    readonly isPublic?: boolean
    readonly windows?: number
    readonly clients?: number
    readonly marks?: Marks
  } = {}
): Look => {
  const { isPublic = false, windows = 180, clients = 12, marks } = options
  const isBad = (i: number) => i >= windows - 6
  const records = Array.from({ length: windows }, (_, i) =>
    recordAt(i, 100 + (i % 20) * 5, isBad(i) ? 40 : 3, {
      ip: isBad(i) ? Array.from({ length: clients }, (_, n) => client(n + 1)) : [],
      url: isBad(i) ? urls : []
    })
  )
  const bytes = (text: string) => new TextEncoder().encode(text)
  const alerts = records.flatMap((_, i) =>
    isBad(i)
      ? [
          { dimension: "global" as const, key: bytes(""), total: 150, errors: 40, threshold: 0.1 },
          { dimension: "ip" as const, key: bytes("192.0.2.1"), total: 39, errors: 29, threshold: 0.3 },
          { dimension: "url" as const, key: bytes(urls[0]!.key), total: 30, errors: 18, threshold: 0.5 }
        ].map(({ dimension, ...rest }) =>
          alertOf({
            dimension,
            ...rest,
            startMs: startMs + i * windowMs,
            windowMs,
            revision: 3,
            lines: { first_seq: 1, last_seq: 9 },
            language: "en"
          })
        )
      : []
  )
  const endMs = startMs + windows * windowMs
  const openedMs = endMs - 6 * windowMs
  const scanned = eventAt(startMs, {
    kind: "client-errors",
    severity: "LOW",
    cause: { dimension: "network", key: "198.51.100.0/24", keys: ["198.51.100.0/24"], key_count: 1, share: 0.6 },
    requests: 220,
    errors: 190
  })
  const one = { dimension: "ip", key: "192.0.2.1", keys: ["192.0.2.1"], key_count: 1, share: 0.4 } as const
  const url = { dimension: "url", key: urls[0]!.key, keys: [urls[0]!.key], key_count: 2, share: 0.9 } as const
  const events = [
    scanned,
    closedAt(scanned, startMs + 600_000),
    eventAt(openedMs, { cause: one, severity: "MEDIUM", requests: 234, errors: 174 }),
    eventAt(openedMs, { cause: url, requests: 180, errors: 108 })
  ]
  const incidents = incidentViewsOf(events).map((view) => (marks === undefined ? view : { ...view, marks }))
  const status = statusOf({
    nowMs: endMs + 4_000,
    logs: isPublic ? null : { firstSeq: 1, lastSeq: 90, bytes: 5_000 },
    unreachable: null,
    checkpoint: null,
    waiting: isPublic ? null : 0,
    waitedBefore: null,
    oldestMs: null,
    maintenanceUntilMs: null,
    tally: null,
    answers: [],
    lease: isPublic ? null : { holder: "host/1", generation: 2, renewedMs: endMs + 3_000 },
    thresholds: [],
    rules: [],
    unknownKeys: [],
    recent: records,
    incidents
  })
  return {
    status,
    tails: {
      windows: records.map((record, i) => ({ seq: i + 1, record })),
      alerts: alerts.map((alert, i) => ({ seq: i + 1, alert })),
      incidents: events.map((event, i) => ({ seq: i + 1, event })),
      oldestMs: startMs
    },
    incidents,
    said: null,
    waited: [],
    isPublic
  }
}

export const shownAt = (options: Parameters<typeof lookAt>[0] = {}) => shownOf(lookAt(options))
