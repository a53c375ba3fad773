import { assert, describe } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { applyTopology, Connection, LogsReader, type LogsWriter, layerLogsReader, logsStream } from "../src/index.ts"
import { assertWhole, fill, lab } from "./logs-lab.ts"
import { bytes, eventually, readAll } from "./logs-tools.ts"

/** Publishes so many messages meanwhile, and tells how many it has handed over. */
const publishAll = (writer: LogsWriter["Service"], count: number) =>
  Effect.gen(function* () {
    let published = 0
    const publishing = yield* Effect.forkChild(
      Effect.gen(function* () {
        for (let i = 1; i <= count; i++) {
          yield* writer.publish("a", { payload: bytes(`line ${i} `) })
          published = i
        }
        return yield* writer.flush
      })
    )
    return { publishing, published: () => published }
  })

describe("LogsWriter under faults", () => {
  const contents = (direct: Connection["Service"], count: number) =>
    Effect.gen(function* () {
      const reader = yield* LogsReader
      return yield* readAll(reader.read({ fromSeq: 1, throughSeq: count }))
    }).pipe(Effect.provide(layerLogsReader.pipe(Layer.provide(Layer.succeed(Connection, direct)))))

  const silences: Array<boolean> = []
  lab(
    "tells each silence once, whether the connection stands or not, and stores everything behind it",
    ({ server, proxy, writer, direct }) =>
      Effect.gen(function* () {
        const publish = (i: number) => writer.publish("a", { payload: bytes(`line ${i} `) })
        yield* publish(1)
        yield* writer.flush
        yield* Effect.sleep(500)
        assert.deepStrictEqual(silences, [], "nothing is under way")
        proxy.pause("toClient")
        yield* publish(2)
        yield* Effect.sleep(1_000)
        assert.deepStrictEqual(silences, [true])
        proxy.resume()
        yield* writer.flush
        yield* Effect.promise(() => server.kill())
        yield* publish(3)
        yield* Effect.sleep(1_000)
        assert.deepStrictEqual(silences, [true, false])
        yield* Effect.promise(() => server.restart())
        yield* writer.flush
        assertWhole(yield* contents(direct, 3), 3)
      }),
    { ackWaitMs: 200, onSilence: (isConnected) => void silences.push(isConnected) }
  )

  lab(
    "stores every message once and in order while the server is killed and comes back",
    ({ server, writer, direct }) =>
      Effect.gen(function* () {
        const count = 30_000
        const { publishing, published } = yield* publishAll(writer, count)
        for (const at of [8_000, 20_000]) {
          yield* eventually(`${at} are published`, () => published() >= at)
          yield* Effect.promise(() => server.kill())
          yield* Effect.promise(() => server.restart())
        }
        assert.strictEqual(yield* Fiber.join(publishing), count)
        assertWhole(yield* contents(direct, count), count)
      })
  )

  lab(
    "stores every message once and in order over a connection that breaks again and again",
    ({ proxy, writer, direct }) =>
      Effect.gen(function* () {
        const count = 30_000
        const { publishing, published } = yield* publishAll(writer, count)
        for (const at of [5_000, 10_000, 15_000, 20_000]) {
          yield* eventually(`${at} are published`, () => published() >= at)
          // The server stores these, and its acknowledgements are lost.
          proxy.swallowThenCut(20_000)
        }
        assert.strictEqual(yield* Fiber.join(publishing), count)
        assertWhole(yield* contents(direct, count), count)
      })
  )

  lab(
    "sends again what a server that stood still did not acknowledge",
    ({ server, writer, direct }) =>
      Effect.gen(function* () {
        yield* fill(writer, 10)
        server.pause()
        const flushing = yield* Effect.forkChild(fill(writer, 500, 11))
        yield* Effect.sleep(1_500)
        server.resume()
        assert.strictEqual(yield* Fiber.join(flushing), 510)
        assertWhole(yield* contents(direct, 510), 510)
      }),
    { ackWaitMs: 300 }
  )

  lab(
    "stores nothing twice after an outage that is longer than the server remembers identities",
    ({ server, proxy, writer, direct }) =>
      Effect.gen(function* () {
        yield* applyTopology({ LOGS: { duplicateWindowMs: 100 } }).pipe(Effect.provideService(Connection, direct))
        yield* fill(writer, 10)
        proxy.pause("toClient")
        const flushing = yield* Effect.forkChild(fill(writer, 200, 11))
        // Asked again where the question was lost with the server.
        const lastSeq = Effect.tryPromise(async () => (await direct.jsm.streams.info(logsStream)).state.last_seq).pipe(
          Effect.retry({ times: 5 })
        )
        while ((yield* lastSeq) < 210) yield* Effect.sleep(5)
        proxy.refuse(true)
        proxy.cut()
        yield* Effect.promise(() => server.restart())
        yield* Effect.sleep(300)
        proxy.resume()
        proxy.refuse(false)
        assert.strictEqual(yield* Fiber.join(flushing), 210)
        assertWhole(yield* contents(direct, 210), 210)
        assert.strictEqual(yield* lastSeq, 210)
      }),
    { confirmAfterMs: 100 }
  )

  lab(
    "says that LOGS is missing, with what to do about it",
    ({ writer, direct }) =>
      Effect.gen(function* () {
        yield* Effect.promise(() => direct.jsm.streams.delete(logsStream))
        const error = yield* Effect.flip(fill(writer, 1))
        assert.strictEqual(error._tag, "Refused")
        assert.match(error.why, /no stream takes logs\.a/)
        assert.match((error as { remedy: string }).remedy, /chaussettes init/)
        assert.strictEqual(yield* Effect.flip(writer.publish("a", { payload: bytes("later") })), error)
        assert.strictEqual(yield* Effect.flip(writer.flush), error)
      }),
    { patienceMs: 300 }
  )

  lab(
    "holds its caller back while too much is under way",
    ({ server, writer }) =>
      Effect.gen(function* () {
        server.pause()
        for (let i = 0; i < 10; i++) yield* writer.publish("a", { payload: bytes("x") })
        const eleventh = yield* Effect.forkChild(writer.publish("a", { payload: bytes("x") }))
        yield* Effect.sleep(100)
        assert.isUndefined(eleventh.pollUnsafe())
        server.resume()
        yield* Fiber.join(eleventh)
        assert.strictEqual(yield* writer.flush, 11)
      }),
    { maxMessages: 10 }
  )
})
