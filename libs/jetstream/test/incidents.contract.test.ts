import { firstModel, type IncidentEvent, incidentSubject } from "@chaussettes/domain"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { incidentEvent } from "../../domain/test/support/incident-event.ts"
import { applyTopology } from "../src/admin/init.ts"
import { Connection } from "../src/connection/connection.ts"
import type { StoreError } from "../src/errors.ts"
import { layerIncidentsStore } from "../src/kv/incidents-store.ts"
import { layerIncidentsStoreMemory } from "../src/memory/incidents-store.ts"
import { MemoryServer } from "../src/memory/server.ts"
import { layerIncidentsLogMemory } from "../src/memory/versioned-log.ts"
import { IncidentsStore } from "../src/ports/incidents-store.ts"
import { Incidents } from "../src/ports/typed-log.ts"
import { IncidentsLog } from "../src/ports/versioned-log.ts"
import { TestServer } from "../src/testing/index.ts"
import { layerIncidentsLog } from "../src/versioned/versioned-log.ts"

const event = (minute: number, type: "opened" | "grew" = "opened"): IncidentEvent =>
  incidentEvent({
    id: `server-errors.url.20150517T10${minute}00Z-10s`,
    type,
    timestamp: `2015-05-17T10:${minute}:10Z`,
    opened_at: `2015-05-17T10:${minute}:00Z`
  })

const entryOf = (e: IncidentEvent) => ({ subject: incidentSubject(e), data: JSON.stringify(e), epoch: 3 })

const suite = (name: string, provided: Layer.Layer<IncidentsLog | Incidents | IncidentsStore, StoreError>) =>
  layer(provided, { excludeTestServices: true })(`INCIDENTS and its bucket (${name})`, (it) => {
    it.effect("takes events at their expected sequence, refuses a second writer, and tells what it holds", () =>
      Effect.gen(function* () {
        const log = yield* IncidentsLog
        const incidents = yield* Incidents
        assert.isUndefined(yield* incidents.latest)
        const written = [event(10), event(20), event(30)]
        assert.strictEqual(yield* log.append(written.map(entryOf), 0), 3)
        assert.strictEqual((yield* Effect.flip(log.append([entryOf(event(40))], 2)))._tag, "Outdated")
        assert.deepStrictEqual(
          (yield* Stream.runCollect(incidents.read(2))).map(({ event: e }) => e),
          written.slice(1)
        )
        assert.deepStrictEqual(yield* incidents.latest, { seq: 3, event: event(30) })
        assert.strictEqual((yield* incidents.firstFrom(Date.UTC(2015, 4, 17, 10, 20, 9)))?.seq, 2)
        assert.strictEqual((yield* incidents.firstFrom(Date.UTC(2015, 4, 17, 10, 20, 10)))?.seq, 3)
      })
    )

    it.effect("keeps 64 models", () =>
      Effect.gen(function* () {
        const store = yield* IncidentsStore
        for (let i = 0; i < 70; i++) yield* store.put("model", JSON.stringify(firstModel(10_000, i + 1)))
        const models = yield* store.history("model")
        assert.strictEqual(models.length, 64)
        assert.strictEqual(JSON.parse(models[0]!.text).budget_weekly, 7)
        assert.strictEqual((yield* Effect.flip(store.update("model", "{}", models[0]!.revision)))._tag, "Outdated")
        assert.deepStrictEqual((yield* store.current)[0]?.text, models.at(-1)!.text)
      })
    )
  })

suite("memory", Layer.merge(layerIncidentsLogMemory, layerIncidentsStoreMemory).pipe(Layer.provide(MemoryServer.layer)))
suite(
  "nats",
  Layer.merge(layerIncidentsLog, layerIncidentsStore).pipe(
    Layer.provide(Layer.effectDiscard(applyTopology())),
    Layer.provide(
      Layer.unwrap(Effect.map(TestServer, ({ url }) => Connection.layer({ servers: [url] }))).pipe(
        Layer.provide(TestServer.layer({ jetstream: "max_file_store: 64GB" }))
      )
    )
  )
)
