import { assert, layer } from "@effect/vitest"
import { StorageType } from "@nats-io/jetstream"
import { Kvm } from "@nats-io/kv"
import { Context, Effect, Fiber, Layer, Queue, Stream } from "effect"
import { Connection } from "../src/connection/connection.ts"
import type { StoreError } from "../src/errors.ts"
import { layerThresholdsStore } from "../src/kv/thresholds-store.ts"
import { MemoryServer } from "../src/memory/server.ts"
import { kvOperationHeader } from "../src/memory/stream.ts"
import { layerThresholdsStoreMemory } from "../src/memory/thresholds.ts"
import { type ThresholdEntry, ThresholdsStore } from "../src/ports/thresholds.ts"
import { TestServer } from "../src/testing/index.ts"

/** Somebody at the `nats` CLI. */
class Operator extends Context.Service<
  Operator,
  {
    readonly recreate: Effect.Effect<void>
    readonly delete: (key: string) => Effect.Effect<void>
    readonly put: (key: string, text: string) => Effect.Effect<void>
  }
>()("test/Operator") {}

const operatorMemory = Layer.effect(
  Operator,
  Effect.gen(function* () {
    const server = yield* MemoryServer
    const stream = server.stream("KV_seuils")
    const append = (key: string, text: string, headers: Record<string, string> = {}) =>
      Effect.sync(() => void stream.append({ subject: key, data: new TextEncoder().encode(text), headers }, 1))
    return Operator.of({
      recreate: server.recreate("KV_seuils"),
      delete: (key) => append(key, "", { [kvOperationHeader]: "DEL" }),
      put: (key, text) => append(key, text)
    })
  })
)

const operatorNats = Layer.effect(
  Operator,
  Effect.gen(function* () {
    const { js, jsm } = yield* Connection
    const bucket = () => new Kvm(js).open("seuils")
    return Operator.of({
      // In memory: nats-server 2.15 answers a deletion before the files are gone, and a stream that is made anew at once may
      // take them up again.
      recreate: Effect.promise(async () => {
        await jsm.streams.delete("KV_seuils").catch(() => {})
        await new Kvm(js).create("seuils", { history: 64, storage: StorageType.Memory })
      }),
      delete: (key) => Effect.promise(async () => (await bucket()).delete(key)),
      put: (key, text) => Effect.promise(async () => void (await (await bucket()).put(key, text)))
    })
  })
)

const connection = Layer.provideMerge(
  Layer.unwrap(Effect.map(TestServer, (server) => Connection.layer({ servers: [server.url] }))),
  TestServer.layer()
)

const shown = (entries: ReadonlyArray<ThresholdEntry>) =>
  entries.map(({ key, text, revision }) => [key, text, revision])

const suite = (name: string, provided: Layer.Layer<ThresholdsStore | Operator, StoreError>) =>
  layer(provided, { excludeTestServices: true })(`ThresholdsStore (${name})`, (it) => {
    const test = (
      behaviour: string,
      body: (store: ThresholdsStore["Service"], operator: Operator["Service"]) => Effect.Effect<void, unknown>
    ) =>
      it.effect(behaviour, () =>
        Effect.gen(function* () {
          const operator = yield* Operator
          yield* operator.recreate
          yield* body(yield* ThresholdsStore, operator)
        })
      )

    /** The changes as a queue: what comes next, without a time to wait for it. */
    const listening = <A>(
      store: ThresholdsStore["Service"],
      body: (next: Effect.Effect<ThresholdEntry>) => Effect.Effect<A, unknown>
    ) =>
      Effect.gen(function* () {
        const heard = yield* Queue.unbounded<ThresholdEntry>()
        const fiber = yield* store.changes.pipe(
          Stream.runForEach((entry) => Queue.offer(heard, entry)),
          Effect.forkChild
        )
        yield* body(Queue.take(heard))
        yield* Fiber.interrupt(fiber)
      })

    test("an empty bucket has no current values and no history", (store) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* store.current, [])
        assert.deepStrictEqual(yield* store.history(), [])
      }))

    test("what was put last stands under its key, with its revision and time", (store) =>
      Effect.gen(function* () {
        const before = Date.now()
        assert.strictEqual(yield* store.put("ip", "0.3"), 1)
        assert.strictEqual(yield* store.put("global", "0.1"), 2)
        assert.strictEqual(yield* store.put("ip", '{"rate":0.4}'), 3)
        const current = yield* store.current
        assert.deepStrictEqual(shown(current), [
          ["global", "0.1", 2],
          ["ip", '{"rate":0.4}', 3]
        ])
        assert.isTrue(current.every(({ createdMs }) => createdMs >= before - 1_000 && createdMs <= Date.now() + 1_000))
      }))

    test("create writes only where nothing stands, and again once that was deleted", (store, operator) =>
      Effect.gen(function* () {
        assert.isTrue(yield* store.create("url", "0.5"))
        assert.isFalse(yield* store.create("url", "0.9"))
        assert.deepStrictEqual(shown(yield* store.current), [["url", "0.5", 1]])
        yield* operator.delete("url")
        assert.deepStrictEqual(yield* store.current, [])
        assert.isTrue(yield* store.create("url", "0.6"))
        assert.deepStrictEqual(shown(yield* store.current), [["url", "0.6", 3]])
      }))

    test("update writes only over the revision that it names", (store) =>
      Effect.gen(function* () {
        const first = yield* store.put("global", "0.1")
        const second = yield* store.update("global", "0.2", first)
        const error = yield* Effect.flip(store.update("global", "0.9", first))
        assert.strictEqual(error._tag, "Outdated")
        assert.strictEqual((yield* Effect.flip(store.update("global", "0.9", 0)))._tag, "Outdated")
        yield* store.put("ip", "0.3")
        assert.strictEqual(yield* store.update("global", "0.3", second), 4)
        assert.deepStrictEqual(shown(yield* store.current), [
          ["global", "0.3", 4],
          ["ip", "0.3", 3]
        ])
      }))

    test("the history holds every revision, oldest first, of all keys or of one", (store, operator) =>
      Effect.gen(function* () {
        yield* store.put("ip", "0.3")
        yield* store.put("global", "0.1")
        yield* store.put("ip", "0.4")
        yield* operator.delete("ip")
        const all = [
          ["ip", "0.3", 1],
          ["global", "0.1", 2],
          ["ip", "0.4", 3],
          ["ip", "", 4]
        ]
        assert.deepStrictEqual(shown(yield* store.history()), all)
        assert.deepStrictEqual(
          shown(yield* store.history("ip")),
          all.filter(([key]) => key === "ip")
        )
      }))

    test("keys that nothing reads are named, without those that were deleted, and can be removed", (store, operator) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* store.unknownKeys, [])
        yield* store.put("ip", "0.3")
        for (const key of ["urls", "Global", "gone"]) yield* operator.put(key, "0.1")
        yield* operator.delete("gone")
        assert.deepStrictEqual(yield* store.unknownKeys, ["Global", "urls"])
        yield* store.removeUnknown("urls")
        assert.deepStrictEqual(yield* store.unknownKeys, ["Global"])
        for (let i = 0; i < 20; i++) yield* operator.put(`k${i}`, "0.1")
        assert.strictEqual((yield* store.unknownKeys).length, 8)
      }))

    test("entries of a bucket that was made again are told from those of the one before", (store, operator) =>
      Effect.gen(function* () {
        yield* store.put("ip", "0.3")
        yield* store.put("ip", "0.4")
        yield* listening(store, (next) =>
          Effect.gen(function* () {
            const before = yield* next
            assert.deepStrictEqual([before.text, before.revision], ["0.4", 2])
            assert.strictEqual((yield* store.history())[0]!.bucketCreated, before.bucketCreated)
            yield* operator.recreate
            yield* store.put("ip", "0.9")
            const after = yield* next
            assert.deepStrictEqual([after.text, after.revision], ["0.9", 1])
            assert.isDefined(after.bucketCreated)
            assert.notStrictEqual(after.bucketCreated, before.bucketCreated)
          })
        )
      }))

    test("the history of a key ends at 64 revisions", (store) =>
      Effect.gen(function* () {
        yield* store.put("global", "0.1")
        for (let i = 1; i <= 70; i++) yield* store.put("url", `0.${i}`)
        const history = yield* store.history("url")
        assert.strictEqual(history.length, 64)
        assert.deepStrictEqual([history[0]!.text, history[63]!.text], ["0.7", "0.70"])
        assert.strictEqual((yield* store.history("global")).length, 1)
      }))

    test("changes begin with what stands, and go on with every put, by whomever", (store, operator) =>
      Effect.gen(function* () {
        yield* store.put("ip", "0.1")
        yield* store.put("ip", "0.3")
        yield* store.put("metadata", "{}")
        yield* listening(store, (next) =>
          Effect.gen(function* () {
            assert.deepStrictEqual(shown([yield* next, yield* next]), [
              ["ip", "0.3", 2],
              ["metadata", "{}", 3]
            ])
            yield* operator.put("ip", "0.4")
            assert.deepStrictEqual(shown([yield* next]), [["ip", "0.4", 4]])
            for (let i = 1; i <= 50; i++) yield* store.put("url", `${i}`)
            for (let i = 1; i <= 50; i++) assert.strictEqual((yield* next).text, `${i}`)
          })
        )
      }))

    test("changes of an empty bucket begin with its first put", (store) =>
      listening(store, (next) =>
        Effect.gen(function* () {
          yield* store.put("global", "0.1")
          assert.deepStrictEqual(shown([yield* next]), [["global", "0.1", 1]])
        })
      ))

    test("a deleted key is told as an empty text, also to one who begins to listen later", (store, operator) =>
      Effect.gen(function* () {
        yield* store.put("ip", "0.3")
        yield* listening(store, (next) =>
          Effect.gen(function* () {
            yield* next
            yield* operator.delete("ip")
            assert.deepStrictEqual(shown([yield* next]), [["ip", "", 2]])
          })
        )
        yield* listening(store, (next) =>
          Effect.map(next, (entry) => assert.deepStrictEqual(shown([entry]), [["ip", "", 2]]))
        )
      }))

    test("keys that mean nothing here are passed over", (store, operator) =>
      Effect.gen(function* () {
        yield* operator.put("something", "else")
        yield* listening(store, (next) =>
          Effect.gen(function* () {
            yield* operator.put("something", "more")
            yield* operator.put("url", "0.5")
            assert.deepStrictEqual(shown([yield* next]), [["url", "0.5", 3]])
          })
        )
        assert.deepStrictEqual(shown(yield* store.history()), [["url", "0.5", 3]])
      }))

    test("a bucket that was made anew is listened to from its first revision", (store, operator) =>
      Effect.gen(function* () {
        for (let i = 1; i <= 5; i++) yield* store.put("ip", `${i}`)
        yield* listening(store, (next) =>
          Effect.gen(function* () {
            assert.deepStrictEqual(shown([yield* next]), [["ip", "5", 5]])
            yield* operator.recreate
            yield* store.put("ip", "anew")
            assert.deepStrictEqual(shown([yield* next]), [["ip", "anew", 1]])
          })
        )
      }))
  })

suite("memory", Layer.provideMerge(Layer.merge(layerThresholdsStoreMemory, operatorMemory), MemoryServer.layer))
suite("nats", Layer.merge(layerThresholdsStore, operatorNats).pipe(Layer.provide(connection)))
