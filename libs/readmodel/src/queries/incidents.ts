import { type Incident, Incidents, orderOf, parseRfc3339 } from "@chaussettes/domain"
import { Alerts, alertsOfSpan, Windows } from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"

/** An incident may have begun before the span that is asked for: reading begins so much earlier at first. */
const firstLookBackMs = 86_400_000

/** The incidents of the alerts from a time on that were open at any time behind another one. */
const incidentsFrom = (readMs: number, sinceMs: number, decidedMs: number, quiet: number) =>
  Effect.gen(function* () {
    const alerts = yield* Alerts
    const { first, end } = yield* alertsOfSpan(alerts, readMs)
    const grouping = new Incidents(quiet)
    const found: Array<Incident> = []
    const keep = (closed: ReadonlyArray<Incident>) => {
      for (const incident of closed) if (incident.lastMs > sinceMs) found.push(incident)
    }
    if (first < end) {
      yield* Stream.runForEachArray(alerts.read(first), (stored) =>
        Effect.sync(() => {
          for (const { alert } of stored) keep(grouping.take(alert))
        })
      )
    }
    keep(grouping.decided(decidedMs))
    found.push(...grouping.open())
    return { found, whole: first === end || first <= (yield* alerts.bounds).firstSeq }
  })

/** Reads ALERTS and WINDOWS and groups; no clock is asked, so the same streams give the same answer. */
export const readIncidents = Effect.fn("readIncidents")(function* (spanMs: number, quiet: number) {
  const newest = yield* (yield* Windows).latest
  if (newest === undefined) return { decidedMs: undefined, incidents: [] as ReadonlyArray<Incident> }
  const { record } = newest
  const decidedMs = orderOf(record).endMs
  const windowMs = parseRfc3339(record.end)! - parseRfc3339(record.start)!
  const sinceMs = decidedMs - spanMs
  for (let lookBackMs = firstLookBackMs; ; lookBackMs *= 4) {
    const readMs = sinceMs - lookBackMs
    const { found, whole } = yield* incidentsFrom(readMs, sinceMs, decidedMs, quiet)
    // One that opens so near to where reading began may have opened before it.
    if (!whole && found.some(({ openedMs }) => openedMs < readMs + (quiet + 1) * windowMs)) continue
    found.sort((a, b) => Number(b.open) - Number(a.open) || b.lastMs - a.lastMs || b.openedMs - a.openedMs)
    return { decidedMs: decidedMs as number | undefined, incidents: found as ReadonlyArray<Incident> }
  }
})
