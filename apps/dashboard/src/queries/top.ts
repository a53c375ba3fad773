import { newestOf, parseRfc3339 } from "@chaussettes/domain"
import { Windows } from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"
import type { TopResponse } from "../api/index.ts"
import { Tops } from "../history/tops.ts"
import { Feed } from "../live/feed.ts"

const defaultKeys = 10
/** Up to so many records are read for an exact span; beyond it hours and days are told. */
const maxRecords = 2_200

export const topOf = Effect.fn("topOf")(function* (query: {
  readonly from: number
  readonly to: number
  readonly limit?: number
}) {
  const { history, tops } = yield* Feed
  const most = query.limit ?? defaultKeys
  const seqs = history.seqsOf(query.from, query.to)
  if (seqs === undefined) return { ip: [], url: [], coarse: false } satisfies TopResponse
  if (seqs.last - seqs.first >= maxRecords) {
    return { ...tops.all(query.from, query.to, most), coarse: true } satisfies TopResponse
  }
  const windows = yield* Windows
  const records = yield* Stream.runCollect(windows.read(seqs.first, { throughSeq: seqs.last }))
  const exact = new Tops()
  for (const record of newestOf(records.map(({ record }) => record))) {
    // Revisions of windows before the span stand among its records.
    const startMs = parseRfc3339(record.start)!
    if (startMs >= query.from && startMs < query.to) exact.add(record)
  }
  return { ...exact.all(query.from, query.to, most), coarse: false } satisfies TopResponse
})
