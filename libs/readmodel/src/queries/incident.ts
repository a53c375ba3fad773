import {
  type ErrorKinds,
  type IncidentEvent,
  kindsIn,
  newestOf,
  orderOf,
  parseRfc3339,
  type WindowRecord
} from "@chaussettes/domain"
import { Incidents, Windows } from "@chaussettes/jetstream"
import { Data, Effect, Stream } from "effect"
import { incidentBeginOf } from "./incident-event.ts"

/** The id is none that an incident can have. */
export class NotAnIncidentId extends Data.TaggedError("NotAnIncidentId")<{ readonly id: string }> {}
/** INCIDENTS does not hold it: it was never told, or it was dropped with age. */
export class NoSuchIncident extends Data.TaggedError("NoSuchIncident")<{ readonly id: string }> {}

/** It is told at most a day after it began, and is taken for normal after another one. */
const lastsAtMostMs = 3 * 86_400_000
/** Events of all incidents among which those of one are looked for. */
const mostEvents = 50_000

/** All that was told of an incident, in its order; never empty. */
export const readIncidentEvents = Effect.fn("readIncidentEvents")(function* (id: string) {
  const beginMs = incidentBeginOf(id)
  if (beginMs === undefined) return yield* new NotAnIncidentId({ id })
  const log = yield* Incidents
  const first = yield* log.firstFrom(beginMs)
  const events: ReadonlyArray<IncidentEvent> =
    first === undefined
      ? []
      : yield* log.read(first.seq).pipe(
          Stream.take(mostEvents),
          Stream.map(({ event }) => event),
          Stream.takeWhile(({ timestamp }) => parseRfc3339(timestamp)! <= beginMs + lastsAtMostMs),
          Stream.filter((event) => event.id === id),
          Stream.takeUntil(({ type }) => type === "closed"),
          Stream.runCollect
        )
  const newest = events[events.length - 1]
  if (newest === undefined) return yield* new NoSuchIncident({ id })
  return { events, newest }
})

/** Windows before the incident that are shown with it, and how many are read at most: two hours of 10-s windows. */
const [windowsBefore, mostWindows] = [18, 720]
/** After it was over, so that its end is seen. */
const windowsBehind = 12

/** The records of the windows of an incident, and of some before and behind it; the newest of each window, in their order. */
export const readIncidentRecords = Effect.fn("readIncidentRecords")(function* (event: IncidentEvent) {
  const windows = yield* Windows
  const windowMs = windowMsOf(event)
  const openedMs = parseRfc3339(event.opened_at)!
  const fromMs = openedMs - windowsBefore * windowMs
  const closedMs = event.closed_at === undefined ? Number.POSITIVE_INFINITY : parseRfc3339(event.closed_at)!
  const toMs = Math.min(closedMs + windowsBehind * windowMs, fromMs + mostWindows * windowMs)
  const first = yield* windows.firstFrom(fromMs)
  if (first === undefined) return { records: [] as ReadonlyArray<WindowRecord>, isCut: false }
  // One before them: it says from where on LOGS holds their lines.
  const read = yield* windows.read(Math.max(1, first.seq - 1), { unchecked: true }).pipe(
    Stream.map(({ record }) => record),
    Stream.takeWhile((record) => orderOf(record).endMs - windowMs < toMs),
    Stream.take(2 * mostWindows),
    Stream.runCollect
  )
  const last = read[read.length - 1]
  const isCut = closedMs > toMs && last !== undefined && orderOf(last).endMs >= toMs
  return { records: newestOf(read), isCut }
})

/** How long the windows are that it was decided by, as its id says. */
const windowMsOf = ({ id }: IncidentEvent): number => {
  const [, length, unit] = /Z-(\d+)(m?s)(?:\.|$)/.exec(id) ?? []
  return Number(length ?? 10) * (unit === "ms" ? 1 : 1_000)
}

/** Requests and errors of the class that an incident is about. */
interface ClassCounts {
  readonly total: number
  readonly errors: number
}

export interface IncidentWindow {
  readonly startMs: number
  readonly endMs: number
  readonly site: ClassCounts
  /** Of the cause; null where the record says nothing of it: it names only the ten worst keys of a window, and no network. */
  readonly cause: ClassCounts | null
}

/** Which errors an incident is about: those of its class, or all of them. */
const errorsOf = ({ kind }: IncidentEvent, kinds: ErrorKinds, all: number): number =>
  kind === "client-errors" ? kinds.client : kind === "server-errors" ? kinds.server : all

const causeIn = (event: IncidentEvent, record: WindowRecord, site: ClassCounts): ClassCounts | null => {
  const { dimension, keys } = event.cause
  if (dimension === "global") return site
  if (dimension === "network") return null
  const named = record.top[dimension].filter(({ key }) => keys.includes(key))
  if (named.length === 0) return null
  return named.reduce<ClassCounts>(
    (sum, { total, errors, client_errors: client = 0, server_errors: server = 0 }) => ({
      total: sum.total + total,
      errors: sum.errors + errorsOf(event, { client, server }, errors)
    }),
    { total: 0, errors: 0 }
  )
}

/** How site and cause fared, window by window. */
export const incidentCourse = (
  event: IncidentEvent,
  records: ReadonlyArray<WindowRecord>
): ReadonlyArray<IncidentWindow> =>
  records.map((record) => {
    const { start, end, total, errors, statuses = [] } = record
    const site = { total, errors: errorsOf(event, kindsIn(statuses), errors) }
    return { startMs: parseRfc3339(start)!, endMs: parseRfc3339(end)!, site, cause: causeIn(event, record, site) }
  })
