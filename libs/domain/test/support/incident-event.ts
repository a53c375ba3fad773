import { type IncidentEvent, incidentSchema } from "../../src/index.ts"

/** An event of an incident: a URL that began to answer with server errors, where nothing else is said. */
export const incidentEvent = (some: Partial<IncidentEvent> = {}): IncidentEvent => ({
  schema: incidentSchema,
  id: "server-errors.url.20260105T100000Z-10s.0011223344556677",
  type: "opened",
  timestamp: "2026-01-05T10:00:10Z",
  dimension: "url",
  kind: "server-errors",
  severity: "HIGH",
  message: "URL /broken: 42 requests failed.",
  cause: { dimension: "url", key: "/broken", keys: ["/broken"], key_count: 1, share: 1 },
  victims: { network: 0, url: 0, ip: 20 },
  opened_at: "2026-01-05T10:00:00Z",
  // Here they stand on the wire.
  ...(some.closed_at === undefined ? {} : { closed_at: some.closed_at }),
  ...(some.closed_why === undefined ? {} : { closed_why: some.closed_why }),
  requests: 52,
  errors: 42,
  clients: 7,
  windows: 1,
  certificate: certificateOf({ since: some.opened_at ?? "2026-01-05T10:00:00Z" }),
  ...some
})

export const certificateOf = (some: Partial<IncidentEvent["certificate"]> = {}): IncidentEvent["certificate"] => ({
  family: "url.server",
  evidence: 31.4,
  level: 13.1,
  budget_weekly: 0.1,
  budget_total_weekly: 1,
  expected_rate: 0.01,
  observed_rate: 0.8,
  since: "2026-01-05T10:00:00Z",
  learnt_through: null,
  ...some
})
