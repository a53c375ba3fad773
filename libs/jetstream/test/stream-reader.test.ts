import { assert, it } from "@effect/vitest"
import type { ConsumeOptions, ConsumerInfo, JsMsg } from "@nats-io/jetstream"
import { Effect, Stream } from "effect"
import { type Connection, makeConnection } from "../src/connection/connection.ts"
import { readStream } from "../src/consume/stream-reader.ts"
import { TestServer } from "../src/testing/index.ts"

const count = 20_000

/** A stream of many messages, of which a reader has just got the first one. */
const whileRead = (happens: (connection: Connection["Service"]) => Promise<unknown>) =>
  Effect.gen(function* () {
    const server = yield* TestServer
    const connection = yield* makeConnection({ servers: [server.url] })
    yield* Effect.promise(async () => {
      await connection.jsm.streams.add({ name: "T", subjects: ["t"] })
      for (let i = 0; i < count; i++) connection.nc.publish("t", `${i}`)
      while ((await connection.jsm.streams.info("T")).state.last_seq < count) await connection.nc.flush()
    })
    let first = true
    return yield* readStream(connection, { stream: "T", fromSeq: 1, of: ({ seq }) => seq }).pipe(
      Stream.tap(() => {
        if (!first) return Effect.void
        first = false
        return Effect.promise(() => happens(connection))
      }),
      Stream.runCollect,
      Effect.timeoutOrElse({ duration: "10 seconds", orElse: () => Effect.die(new Error("it has not ended")) })
    )
  }).pipe(Effect.scoped, Effect.provide(TestServer.layer()))

it.live("a reading of a stream to its end comes to it when all that is left is dropped meanwhile", () =>
  Effect.gen(function* () {
    const seqs = yield* whileRead(({ jsm }) => jsm.streams.purge("T"))
    assert.isAtLeast(seqs.length, 1)
    assert.isBelow(seqs.length, count)
    assert.isTrue(seqs.every((seq, i) => seq === i + 1))
  })
)

it.live("and when the first ones of what is left are, behind the hole", () =>
  Effect.gen(function* () {
    const seqs = yield* whileRead(({ jsm }) => jsm.streams.purge("T", { seq: count - 5 }))
    assert.isBelow(seqs.length, count)
    assert.deepStrictEqual(seqs.slice(-6), [19_995, 19_996, 19_997, 19_998, 19_999, 20_000])
  })
)

/** Drops a message once, as a socket that broke unnoticed. */
const losing = (connection: Connection["Service"], lostSeq: number): Connection["Service"] => {
  let isLost = false
  const withoutOne = async function* (messages: AsyncIterable<JsMsg>) {
    for await (const message of messages) {
      if (message.seq === lostSeq && !isLost) isLost = true
      else yield message
    }
  }
  const consumers = {
    getConsumerFromInfo: (info: ConsumerInfo) => ({
      consume: async (options: ConsumeOptions) => {
        const messages = await connection.js.consumers.getConsumerFromInfo(info).consume(options)
        return {
          close: () => messages.close(),
          status: () => messages.status(),
          [Symbol.asyncIterator]: () => withoutOne(messages)
        }
      }
    })
  }
  return { ...connection, js: { consumers } as unknown as Connection["Service"]["js"] }
}

it.live("a message that does not arrive is asked for again, and none is handed on twice", () =>
  Effect.gen(function* () {
    const server = yield* TestServer
    const connection = yield* makeConnection({ servers: [server.url] })
    yield* Effect.promise(async () => {
      await connection.jsm.streams.add({ name: "T", subjects: ["t"] })
      for (let i = 0; i < 9; i++) await connection.js.publish("t", `${i}`)
      await connection.jsm.streams.deleteMessage("T", 3)
    })
    const read = readStream(losing(connection, 6), { stream: "T", fromSeq: 2, of: ({ seq }) => seq })
    assert.deepStrictEqual(yield* Stream.runCollect(read), [2, 4, 5, 6, 7, 8, 9])
  }).pipe(Effect.scoped, Effect.provide(TestServer.layer()))
)
