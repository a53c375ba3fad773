import { assert, layer } from "@effect/vitest"
import { StorageType } from "@nats-io/jetstream"
import { Kvm } from "@nats-io/kv"
import { Context, Effect, Fiber, Layer, Queue, Stream } from "effect"
import { Connection } from "../src/connection/connection.ts"
import type { StoreError } from "../src/errors.ts"
import { layerRulesStore } from "../src/kv/rules-store.ts"
import { layerRulesStoreMemory } from "../src/memory/rules.ts"
import { MemoryServer } from "../src/memory/server.ts"
import { kvOperationHeader } from "../src/memory/stream.ts"
import { type RuleEntry, RulesStore } from "../src/ports/rules.ts"
import { TestServer } from "../src/testing/index.ts"

/*
 * Rules are the detector's memory of what it counted: a revision that is missed, or told twice, is a window that nobody can derive again.
 */

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
    const stream = server.stream("KV_rules")
    const append = (key: string, text: string, headers: Record<string, string> = {}) =>
      Effect.sync(() => void stream.append({ subject: key, data: new TextEncoder().encode(text), headers }, 1))
    return Operator.of({
      recreate: server.recreate("KV_rules"),
      delete: (key) => append(key, "", { [kvOperationHeader]: "DEL" }),
      put: (key, text) => append(key, text)
    })
  })
)

const operatorNats = Layer.effect(
  Operator,
  Effect.gen(function* () {
    const { js, jsm } = yield* Connection
    const bucket = () => new Kvm(js).open("rules")
    return Operator.of({
      // In memory: a stream that is made anew at once may take up the files of the one before it.
      recreate: Effect.promise(async () => {
        await jsm.streams.delete("KV_rules").catch(() => {})
        await new Kvm(js).create("rules", { history: 64, storage: StorageType.Memory })
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

const shown = (entries: ReadonlyArray<RuleEntry>) => entries.map(({ key, text, revision }) => [key, text, revision])

const suite = (name: string, provided: Layer.Layer<RulesStore | Operator, StoreError>) =>
  layer(provided, { excludeTestServices: true })(`RulesStore (${name})`, (it) => {
    const test = (
      behaviour: string,
      body: (store: RulesStore["Service"], operator: Operator["Service"]) => Effect.Effect<void, unknown>
    ) =>
      it.effect(behaviour, () =>
        Effect.gen(function* () {
          const operator = yield* Operator
          yield* operator.recreate
          yield* body(yield* RulesStore, operator)
        })
      )

    /** The changes as a queue: what comes next, without a time to wait for it. */
    const listening = <A>(
      store: RulesStore["Service"],
      body: (next: Effect.Effect<RuleEntry>) => Effect.Effect<A, unknown>
    ) =>
      Effect.gen(function* () {
        const heard = yield* Queue.unbounded<RuleEntry>()
        const fiber = yield* store.changes.pipe(
          Stream.runForEach((entry) => Queue.offer(heard, entry)),
          Effect.forkChild
        )
        yield* body(Queue.take(heard))
        yield* Fiber.interrupt(fiber)
      })

    test("a bucket in which nobody has put rules has none, and no history", (store) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* store.current, [])
        assert.deepStrictEqual(yield* store.history(), [])
      }))

    test("the text stands as it was put, with its lines and remarks, revision and time", (store) =>
      Effect.gen(function* () {
        const before = Date.now()
        const text = "health # ours\npath=/wiki/Été* client=2001:db8::/32\n"
        yield* store.put("ignore", "static")
        assert.strictEqual(yield* store.put("ignore", text), 2)
        const current = yield* store.current
        assert.deepStrictEqual(shown(current), [["ignore", text, 2]])
        assert.isTrue(current[0]!.createdMs >= before - 1_000 && current[0]!.createdMs <= Date.now() + 1_000)
      }))

    test("keys that nothing reads are told, no more than eight, and none that was deleted", (store, operator) =>
      Effect.gen(function* () {
        yield* store.put("ignore", "health")
        assert.deepStrictEqual(yield* store.unknownKeys, [])
        yield* operator.put("ignroe", "static")
        yield* operator.put("gone", "x")
        yield* operator.delete("gone")
        assert.deepStrictEqual(yield* store.unknownKeys, ["ignroe"])
        for (let i = 0; i < 9; i++) yield* operator.put(`a${i}`, "x")
        assert.deepStrictEqual(
          yield* store.unknownKeys,
          Array.from({ length: 8 }, (_, i) => `a${i}`)
        )
      }))

    test("an empty text stands, too: nothing is ignored any more", (store) =>
      Effect.gen(function* () {
        yield* store.put("ignore", "health")
        yield* store.put("ignore", "")
        assert.deepStrictEqual(shown(yield* store.current), [["ignore", "", 2]])
      }))

    test("update writes only over the revision that it names: of two operators one is told", (store) =>
      Effect.gen(function* () {
        const first = yield* store.update("ignore", "health", 0)
        yield* store.update("ignore", "health;static", first)
        assert.strictEqual((yield* Effect.flip(store.update("ignore", "bots", first)))._tag, "Outdated")
        assert.strictEqual((yield* Effect.flip(store.update("ignore", "bots", 0)))._tag, "Outdated")
        assert.deepStrictEqual(shown(yield* store.current), [["ignore", "health;static", 2]])
      }))

    test("the history holds every revision, oldest first, a deletion as an empty text", (store, operator) =>
      Effect.gen(function* () {
        yield* store.put("ignore", "health")
        yield* store.put("ignore", "helth")
        yield* operator.delete("ignore")
        yield* store.put("ignore", "static")
        assert.deepStrictEqual(shown(yield* store.history()), [
          ["ignore", "health", 1],
          ["ignore", "helth", 2],
          ["ignore", "", 3],
          ["ignore", "static", 4]
        ])
      }))

    test("the history ends at 64 revisions", (store) =>
      Effect.gen(function* () {
        for (let i = 1; i <= 70; i++) yield* store.put("ignore", `path=/${i}`)
        const history = yield* store.history()
        assert.strictEqual(history.length, 64)
        assert.deepStrictEqual([history[0]!.text, history[63]!.text], ["path=/7", "path=/70"])
      }))

    test("changes begin with what stands, and go on with every put in order, by whomever", (store, operator) =>
      Effect.gen(function* () {
        yield* store.put("ignore", "health")
        yield* store.put("ignore", "static")
        yield* listening(store, (next) =>
          Effect.gen(function* () {
            assert.deepStrictEqual(shown([yield* next]), [["ignore", "static", 2]])
            yield* operator.put("ignore", "bots")
            assert.deepStrictEqual(shown([yield* next]), [["ignore", "bots", 3]])
            for (let i = 1; i <= 50; i++) yield* store.put("ignore", `path=/${i}`)
            for (let i = 1; i <= 50; i++) assert.strictEqual((yield* next).text, `path=/${i}`)
          })
        )
      }))

    test("deleted rules are told as an empty text, also to one who begins to listen later", (store, operator) =>
      Effect.gen(function* () {
        yield* store.put("ignore", "health")
        yield* listening(store, (next) =>
          Effect.gen(function* () {
            yield* next
            yield* operator.delete("ignore")
            assert.deepStrictEqual(shown([yield* next]), [["ignore", "", 2]])
          })
        )
        yield* listening(store, (next) =>
          Effect.map(next, (entry) => assert.deepStrictEqual(shown([entry]), [["ignore", "", 2]]))
        )
      }))

    test("keys that mean nothing here are passed over", (store, operator) =>
      Effect.gen(function* () {
        yield* operator.put("ignored", "health")
        yield* listening(store, (next) =>
          Effect.gen(function* () {
            yield* operator.put("ignored", "static")
            yield* operator.put("ignore", "bots")
            assert.deepStrictEqual(shown([yield* next]), [["ignore", "bots", 3]])
          })
        )
        assert.deepStrictEqual(shown(yield* store.history()), [["ignore", "bots", 3]])
        assert.deepStrictEqual(shown(yield* store.current), [["ignore", "bots", 3]])
      }))

    test("a bucket that was made anew is listened to from its first revision", (store, operator) =>
      Effect.gen(function* () {
        for (let i = 1; i <= 5; i++) yield* store.put("ignore", `path=/${i}`)
        yield* listening(store, (next) =>
          Effect.gen(function* () {
            assert.deepStrictEqual(shown([yield* next]), [["ignore", "path=/5", 5]])
            yield* operator.recreate
            yield* store.put("ignore", "path=/anew")
            assert.deepStrictEqual(shown([yield* next]), [["ignore", "path=/anew", 1]])
          })
        )
      }))
  })

suite("memory", Layer.provideMerge(Layer.merge(layerRulesStoreMemory, operatorMemory), MemoryServer.layer))
suite("nats", Layer.merge(layerRulesStore, operatorNats).pipe(Layer.provide(connection)))
