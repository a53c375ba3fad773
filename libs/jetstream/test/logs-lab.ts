import { assert, it } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import {
  applyTopology,
  Connection,
  type ConnectionSettings,
  LogsReader,
  LogsWriter,
  layerLogsReader,
  layerLogsWriter,
  type WriterOptions
} from "../src/index.ts"
import { type RunningServer, startProxy, type TcpProxy, TestServer } from "../src/testing/index.ts"
import { bytes } from "./logs-tools.ts"

export interface Lab {
  readonly server: RunningServer
  /** Between the ports under test and the server. */
  readonly proxy: TcpProxy
  readonly reader: LogsReader["Service"]
  readonly writer: LogsWriter["Service"]
  /** Past the proxy: what an onlooker sees and does. */
  readonly direct: Connection["Service"]
}

const ports = (settings: ConnectionSettings, options: WriterOptions = {}) =>
  Layer.merge(layerLogsReader, layerLogsWriter(options)).pipe(Layer.provideMerge(Connection.layer(settings)))

/** A behaviour over a real server that can be killed, behind a proxy that can be cut. */
export const lab = (
  behaviour: string,
  body: (lab: Lab) => Effect.Effect<void, unknown, Scope.Scope>,
  { config = "", ...options }: WriterOptions & { readonly config?: string } = {}
) =>
  it.live(
    behaviour,
    () =>
      Effect.gen(function* () {
        const server = yield* TestServer
        const proxy = yield* Effect.acquireRelease(
          Effect.promise(() => startProxy(server.port)),
          (p) => Effect.promise(() => p.close())
        )
        const scope = yield* Scope.make()
        const direct = yield* Layer.build(Connection.layer({ servers: [server.url] })).pipe(Scope.provide(scope))
        const connection = yield* Connection.pipe(Effect.provide(direct))
        yield* applyTopology().pipe(Effect.provide(direct))
        yield* Effect.gen(function* () {
          yield* body({ server, proxy, reader: yield* LogsReader, writer: yield* LogsWriter, direct: connection })
        }).pipe(Effect.scoped, Effect.provide(ports({ servers: [proxy.url] }, { closeMs: 100, ...options })))
        yield* Scope.close(scope, Exit.void)
      }).pipe(Effect.scoped, Effect.provide(TestServer.layer({ jetstream: "max_file_store: 64GB", config }))),
    60_000
  )

export const fill = (writer: LogsWriter["Service"], count: number, from = 1) =>
  Effect.gen(function* () {
    for (let i = from; i < from + count; i++) {
      yield* writer.publish("a", { payload: bytes(`line ${i} ${"x".repeat(i % 300)}`) })
    }
    return yield* writer.flush
  })

/** Every line once, in order: sequences and texts count up together. */
export const assertWhole = (seen: ReadonlyArray<{ readonly seq: number; readonly text: string }>, count: number) => {
  assert.strictEqual(seen.length, count)
  for (const [i, { seq, text }] of seen.entries()) {
    if (seq !== i + 1 || !text.startsWith(`line ${i + 1} `)) assert.fail(`${seq} ${text} stands at place ${i + 1}`)
  }
}
