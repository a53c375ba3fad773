import { assert, layer } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Stream } from "effect"
import { applyTopology, writeFirstThresholds } from "../src/admin/init.ts"
import { Connection } from "../src/connection/connection.ts"
import { layerThresholdsStore } from "../src/kv/thresholds-store.ts"
import { type ThresholdEntry, ThresholdsStore } from "../src/ports/thresholds.ts"
import { startProxy, startServer, TestServer } from "../src/testing/index.ts"
import { bucketStream, thresholdsBucket } from "../src/topology.ts"

const direct = Layer.effectDiscard(Effect.andThen(applyTopology(), writeFirstThresholds())).pipe(
  Layer.provideMerge(layerThresholdsStore),
  Layer.provideMerge(Layer.unwrap(Effect.map(TestServer, (server) => Connection.layer({ servers: [server.url] }))))
)

/** Until a condition holds; answers how long that took. */
const until = (what: string, limitMs: number, condition: () => boolean): Effect.Effect<number> =>
  Effect.gen(function* () {
    const start = Date.now()
    while (!condition()) {
      if (Date.now() - start > limitMs) return yield* Effect.die(new Error(`${what} did not come in ${limitMs} ms`))
      yield* Effect.sleep(2)
    }
    return Date.now() - start
  })

/** What a listener behind a proxy has heard. */
const listening = Effect.gen(function* () {
  const server = yield* TestServer
  const proxy = yield* Effect.acquireRelease(
    Effect.promise(() => startProxy(server.port)),
    (started) => Effect.promise(() => started.close())
  )
  const context = yield* Layer.build(
    Layer.fresh(layerThresholdsStore.pipe(Layer.provideMerge(Connection.layer({ servers: [proxy.url] }))))
  )
  const heard: Array<ThresholdEntry> = []
  yield* Context.get(context, ThresholdsStore).changes.pipe(
    Stream.runForEach((entry) => Effect.sync(() => heard.push(entry))),
    Effect.forkScoped
  )
  yield* until("the first values", 5_000, () => heard.length >= 4)
  return { proxy, heard, connection: Context.get(context, Connection) }
})

layer(Layer.provideMerge(direct, TestServer.layer()), { excludeTestServices: true })(
  "ThresholdsStore.changes on a server",
  (it) => {
    it.effect("tells a put within a second", () =>
      Effect.gen(function* () {
        const store = yield* ThresholdsStore
        const { heard } = yield* listening
        for (let i = 0; i < 20; i++) {
          const text = `0.${i + 1}`
          yield* store.put("ip", text)
          assert.isBelow(yield* until("the put", 5_000, () => heard.at(-1)?.text === text), 1_000)
        }
      })
    )

    it.effect("tells a put whose message was lost in the socket, though nobody puts anything again", () =>
      Effect.gen(function* () {
        const store = yield* ThresholdsStore
        const { heard, proxy } = yield* listening
        proxy.swallowThenCut(1)
        const revision = yield* store.put("url", "0.77")
        yield* until("the lost put", 10_000, () => heard.some((entry) => entry.revision === revision))
      })
    )

    it.effect("tells what was put while there was no connection", () =>
      Effect.gen(function* () {
        const store = yield* ThresholdsStore
        const { heard, proxy, connection } = yield* listening
        proxy.refuse(true)
        proxy.cut()
        yield* until("the disconnect", 5_000, () => !connection.link.connected)
        yield* store.put("global", "0.11")
        const revision = yield* store.put("global", "0.12")
        proxy.refuse(false)
        yield* until("the newest put", 10_000, () => heard.some((entry) => entry.revision === revision))
        const revisions = heard.filter(({ key }) => key === "global").map((entry) => entry.revision)
        assert.deepStrictEqual(
          revisions,
          [...revisions].sort((a, b) => a - b)
        )
      })
    )

    it.effect("does not rest on its consumer: a put is told although the server lost it", () =>
      Effect.gen(function* () {
        const store = yield* ThresholdsStore
        const { jsm } = yield* Connection
        const { heard } = yield* listening
        for (const { name } of yield* Effect.promise(() => jsm.consumers.list(bucketStream(thresholdsBucket)).next())) {
          yield* Effect.promise(() => jsm.consumers.delete(bucketStream(thresholdsBucket), name))
        }
        const revision = yield* store.put("ip", "0.99")
        yield* until("the put", 10_000, () => heard.some((entry) => entry.revision === revision))
      })
    )

    it.effect("goes on after a kill of the server", () =>
      Effect.gen(function* () {
        const server = yield* Effect.acquireRelease(
          Effect.promise(() => startServer()),
          (started) => Effect.promise(() => started.stop())
        )
        const context = yield* Layer.build(Layer.fresh(direct).pipe(Layer.provide(Layer.succeed(TestServer, server))))
        const store = Context.get(context, ThresholdsStore)
        const heard: Array<ThresholdEntry> = []
        const listener = yield* store.changes.pipe(
          Stream.runForEach((entry) => Effect.sync(() => heard.push(entry))),
          Effect.forkChild
        )
        yield* until("the first values", 5_000, () => heard.length >= 4)
        yield* Effect.promise(() => server.kill())
        yield* Effect.promise(() => server.restart())
        const connection = Context.get(context, Connection)
        yield* until("the connection", 10_000, () => connection.link.connected)
        const revision = yield* store.put("ip", "0.98").pipe(Effect.retry({ times: 50 }))
        yield* until("the put", 10_000, () => heard.some((entry) => entry.revision === revision))
        yield* Fiber.interrupt(listener)
      })
    )
  }
)
