import { type Act, actSchema, actSubject, encodeAct } from "@chaussettes/domain"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { applyTopology } from "../src/admin/init.ts"
import { Connection } from "../src/connection/connection.ts"
import type { StoreError } from "../src/errors.ts"
import { MemoryServer } from "../src/memory/server.ts"
import { layerActsLogMemory } from "../src/memory/versioned-log.ts"
import { Acts } from "../src/ports/typed-log.ts"
import { ActsLog } from "../src/ports/versioned-log.ts"
import { TestServer } from "../src/testing/index.ts"
import { sayAct } from "../src/versioned/say-act.ts"
import type { Unreadable } from "../src/versioned/unreadable.ts"
import { layerActsLog } from "../src/versioned/versioned-log.ts"

const act = (minute: number): Act => ({
  schema: actSchema,
  id: `acknowledge.20261128T10${minute}00Z.00000001`,
  type: "acknowledge",
  at: `2026-11-28T10:${minute}:00Z`,
  by: "anne",
  incident: "server-errors.url.20261128T100000Z-10s.0011223344556677"
})

const suite = (name: string, provided: Layer.Layer<ActsLog | Acts, StoreError>) =>
  layer(provided, { excludeTestServices: true })(`ACTS (${name})`, (it) => {
    it.effect("takes acts from several writers, one behind the other, and passes over what is none", () =>
      Effect.gen(function* () {
        const [log, acts] = [yield* ActsLog, yield* Acts]
        assert.isUndefined(yield* acts.latest)
        assert.strictEqual(yield* sayAct(act(10)), 1)
        yield* Effect.all([sayAct(act(20)), sayAct(act(20)), sayAct(act(20))], { concurrency: "unbounded" })
        const strangers: Array<Unreadable> = []
        yield* log.append([{ subject: "acts.note", data: '{"schema":"chaussettes.act.v1"}', epoch: 0 }], 4)
        yield* sayAct(act(30))
        const telling = acts.telling((stranger) => Effect.sync(() => void strangers.push(stranger)))
        assert.deepStrictEqual(yield* Stream.runCollect(telling.read(1)), [
          { seq: 1, act: act(10) },
          { seq: 2, act: act(20) },
          { seq: 3, act: act(20) },
          { seq: 4, act: act(20) },
          { seq: 6, act: act(30) }
        ])
        assert.deepStrictEqual(
          strangers.map(({ seq, later }) => ({ seq, later })),
          [{ seq: 5, later: false }]
        )
        assert.strictEqual((yield* log.get(1))?.subject, actSubject(act(10)))
        assert.strictEqual((yield* log.get(1))?.data, encodeAct(act(10)))
        assert.strictEqual((yield* acts.firstFrom(Date.UTC(2026, 10, 28, 10, 10)))?.seq, 2)
      })
    )

    it.effect("are not guessed at where a later version has written them", () =>
      Effect.gen(function* () {
        const [log, acts] = [yield* ActsLog, yield* Acts]
        const before = yield* log.lastSeq
        const later = encodeAct(act(40)).replace("act.v1", "act.v2")
        yield* log.append([{ subject: "acts.acknowledge", data: later, epoch: 0 }], before)
        const error = yield* Effect.flip(Stream.runDrain(acts.read(1)))
        assert.strictEqual(error._tag, "Unreadable")
        assert.include((error as Unreadable).message, "later version of Chaussettes")
      })
    )
  })

suite("memory", layerActsLogMemory.pipe(Layer.provide(MemoryServer.layer)))
suite(
  "nats",
  layerActsLog.pipe(
    Layer.provide(Layer.effectDiscard(applyTopology())),
    Layer.provide(
      Layer.unwrap(Effect.map(TestServer, ({ url }) => Connection.layer({ servers: [url] }))).pipe(
        Layer.provide(TestServer.layer({ jetstream: "max_file_store: 64GB" }))
      )
    )
  )
)
