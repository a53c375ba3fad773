import { type Alert, type Dimension, dimensionOf, parseRfc3339, type Severity } from "@chaussettes/domain"

/** Consecutive alerts of one key, as one event. All of it follows from the alerts and the newest window's end. */
export interface Incident {
  /** The id of its first alert. */
  readonly id: string
  readonly dimension: Dimension
  /** The address or the URL; null for `global`. */
  readonly key: string | null
  readonly openedMs: number
  /** End of the last window that alerted. */
  readonly lastMs: number
  /** Still open: fewer quiet windows than it takes have passed since. */
  readonly open: boolean
  readonly alerts: number
  readonly requests: number
  readonly errors: number
  readonly severity: Severity
  /** The alert with the greatest rate, and the newest one. */
  readonly worstId: string
  readonly worstRate: number
  readonly lastId: string
}

/** So many windows without an alert of its key close an incident. */
export const quietWindows = 3

const keyOf = (alert: Alert): string | null => alert.ip ?? alert.url ?? null

/** What stands behind the window in an alert's id: the same for the same key, however long its text is. */
const identityOf = (alert: Alert): string => {
  const at = alert.type === "GLOBAL_ERROR_RATE" ? -1 : alert.id.lastIndexOf(".")
  return `${alert.type}${at < 0 ? "" : alert.id.slice(at)}`
}

/**
 * Groups alerts, which come in the order of ALERTS, into incidents; newest first, open ones before closed ones.
 * @param endMs end of the newest decided window
 */
export const incidentsOf = (alerts: Iterable<Alert>, endMs: number): ReadonlyArray<Incident> => {
  type Growing = { -readonly [K in keyof Incident]: Incident[K] } & { windowMs: number }
  const running = new Map<string, Growing>()
  const all: Array<Growing> = []
  for (const alert of alerts) {
    const startMs = parseRfc3339(alert.window.start)!
    const alertEndMs = parseRfc3339(alert.window.end)!
    const windowMs = alertEndMs - startMs
    const identity = identityOf(alert)
    const rate = alert.errors / alert.total_requests
    const before = running.get(identity)
    if (before !== undefined && startMs - before.lastMs < quietWindows * windowMs) {
      before.lastMs = alertEndMs
      before.lastId = alert.id
      before.alerts++
      before.requests += alert.total_requests
      before.errors += alert.errors
      if (alert.severity === "HIGH") before.severity = "HIGH"
      if (rate > before.worstRate) {
        before.worstRate = rate
        before.worstId = alert.id
      }
      continue
    }
    const incident: Growing = {
      id: alert.id,
      dimension: dimensionOf(alert.type),
      key: keyOf(alert),
      openedMs: startMs,
      lastMs: alertEndMs,
      open: false,
      alerts: 1,
      requests: alert.total_requests,
      errors: alert.errors,
      severity: alert.severity,
      worstId: alert.id,
      worstRate: rate,
      lastId: alert.id,
      windowMs
    }
    running.set(identity, incident)
    all.push(incident)
  }
  return all
    .map(
      ({ windowMs, ...incident }): Incident => ({
        ...incident,
        open: endMs - incident.lastMs < quietWindows * windowMs
      })
    )
    .sort((a, b) => Number(b.open) - Number(a.open) || b.lastMs - a.lastMs || b.openedMs - a.openedMs)
}
