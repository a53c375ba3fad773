import {
  type DecidedWindow,
  defaultSettings,
  keyDimensionsIn,
  mapKeyDimensions,
  newestOf,
  type Rules,
  rulesOf
} from "@chaussettes/domain"
import { LogsReader, Windows } from "@chaussettes/jetstream"
import { Clock, Effect, Stream } from "effect"
import type { WhatIfResponse } from "../api/index.ts"
import { Feed } from "../live/feed.ts"
import { counting, maxLines, TooManyLines } from "./counting.ts"
import { EligiblePanes, PaneCollector } from "./panes.ts"

/** What a verdict over the span needs: the panes by their counts. The page then judges them with any threshold. */
export const whatIfOf = Effect.fn("whatIfOf")(function* (query: {
  readonly from: number
  readonly to: number
  readonly count?: "lines"
}) {
  const { history, tail } = yield* Feed
  const sum = history.sum(query.from, query.to)
  // A revision has the rules that its window was judged by, which may be older.
  const rules = newestOf(tail.records).at(-1)?.rules ?? rulesOf(defaultSettings)
  const least = rules.least_requests
  const global = new EligiblePanes()
  for (const [total, byErrors] of history.pairs(query.from, query.to)) {
    if (total < least.global) continue
    for (const [errors, windows] of byErrors) global.add(total, errors, windows)
  }
  const base = {
    fromMs: query.from,
    toMs: query.to,
    requests: sum.total,
    global: { eligible: global.eligible, least: least.global, counts: global.counts, inForce: sum.breaches.global }
  }
  const on = keyDimensionsIn(least)
  if (query.count === undefined || sum.windows === 0) {
    return { ...base, missing: 0, ...mapKeyDimensions(() => null, on) } satisfies WhatIfResponse
  }
  if (sum.total > maxLines) return yield* new TooManyLines({ lines: sum.total })
  const { by, requests } = yield* counting(countLines(query.from, query.to, rules))
  return {
    ...base,
    missing: Math.max(0, sum.total - requests),
    ...mapKeyDimensions((dimension) => {
      const { eligible, counts } = by[dimension]!
      return { eligible, least: least[dimension]!, counts, inForce: sum.breaches[dimension] ?? 0 }
    }, on)
  } satisfies WhatIfResponse
})

const countLines = (fromMs: number, toMs: number, rules: Rules) =>
  Effect.gen(function* () {
    const { history } = yield* Feed
    const windows: Array<DecidedWindow> = []
    history.forEach(fromMs, toMs, (chunk, i) => {
      windows.push({ startMs: chunk.startMs(i), throughSeq: chunk.throughSeq(i) })
    })
    const collector = new PaneCollector(windows, history.windowMs, rules, yield* Clock.currentTimeMillis)
    const logs = yield* LogsReader
    const { firstSeq, lastSeq } = yield* logs.state
    const seqs = history.seqsOf(fromMs, toMs)!
    const before = yield* (yield* Windows).get(seqs.first - 1)
    const fromSeq = Math.max(firstSeq, before?.record.resume_seq ?? firstSeq)
    const throughSeq = Math.min(lastSeq, decidedThrough(windows))
    if (throughSeq >= fromSeq) {
      yield* logs.read({ fromSeq, throughSeq }).pipe(
        Stream.runForEach(({ batch }) =>
          Effect.andThen(
            Effect.sync(() => collector.read(batch)),
            Effect.yieldNow
          )
        )
      )
    }
    collector.end()
    return collector
  })

const decidedThrough = (windows: ReadonlyArray<DecidedWindow>): number =>
  windows.reduce((most, w) => Math.max(most, w.throughSeq), 0)
