import { type Alert, type AlertName, lateBeforeOf, parseRfc3339, type WindowRecord } from "@chaussettes/domain"
import {
  AlertsLog,
  alertsOfSpan,
  findFirst,
  findWindow,
  readAlert,
  readWindowRecord,
  WindowsLog
} from "@chaussettes/jetstream"
import { Effect, Option, Result, Stream } from "effect"

export interface FoundAlert {
  readonly seq: number
  readonly alert: Alert
}

/** The alert of this name; undefined where ALERTS has none. */
export const findAlert = (id: string, name: AlertName) =>
  Effect.gen(function* () {
    const alerts = yield* AlertsLog
    const findIn = (fromSeq: number, goesOn: (at: FoundAlert) => boolean) =>
      alerts.readFrom(fromSeq).pipe(
        Stream.mapEffect((entry) =>
          Effect.map(Effect.fromResult(readAlert(entry)), (alert): FoundAlert => ({ seq: entry.seq, alert }))
        ),
        Stream.takeWhile(goesOn),
        Stream.filter(({ alert }) => alert.id === id),
        Stream.runHead,
        Effect.map(Option.getOrUndefined)
      )
    // Where no alert came late thereabouts it stands among those of its window; else it is looked for wherever it may stand.
    const near = yield* findFirst(alerts, (entry) =>
      Result.map(readAlert(entry), (alert) => parseRfc3339(alert.window.start)! >= name.startMs)
    )
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
export const findRecords = (startMs: number, around: number) =>
  Effect.gen(function* () {
    const windows = yield* WindowsLog
    const found = yield* findWindow(windows, startMs)
    if (found === undefined) return []
    const { firstSeq } = yield* windows.bounds
    const byStart = new Map<number, [WindowRecord, ...Array<WindowRecord>]>()
    let windowsBehind = 0
    yield* windows.readFrom(Math.max(firstSeq, found.seq - messagesBefore)).pipe(
      Stream.takeWhile((entry) => entry.seq < found.seq + messagesBehind),
      Stream.mapEffect((entry) => Effect.fromResult(readWindowRecord(entry))),
      // Late lines may come for the window, and for its neighbours, until the horizon has passed.
      Stream.takeUntil((record) => {
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
