import { assert, describe, it, layer } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Stream } from "effect"
import { applyTopology } from "../src/admin/init.ts"
import { Connection } from "../src/connection/connection.ts"
import { AlertsLog, type Entry, WindowsLog } from "../src/ports/versioned-log.ts"
import { startCluster, TestServer } from "../src/testing/index.ts"
import { windowsStream, windowsSubject } from "../src/topology.ts"
import { appendInBatches } from "../src/versioned/append-batches.ts"
import { appendUntilStored } from "../src/versioned/append-until-stored.ts"
import { layerAlertsLog, layerWindowsLog } from "../src/versioned/versioned-log.ts"

const entries = (from: number, count: number, epoch = 1, bytes = 280): ReadonlyArray<Entry> =>
  Array.from({ length: count }, (_, i) => ({
    subject: windowsSubject,
    data: `{"n":${from + i},"text":"${"x".repeat(bytes)}"}`,
    epoch
  }))

const isWhole = (read: ReadonlyArray<{ readonly data: string }>, from: number) =>
  read.every(({ data }, i) => data.startsWith(`{"n":${from + i},`))

const single = Layer.effectDiscard(applyTopology()).pipe(
  Layer.provideMerge(layerWindowsLog),
  Layer.provideMerge(Layer.unwrap(Effect.map(TestServer, (server) => Connection.layer({ servers: [server.url] })))),
  Layer.provideMerge(TestServer.layer())
)

layer(single, { excludeTestServices: true })("appending in atomic batches", (it) => {
  it.effect("stores thousands of entries in their order, with their epoch, and answers the last sequence", () =>
    Effect.gen(function* () {
      const connection = yield* Connection
      const log = yield* WindowsLog
      const from = yield* log.lastSeq
      assert.strictEqual(yield* appendInBatches(connection, windowsStream, entries(1, 3_500, 7), from), from + 3_500)
      const read = yield* Stream.runCollect(log.readFrom(from + 1))
      assert.strictEqual(read.length, 3_500)
      assert.isTrue(isWhole(read, 1) && read.every(({ epoch }) => epoch === 7))
    })
  )

  it.effect("stores nothing of a batch whose version is outdated, whatever it expects further on", () =>
    Effect.gen(function* () {
      const connection = yield* Connection
      const log = yield* WindowsLog
      const from = yield* log.lastSeq
      yield* log.append(entries(1, 3), from)
      for (const expected of [from, from + 1, from + 2, from + 9]) {
        const error = yield* Effect.flip(appendInBatches(connection, windowsStream, entries(90, 1_500), expected))
        assert.strictEqual(error._tag, "Outdated")
      }
      assert.strictEqual(yield* log.lastSeq, from + 3)
    })
  )

  it.effect("stores nothing behind a batch that was refused", () =>
    Effect.gen(function* () {
      const connection = yield* Connection
      const log = yield* WindowsLog
      const from = yield* log.lastSeq
      const results = yield* Effect.all(
        [1, 2, 3].map((epoch) =>
          Effect.result(appendInBatches(connection, windowsStream, entries(1, 5_000, epoch), from))
        ),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(results.filter(({ _tag }) => _tag === "Success").length, 1)
      const read = yield* Stream.runCollect(log.readFrom(from + 1))
      assert.isTrue(isWhole(read, 1))
      assert.deepStrictEqual([read.length, new Set(read.map(({ epoch }) => epoch)).size], [5_000, 1])
    })
  )

  it.effect("cuts batches by size, too, and refuses an entry that no message can hold before it is sent", () =>
    Effect.gen(function* () {
      const connection = yield* Connection
      const log = yield* WindowsLog
      const from = yield* log.lastSeq
      const large = entries(1, 12, 1, 900_000)
      assert.strictEqual(yield* appendInBatches(connection, windowsStream, large, from), from + 12)
      const tooLarge = [...entries(13, 3), ...entries(16, 1, 1, 1_100_000), ...entries(17, 3)]
      const error = yield* Effect.flip(appendInBatches(connection, windowsStream, tooLarge, from + 12))
      assert.strictEqual(error._tag, "Refused")
      assert.strictEqual(yield* log.lastSeq, from + 12)
    })
  )

  it.effect("names the way out where the stream was made without them", () =>
    Effect.gen(function* () {
      const connection = yield* Connection
      yield* Effect.promise(() => connection.jsm.streams.add({ name: "OTHER", subjects: ["other"] }))
      const others = entries(1, 3).map((entry) => ({ ...entry, subject: "other" }))
      const error = yield* Effect.flip(appendInBatches(connection, "OTHER", others, 0))
      assert.strictEqual(error._tag, "Refused")
      if (error._tag === "Refused") assert.include(error.remedy, "chaussettes init")
    })
  )
})

const cluster = Effect.acquireRelease(
  Effect.promise(() => startCluster()),
  ({ stop }) => Effect.promise(stop)
)

describe("VersionedLog with three replicas", () => {
  it.live(
    "one writer wins each race whole, a stale one stores nothing, and changes of the leader lose nothing",
    () =>
      Effect.gen(function* () {
        const { urls } = yield* cluster
        const context = yield* Layer.build(
          Layer.merge(layerWindowsLog, layerAlertsLog).pipe(
            Layer.provideMerge(Connection.layer({ servers: urls }, { waitMs: 30_000 }))
          )
        )
        const log = Context.get(context, WindowsLog)
        const { jsm, nc } = Context.get(context, Connection)
        yield* applyTopology({ WINDOWS: { replicas: 3 } }).pipe(
          Effect.catch((error) => Effect.andThen(Effect.sleep(250), Effect.fail(error))),
          Effect.retry({ times: 200 }),
          Effect.provide(context)
        )
        const { config } = yield* Effect.promise(() => jsm.streams.info(windowsStream))
        assert.strictEqual(config.num_replicas, 3)

        let last = yield* log.append(entries(1, 3, 2), 0)
        assert.strictEqual((yield* Effect.flip(log.append(entries(90, 4), 2)))._tag, "Outdated")
        assert.strictEqual(yield* log.lastSeq, 3)

        const alerts = Context.get(context, AlertsLog)
        const alert = entries(1, 4).map((entry) => ({ ...entry, subject: "alerts.ip.high" }))
        yield* alerts.append(alert, 0)
        assert.strictEqual((yield* Effect.flip(alerts.append(alert, 3)))._tag, "Outdated")
        assert.strictEqual(yield* alerts.append(alert, 4), 8, "a stream of one replica among three servers goes on")

        for (let round = 0; round < 20; round++) {
          const results = yield* Effect.all(
            [50, 50, 1].map((count, i) => Effect.result(log.append(entries(1, count, i + 1), last))),
            { concurrency: "unbounded" }
          )
          assert.strictEqual(results.filter(({ _tag }) => _tag === "Success").length, 1)
          const read = yield* Stream.runCollect(log.readFrom(last + 1))
          assert.strictEqual(new Set(read.map(({ epoch }) => epoch)).size, 1)
          last += read.length
        }

        const stepping = yield* Effect.sleep(300).pipe(
          Effect.andThen(
            Effect.promise(() => nc.request(`$JS.API.STREAM.LEADER.STEPDOWN.${windowsStream}`).catch(() => undefined))
          ),
          Effect.forever,
          Effect.forkChild
        )
        const from = last
        for (let i = 0; i < 10; i++)
          last = yield* appendUntilStored(log, entries(i * 2_000 + 1, 2_000), last, { epoch: 1 })
        yield* Fiber.interrupt(stepping)
        assert.strictEqual(last, from + 20_000)
        const read = yield* Stream.runCollect(log.readFrom(from + 1))
        assert.strictEqual(read.length, 20_000)
        assert.isTrue(isWhole(read, 1))
      }),
    120_000
  )
})
