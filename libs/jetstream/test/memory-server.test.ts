import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Unavailable } from "../src/errors.ts"
import { makeMemoryServer, networkOf, type Operation } from "../src/memory/server.ts"
import { MemoryStream } from "../src/memory/stream.ts"
import { memoryVersionedLog } from "../src/memory/versioned-log.ts"

const data = new Uint8Array(3)
const message = (id?: string) => ({
  subject: "s",
  data,
  ...(id === undefined ? {} : { headers: { "Nats-Msg-Id": id } })
})
const lost = Effect.fail(new Unavailable({ what: "test", why: "lost" }))

describe("a stream in memory", () => {
  it("knows an id for the duplicate window, and no longer", () => {
    const stream = new MemoryStream("", { duplicateWindowMs: 1_000 })
    assert.deepStrictEqual(stream.append(message("a"), 0), { _tag: "Stored", seq: 1 })
    assert.deepStrictEqual(stream.append(message("a"), 999), { _tag: "Duplicate", seq: 1 })
    assert.deepStrictEqual(stream.append(message("a"), 1_000), { _tag: "Stored", seq: 2 })
    assert.deepStrictEqual(stream.append(message(), 1_000), { _tag: "Stored", seq: 3 })
  })

  it("counts what it holds", () => {
    const stream = new MemoryStream("")
    for (let i = 0; i < 5; i++) stream.append(message(), 0)
    stream.delete(1)
    stream.delete(3)
    assert.deepStrictEqual([stream.firstSeq, stream.lastSeq, stream.messageCount, stream.bytes], [2, 5, 3, 9])
    stream.purge(4)
    assert.deepStrictEqual([stream.firstSeq, stream.lastSeq, stream.messageCount, stream.bytes], [4, 5, 2, 6])
    stream.purge(100)
    assert.deepStrictEqual([stream.firstSeq, stream.lastSeq, stream.messageCount, stream.bytes], [6, 5, 0, 0])
  })
})

describe("the server in memory", () => {
  it.effect("carries each effect of a port as one operation, with its client and its parts", () =>
    Effect.gen(function* () {
      const server = yield* makeMemoryServer
      const seen: Array<Operation> = []
      server.setNetwork(networkOf({ before: (operation) => Effect.sync(() => void seen.push(operation)) }))
      const log = memoryVersionedLog(server, "detector-a", "ALERTS")
      yield* log.append(
        [1, 2, 3].map((i) => ({ subject: "alerts.ip.high", data: `${i}`, epoch: 1 })),
        0
      )
      yield* log.get(2)
      assert.deepStrictEqual(seen, [
        { client: "detector-a", kind: "write", name: "append", stream: "ALERTS", parts: 3 },
        { client: "detector-a", kind: "read", name: "get", stream: "ALERTS", parts: 1 }
      ])
    })
  )

  it.effect("a request that is lost does nothing, one whose answer is lost is done", () =>
    Effect.gen(function* () {
      const server = yield* makeMemoryServer
      const log = memoryVersionedLog(server, "us", "WINDOWS")
      const one = [{ subject: "windows.decided", data: "1", epoch: 1 }]
      server.setNetwork(networkOf({ before: () => lost }))
      assert.strictEqual((yield* Effect.flip(log.append(one, 0)))._tag, "Unavailable")
      assert.strictEqual(server.stream("WINDOWS").lastSeq, 0)
      server.setNetwork(networkOf({ after: () => lost }))
      assert.strictEqual((yield* Effect.flip(log.append(one, 0)))._tag, "Unavailable")
      assert.strictEqual(server.stream("WINDOWS").lastSeq, 1)
    })
  )

  it.effect("a crash while the request travels leaves nothing, one while the answer travels leaves all", () =>
    Effect.gen(function* () {
      const server = yield* makeMemoryServer
      const log = memoryVersionedLog(server, "us", "WINDOWS")
      const crash = (hooks: Parameters<typeof networkOf>[0]) =>
        Effect.gen(function* () {
          server.setNetwork(networkOf(hooks))
          const { lastSeq } = server.stream("WINDOWS")
          const fiber = yield* Effect.forkChild(
            log.append([{ subject: "windows.decided", data: "1", epoch: 1 }], lastSeq)
          )
          yield* TestClock.adjust("1 second")
          yield* Fiber.interrupt(fiber)
          return server.stream("WINDOWS").lastSeq
        })
      assert.strictEqual(yield* crash({ before: () => Effect.sleep("1 minute") }), 0)
      assert.strictEqual(yield* crash({ after: () => Effect.sleep("1 minute") }), 1)
    })
  )

  it.effect("stores by Effect's clock, and calls each life of a stream by another name", () =>
    Effect.gen(function* () {
      const server = yield* makeMemoryServer
      const log = memoryVersionedLog(server, "us", "WINDOWS")
      yield* TestClock.adjust("90 seconds")
      yield* log.append([{ subject: "windows.decided", data: "1", epoch: 1 }], 0)
      assert.strictEqual(server.stream("WINDOWS").get(1)?.storedMs, 90_000)
      const lives = [server.stream("WINDOWS").created]
      for (let i = 0; i < 3; i++) {
        yield* server.recreate("WINDOWS")
        lives.push(server.stream("WINDOWS").created)
      }
      assert.strictEqual(new Set(lives).size, 4)
      assert.match(lives[3]!, /^1970-01-01T00:01:30\.\d{9}Z$/)
    })
  )
})
