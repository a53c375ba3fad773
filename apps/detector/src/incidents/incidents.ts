import { type Incident, Incidents, parseRfc3339, rfc3339 } from "@chaussettes/domain"
import { AlertsLog, findFirst, readAlert, readWindowRecord, WindowsLog } from "@chaussettes/jetstream"
import { formatSpan, type NatsFlagValues, toUserFailure, type UserFailure } from "@chaussettes/service"
import { percentText, visibleText, wordsOf } from "@chaussettes/view"
import { Effect, Result, Stream } from "effect"
import { lookPorts } from "../look/ports.ts"
import { environmentLanguage, localTime, painter } from "../look/terminal.ts"

export interface IncidentsInput {
  readonly nats: NatsFlagValues
  readonly sinceMs: number
  readonly open: boolean
  readonly quiet: number
  readonly json: boolean
}

/** An incident may have begun before the span that is asked for: reading begins so much earlier. */
const lookBackMs = 86_400_000

/** Reads ALERTS and WINDOWS and groups; no clock is asked, so the same streams give the same answer. */
export const readIncidents = (sinceMs: number, quiet: number) =>
  Effect.gen(function* () {
    const windows = yield* WindowsLog
    const alerts = yield* AlertsLog
    const newest = yield* windows.get((yield* windows.bounds).lastSeq)
    const record = newest === undefined ? undefined : Result.getOrUndefined(readWindowRecord(newest))
    if (record === undefined) return { decidedMs: undefined, incidents: [] as ReadonlyArray<Incident> }
    const decidedMs = parseRfc3339(record.end)!
    const fromMs = decidedMs - sinceMs
    const first = yield* findFirst(alerts, (entry) =>
      Result.map(readAlert(entry), (alert) => parseRfc3339(alert.window.start)! >= fromMs - lookBackMs)
    )
    const grouping = new Incidents(quiet)
    const all: Array<Incident> = []
    const keep = (closed: ReadonlyArray<Incident>) => {
      for (const incident of closed) if (incident.lastMs > fromMs) all.push(incident)
    }
    if (first !== undefined) {
      yield* alerts.readFrom(first.seq).pipe(
        Stream.runForEachArray((entries) =>
          Effect.gen(function* () {
            for (const entry of entries) keep(grouping.take(yield* Effect.fromResult(readAlert(entry))))
          })
        )
      )
    }
    keep(grouping.decided(decidedMs))
    all.push(...grouping.open())
    all.sort((a, b) => Number(b.open) - Number(a.open) || b.lastMs - a.lastMs || b.openedMs - a.openedMs)
    return { decidedMs: decidedMs as number | undefined, incidents: all as ReadonlyArray<Incident> }
  })

const jsonOf = (incident: Incident) => ({
  id: incident.id,
  dimension: incident.dimension,
  ...(incident.key === null ? {} : { [incident.dimension]: incident.key }),
  open: incident.open,
  opened: rfc3339(incident.openedMs),
  last: rfc3339(incident.lastMs),
  severity: incident.severity,
  alerts: incident.alerts,
  total_requests: incident.requests,
  errors: incident.errors,
  worst: { id: incident.worstId, value: Math.round(incident.worstRate * 10_000) / 10_000 },
  last_id: incident.lastId
})

export const incidents = (input: IncidentsInput): Effect.Effect<void, UserFailure> =>
  Effect.gen(function* () {
    const { decidedMs, incidents: all } = yield* readIncidents(input.sinceMs, input.quiet)
    const shown = all.filter((incident) => incident.open || !input.open)
    yield* Effect.sync(() => {
      if (input.json) {
        const decided = decidedMs === undefined ? null : rfc3339(decidedMs)
        process.stdout.write(
          `${JSON.stringify({ schema: "chaussettes.incidents.v1", decided_to: decided, incidents: shown.map(jsonOf) })}\n`
        )
      } else if (shown.length === 0) process.stderr.write("There is no incident in that time.\n")
      else for (const incident of shown) process.stdout.write(`${lineOf(incident)}\n`)
    })
  }).pipe(Effect.provide(lookPorts(input.nats, "incidents")), Effect.mapError(toUserFailure))

/** One incident as one line: whether it goes on, since when and how long, how bad, who or what, and the id for `explain`. */
const lineOf = (incident: Incident): string => {
  const paint = painter(process.stdout.isTTY)
  const language = environmentLanguage()
  const w = wordsOf(language)
  const subject =
    incident.key === null ? w.dimensionsMany.global : `${w.dimensions[incident.dimension]} ${visibleText(incident.key)}`
  return [
    incident.open ? paint("red", "open  ") : "closed",
    localTime(incident.openedMs),
    formatSpan(incident.lastMs - incident.openedMs),
    paint(incident.severity === "HIGH" ? "red" : "yellow", w.severities[incident.severity]),
    paint("bold", subject),
    `${w.alerts.requestsOf(incident.errors, incident.requests)} (${percentText(language, incident.errors / incident.requests)})`,
    paint("dim", incident.worstId)
  ].join("  ")
}
