import { type IncidentEvent, incidentId, messageOf, rfc3339 } from "@chaussettes/domain"
import { certificateOf, incidentEvent } from "../../domain/test/support/incident-event.ts"

const slow = { slow: 60, p50_us: 300_000, p95_us: 1_900_000, usual_p50_us: 90_000, usual_p95_us: 400_000 }

/** An event of an incident that began then; a URL's server errors, high, where nothing else is said. */
export const eventAt = (
  openedMs: number,
  some: Partial<Omit<IncidentEvent, "schema" | "message">> = {}
): IncidentEvent => {
  const kind = some.kind ?? "server-errors"
  const cause = some.cause ?? { dimension: "url", key: "/broken", keys: ["/broken"], key_count: 1, share: 0.97 }
  const { dimension } = cause
  const event = incidentEvent({
    id: incidentId(kind, dimension, openedMs, 10_000, cause.key ?? ""),
    timestamp: rfc3339(openedMs + 10_000),
    dimension,
    kind,
    cause,
    opened_at: rfc3339(openedMs),
    requests: 120,
    errors: 84,
    clients: 31,
    ...(kind === "latency" ? { latency: slow } : {}),
    certificate: certificateOf({
      budget_weekly: 0.025,
      expected_rate: 0.022,
      observed_rate: 0.7,
      since: rfc3339(openedMs),
      learnt_through: rfc3339(openedMs - 3_600_000)
    }),
    ...some
  })
  return { ...event, message: messageOf(event) }
}

/** Its end. */
export const closedAt = (event: IncidentEvent, closedMs: number): IncidentEvent => ({
  ...event,
  type: "closed",
  timestamp: rfc3339(closedMs),
  closed_at: rfc3339(closedMs),
  closed_why: "recovered"
})
