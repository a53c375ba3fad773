import { type AlertName, lateBeforeOf, parseRfc3339, type WindowRecord } from "@chaussettes/domain"
import { Alerts, alertsOfSpan, type StoredAlert, Windows } from "@chaussettes/jetstream"
import { Effect, Option, Stream } from "effect"

/** The alert of this name; undefined where ALERTS has none. */
export const findAlert = Effect.fn("findAlert")(function* (id: string, name: AlertName) {
  const alerts = yield* Alerts
  const findIn = (fromSeq: number, goesOn: (at: StoredAlert) => boolean) =>
    alerts.read(fromSeq).pipe(
      Stream.takeWhile(goesOn),
      Stream.filter(({ alert }) => alert.id === id),
      Stream.runHead,
      Effect.map(Option.getOrUndefined)
    )
  // Where no alert came late thereabouts it stands among those of its window; else it is looked for wherever it may stand.
  const near = yield* alerts.firstFrom(name.startMs)
  const found = near && (yield* findIn(near.seq, ({ alert }) => parseRfc3339(alert.window.start) === name.startMs))
  if (found !== undefined) return found
  const { first, end } = yield* alertsOfSpan(alerts, name.startMs, name.startMs + name.windowMs)
  return first === end ? undefined : yield* findIn(first, ({ seq }) => seq < end)
})

/** All that WINDOWS says of a window, in the order in which it was said; at least one record. */
export type RecordsOfWindow = readonly [WindowRecord, ...ReadonlyArray<WindowRecord>]

export const newestIn = (records: RecordsOfWindow): WindowRecord => records[records.length - 1]!

/** Messages before a window's place among which its neighbours are looked for, and behind it until its revisions are known. */
const [messagesBefore, messagesBehind] = [256, 20_000]

/** The records of a window and of up to `around` windows on each side that have some, in the order of the windows; none where it has none. */
export const findRecords = Effect.fn("findRecords")(function* (startMs: number, around: number) {
  const windows = yield* Windows
  const found = yield* windows.firstFrom(startMs)
  if (found === undefined) return []
  const { firstSeq } = yield* windows.bounds
  const byStart = new Map<number, [WindowRecord, ...Array<WindowRecord>]>()
  let windowsBehind = 0
  const throughSeq = found.seq + messagesBehind - 1
  yield* windows.read(Math.max(firstSeq, found.seq - messagesBefore), { throughSeq }).pipe(
    // Late lines may come for the window, and for its neighbours, until the horizon has passed.
    Stream.takeUntil(({ record }) => {
      const recordMs = parseRfc3339(record.start)!
      const known = byStart.get(recordMs)
      if (known === undefined) byStart.set(recordMs, [record])
      else known.push(record)
      if (known === undefined && recordMs > startMs) windowsBehind++
      return windowsBehind >= around && lateBeforeOf(record) > lastWanted(byStart, startMs, around)
    }),
    Stream.runDrain
  )
  const all = [...byStart].sort(([a], [b]) => a - b)
  const at = all.findIndex(([ms]) => ms === startMs)
  if (at < 0) return []
  return all.slice(Math.max(0, at - around), at + around + 1).map(([, records]): RecordsOfWindow => records)
})

/** Start of the last window that is wanted, of those that are known. */
const lastWanted = (byStart: ReadonlyMap<number, unknown>, startMs: number, around: number): number =>
  [...byStart.keys()].filter((ms) => ms > startMs).sort((a, b) => a - b)[around - 1] ?? startMs
