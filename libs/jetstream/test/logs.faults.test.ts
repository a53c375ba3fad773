import { assert, describe } from "@effect/vitest"
import { AckPolicy, type ConsumerConfig, ReplayPolicy } from "@nats-io/jetstream"
import { Effect, Stream } from "effect"
import { type ConsumerOpener, makeOpener } from "../src/consume/consumer.ts"
import type { Taken } from "../src/consume/handover.ts"
import { StreamSession } from "../src/consume/session.ts"
import { logsStream } from "../src/index.ts"
import { assertWhole, fill, lab } from "./logs-lab.ts"
import { bytes, eventually, following, readAll, type Seen, seenIn } from "./logs-tools.ts"

describe("LogsReader under faults", () => {
  lab("goes on at once behind pulls that end without a word, their last byte used", ({ reader, writer, direct }) =>
    Effect.gen(function* () {
      const count = 40_000
      // From 10,000 to 30,000 all numbers in a reply have five digits, and a message counts for 256 bytes: 256 of them use up a pull of 64 KiB.
      for (let i = 1; i <= count; i++) yield* writer.publish("a", { payload: bytes(`line ${i} `.padEnd(127, "x")) })
      yield* writer.flush
      let opened = 0
      const created = `$JS.EVENT.ADVISORY.CONSUMER.CREATED.${logsStream}.>`
      direct.nc.subscribe(created, { callback: () => void opened++ })
      yield* Effect.promise(() => direct.nc.flush())
      assertWhole(yield* readAll(reader.read({ fromSeq: 1, throughSeq: count, maxBytes: 1 })), count)
      yield* Effect.promise(() => direct.nc.flush())
      assert.strictEqual(opened, 1, "a reader that waited in vain opens another consumer")
    })
  )

  lab("reads every message once and in order while the server is killed and comes back", ({ server, reader, writer }) =>
    Effect.gen(function* () {
      const count = 60_000
      yield* fill(writer, count)
      const follower = yield* following(reader.read({ fromSeq: 1, maxBytes: 300_000 }))
      for (const at of [10_000, 30_000]) {
        yield* eventually(`${at} are read`, () => follower.seen.length >= at)
        yield* Effect.promise(() => server.kill())
        yield* Effect.promise(() => server.restart())
      }
      yield* eventually("all are read", () => follower.seen.length >= count && follower.caughtUp)
      assertWhole(follower.seen, count)
      yield* fill(writer, 1, count + 1)
      yield* eventually("what comes later is read, too", () => follower.seen.length === count + 1)
    })
  )

  lab("says that it is not caught up while the server is away, and again once it is", ({ server, reader, writer }) =>
    Effect.gen(function* () {
      yield* fill(writer, 10)
      const follower = yield* following(reader.read({ fromSeq: 1 }))
      yield* eventually("all are read", () => follower.seen.length === 10 && follower.caughtUp)
      yield* Effect.promise(() => server.kill())
      yield* eventually("silence is no silence", () => !follower.caughtUp)
      yield* Effect.promise(() => server.restart())
      yield* eventually("silence is silence again", () => follower.caughtUp)
      assertWhole(follower.seen, 10)
    })
  )

  lab(
    "reads every message once and in order over a connection that breaks again and again",
    ({ proxy, reader, writer }) =>
      Effect.gen(function* () {
        const count = 60_000
        yield* fill(writer, count)
        const follower = yield* following(reader.read({ fromSeq: 1, maxBytes: 500_000 }))
        for (const at of [5_000, 15_000, 25_000, 35_000, 45_000]) {
          yield* eventually(`${at} are read`, () => follower.seen.length >= at)
          // The server has sent these and counts them as delivered.
          proxy.swallowThenCut(50_000)
        }
        yield* eventually("all are read", () => follower.seen.length >= count)
        assertWhole(follower.seen, count)
      })
  )

  lab("goes on after a silence of the network that nobody told it of", ({ proxy, reader, writer, direct }) =>
    Effect.gen(function* () {
      yield* fill(writer, 100)
      const follower = yield* following(reader.read({ fromSeq: 1 }))
      yield* eventually("100 are read", () => follower.seen.length === 100)
      proxy.pause("toClient")
      yield* Effect.promise(() => direct.js.publish("logs.a", "line 101 "))
      // Longer than its patience with missing heartbeats, as seen by the consumers that it asks for.
      yield* Effect.sleep(3_000)
      proxy.resume()
      yield* eventually("the message is read", () => follower.seen.length === 101)
      assertWhole(follower.seen, 101)
    })
  )

  lab("goes on when its consumer is deleted under it", ({ reader, writer, direct }) =>
    Effect.gen(function* () {
      yield* fill(writer, 1_000)
      const follower = yield* following(reader.read({ fromSeq: 1 }))
      yield* eventually("all are read", () => follower.seen.length === 1_000)
      yield* Effect.promise(async () => {
        for await (const { name } of direct.jsm.consumers.list(logsStream))
          await direct.jsm.consumers.delete(logsStream, name)
      })
      yield* fill(writer, 1_000, 1_001)
      yield* eventually("the others are read, too", () => follower.seen.length === 2_000)
      assertWhole(follower.seen, 2_000)
    })
  )

  lab("fetches what another process pulled away from its durable consumer", ({ reader, writer, direct }) =>
    Effect.gen(function* () {
      const count = 30_000
      yield* fill(writer, count)
      const follower = yield* following(reader.read({ fromSeq: 1, durable: "detector", maxBytes: 200_000 }))
      yield* eventually("some are read", () => follower.seen.length >= 1_000)
      const stolen = yield* Effect.promise(async () => {
        const consumer = await direct.js.consumers.get(logsStream, "detector")
        let messages = 0
        for await (const _ of await consumer.fetch({ max_messages: 2_000, expires: 1_000 })) messages++
        return messages
      })
      assert.isAbove(stolen, 0)
      yield* eventually("all are read", () => follower.seen.length >= count)
      assertWhole(follower.seen, count)
    })
  )

  lab("passes over real holes without asking for each of them again", ({ reader, writer, direct }) =>
    Effect.gen(function* () {
      const count = 2_000
      yield* fill(writer, count)
      yield* Effect.promise(async () => {
        for (let seq = 2; seq <= count; seq += 2) await direct.jsm.streams.deleteMessage(logsStream, seq, false)
      })
      const before = Date.now()
      const read = yield* readAll(reader.read({ fromSeq: 1, throughSeq: count }))
      assert.deepStrictEqual(
        read.map(({ seq }) => seq),
        Array.from({ length: count / 2 }, (_, i) => 2 * i + 1)
      )
      // A consumer for each hole would take many times as long.
      assert.isBelow(Date.now() - before, 2_000)
    })
  )

  lab("notices on the way back that LOGS is another one", ({ server, reader, writer, direct }) =>
    Effect.gen(function* () {
      yield* fill(writer, 10)
      const follower = yield* following(reader.read({ fromSeq: 1 }))
      yield* eventually("all are read", () => follower.seen.length === 10)
      yield* Effect.promise(() => direct.jsm.streams.delete(logsStream))
      yield* Effect.promise(() => server.kill())
      yield* Effect.promise(() => server.restart())
      yield* eventually("it fails", () => follower.error !== undefined)
      assert.strictEqual(follower.error!._tag, "Refused")
    })
  )
})

describe("a durable consumer of LOGS", () => {
  lab("starts wherever it is told to, and shows what was read", ({ reader, writer, direct }) =>
    Effect.gen(function* () {
      yield* fill(writer, 1_000)
      const info = Effect.promise(() => direct.jsm.consumers.info(logsStream, "detector"))
      const from = (fromSeq: number) => readAll(reader.read({ fromSeq, throughSeq: 1_000, durable: "detector" }))
      assert.strictEqual((yield* from(1)).length, 1_000)
      assert.strictEqual((yield* from(901)).length, 100)
      assert.strictEqual((yield* from(501)).length, 500)

      const follower = yield* following(reader.read({ fromSeq: 1, durable: "detector" }))
      yield* eventually("all are read", () => follower.seen.length === 1_000)
      const { delivered, num_pending } = yield* info
      assert.deepStrictEqual([delivered.stream_seq, num_pending], [1_000, 0])
    })
  )

  lab(
    "reads at once where a reader that is gone has left pulls, which a server with leaf nodes goes on serving for a while",
    ({ reader, writer, direct }) =>
      Effect.gen(function* () {
        yield* fill(writer, 1_000)
        let opened = 0
        const asked = `$JS.API.CONSUMER.INFO.${logsStream}.detector`
        direct.nc.subscribe(asked, { callback: () => void opened++ })
        yield* Effect.promise(() => direct.nc.flush())
        for (const [i, fromSeq] of [1, 1, 501].entries()) {
          const follower = yield* following(reader.read({ fromSeq, durable: "detector" }))
          yield* eventually("all are read", () => follower.seen.length >= 1_001 - fromSeq)
          assert.strictEqual(follower.seen.length, 1_001 - fromSeq)
          // Gone at once, with its pulls at the server.
          yield* follower.stop
          assert.strictEqual(opened, i + 1, "what comes has gaps, and the consumer is opened again")
        }
      }),
    { config: "leafnodes { listen: 127.0.0.1:-1 }" }
  )

  lab("starts wherever it is told to on a server that cannot reset consumers, too", ({ writer, direct }) =>
    Effect.gen(function* () {
      yield* fill(writer, 10)
      const opener = makeOpener(direct.jsm, { stream: logsStream, durable: "detector", canReset: false })
      for (const [fromSeq, pending] of [
        [4, 7],
        [8, 3],
        [2, 9],
        [11, 0]
      ] as const) {
        const opened = yield* Effect.promise(() => opener.open(fromSeq))
        assert.deepStrictEqual(opened, { name: "detector", pending, firstSeq: 1, lastSeq: 10 })
      }
    })
  )

  lab(
    "takes no other reader's sequences for a hole: two that read through it at once both read all",
    ({ reader, writer }) =>
      Effect.gen(function* () {
        const count = 20_000
        yield* fill(writer, count)
        const options = { fromSeq: 1, throughSeq: count, durable: "detector", maxBytes: 200_000 }
        const first = yield* following(reader.read(options))
        yield* eventually("the first one has read some", () => first.seen.length >= 5_000)
        const second = yield* following(reader.read(options))
        yield* eventually("both have ended", () => first.ended && second.ended, 50_000)
        assertWhole(first.seen, count)
        assertWhole(second.seen, count)
      })
  )

  lab(
    "takes no sequence for a hole when another process moves it ahead just after it was opened",
    ({ writer, direct }) =>
      Effect.gen(function* () {
        yield* fill(writer, 1_000)
        const opener = makeOpener(direct.jsm, { stream: logsStream, durable: "detector", canReset: true })
        let moves = 2
        const moving: ConsumerOpener = {
          ...opener,
          open: async (fromSeq) => {
            const opened = await opener.open(fromSeq)
            // From here the consumer's places begin at 1 again: in order by all that they tell.
            if (moves-- > 0) await direct.jsm.consumers.reset(logsStream, "detector", 500)
            return opened
          }
        }
        const reading = {
          stream: logsStream,
          prefix: "logs.",
          fromSeq: 1,
          throughSeq: 1_000,
          maxBytes: 100_000,
          shared: true
        }
        const session = new StreamSession(direct.link, moving, reading)
        const seen: Array<Seen> = []
        for (;;) {
          const taken = yield* Effect.promise(() => new Promise<Taken>((resolve) => session.take(resolve)))
          if (taken._tag !== "Read") break
          for (const { batch } of taken.reads) seen.push(...seenIn(batch))
        }
        assertWhole(seen, 1_000)
        assert.isBelow(moves, 0)
      })
  )

  lab("does not take it for silence when another process puts it behind everything", ({ reader, writer, direct }) =>
    Effect.gen(function* () {
      const count = 2_000
      yield* fill(writer, count)
      let moved = false
      const seen: Array<{ seq: number; text: string }> = []
      let caughtUpAt = 0
      const follower = reader.read({ fromSeq: 1, durable: "detector", maxBytes: 1 }).pipe(
        Stream.runForEach(({ batch, caughtUp }) =>
          Effect.gen(function* () {
            for (const message of seenIn(batch)) seen.push(message)
            if (caughtUp && caughtUpAt === 0) caughtUpAt = seen.length
            if (moved) return
            moved = true
            yield* Effect.promise(() => direct.jsm.consumers.reset(logsStream, "detector", count + 1))
          })
        )
      )
      yield* Effect.forkScoped(follower)
      yield* eventually("all are read", () => seen.length >= count)
      assertWhole(seen, count)
      yield* eventually("it has caught up", () => caughtUpAt > 0)
      assert.strictEqual(caughtUpAt, count)
    })
  )

  lab("knows real holes from lost messages", ({ reader, writer, direct }) =>
    Effect.gen(function* () {
      yield* fill(writer, 1_000)
      yield* Effect.promise(async () => {
        await direct.jsm.streams.purge(logsStream, { seq: 101 })
        for (let seq = 200; seq < 1_000; seq += 100) await direct.jsm.streams.deleteMessage(logsStream, seq, false)
      })
      const read = yield* readAll(reader.read({ fromSeq: 1, throughSeq: 1_000, durable: "detector" }))
      const expected = Array.from({ length: 900 }, (_, i) => i + 101).filter((seq) => seq % 100 !== 0 || seq === 1_000)
      assert.deepStrictEqual(
        read.map(({ seq }) => seq),
        expected
      )
    })
  )

  const otherKinds: ReadonlyArray<Partial<ConsumerConfig>> = [
    { ack_policy: AckPolicy.Explicit, max_ack_pending: 3 },
    { headers_only: true },
    { replay_policy: ReplayPolicy.Original },
    { max_batch: 1 },
    { max_bytes: 100 },
    { max_waiting: 1 },
    { filter_subject: "logs.b" },
    { pause_until: new Date(Date.now() + 3_600_000).toISOString() }
  ]
  for (const kind of otherKinds) {
    lab(`is made anew where it is of another kind (${Object.keys(kind)[0]})`, ({ reader, writer, direct }) =>
      Effect.gen(function* () {
        yield* fill(writer, 5)
        yield* Effect.sleep(1_100)
        yield* fill(writer, 5, 6)
        const ours = { durable_name: "detector", ack_policy: AckPolicy.None, max_deliver: -1 }
        yield* Effect.promise(() => direct.jsm.consumers.add(logsStream, { ...ours, ...kind }))
        const read = yield* readAll(reader.read({ fromSeq: 1, throughSeq: 10, durable: "detector" }))
        assertWhole(read, 10)
        const { config } = yield* Effect.promise(() => direct.jsm.consumers.info(logsStream, "detector"))
        for (const [key, value] of Object.entries(kind)) {
          assert.notStrictEqual(config[key as keyof ConsumerConfig], value, key)
        }
      })
    )
  }
})
