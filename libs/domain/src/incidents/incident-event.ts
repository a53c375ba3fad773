import { significant } from "../thresholds/numerics.ts"
import { rfc3339 } from "../time.ts"
import { type ClosedWhy, type IncidentEvent, type IncidentEventType, incidentSchema, messageOf } from "./event.ts"
import type { OpenIncident } from "./open-incident.ts"

/** Keys of a cause that an event names. */
const namedKeys = 10

/** What is said of an incident at the end of a window. */
export const eventOf = (
  incident: OpenIncident,
  type: IncidentEventType,
  endMs: number,
  why?: ClosedWhy
): IncidentEvent => {
  const { id, dimension, kind, severity, keys } = incident
  const rest = {
    cause: {
      dimension,
      key: keys[0] ?? null,
      keys: keys.slice(0, namedKeys),
      key_count: keys.length,
      share: significant(incident.share, 3)
    },
    victims: incident.victims,
    opened_at: rfc3339(incident.openedMs),
    ...(why === undefined ? {} : { closed_at: rfc3339(endMs), closed_why: why }),
    requests: incident.requests,
    errors: incident.errors,
    clients: incident.clients,
    windows: incident.windows,
    certificate: incident.certificate
  }
  const head = { id, type, timestamp: rfc3339(endMs), dimension, kind, severity }
  return { schema: incidentSchema, ...head, message: messageOf({ ...head, ...rest }), ...rest }
}
