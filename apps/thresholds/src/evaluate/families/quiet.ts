import { IncidentLearner } from "@chaussettes/domain"
import { dayMs, type Site, SiteTraffic, windowMs } from "./site.ts"

/** What a site without any incident was told. */
export interface QuietResult {
  readonly site: string
  readonly learntDays: number
  readonly weeks: number
  /** While it learnt, and behind that. */
  readonly openedAtFirst: number
  readonly opened: number
  /** Incidents of times at which the site did fail: a quarter of its requests with 5xx over a minute. They have to be told. */
  readonly outages: number
  readonly openedBy: ReadonlyMap<string, number>
  /** Families of evidence whose threshold history itself has raised. */
  readonly conservative: ReadonlyArray<string>
  readonly microsecondsAWindow: number
}

const outageShare = 0.25
const outageWindows = 6
/** An outage of these many windows before an incident is told, or behind, is what it tells of. */
const [beforeWindows, behindWindows] = [12, 6]

/** Whether a quarter of the requests failed over a minute, then or soon before or after. */
const isOutage = (counts: ReadonlyArray<readonly [requests: number, failed: number]>, at: number): boolean => {
  for (let from = Math.max(0, at - beforeWindows); from <= at + behindWindows - outageWindows; from++) {
    let [requests, failed] = [0, 0]
    for (const [n, k] of counts.slice(from, from + outageWindows)) {
      requests += n
      failed += k
    }
    if (failed >= outageShare * requests && failed > 0) return true
  }
  return false
}

/** Learns a site for some days and goes on judging it: each window by a model of what came before it alone. */
export const runQuiet = (site: Site, learntDays: number, days: number): QuietResult => {
  const traffic = new SiteTraffic(site)
  const learner = new IncidentLearner(windowMs, 1)
  const openedBy = new Map<string, number>()
  let [openedAtFirst, opened, spentMs] = [0, 0, 0]
  const counts: Array<readonly [number, number]> = []
  const told: Array<{ readonly at: number; readonly family: string; readonly kind: string }> = []
  const windows = (days * dayMs) / windowMs
  for (let i = 0; i < windows; i++) {
    const window = traffic.next()
    counts.push([window.requests, window.errors[1]])
    const startedMs = performance.now()
    const events = learner.window(window)
    spentMs += performance.now() - startedMs
    for (const event of events) {
      if (event.type !== "opened") continue
      if (i * windowMs < learntDays * dayMs) openedAtFirst++
      else told.push({ at: i, family: event.certificate.family, kind: event.kind })
    }
  }
  let outages = 0
  for (const { at, family, kind } of told) {
    if (kind === "server-errors" && isOutage(counts, at)) {
      outages++
      continue
    }
    opened++
    openedBy.set(family, (openedBy.get(family) ?? 0) + 1)
  }
  const { thresholds } = learner.model()
  return {
    site: site.name,
    learntDays,
    weeks: (days - learntDays) / 7,
    openedAtFirst,
    opened,
    outages,
    openedBy,
    conservative: Object.entries(thresholds).flatMap(([family, t]) => (t.conservative ? [family] : [])),
    microsecondsAWindow: (spentMs * 1000) / windows
  }
}
