import { type IncidentEvent, orderOf, parseRfc3339 } from "@chaussettes/domain"
import { Incidents, Windows } from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"
import { type IncidentView, incidentViewOf } from "../incidents/incident-view.ts"

/** An incident is accepted as normal after a day, so one that goes on has said something since. */
const lookBackMs = 2 * 86_400_000

/** The incidents of a stretch of time. */
interface DecidedIncidents {
  readonly incidents: ReadonlyArray<IncidentView>
  /** Older events of the span were left out: there were more than are read at once. */
  readonly isPartial: boolean
}

/** The incidents that were open at any time in `[fromMs, toMs)`, each by its newest event, of no more than the newest `most` events. */
export const readIncidentsOf = Effect.fn("readIncidentsOf")(function* (fromMs: number, toMs: number, most: number) {
  const log = yield* Incidents
  const first = yield* log.firstFrom(fromMs - lookBackMs)
  if (first === undefined) return { incidents: [], isPartial: false } satisfies DecidedIncidents as DecidedIncidents
  const { lastSeq } = yield* log.bounds
  const fromSeq = Math.max(first.seq, lastSeq - most + 1)
  const found = new Map<string, IncidentEvent>()
  yield* Stream.runForEach(log.read(fromSeq, { throughSeq: lastSeq }), ({ event }) =>
    Effect.sync(() => {
      const isBefore = event.type === "closed" && parseRfc3339(event.timestamp)! <= fromMs
      if (isBefore || parseRfc3339(event.opened_at)! >= toMs) found.delete(event.id)
      else found.set(event.id, event)
    })
  )
  const incidents = Array.from(found.values(), incidentViewOf)
  return { incidents, isPartial: fromSeq > first.seq } satisfies DecidedIncidents as DecidedIncidents
})

/** More events than the stream's limits leave room for in a year of a restless site. */
const mostEvents = 1_000_000

/** The same for a span before the newest decided window; open ones first, then the newest. */
export const readDecided = Effect.fn("readDecided")(function* (spanMs: number) {
  const newest = yield* (yield* Windows).latest
  if (newest === undefined) return { decidedMs: undefined, incidents: [] as ReadonlyArray<IncidentView> }
  const decidedMs = orderOf(newest.record).endMs
  const { incidents } = yield* readIncidentsOf(decidedMs - spanMs, Number.POSITIVE_INFINITY, mostEvents)
  const sorted: ReadonlyArray<IncidentView> = [...incidents].sort(
    (a, b) => Number(b.isOpen) - Number(a.isOpen) || b.openedMs - a.openedMs
  )
  return { decidedMs: decidedMs as number | undefined, incidents: sorted }
})
