import type { IncidentEvent, WindowRecord } from "@chaussettes/domain"
import { IncidentsStore } from "@chaussettes/jetstream"
import { TestServer } from "@chaussettes/jetstream/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { layerAudits } from "../../src/verify/audits.ts"
import { verifyLogs } from "../../src/verify/verify-logs.ts"
import {
  eventually,
  portsOf,
  prepare,
  publish,
  startDetector,
  storedIncidents,
  storedWindows
} from "../support/detector.ts"
import { modelText } from "../support/models.ts"

const two = (n: number) => `${n}`.padStart(2, "0")

/** Sixty requests of thirty clients in a window; those of one URL fail where it is `broken`. */
const windowOf = (i: number, isBroken: boolean): string =>
  Array.from({ length: 60 }, (_, n) => {
    const second = i * 10 + (n % 10)
    const url = n % 3 === 0 ? "/broken" : `/${n % 7}`
    const status = isBroken && url === "/broken" ? 502 : 200
    return `10.0.0.${n % 30} - - [05/Jan/2026:10:${two(Math.floor(second / 60))}:${two(second % 60)} +0000] "GET ${url} HTTP/1.1" ${status} 1`
  }).join("\n")

const send = (from: number, to: number, isBroken = false) =>
  Effect.forEach(
    Array.from({ length: to - from }, (_, i) => windowOf(from + i, isBroken)),
    (text) => publish("web1", text),
    { discard: true }
  )

const decided = (windows: number) =>
  eventually(
    `${windows} windows are decided`,
    Effect.map(storedWindows, (all) => all.length >= windows)
  )

const verified = verifyLogs({
  fromMs: Number.NEGATIVE_INFINITY,
  toMs: Number.POSITIVE_INFINITY,
  examples: 10,
  patienceMs: 2_000,
  onProgress: () => {}
}).pipe(Effect.provide(layerAudits("inline")))

const summary = (events: ReadonlyArray<IncidentEvent>) =>
  events.map(({ type, dimension, kind, cause }) => `${type} ${dimension} ${kind} ${cause.key}`)

describe("incidents on a real server", () => {
  it.live("one URL that breaks is one incident, told once by its cause, whatever lives the detector has", () =>
    Effect.gen(function* () {
      const server = yield* TestServer
      yield* Effect.gen(function* () {
        yield* prepare
        const first = yield* startDetector()
        yield* send(0, 10)
        yield* send(10, 14, true)
        yield* decided(12)
        yield* first.stop
        // The next life goes on with what the one before knew: it has the trouble's beginning from the checkpoint.
        yield* send(14, 16, true)
        yield* send(16, 60)
        const second = yield* startDetector()
        yield* decided(58)
        yield* eventually(
          "the incident is closed",
          Effect.map(storedIncidents, (events) => events.some(({ type }) => type === "closed"))
        )
        yield* second.stop
        const events: ReadonlyArray<IncidentEvent> = yield* storedIncidents
        assert.strictEqual(summary(events)[0], "opened url server-errors /broken")
        assert.strictEqual(events.filter(({ type }) => type === "opened").length, 1)
        assert.strictEqual(events.at(-1)?.closed_why, "recovered")
        const records: ReadonlyArray<WindowRecord> = yield* storedWindows
        assert.deepStrictEqual(
          records.map(({ incidents }) => incidents?.begins ?? false),
          records.map((_, i) => i === 0)
        )
        const { findings } = yield* verified
        assert.deepStrictEqual(findings!.incidents, { same: events.length, lost: 0, extra: 0, different: 0 })
        assert.strictEqual(findings!.unverifiableIncidents, 0)
      }).pipe(Effect.provide(portsOf(server.url)), Effect.scoped)
    }).pipe(Effect.provide(TestServer.layer({ jetstream: "max_file_store: 64GB" })))
  )

  it.live("a model that is published judges from the next window on, and a bad one changes nothing", () =>
    Effect.gen(function* () {
      const server = yield* TestServer
      yield* Effect.gen(function* () {
        yield* prepare
        const store = yield* IncidentsStore
        yield* startDetector()
        yield* send(0, 5)
        yield* decided(3)
        const revision = yield* store.put("model", modelText(12))
        yield* Effect.sleep("1 second")
        yield* send(5, 10)
        yield* decided(8)
        yield* store.put("model", "{}")
        yield* Effect.sleep("1 second")
        yield* send(10, 15)
        yield* decided(13)
        const records: ReadonlyArray<WindowRecord> = yield* storedWindows
        const revisions = records.map(({ incidents }) => incidents!.model.revision)
        assert.strictEqual(revisions[0], 0)
        assert.strictEqual(revisions.at(-1), revision)
        assert.deepStrictEqual([...new Set(revisions)], [0, revision])
        const { findings } = yield* verified
        assert.deepStrictEqual(findings!.windows, { same: records.length, lost: 0, extra: 0, different: 0 })
      }).pipe(Effect.provide(portsOf(server.url)), Effect.scoped)
    }).pipe(Effect.provide(TestServer.layer({ jetstream: "max_file_store: 64GB" })))
  )
})
