import { type Incident, incidentsOf, type KnownRecord, orderOf } from "@chaussettes/domain"
import { Alerts, type StoredAlert, type TypedLog, Windows } from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"

const hourMs = 3_600_000
/** An hour of 10-s windows, each of them revised three times; of shorter windows less than an hour is summed up. */
const mostRecords = 1_440
const mostAlerts = 5_000

/** The ends of WINDOWS and ALERTS: the last hour of the log's own time, and the newest alerts. */
export interface Tails {
  readonly windows: ReadonlyArray<KnownRecord>
  readonly alerts: ReadonlyArray<StoredAlert>
}

export const incidentsIn = ({ windows, alerts }: Tails): ReadonlyArray<Incident> =>
  incidentsOf(
    alerts.map(({ alert }) => alert),
    windows.length === 0 ? 0 : orderOf(windows[windows.length - 1]!.record).endMs
  )

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

const readAlerts = (before: ReadonlyArray<StoredAlert>) =>
  Effect.gen(function* () {
    const alerts = yield* Alerts
    const { firstSeq, lastSeq } = yield* alerts.bounds
    const more = yield* grown(alerts, before, lastSeq, mostAlerts, (a, b) => a.alert.id === b.alert.id)
    if (more !== undefined) return more.slice(-mostAlerts)
    return yield* Stream.runCollect(alerts.read(Math.max(firstSeq, lastSeq - mostAlerts + 1)))
  })

/** Reads the tails; behind what was read `before`, where there is something. */
export const readTails = Effect.fn("readTails")(function* (before?: Tails) {
  // Windows first: the alerts of those that are known are known, too.
  const windows: ReadonlyArray<KnownRecord> = yield* readWindows(before?.windows ?? [])
  const alerts: ReadonlyArray<StoredAlert> = yield* readAlerts(before?.alerts ?? [])
  return { windows, alerts } satisfies Tails as Tails
})
