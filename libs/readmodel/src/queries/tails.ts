import { type Acts, type KnownRecord, orderOf, parseRfc3339 } from "@chaussettes/domain"
import {
  Alerts,
  Incidents,
  type StoredAlert,
  type StoredIncident,
  type TypedLog,
  Windows
} from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"
import { briefEvent, type IncidentView, incidentViewsOf } from "../incidents/incident-view.ts"
import { lookedAtMs, markedView } from "../incidents/marks.ts"

const hourMs = 3_600_000
/** An hour of 10-s windows, each of them revised three times; of shorter windows less than an hour is summed up. */
const mostRecords = 1_440
const mostAlerts = 5_000
/** At most a hundred incidents are open at once, each of a handful of events. */
const mostIncidentEvents = 2_000

/** The ends of WINDOWS, ALERTS and INCIDENTS: the last hour of the log's own time, and the newest alerts and events. */
export interface Tails {
  readonly windows: ReadonlyArray<KnownRecord>
  readonly alerts: ReadonlyArray<StoredAlert>
  readonly incidents: ReadonlyArray<StoredIncident>
  /** Start of the oldest window that WINDOWS holds; null where there is none. */
  readonly oldestMs: number | null
}

/** Its incidents, with what people said of them; nothing is said where acts are not known. */
export const incidentsIn = (
  { incidents, windows }: Tails,
  acts: Acts | undefined,
  nowMs: number
): ReadonlyArray<IncidentView> => {
  const views = incidentViewsOf(incidents.map(({ event }) => event))
  if (acts === undefined) return views
  const newest = windows[windows.length - 1]
  const atMs = lookedAtMs(newest && orderOf(newest.record).endMs, nowMs)
  return views.map((view) => markedView(view, acts, atMs, "named"))
}

/** From where on WINDOWS tells of the last hour of the log's own time; undefined where nothing is decided. */
const hourBegins = (windows: Windows["Service"]) =>
  Effect.gen(function* () {
    const newest = yield* windows.latest
    const first = newest && (yield* windows.firstFrom(orderOf(newest.record).endMs - hourMs))
    return first?.seq
  })

/**
 * What is held and what came since; undefined where the tail has to be read anew. The last item that is held is read again: where another one
 * stands there, the stream was made again. Of more than a tail of new items most would be read in vain, and all of them held.
 */
const grown = <Item extends { readonly seq: number }>(
  log: TypedLog<Item>,
  held: ReadonlyArray<Item>,
  lastSeq: number,
  most: number,
  isSame: (a: Item, b: Item) => boolean
) =>
  Effect.gen(function* () {
    const last = held[held.length - 1]
    if (last === undefined || last.seq > lastSeq || lastSeq - last.seq > most) return undefined
    if (last.seq === lastSeq) return held
    const read = yield* Stream.runCollect(log.read(last.seq))
    return read[0] !== undefined && read[0].seq === last.seq && isSame(read[0], last)
      ? [...held, ...read.slice(1)]
      : undefined
  })

const isSameRecord = (a: KnownRecord, b: KnownRecord): boolean =>
  a.record.logs_created === b.record.logs_created &&
  a.record.start === b.record.start &&
  a.record.through_seq === b.record.through_seq

const readWindows = (before: ReadonlyArray<KnownRecord>) =>
  Effect.gen(function* () {
    const windows = yield* Windows
    const { firstSeq, lastSeq } = yield* windows.bounds
    const more = yield* grown(windows, before, lastSeq, mostRecords, isSameRecord)
    if (more === undefined) {
      const hour = yield* hourBegins(windows)
      return yield* Stream.runCollect(windows.read(Math.max(hour ?? firstSeq, lastSeq - mostRecords + 1)))
    }
    const fromMs = orderOf(more[more.length - 1]!.record).endMs - hourMs
    return more.slice(-mostRecords).filter(({ record }) => orderOf(record).endMs > fromMs)
  })

/** The newest of a stream. */
const readNewest = <Item extends { readonly seq: number }>(
  log: TypedLog<Item>,
  before: ReadonlyArray<Item>,
  most: number,
  isSame: (a: Item, b: Item) => boolean
) =>
  Effect.gen(function* () {
    const { firstSeq, lastSeq } = yield* log.bounds
    const more = yield* grown(log, before, lastSeq, most, isSame)
    if (more !== undefined) return more.slice(-most)
    return yield* Stream.runCollect(log.read(Math.max(firstSeq, lastSeq - most + 1)))
  })

const isSameEvent = ({ event: a }: StoredIncident, { event: b }: StoredIncident): boolean =>
  a.id === b.id && a.type === b.type && a.timestamp === b.timestamp

const readOldestMs = Effect.gen(function* () {
  const windows = yield* Windows
  const { firstSeq, lastSeq } = yield* windows.bounds
  const oldest = lastSeq < firstSeq ? undefined : yield* windows.get(firstSeq)
  return oldest === undefined ? null : parseRfc3339(oldest.record.start)!
})

/** Reads the tails; behind what was read `before`, where there is something. */
export const readTails = Effect.fn("readTails")(function* (before?: Tails) {
  // Windows first: the alerts of those that are known are known, too.
  const windows: ReadonlyArray<KnownRecord> = yield* readWindows(before?.windows ?? [])
  const alerts: ReadonlyArray<StoredAlert> = yield* readNewest(
    yield* Alerts,
    before?.alerts ?? [],
    mostAlerts,
    (a, b) => a.alert.id === b.alert.id
  )
  const events = yield* readNewest(yield* Incidents, before?.incidents ?? [], mostIncidentEvents, isSameEvent)
  const incidents: ReadonlyArray<StoredIncident> = events.map((stored) => ({
    ...stored,
    event: briefEvent(stored.event)
  }))
  const oldestMs: number | null = before?.oldestMs ?? (yield* readOldestMs)
  return { windows, alerts, incidents, oldestMs } satisfies Tails as Tails
})
