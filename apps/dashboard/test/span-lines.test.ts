import { defaultSettings, rulesOf } from "@chaussettes/domain"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Feed } from "../src/live/feed.ts"
import { type Progress, readSpanLines } from "../src/queries/span-lines.ts"
import { detect, feedOf, makeServer, store, trafficOf } from "./fixture.ts"
import { until } from "./server.ts"

const t0 = Date.UTC(2026, 10, 24, 9)
const toMs = t0 + 300_000
const messages = trafficOf({ fromMs: t0, toMs, perSecond: 5 })
const detected = detect(messages)

/** How often each line of the span is met, and what is told of how far it has come. */
const read = (windowsAtOnce: number) =>
  Effect.gen(function* () {
    const server = yield* makeServer
    store(server, messages, detected, toMs)
    return yield* Effect.gen(function* () {
      const { history } = yield* Feed
      yield* until("everything is read", () => history.windows === detected.records.length)
      const met = new Map<string, number>()
      const told: Array<Progress> = []
      const span = { fromMs: t0 + 30_000, toMs: t0 + 250_000, rules: rulesOf(defaultSettings), windowsAtOnce }
      yield* readSpanLines(
        span,
        ({ seq, line }) => met.set(`${seq}.${line}`, (met.get(`${seq}.${line}`) ?? 0) + 1),
        (progress) => told.push(progress)
      )
      return { met, told }
    }).pipe(Effect.provide(feedOf(server)))
  }).pipe(Effect.scoped)

describe("reading a span's lines", () => {
  it.live("meets each line once, also where it is read in pieces, and tells how far it is to the end", () =>
    Effect.gen(function* () {
      const whole = yield* read(1_000)
      const pieces = yield* read(4)
      assert.strictEqual(whole.met.size, 220 * 5)
      assert.deepStrictEqual(pieces.met, whole.met)
      assert.isTrue([...pieces.met.values()].every((times) => times === 1))
      const shares = pieces.told.map(({ read, of }) => read / of)
      assert.isAbove(shares.length, 3)
      assert.deepStrictEqual(
        shares,
        [...shares].sort((a, b) => a - b)
      )
      assert.isAbove(shares.at(-1)!, 0.95)
    })
  )
})
