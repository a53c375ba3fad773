import { RejectsLog } from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"
import type { RejectsResponse } from "../api/index.ts"

/** The newest rejects, newest first. */
export const rejectsOf = Effect.fn("rejectsOf")(function* (query: { readonly limit?: number }) {
  const log = yield* RejectsLog
  const { firstSeq, lastSeq } = yield* log.bounds
  const from = Math.max(firstSeq, lastSeq - (query.limit ?? 50) + 1)
  if (from > lastSeq) return { rejects: [] } satisfies RejectsResponse
  const rejects = yield* Stream.runCollect(log.readFrom(from))
  return {
    rejects: rejects.map(({ schema: _schema, ...reject }) => reject).reverse()
  } satisfies RejectsResponse
})
