import { type Reject, rejectReasons, rejectSchema } from "@chaussettes/domain"
import { assert, layer } from "@effect/vitest"
import { StorageType } from "@nats-io/jetstream"
import { Context, Effect, Layer, Stream } from "effect"
import { Connection } from "../src/connection/connection.ts"
import type { StoreError } from "../src/errors.ts"
import { layerRejectsLogMemory } from "../src/memory/rejects.ts"
import { MemoryServer } from "../src/memory/server.ts"
import { RejectsLog } from "../src/ports/rejects.ts"
import { layerRejectsLog } from "../src/rejects/rejects-log.ts"
import { TestServer } from "../src/testing/index.ts"
import { rejectsStream } from "../src/topology.ts"

interface Raw {
  readonly subject: string
  readonly id: string | undefined
}

/** What an operator sees and does, behind the port's back. */
class Operator extends Context.Service<
  Operator,
  {
    readonly recreate: Effect.Effect<void>
    readonly purge: Effect.Effect<void>
    readonly publish: (text: string) => Effect.Effect<void>
    readonly raw: (seq: number) => Effect.Effect<Raw>
  }
>()("test/Operator") {}

const operatorMemory = Layer.effect(
  Operator,
  Effect.gen(function* () {
    const server = yield* MemoryServer
    const stream = server.stream("REJECTS")
    return Operator.of({
      recreate: server.recreate("REJECTS"),
      purge: Effect.sync(() => stream.purge()),
      publish: (text) =>
        Effect.sync(() => void stream.append({ subject: "rejects.x", data: new TextEncoder().encode(text) }, 0)),
      raw: (seq) =>
        Effect.sync(() => ({ subject: stream.get(seq)!.subject, id: stream.get(seq)!.headers["Nats-Msg-Id"] }))
    })
  })
)

const operatorNats = Layer.effect(
  Operator,
  Effect.gen(function* () {
    const { js, jsm } = yield* Connection
    return Operator.of({
      // In memory: nats-server 2.15 answers a deletion before the files are gone, and a stream that is made anew at once may
      // take them up again.
      recreate: Effect.promise(async () => {
        await jsm.streams.delete(rejectsStream).catch(() => {})
        await jsm.streams.add({
          name: rejectsStream,
          subjects: ["rejects.*"],
          allow_direct: true,
          storage: StorageType.Memory
        })
      }),
      purge: Effect.promise(() => jsm.streams.purge(rejectsStream)),
      publish: (text) => Effect.promise(() => js.publish("rejects.x", text)),
      raw: (seq) =>
        Effect.promise(async () => {
          const message = await jsm.direct.getMessage(rejectsStream, { seq })
          return { subject: message!.subject, id: message!.header.get("Nats-Msg-Id") }
        })
    })
  })
)

const connection = Layer.provideMerge(
  Layer.unwrap(Effect.map(TestServer, (server) => Connection.layer({ servers: [server.url] }))),
  TestServer.layer()
)

const reject = (seq: number, line: number): Reject => ({
  schema: rejectSchema,
  reason: rejectReasons[seq % rejectReasons.length]!,
  source: "web-1",
  seq,
  line,
  text: `é "quoted" \u0000 ${seq}`
})

const suite = (name: string, provided: Layer.Layer<RejectsLog | Operator, StoreError>) =>
  layer(provided, { excludeTestServices: true })(`RejectsLog (${name})`, (it) => {
    const test = (
      behaviour: string,
      body: (log: RejectsLog["Service"], operator: Operator["Service"]) => Effect.Effect<void, unknown>
    ) =>
      it.effect(behaviour, () =>
        Effect.gen(function* () {
          const operator = yield* Operator
          yield* operator.recreate
          yield* body(yield* RejectsLog, operator)
        })
      )

    test("an empty log has no last reject", (log, operator) =>
      Effect.gen(function* () {
        assert.isUndefined(yield* log.last)
        assert.deepStrictEqual(yield* log.bounds, { firstSeq: 1, lastSeq: 0 })
        assert.deepStrictEqual(yield* Stream.runCollect(log.readFrom(1)), [])
        yield* log.append([reject(1, 1)])
        yield* operator.purge
        assert.isUndefined(yield* log.last)
        assert.deepStrictEqual(yield* log.bounds, { firstSeq: 2, lastSeq: 1 })
      }))

    test("rejects are read again in their order, with their sequence in REJECTS", (log) =>
      Effect.gen(function* () {
        const rejects = [reject(5, 1), reject(5, 2), reject(9, 1)]
        yield* log.append(rejects.slice(0, 2))
        yield* log.append(rejects.slice(2))
        const expected = rejects.map((each, i) => ({ ...each, rejectSeq: i + 1 }))
        assert.deepStrictEqual(yield* Stream.runCollect(log.readFrom(1)), expected)
        assert.deepStrictEqual(yield* Stream.runCollect(log.readFrom(3)), expected.slice(2))
        assert.deepStrictEqual(yield* log.last, rejects[2])
        assert.deepStrictEqual(yield* log.bounds, { firstSeq: 1, lastSeq: 3 })
      }))

    test("the subject names the reason and the id the line", (log, operator) =>
      Effect.gen(function* () {
        yield* log.append([{ ...reject(7, 3), reason: "too_long" }])
        assert.deepStrictEqual(yield* operator.raw(1), { subject: "rejects.too_long", id: "7.3" })
      }))

    test("a reject that is written again is stored once", (log) =>
      Effect.gen(function* () {
        yield* log.append([reject(5, 1), reject(5, 2)])
        yield* log.append([reject(5, 1), reject(5, 2), reject(5, 3)])
        const read = yield* Stream.runCollect(log.readFrom(1))
        assert.deepStrictEqual(
          read.map(({ line }) => line),
          [1, 2, 3]
        )
      }))

    test("many thousand rejects are stored in their order", (log) =>
      Effect.gen(function* () {
        const rejects = Array.from({ length: 20_000 }, (_, i) => reject(i + 1, 1))
        yield* log.append(rejects)
        const read = yield* Stream.runCollect(log.readFrom(1))
        assert.strictEqual(read.length, rejects.length)
        assert.isTrue(read.every(({ seq }, i) => seq === i + 1))
      }))

    test("what is no reject is passed over", (log, operator) =>
      Effect.gen(function* () {
        yield* operator.publish("by hand")
        yield* log.append([reject(5, 1)])
        yield* operator.publish('{"schema":"chaussettes.reject.v9"}')
        yield* operator.publish("")
        assert.deepStrictEqual(yield* log.last, reject(5, 1))
        const read = yield* Stream.runCollect(log.readFrom(1))
        assert.deepStrictEqual(
          read.map(({ rejectSeq }) => rejectSeq),
          [2]
        )
      }))
  })

suite("memory", Layer.provideMerge(Layer.merge(layerRejectsLogMemory, operatorMemory), MemoryServer.layer))
suite("nats", Layer.merge(layerRejectsLog, operatorNats).pipe(Layer.provide(connection)))
