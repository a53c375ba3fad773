import { type Incident, rfc3339 } from "@chaussettes/domain"

/** What is said of an incident, in one place for all receivers. */

const percent = (rate: number): string => `${(rate * 100).toFixed(1)} %`

const subjectOf = ({ dimension, key }: Incident): string =>
  dimension === "global" ? "All traffic" : dimension === "ip" ? `IP ${key}` : `URL ${key}`

/** `IP 10.0.0.1: 34 of 50 requests failed (68.0 %)` */
export const summaryOf = (incident: Incident): string =>
  `${subjectOf(incident)}: ${incident.errors} of ${incident.requests} requests failed (${percent(incident.errors / incident.requests)})`

export const descriptionOf = (incident: Incident): string =>
  `${incident.alerts} ${incident.alerts === 1 ? "alert" : "alerts"} in windows from ${rfc3339(incident.openedMs)} to ${rfc3339(incident.lastMs)}, the worst with ${percent(incident.worstRate)} errors. The lines behind it: chaussettes explain ${incident.worstId}`

/** The page's view of the incident. */
export const pageLinkOf = (pageUrl: string, incident: Incident): string =>
  `${pageUrl.replace(/\/+$/, "")}/alerts/${encodeURIComponent(incident.id)}`
