import { type Incident, rfc3339, visibleJson, visibleText } from "@chaussettes/domain"
import { percentText, wordsOf } from "@chaussettes/presentation"
import { environmentLanguage, localTime, painter } from "@chaussettes/presentation/terminal"
import { readIncidents } from "@chaussettes/readmodel/queries"
import { formatSpan, toUserFailure } from "@chaussettes/service"
import { Effect } from "effect"
import { lookPorts } from "../ports.ts"
import type { IncidentsInput } from "./flags.ts"

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

export const incidents = Effect.fn("incidents")(
  function* (input: IncidentsInput) {
    const { decidedMs, incidents: all } = yield* readIncidents(input.sinceMs, input.quiet)
    const shown = all.filter((incident) => incident.open || !input.open)
    yield* Effect.sync(() => {
      if (input.json) {
        const decided = decidedMs === undefined ? null : rfc3339(decidedMs)
        process.stdout.write(
          `${visibleJson(JSON.stringify({ schema: "chaussettes.incidents.v1", decided_to: decided, incidents: shown.map(jsonOf) }))}\n`
        )
      } else if (shown.length === 0) process.stderr.write("No incidents in that span.\n")
      else for (const incident of shown) process.stdout.write(`${lineOf(incident)}\n`)
    })
  },
  (effect, { nats }) => Effect.provide(effect, lookPorts(nats, "incidents")),
  Effect.mapError(toUserFailure)
)

/** One incident as one line: whether it goes on, since when and how long, how bad, who or what, and the id for `explain`. */
const lineOf = (incident: Incident): string => {
  const paint = painter(process.stdout.isTTY)
  const language = environmentLanguage()
  const w = wordsOf(language)
  const subject =
    incident.key === null ? w.dimensionsMany.global : `${w.dimensions[incident.dimension]} ${visibleText(incident.key)}`
  const width = Math.max(w.alerts.open.length, w.alerts.closed.length)
  return [
    incident.open ? paint("red", w.alerts.open.padEnd(width)) : w.alerts.closed.padEnd(width),
    localTime(incident.openedMs),
    formatSpan(incident.lastMs - incident.openedMs),
    paint(incident.severity === "HIGH" ? "red" : "yellow", w.severities[incident.severity]),
    paint("bold", subject),
    `${w.alerts.requestsOf(incident.errors, incident.requests)} (${percentText(language, incident.errors / incident.requests)})`,
    paint("dim", incident.worstId)
  ].join("  ")
}
