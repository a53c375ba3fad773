import { type IncidentEvent, incidentSchema } from "../../src/index.ts"

type Of = Partial<Pick<IncidentEvent, "id" | "timestamp" | "kind" | "dimension">> & {
  readonly keys?: ReadonlyArray<string>
  readonly keyCount?: number
}

/** An incident's event, of which only what acts look at is told apart. */
export const eventOf = ({
  id = "server-errors.url.20261128T100000Z-10s.0011223344556677",
  timestamp = "2026-11-28T10:00:10Z",
  kind = "server-errors",
  dimension = "url",
  keys = ["/broken"],
  keyCount = keys.length
}: Of = {}): IncidentEvent => ({
  schema: incidentSchema,
  id,
  type: "opened",
  timestamp,
  dimension,
  kind,
  severity: "HIGH",
  message: "URL /broken: 42 requests failed.",
  cause: { dimension, key: keys[0] ?? null, keys, key_count: keyCount, share: 1 },
  victims: { network: 0, url: 0, ip: 0 },
  opened_at: "2026-11-28T10:00:00Z",
  requests: 52,
  errors: 42,
  clients: 7,
  windows: 1,
  certificate: {
    family: "url.server",
    evidence: 31.4,
    level: 13.1,
    budget_weekly: 0.1,
    budget_total_weekly: 1,
    expected_rate: 0.01,
    observed_rate: 0.8,
    since: "2026-11-28T10:00:00Z",
    learnt_through: null
  }
})
