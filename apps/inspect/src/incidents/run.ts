import { Acts, type Incident, rfc3339, visibleJson, visibleText } from "@chaussettes/domain"
import { Connection } from "@chaussettes/jetstream"
import { percentText, severityText, wordsOf } from "@chaussettes/presentation"
import { environmentLanguage, localTime, painter } from "@chaussettes/presentation/terminal"
import { lookedAtMs } from "@chaussettes/readmodel"
import { readActs, readDecided, readIncidents } from "@chaussettes/readmodel/queries"
import { formatSpan, toUserFailure } from "@chaussettes/service"
import { Clock, Effect } from "effect"
import { lookPorts } from "../ports.ts"
import { decidedJson, decidedLine } from "./decided-text.ts"
import type { IncidentsInput } from "./flags.ts"

const incidentJson = (incident: Incident) => ({
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
    const { json, lines } = yield* input.alerts ? grouped(input) : decided(input)
    yield* Effect.sync(() => {
      if (input.json) process.stdout.write(`${json}\n`)
      else if (lines.length === 0) process.stderr.write("No incidents in that span.\n")
      else process.stdout.write(lines.map((line) => `${line}\n`).join(""))
    })
  },
  (effect, { nats }) => Effect.provide(effect, lookPorts(nats, "incidents")),
  Effect.mapError(toUserFailure)
)

const decided = (input: IncidentsInput) =>
  Effect.gen(function* () {
    const { decidedMs, incidents } = yield* readDecided(input.sinceMs)
    const acts = yield* actsWhereShown
    const atMs = lookedAtMs(decidedMs, yield* Clock.currentTimeMillis)
    const shown = incidents.filter(({ isOpen }) => isOpen || !input.open)
    return {
      json: decidedJson(decidedMs, shown, acts, atMs),
      lines: shown.map((incident) => decidedLine(incident, decidedMs!, acts, atMs))
    }
  })

/** Incidents are shown to everybody, what people said about them is not. */
const actsWhereShown = Effect.gen(function* () {
  const { link } = yield* Connection
  return link.lacksCredentials ? new Acts() : (yield* readActs).acts
})

const grouped = (input: IncidentsInput) =>
  Effect.map(readIncidents(input.sinceMs, input.quiet), ({ decidedMs, incidents: all }) => {
    const shown = all.filter((incident) => incident.open || !input.open)
    const result = {
      schema: "chaussettes.incidents.v1",
      decided_to: decidedMs === undefined ? null : rfc3339(decidedMs),
      incidents: shown.map(incidentJson)
    }
    return { json: visibleJson(JSON.stringify(result)), lines: shown.map(lineOf) }
  })

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
    paint(
      incident.severity === "HIGH" ? "red" : "yellow",
      severityText(language, incident.severity, incident.requests)
    ),
    paint("bold", subject),
    `${w.alerts.requestsOf(incident.errors, incident.requests)} (${percentText(language, incident.errors / incident.requests)})`,
    paint("dim", incident.worstId)
  ].join("  ")
}
