import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { applyTopology } from "../src/admin/init.ts"
import { Connection } from "../src/connection/connection.ts"
import { layerNotifyPositions } from "../src/kv/notify-positions.ts"
import { layerNotifyPositionsMemory } from "../src/memory/notify-positions.ts"
import { MemoryServer } from "../src/memory/server.ts"
import { NotifyPositions } from "../src/ports/notify-positions.ts"
import { TestServer } from "../src/testing/index.ts"

const suite = <E>(name: string, positions: Layer.Layer<NotifyPositions, E>) =>
  layer(positions)(name, (it) => {
    it.effect("answers what was written last under a key, and nothing where nothing was", () =>
      Effect.gen(function* () {
        const { read, write } = yield* NotifyPositions
        assert.isUndefined(yield* read("webhook.0"))
        yield* write("webhook.0", "first")
        yield* write("webhook.1", "another")
        yield* write("webhook.0", "second")
        assert.strictEqual(yield* read("webhook.0"), "second")
        assert.strictEqual(yield* read("webhook.1"), "another")
      })
    )
  })

suite("memory", layerNotifyPositionsMemory.pipe(Layer.provide(MemoryServer.layer)))
suite(
  "nats",
  layerNotifyPositions.pipe(
    Layer.provide(
      Layer.effectDiscard(applyTopology()).pipe(
        Layer.provideMerge(Layer.unwrap(Effect.map(TestServer, ({ url }) => Connection.layer({ servers: [url] })))),
        Layer.provide(TestServer.layer())
      )
    )
  )
)
