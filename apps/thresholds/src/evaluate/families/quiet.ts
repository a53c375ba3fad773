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
  readonly openedBy: ReadonlyMap<string, number>
  /** Families of evidence whose threshold history itself has raised. */
  readonly conservative: ReadonlyArray<string>
  readonly microsecondsAWindow: number
}

/** Learns a site for some days and goes on judging it: each window by a model of what came before it alone. */
export const runQuiet = (site: Site, learntDays: number, days: number): QuietResult => {
  const traffic = new SiteTraffic(site)
  const learner = new IncidentLearner(windowMs, 1)
  const openedBy = new Map<string, number>()
  let [openedAtFirst, opened, spentMs] = [0, 0, 0]
  const windows = (days * dayMs) / windowMs
  for (let i = 0; i < windows; i++) {
    const window = traffic.next()
    const startedMs = performance.now()
    const events = learner.window(window)
    spentMs += performance.now() - startedMs
    for (const event of events) {
      if (event.type !== "opened") continue
      if (i * windowMs < learntDays * dayMs) openedAtFirst++
      else {
        opened++
        openedBy.set(event.certificate.family, (openedBy.get(event.certificate.family) ?? 0) + 1)
      }
    }
  }
  const { thresholds } = learner.model()
  return {
    site: site.name,
    learntDays,
    weeks: (days - learntDays) / 7,
    openedAtFirst,
    opened,
    openedBy,
    conservative: Object.entries(thresholds).flatMap(([family, t]) => (t.conservative ? [family] : [])),
    microsecondsAWindow: (spentMs * 1000) / windows
  }
}
