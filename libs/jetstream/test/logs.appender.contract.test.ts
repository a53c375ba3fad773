import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, type Scope } from "effect"
import {
  applyTopology,
  Connection,
  LogsAppender,
  LogsReader,
  layerLogsAppender,
  layerLogsReader
} from "../src/index.ts"
import { layerLogsAppenderMemory, layerLogsReaderMemory, MemoryServer } from "../src/memory/index.ts"
import { startProxy, TestServer } from "../src/testing/index.ts"
import { bytes } from "./logs-tools.ts"

interface Ports {
  readonly appender: LogsAppender["Service"]
  readonly reader: LogsReader["Service"]
}

const message = (text: string) => ({ payload: bytes(text), headers: { "Chaussettes-Test": text } })

const contract = (
  name: string,
  behaviour: (title: string, body: (ports: Ports) => Effect.Effect<void, unknown, Scope.Scope>) => void
) =>
  describe(name, () => {
    behaviour("appends behind the source's last message, whatever other sources have written since", (ports) =>
      Effect.gen(function* () {
        const { appender, reader } = ports
        const first = yield* appender.append("a", message("one"), 0)
        yield* appender.append("b", message("other"), 0)
        const second = yield* appender.append("a", message("two"), first)
        assert.isAbove(second, first)
        const last = yield* reader.lastOf("a")
        assert.strictEqual(last?.message.seq, second)
        assert.strictEqual(last?.headers["Chaussettes-Test"], "two")
      })
    )

    behaviour("stores nothing where the source's last message is another one", ({ appender, reader }) =>
      Effect.gen(function* () {
        const first = yield* appender.append("a", message("one"), 0)
        for (const expected of [0, first + 1]) {
          const error = yield* Effect.flip(appender.append("a", message("no"), expected))
          assert.strictEqual(error._tag, "Outdated")
        }
        assert.strictEqual((yield* reader.state).messages, 1)
        assert.strictEqual(yield* appender.append("a", message("two"), first), first + 1)
      })
    )

    behaviour("refuses a source whose name cannot be one", ({ appender }) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(appender.append("a *", message("x"), 0)))._tag, "Refused")
      })
    )
  })

contract("LogsAppender in memory", (title, body) =>
  it.effect(title, () =>
    Effect.gen(function* () {
      yield* body({ appender: yield* LogsAppender, reader: yield* LogsReader })
    }).pipe(
      Effect.scoped,
      Effect.provide(
        Layer.merge(layerLogsAppenderMemory, layerLogsReaderMemory).pipe(Layer.provide(MemoryServer.layer))
      )
    )
  )
)

const ports = Layer.merge(layerLogsAppender, layerLogsReader)
const connected = Layer.unwrap(
  Effect.map(TestServer, ({ url }) => Layer.provideMerge(ports, Connection.layer({ servers: [url] })))
).pipe(Layer.provideMerge(TestServer.layer()))

contract("LogsAppender at a server", (title, body) =>
  it.live(title, () =>
    Effect.gen(function* () {
      yield* applyTopology()
      yield* body({ appender: yield* LogsAppender, reader: yield* LogsReader })
    }).pipe(Effect.scoped, Effect.provide(connected))
  )
)

describe("LogsAppender and a connection that breaks", () => {
  it.live("says at once that a message may be stored or not, and goes on when the server is back", () =>
    Effect.gen(function* () {
      const server = yield* TestServer
      yield* applyTopology().pipe(Effect.provide(Connection.layer({ servers: [server.url] })))
      const proxy = yield* Effect.acquireRelease(
        Effect.promise(() => startProxy(server.port)),
        (p) => Effect.promise(() => p.close())
      )
      yield* Effect.gen(function* () {
        const appender = yield* LogsAppender
        const first = yield* appender.append("a", message("one"), 0)
        server.pause()
        const waiting = yield* Effect.forkChild(Effect.flip(appender.append("a", message("two"), first)))
        yield* Effect.sleep(100)
        proxy.cut()
        assert.strictEqual((yield* Fiber.join(waiting))._tag, "Unavailable")
        server.resume()
      }).pipe(Effect.provide(ports.pipe(Layer.provideMerge(Connection.layer({ servers: [proxy.url] })))))
    }).pipe(Effect.scoped, Effect.provide(TestServer.layer()))
  )
})
