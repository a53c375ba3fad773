import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope, Stream } from "effect"
import {
  applyTopology,
  Connection,
  LogsReader,
  LogsWriter,
  layerLogsReader,
  layerLogsWriter,
  logsStream
} from "../src/index.ts"
import { TestServer } from "../src/testing/index.ts"
import { bytes, eventually, following, type Seen, seenIn } from "./logs-tools.ts"

interface Lab {
  readonly reader: LogsReader["Service"]
  readonly connection: Connection["Service"]
  /** Stores so many messages. */
  readonly fill: (count: number) => Effect.Effect<void>
}

const ports = (url: string) =>
  Layer.merge(layerLogsReader, layerLogsWriter()).pipe(Layer.provideMerge(Connection.layer({ servers: [url] })))

const lab = (behaviour: string, body: (lab: Lab) => Effect.Effect<void, unknown, Scope.Scope>) =>
  it.live(
    behaviour,
    () =>
      Effect.gen(function* () {
        const server = yield* TestServer
        yield* Effect.gen(function* () {
          yield* applyTopology()
          const writer = yield* LogsWriter
          const fill = (count: number) =>
            Effect.gen(function* () {
              for (let i = 0; i < count; i++) yield* writer.publish("a", { payload: bytes("x".repeat(1_000)) })
              yield* writer.flush
            }).pipe(Effect.orDie)
          yield* body({ reader: yield* LogsReader, connection: yield* Connection, fill })
        }).pipe(Effect.scoped, Effect.provide(ports(server.url)))
      }).pipe(Effect.scoped, Effect.provide(TestServer.layer({ jetstream: "max_file_store: 64GB" }))),
    60_000
  )

const count = 3_000
const longestMs = 10_000

/** What happens to LOGS or the consumer while a reader is at its first messages, and how many it then reads at least and at most. */
const meanwhile: {
  readonly [what: string]: readonly [happens: (lab: Lab) => Promise<unknown>, least: number, most: number]
} = {
  "nothing happens": [async () => {}, count, count],
  "the last message is deleted": [
    ({ connection: { jsm } }) => jsm.streams.deleteMessage(logsStream, count, false),
    count - 1,
    count - 1
  ],
  "the last half is deleted": [
    async ({ connection: { jsm } }) => {
      for (let seq = count; seq > count / 2; seq--) await jsm.streams.deleteMessage(logsStream, seq, false)
    },
    count / 2,
    count / 2
  ],
  "the first messages are trimmed": [
    ({ connection: { jsm } }) => jsm.streams.purge(logsStream, { seq: count - 10 }),
    11,
    count
  ],
  "everything is purged": [({ connection: { jsm } }) => jsm.streams.purge(logsStream), 1, count - 1],
  "everything is purged and more comes": [
    async ({ connection: { jsm }, fill }) => {
      await jsm.streams.purge(logsStream)
      await Effect.runPromise(fill(10))
    },
    1,
    count - 1
  ],
  "more comes": [({ fill }) => Effect.runPromise(fill(10)), count, count],
  "its consumers are deleted": [
    async ({ connection: { jsm } }) => {
      for await (const { name } of jsm.consumers.list(logsStream)) await jsm.consumers.delete(logsStream, name)
    },
    count,
    count
  ],
  "its consumers are paused": [
    async ({ connection: { jsm } }) => {
      for await (const { name } of jsm.consumers.list(logsStream)) {
        await jsm.consumers.pause(logsStream, name, new Date(Date.now() + 3_600_000))
      }
    },
    count,
    count
  ]
}

describe.each([
  ["of its own", undefined],
  ["that is durable", "detector"]
] as const)("a reading with an end, through a consumer %s,", (_, durable) => {
  for (const [what, [happens, least, most]] of Object.entries(meanwhile)) {
    lab(`comes to it when ${what} meanwhile`, (lab) =>
      Effect.gen(function* () {
        yield* lab.fill(count)
        const seen: Array<Seen> = []
        let first = true
        const options = { fromSeq: 1, throughSeq: count, maxBytes: 1, ...(durable === undefined ? {} : { durable }) }
        yield* lab.reader.read(options).pipe(
          Stream.runForEach(({ batch }) =>
            Effect.gen(function* () {
              seen.push(...seenIn(batch))
              if (!first) return
              first = false
              yield* Effect.promise(() => happens(lab))
            })
          ),
          Effect.timeoutOrElse({
            duration: longestMs,
            orElse: () => Effect.die(new Error(`it has not ended, with ${seen.length} messages read`))
          })
        )
        assert.isAtLeast(seen.length, least)
        assert.isAtMost(seen.length, most)
        assert.isTrue(seen.every(({ seq }, i) => i === 0 || seq > seen[i - 1]!.seq))
      })
    )
  }
})

describe("a reading without an end", () => {
  lab("is at rest behind messages that were deleted from the end of LOGS", ({ reader, connection, fill }) =>
    Effect.gen(function* () {
      yield* fill(10)
      const follower = yield* following(reader.read({ fromSeq: 1 }))
      yield* eventually("all are read", () => follower.seen.length === 10)
      let opened = 0
      const created = `$JS.EVENT.ADVISORY.CONSUMER.CREATED.${logsStream}.>`
      connection.nc.subscribe(created, { callback: () => void opened++ })
      yield* Effect.promise(async () => {
        await connection.jsm.streams.deleteMessage(logsStream, 10, false)
        await connection.jsm.streams.deleteMessage(logsStream, 9, false)
      })
      const again = yield* following(reader.read({ fromSeq: 1 }))
      yield* eventually("what is left is read", () => again.seen.length === 8)
      yield* Effect.sleep(4_000)
      assert.isAtMost(opened, 2)
      yield* fill(1)
      yield* eventually("what comes next is read", () => again.seen.length === 9 && follower.seen.length === 11)
    })
  )

  lab("does not take a consumer that somebody paused for silence", ({ reader, connection: { jsm }, fill }) =>
    Effect.gen(function* () {
      yield* fill(10)
      const follower = yield* following(reader.read({ fromSeq: 1, durable: "detector" }))
      yield* eventually("all are read", () => follower.seen.length === 10)
      yield* Effect.promise(() => jsm.consumers.pause(logsStream, "detector", new Date(Date.now() + 3_600_000)))
      yield* fill(5)
      yield* eventually("what came since is read", () => follower.seen.length === 15)
    })
  )
})
