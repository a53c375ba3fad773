import { assert, describe, layer, it as plainIt } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Stream } from "effect"
import { applyTopology } from "../src/admin/init.ts"
import { Connection } from "../src/connection/connection.ts"
import type { StoreError } from "../src/errors.ts"
import { type Entry, WindowsLog } from "../src/ports/versioned-log.ts"
import { type Proxy as CuttableProxy, startProxy, startServer, TestServer } from "../src/testing/index.ts"
import { windowsStream, windowsSubject } from "../src/topology.ts"
import { appendUntilStored } from "../src/versioned/append-until-stored.ts"
import { layerWindowsLog } from "../src/versioned/versioned-log.ts"

/** The log as a client sees it whose network can be cut. */
class Cuttable extends Context.Service<
  Cuttable,
  { readonly log: WindowsLog["Service"]; readonly proxy: CuttableProxy; readonly connection: Connection["Service"] }
>()("test/Cuttable") {}

const cuttable = Layer.effect(
  Cuttable,
  Effect.gen(function* () {
    const server = yield* TestServer
    const proxy = yield* Effect.acquireRelease(
      Effect.promise(() => startProxy(server.port)),
      (started) => Effect.promise(() => started.close())
    )
    const context = yield* Layer.build(
      Layer.fresh(layerWindowsLog.pipe(Layer.provideMerge(Connection.layer({ servers: [proxy.url] }))))
    )
    return Cuttable.of({
      log: Context.get(context, WindowsLog),
      connection: Context.get(context, Connection),
      proxy
    })
  })
)

const direct = Layer.effectDiscard(applyTopology()).pipe(
  Layer.provideMerge(layerWindowsLog),
  Layer.provideMerge(Layer.unwrap(Effect.map(TestServer, (server) => Connection.layer({ servers: [server.url] }))))
)

const entries = (from: number, count: number, epoch = 1): ReadonlyArray<Entry> =>
  Array.from({ length: count }, (_, i) => ({
    subject: windowsSubject,
    data: `{"n":${from + i},"text":"${"x".repeat(280)}"}`,
    epoch
  }))

/** Until a condition holds, or for ten seconds. */
const until = (what: string, condition: () => boolean): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let tries = 0; tries < 2_000; tries++) {
      if (condition()) return
      yield* Effect.sleep(5)
    }
    return yield* Effect.die(new Error(`${what} did not come`))
  })

const connected = ({ connection }: Cuttable["Service"]) => until("the connection", () => connection.link.connected)

layer(Layer.provideMerge(Layer.merge(cuttable, direct), TestServer.layer()), { excludeTestServices: true })(
  "VersionedLog across a broken connection",
  (it) => {
    it.effect("an append that is cut fails at once as unavailable; what is stored of it is a beginning", () =>
      Effect.gen(function* () {
        const client = yield* Cuttable
        const log = yield* WindowsLog
        const { jsm } = yield* Connection
        const from = yield* log.lastSeq
        const written = entries(1, 100_000)
        const appending = yield* Effect.forkChild(Effect.flip(client.log.append(written, from)))
        while ((yield* Effect.promise(() => jsm.streams.info(windowsStream))).state.last_seq < from + 5_000) {
          yield* Effect.sleep(1)
        }
        const cutAt = Date.now()
        client.proxy.cut()
        const error = yield* Fiber.join(appending)
        assert.strictEqual(error._tag, "Unavailable")
        assert.isBelow(Date.now() - cutAt, 1_000)

        const read = yield* Stream.runCollect(log.readFrom(from + 1))
        assert.isBelow(read.length, written.length)
        assert.isTrue(read.every(({ data }, i) => data === written[i]!.data))
        yield* connected(client)
      })
    )

    it.effect("an append and a read without a connection fail at once, not after a timeout", () =>
      Effect.gen(function* () {
        const client = yield* Cuttable
        client.proxy.refuse(true)
        client.proxy.cut()
        yield* until("the disconnect", () => !client.connection.link.connected)
        const start = Date.now()
        for (const call of [client.log.append(entries(1, 1), 0), client.log.lastSeq, client.log.get(1)]) {
          const error: unknown = yield* Effect.flip(call as Effect.Effect<unknown, StoreError>)
          assert.strictEqual((error as StoreError)._tag, "Unavailable")
        }
        assert.isBelow(Date.now() - start, 500)
        client.proxy.refuse(false)
        yield* connected(client)
      })
    )

    it.effect("appending until stored stores each entry once although the connection is cut again and again", () =>
      Effect.gen(function* () {
        const client = yield* Cuttable
        const log = yield* WindowsLog
        const from = yield* log.lastSeq
        const written = entries(1, 60_000)
        const cutting = yield* Effect.forkChild(
          Effect.forever(Effect.andThen(Effect.sleep(60), Effect.sync(client.proxy.cut)))
        )
        const appending = yield* Effect.forkChild(
          appendUntilStored(client.log, written, from, {
            epoch: 1
          })
        )
        yield* Effect.sleep(1_500)
        yield* Fiber.interrupt(cutting)
        assert.strictEqual(yield* Fiber.join(appending), from + written.length)
        const read = yield* Stream.runCollect(log.readFrom(from + 1))
        assert.strictEqual(read.length, written.length)
        assert.isTrue(read.every(({ data, seq }, i) => seq === from + i + 1 && data === written[i]!.data))
        yield* connected(client)
      })
    )

    it.effect("reading goes on where it was cut, without a gap and without a repetition", () =>
      Effect.gen(function* () {
        const client = yield* Cuttable
        const log = yield* WindowsLog
        const from = yield* log.lastSeq
        yield* log.append(entries(1, 30_000), from)
        let seen = 0
        const read = yield* client.log.readFrom(from + 1).pipe(
          Stream.tap(() =>
            Effect.sync(() => {
              if (++seen % 9_000 === 0) client.proxy.cut()
            })
          ),
          Stream.runCollect
        )
        assert.strictEqual(read.length, 30_000)
        assert.isTrue(read.every(({ seq }, i) => seq === from + 1 + i))
        yield* connected(client)
      })
    )

    it.effect("following fetches again what was lost in the socket, though nothing new is written", () =>
      Effect.gen(function* () {
        const client = yield* Cuttable
        const log = yield* WindowsLog
        const from = yield* log.lastSeq
        const seqs: Array<number> = []
        const following = yield* client.log.follow(from + 1).pipe(
          Stream.runForEach(({ seq }) => Effect.sync(() => seqs.push(seq))),
          Effect.forkChild
        )
        yield* log.append(entries(1, 10), from)
        yield* until("the first entries", () => seqs.length === 10)
        client.proxy.swallowThenCut(100_000)
        yield* log.append(entries(11, 1_000), from + 10)
        yield* until("the lost entries", () => seqs.length >= 1_010)
        yield* connected(client)
        client.proxy.swallowThenCut(1)
        yield* log.append(entries(1_011, 1), from + 1_010)
        yield* until("the entry that was lost alone", () => seqs.length >= 1_011)
        assert.deepStrictEqual(
          seqs,
          Array.from({ length: 1_011 }, (_, i) => from + 1 + i)
        )
        yield* Fiber.interrupt(following)
        yield* connected(client)
      })
    )
  }
)

describe("VersionedLog and its server", () => {
  plainIt.live("writer and follower go on by themselves through kills of the server", () =>
    Effect.gen(function* () {
      const server = yield* Effect.acquireRelease(
        Effect.promise(() => startServer()),
        (started) => Effect.promise(() => started.stop())
      )
      const context = yield* Layer.build(direct.pipe(Layer.provide(Layer.succeed(TestServer, server))))
      const log = Context.get(context, WindowsLog)
      const seqs: Array<number> = []
      const following = yield* log.follow(1).pipe(
        Stream.runForEach(({ seq }) => Effect.sync(() => seqs.push(seq))),
        Effect.forkChild
      )
      const batch = 500
      const writing = yield* Effect.gen(function* () {
        let last = 0
        for (let i = 0; i < 40; i++) {
          last = yield* appendUntilStored(log, entries(last + 1, batch), last, { epoch: 1 })
          yield* Effect.sleep(20)
        }
        return last
      }).pipe(Effect.forkChild)
      for (let kills = 0; kills < 3; kills++) {
        yield* Effect.sleep(200)
        yield* Effect.promise(() => server.kill())
        yield* Effect.promise(() => server.restart())
      }
      assert.strictEqual(yield* Fiber.join(writing), 40 * batch)
      yield* until("the last entry", () => seqs.length >= 40 * batch)
      assert.deepStrictEqual(
        seqs,
        Array.from({ length: 40 * batch }, (_, i) => i + 1)
      )
      const stored = yield* Stream.runCollect(log.readFrom(1))
      assert.isTrue(stored.every(({ data }, i) => data.startsWith(`{"n":${i + 1},`)))
      yield* Fiber.interrupt(following)
    })
  )

  plainIt.live("a user without the right is told so at once, for each way of asking", () =>
    Effect.gen(function* () {
      const config = `
        accounts { A { jetstream: enabled, users: [
          { user: all, password: p }
          { user: none, password: p, permissions: { publish: { deny: ["windows.decided", "$JS.API.DIRECT.>", "$JS.API.CONSUMER.MSG.NEXT.>"] } } }
        ] } }
        no_auth_user: all`
      const server = yield* Effect.acquireRelease(
        Effect.promise(() => startServer({ config })),
        (started) => Effect.promise(() => started.stop())
      )
      const all = yield* Layer.build(direct.pipe(Layer.provide(Layer.succeed(TestServer, server))))
      yield* Context.get(all, WindowsLog).append(entries(1, 2), 0)
      const url = server.url.replace("nats://", "nats://none:p@")
      const none = yield* Layer.build(
        Layer.fresh(layerWindowsLog.pipe(Layer.provide(Connection.layer({ servers: [url] }))))
      )
      const log = Context.get(none, WindowsLog)
      const start = Date.now()
      for (const call of [log.append(entries(3, 1), 2), log.get(1), Stream.runCollect(log.readFrom(1))]) {
        const error: unknown = yield* Effect.flip(call as Effect.Effect<unknown, StoreError>)
        assert.strictEqual((error as StoreError)._tag, "Refused")
        assert.match((error as StoreError).why, /permission denied: publish to/)
      }
      assert.isBelow(Date.now() - start, 2_000)
    })
  )

  plainIt.live("an entry that no stream takes refuses all behind it", () =>
    Effect.gen(function* () {
      const server = yield* Effect.acquireRelease(
        Effect.promise(() => startServer()),
        (started) => Effect.promise(() => started.stop())
      )
      const context = yield* Layer.build(direct.pipe(Layer.provide(Layer.succeed(TestServer, server))))
      const log = Context.get(context, WindowsLog)
      const written = entries(1, 2_000).map((entry, i) => (i === 700 ? { ...entry, subject: "nowhere" } : entry))
      const error = yield* Effect.flip(log.append(written, 0))
      assert.strictEqual(error._tag, "Refused")
      const read = yield* Stream.runCollect(log.readFrom(1))
      assert.isAtMost(read.length, 700)
      assert.isTrue(read.every(({ data }, i) => data === written[i]!.data))
    })
  )
})
