import { type Alert, type AlertName, parseRfc3339, type WindowRecord } from "@chaussettes/domain"
import { AlertsLog, findFirst, findWindow, readAlert, readWindowRecord, WindowsLog } from "@chaussettes/jetstream"
import { Effect, Option, Result, Stream } from "effect"

export interface FoundAlert {
  readonly seq: number
  readonly alert: Alert
}

/** The alert of this name; undefined where ALERTS has none. */
export const findAlert = (id: string, name: AlertName) =>
  Effect.gen(function* () {
    const alerts = yield* AlertsLog
    const first = yield* findFirst(alerts, (entry) =>
      Result.map(readAlert(entry), (alert) => parseRfc3339(alert.window.start)! >= name.startMs)
    )
    if (first === undefined) return undefined
    const found = yield* alerts.readFrom(first.seq).pipe(
      Stream.mapEffect((entry) =>
        Effect.map(Effect.fromResult(readAlert(entry)), (alert): FoundAlert => ({ seq: entry.seq, alert }))
      ),
      Stream.takeWhile(({ alert }) => parseRfc3339(alert.window.start) === name.startMs),
      Stream.filter(({ alert }) => alert.id === id),
      Stream.runHead
    )
    return Option.getOrUndefined(found)
  })

export interface FoundRecord {
  readonly seq: number
  readonly record: WindowRecord
}

/** The record of a window with up to `around` records on each side, in their order; none where the window has none. */
export const findRecords = (startMs: number, around: number) =>
  Effect.gen(function* () {
    const windows = yield* WindowsLog
    const found = yield* findWindow(windows, startMs)
    if (found === undefined || parseRfc3339(found.record.start) !== startMs) return []
    const { firstSeq } = yield* windows.bounds
    const [from, to] = [Math.max(firstSeq, found.seq - around), found.seq + around]
    return yield* windows.readFrom(from).pipe(
      Stream.takeWhile((entry) => entry.seq <= to),
      Stream.mapEffect((entry) =>
        Effect.map(Effect.fromResult(readWindowRecord(entry)), (record): FoundRecord => ({ seq: entry.seq, record }))
      ),
      Stream.runCollect
    )
  })
