import { alertTypes, type Dimension, dimensionOf } from "../dimension.ts"
import { parseRfc3339 } from "../time.ts"
import { type Alert, keyOf } from "../wire/alert.ts"
import type { Severity } from "../wire/threshold.ts"

/** Consecutive alerts of one key, as one event. All of it follows from the alerts and from how far windows are decided. */
export interface Incident {
  /** The id of the alert that was raised first; where alerts came late, not always that of the earliest window. */
  readonly id: string
  readonly dimension: Dimension
  /** Null for `global`. */
  readonly key: string | null
  /** Start of the earliest window that alerted, ms since the epoch. */
  readonly openedMs: number
  /** End of the newest window that alerted. */
  readonly lastMs: number
  /** Still open: fewer quiet windows than it takes have passed since. */
  readonly open: boolean
  readonly alerts: number
  readonly requests: number
  readonly errors: number
  readonly severity: Severity
  /** The alert with the greatest rate, and that of the newest window. */
  readonly worstId: string
  readonly worstRate: number
  readonly lastId: string
}

/** So many windows without an alert of its key close an incident. */
const quietWindows = 3

type Growing = { -readonly [K in keyof Incident]: Incident[K] }

/** What stands behind the window in an alert's id: the same for the same key, however long its text is. */
const identityOf = (alert: Alert): string => {
  const at = alert.type === alertTypes.global ? -1 : alert.id.lastIndexOf(".")
  return `${alert.type}${at < 0 ? "" : alert.id.slice(at)}`
}

interface Open {
  readonly incident: Growing
  readonly windowMs: number
  /** Quiet windows are counted from here. */
  quietFromMs: number
}

/**
 * Groups alerts into incidents as they come, in the order of ALERTS. A key has at most one open incident, which all its alerts join. Only open
 * incidents are held: an incident is handed over when it closes, i.e. when so many windows of its length have been decided, whether they held a
 * line or not, since the window of its last alert ended, or since that alert was raised where late lines raised it.
 *
 * So an outage whose lines all come a minute late is one incident that stays open while its alerts come. An alert that comes late joins the open
 * incident, and the incident then began with the earlier window; where none is open, it opens one of its own: one that is closed was told as that.
 * When an alert was raised stands in the alert, so the same alerts give the same incidents, however often this begins again.
 */
export class Incidents {
  readonly #quiet: number
  readonly #open = new Map<string, Open>()
  #checkedMs = Number.NEGATIVE_INFINITY

  constructor(quiet: number = quietWindows) {
    this.#quiet = quiet
  }

  /** Takes the next alert; answers the incidents that were over before it was raised, in the order in which they closed. */
  take(alert: Alert): ReadonlyArray<Incident> {
    const startMs = parseRfc3339(alert.window.start)!
    const endMs = parseRfc3339(alert.window.end)!
    const raisedMs = parseRfc3339(alert.decided_through ?? "")
    const closed = this.decided(raisedMs ?? startMs)
    const quietFromMs = Math.max(endMs, raisedMs ?? endMs)
    const identity = identityOf(alert)
    const rate = alert.errors / alert.total_requests
    const open = this.#open.get(identity)
    if (open === undefined) {
      const incident: Growing = {
        id: alert.id,
        dimension: dimensionOf(alert.type),
        key: keyOf(alert) ?? null,
        openedMs: startMs,
        lastMs: endMs,
        open: true,
        alerts: 1,
        requests: alert.total_requests,
        errors: alert.errors,
        severity: alert.severity,
        worstId: alert.id,
        worstRate: rate,
        lastId: alert.id
      }
      this.#open.set(identity, { incident, windowMs: endMs - startMs, quietFromMs })
      return closed
    }
    const running = open.incident
    open.quietFromMs = Math.max(open.quietFromMs, quietFromMs)
    running.openedMs = Math.min(running.openedMs, startMs)
    if (endMs >= running.lastMs) {
      running.lastMs = endMs
      running.lastId = alert.id
    }
    running.alerts++
    running.requests += alert.total_requests
    running.errors += alert.errors
    if (alert.severity === "HIGH") running.severity = "HIGH"
    if (rate > running.worstRate) {
      running.worstRate = rate
      running.worstId = alert.id
    }
    return closed
  }

  /** Windows are decided up to `endMs`: answers the incidents that are over by that. */
  decided(endMs: number): ReadonlyArray<Incident> {
    if (endMs <= this.#checkedMs) return []
    this.#checkedMs = endMs
    const closed: Array<{ readonly incident: Incident; readonly closedMs: number }> = []
    for (const [identity, { incident, windowMs, quietFromMs }] of this.#open) {
      const closedMs = quietFromMs + this.#quiet * windowMs
      if (closedMs > endMs) continue
      this.#open.delete(identity)
      closed.push({ incident: { ...incident, open: false }, closedMs })
    }
    return closed.sort((a, b) => a.closedMs - b.closedMs).map(({ incident }) => incident)
  }

  /** The incidents that go on, oldest first. */
  open(): ReadonlyArray<Incident> {
    return Array.from(this.#open.values(), ({ incident }) => ({ ...incident }))
  }
}

/**
 * All incidents of some alerts, which come in the order of ALERTS; newest first, open ones before closed ones.
 * @param endMs end of the newest decided window
 */
export const incidentsOf = (
  alerts: Iterable<Alert>,
  endMs: number,
  quiet: number = quietWindows
): ReadonlyArray<Incident> => {
  const incidents = new Incidents(quiet)
  const all: Array<Incident> = []
  for (const alert of alerts) all.push(...incidents.take(alert))
  all.push(...incidents.decided(endMs), ...incidents.open())
  return all.sort((a, b) => Number(b.open) - Number(a.open) || b.lastMs - a.lastMs || b.openedMs - a.openedMs)
}
