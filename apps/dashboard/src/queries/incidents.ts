import { lineText } from "@chaussettes/presentation"
import { briefEvent, byHurt, type IncidentView, incidentViewOf } from "@chaussettes/readmodel"
import {
  incidentCourse,
  readIncidentEvents,
  readIncidentLines,
  readIncidentRecords,
  readIncidentsOf
} from "@chaussettes/readmodel/queries"
import { Clock, Effect } from "effect"
import type { DecidedQuery, DecidedResponse, IncidentLinesResponse, IncidentResponse } from "../api/index.ts"
import type { Feed } from "../live/feed.ts"
import { defaultLines, Kept } from "./explain.ts"

/** Events that are read for one question; more are left to a shorter span. */
const mostEvents = 50_000
const defaultLimit = 100

/** What marks incidents with what people said of them. */
type Marking = Pick<Feed["Service"], "marked">

const matches = ({ event }: IncidentView, { kind, dimension, key }: DecidedQuery): boolean =>
  (kind === undefined || event.kind === kind) &&
  (dimension === undefined || event.cause.dimension === dimension) &&
  (key === undefined || event.cause.keys.some((own) => own.includes(key)))

const brief = (view: IncidentView): IncidentView => ({ ...view, event: briefEvent(view.event) })

/** The incidents that were open in a span, the open ones first, the most severe on top. */
export const decidedOf = Effect.fn("decidedOf")(function* (feed: Marking, query: DecidedQuery) {
  const nowMs = yield* Clock.currentTimeMillis
  const { incidents, isPartial } = yield* readIncidentsOf(query.from, query.to, mostEvents)
  const found = incidents
    .filter((view) => matches(view, query))
    .map((view) => feed.marked(view, nowMs))
    .sort(byHurt)
  return {
    incidents: found.slice(0, query.limit ?? defaultLimit).map(brief),
    count: found.length,
    partial: isPartial
  } satisfies DecidedResponse
})

/** One incident: what was told of it, and how its cause fared. */
export const incidentOf = Effect.fn("incidentOf")(function* (feed: Marking, id: string) {
  const { events, newest } = yield* readIncidentEvents(id)
  const { records, isCut } = yield* readIncidentRecords(newest)
  return {
    incident: brief(feed.marked(incidentViewOf(newest), yield* Clock.currentTimeMillis)),
    events: events.map(briefEvent),
    course: { windows: incidentCourse(newest, records), isCut }
  } satisfies IncidentResponse
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
