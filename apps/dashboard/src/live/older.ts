import { NewestRecords, parseRfc3339, type WindowRecord } from "@chaussettes/domain"
import type { Windows } from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"
import { History } from "../history/history.ts"
import { pointOf } from "../history/summary.ts"
import type { Tops } from "../history/tops.ts"
import { collectGarbage } from "./collect.ts"

/** Records read at once while going backwards: first few, so that the last days are there soon, then ever more, since each begins anew. */
const [firstBackwards, mostBackwards] = [8_192, 131_072]
/** Of so many that were read backwards what is forgotten is given back. */
const collectEvery = 16_384

/** Reads older records, backwards, until all are known or there is no more room. `onBounds` hears what WINDOWS holds. */
export const olderWindows = Effect.fn("olderWindows")(function* (
  windows: Windows["Service"],
  { history, tops }: { readonly history: History; readonly tops: Tops },
  onBounds: (bounds: { readonly firstSeq: number; readonly lastSeq: number }) => void
) {
  for (let backwards = firstBackwards; ; backwards = Math.min(mostBackwards, backwards * 2)) {
    const bounds = yield* windows.bounds
    onBounds(bounds)
    const before = history.firstSeq
    if (before <= bounds.firstSeq || history.truncated) return
    const from = Math.max(bounds.firstSeq, before - backwards)
    const older = new History()
    let read = 0
    const newest = new NewestRecords()
    // Of a window that was revised behind what is read here, more is known already.
    const addTops = (records: ReadonlyArray<WindowRecord>): void => {
      for (const record of records) if (history.pointAt(parseRfc3339(record.start)!) === undefined) tops.add(record)
    }
    yield* Stream.runForEachArray(windows.read(from, { throughSeq: before - 1, unchecked: true }), (records) =>
      Effect.andThen(
        Effect.sync(() => {
          read += records.length
          if (read >= collectEvery) {
            collectGarbage()
            read = 0
          }
          for (const { seq, record } of records) {
            older.append(pointOf(seq, record))
            addTops(newest.take(record))
          }
        }),
        Effect.yieldNow
      )
    )
    addTops(newest.end())
    tops.settle()
    if (older.windows === 0 || !history.prepend(older, from)) return
  }
})
