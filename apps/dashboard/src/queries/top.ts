import { newestOf, parseRfc3339, type WindowRecord } from "@chaussettes/domain"
import { readWindowRecord, WindowsLog } from "@chaussettes/jetstream"
import { Effect, Result, Stream } from "effect"
import type { TopResponse } from "../api.ts"
import { Tops } from "../history/tops.ts"
import { Feed } from "../live/feed.ts"

const defaultKeys = 10
/** Up to so many records are read for an exact span; beyond it hours and days are told. */
const maxRecords = 2_200

export const topOf = (query: { readonly from: number; readonly to: number; readonly limit?: number }) =>
  Effect.gen(function* () {
    const { history, tops } = yield* Feed
    const most = query.limit ?? defaultKeys
    const seqs = history.seqsOf(query.from, query.to)
    if (seqs === undefined) return { ip: [], url: [], coarse: false } satisfies TopResponse
    if (seqs.last - seqs.first >= maxRecords) {
      return { ...tops.all(query.from, query.to, most), coarse: true } satisfies TopResponse
    }
    const records: Array<WindowRecord> = []
    const windows = yield* WindowsLog
    yield* windows.readFrom(seqs.first).pipe(
      Stream.takeWhile((entry) => entry.seq <= seqs.last),
      Stream.runForEach((entry) =>
        Effect.sync(() => {
          const record: Result.Result<WindowRecord, unknown> = readWindowRecord(entry)
          if (Result.isSuccess(record)) records.push(record.success)
        })
      )
    )
    const exact = new Tops()
    for (const record of newestOf(records)) {
      // Revisions of windows before the span stand among its records.
      const startMs = parseRfc3339(record.start)!
      if (startMs >= query.from && startMs < query.to) exact.add(record)
    }
    return { ...exact.all(query.from, query.to, most), coarse: false } satisfies TopResponse
  })
