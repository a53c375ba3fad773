import type { IncidentEvent } from "../incidents/event.ts"

/** `incidents.url.server-errors` */
export const incidentSubject = ({ dimension, kind }: Pick<IncidentEvent, "dimension" | "kind">): string =>
  `incidents.${dimension}.${kind}`

export const encodeIncident = (event: IncidentEvent): string => JSON.stringify(event)

/**
 * The same for the same event, and for no other one of the stream: an incident is opened and closed once, and no window says two things of one kind
 * about it.
 */
export const incidentEventKey = ({ id, type, timestamp }: Pick<IncidentEvent, "id" | "type" | "timestamp">): string =>
  `${id} ${type} ${timestamp}`
