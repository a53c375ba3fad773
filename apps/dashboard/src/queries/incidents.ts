import type { Act } from "@chaussettes/domain"
import { lineText } from "@chaussettes/presentation"
import { briefEvent, byHurt, type IncidentView, incidentViewOf } from "@chaussettes/readmodel"
import {
  incidentCourse,
  readActs,
  readIncidentEvents,
  readIncidentLines,
  readIncidentRecords,
  readIncidentsOf
} from "@chaussettes/readmodel/queries"
import { Effect } from "effect"
import type {
  DecidedQuery,
  DecidedResponse,
  IncidentActsResponse,
  IncidentLinesResponse,
  IncidentResponse
} from "../api.ts"
import { defaultLines, Kept } from "./explain.ts"

/** Events that are read for one question; more are left to a shorter span. */
const mostEvents = 50_000
const defaultLimit = 100

const matches = ({ event }: IncidentView, { kind, dimension, key }: DecidedQuery): boolean =>
  (kind === undefined || event.kind === kind) &&
  (dimension === undefined || event.cause.dimension === dimension) &&
  (key === undefined || event.cause.keys.some((own) => own.includes(key)))

const brief = (view: IncidentView): IncidentView => ({ ...view, event: briefEvent(view.event) })

/** The incidents that were open in a span, the open ones first, the most severe on top. */
export const decidedOf = Effect.fn("decidedOf")(function* (query: DecidedQuery) {
  const { incidents, isPartial } = yield* readIncidentsOf(query.from, query.to, mostEvents)
  const found = incidents.filter((view) => matches(view, query)).sort(byHurt)
  return {
    incidents: found.slice(0, query.limit ?? defaultLimit).map(brief),
    count: found.length,
    partial: isPartial
  } satisfies DecidedResponse
})

/** One incident: what was told of it, and how its cause fared. */
export const incidentOf = Effect.fn("incidentOf")(function* (id: string) {
  const { events, newest } = yield* readIncidentEvents(id)
  const { records, isCut } = yield* readIncidentRecords(newest)
  return {
    incident: brief(incidentViewOf(newest)),
    events: events.map(briefEvent),
    course: { windows: incidentCourse(newest, records), isCut }
  } satisfies IncidentResponse
})

const actBody = ({ id, type, at, by, until, text }: Act) => ({
  id,
  type,
  at,
  by,
  ...(until === undefined ? {} : { until }),
  ...(text === undefined ? {} : { text })
})

/** What people said about it, by its newest event. */
export const incidentActsOf = Effect.fn("incidentActsOf")(function* (id: string) {
  const { newest } = yield* readIncidentEvents(id)
  const { acknowledged, silenced, notes } = (yield* readActs).acts.ofIncident(newest)
  return {
    acknowledged: acknowledged === undefined ? null : actBody(acknowledged),
    silenced: silenced === undefined ? null : actBody(silenced),
    notes: notes.map(actBody)
  } satisfies IncidentActsResponse
})

/** The lines behind it, errors first, and what these share. */
export const incidentLinesOf = Effect.fn("incidentLinesOf")(function* (id: string, query: { readonly lines?: number }) {
  const kept = new Kept(query.lines ?? defaultLines)
  const counted = yield* readIncidentLines(id, kept.add)
  const shown = kept.lines.map(({ bytes, ...line }) => ({ ...line, text: lineText(bytes) }))
  return {
    ...counted,
    shown: [...shown.filter(({ error }) => error), ...shown.filter(({ error }) => !error)]
  } satisfies IncidentLinesResponse
})
