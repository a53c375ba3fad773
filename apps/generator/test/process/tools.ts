import { join } from "node:path"
import type { Watermark } from "@chaussettes/domain"
import {
  applyTopology,
  Connection,
  LogsReader,
  LogsWriter,
  layerLogsReader,
  layerLogsWriter
} from "@chaussettes/jetstream"
import { type RunningServer, startServer } from "@chaussettes/jetstream/testing"
import { type Program, start as startProgram } from "@chaussettes/testing"
import { Effect, Layer, Stream } from "effect"
import { linesOf } from "../../src/lines/packer.ts"

/** The commands as real processes, against a real server. */

const program = join(import.meta.dirname, "main.ts")

/** Starts `chaussettes …` against a server; without one, where nobody listens. Its standard input is the test's to write. */
export const start = (
  args: ReadonlyArray<string>,
  url = "nats://127.0.0.1:1",
  env: Record<string, string> = {}
): Program => startProgram(process.execPath, [program, ...args], { env: { NATS_URL: url, ...env }, input: "open" })

export interface LogsServer extends RunningServer {
  readonly lastSeq: () => Promise<number>
  /** Payloads and headers of all messages, in order. */
  readonly messages: () => Promise<ReadonlyArray<{ readonly bytes: Uint8Array; readonly watermark: unknown }>>
  /** All lines of all messages from a sequence on, an LF behind each. */
  readonly held: (fromSeq?: number) => Promise<Buffer>
  /** All lines of one source. */
  readonly heldOf: (source: string) => Promise<string>
  /** The last message of a source. */
  readonly lastOf: (source: string) => Promise<{ readonly headers: Readonly<Record<string, string>> } | undefined>
  /** What another program writes to a source. */
  readonly publish: (source: string, text: string, headers: Readonly<Record<string, string>>) => Promise<void>
}

/** A server with the streams. */
export const startLogs = async (): Promise<LogsServer> => {
  const server = await startServer()
  const run = <A, E>(effect: Effect.Effect<A, E, LogsReader | Connection>) =>
    Effect.runPromise(
      Effect.provide(effect, Layer.provideMerge(layerLogsReader, Connection.layer({ servers: [server.url] })))
    )
  await run(applyTopology())
  // Each reading leaves a consumer, which the server keeps for a while and of which it takes only so many: nothing is read twice.
  type Held = ReadonlyArray<{ readonly bytes: Uint8Array; readonly watermark: Watermark | undefined }>
  const known = new Map<string, { readonly lastSeq: number; readonly held: Held }>()
  const messages = (source?: string, fromSeq = 1): Promise<Held> =>
    run(
      Effect.gen(function* () {
        const reader = yield* LogsReader
        const { lastSeq } = yield* reader.state
        if (lastSeq < fromSeq) return []
        const name = `${fromSeq} ${source}`
        const before = known.get(name)
        if (before?.lastSeq === lastSeq) return before.held
        const own = source === undefined ? {} : { source }
        const reads = yield* Stream.runCollect(reader.read({ fromSeq, throughSeq: lastSeq, ...own }))
        const held = reads.flatMap(({ batch }) => {
          const watermarks = new Map(batch.watermarks)
          return Array.from({ length: batch.messages }, (_, i) => ({
            bytes: batch.bytes.slice(batch.offsets[i], batch.offsets[i + 1]),
            watermark: watermarks.get(i)
          }))
        })
        known.set(name, { lastSeq, held })
        return held
      })
    )
  return Object.assign(Object.create(server) as RunningServer, {
    lastSeq: () => run(Effect.flatMap(LogsReader, (reader) => Effect.map(reader.state, (state) => state.lastSeq))),
    messages: () => messages(),
    heldOf: async (source: string) =>
      Buffer.concat((await messages(source)).filter((m) => m.bytes.length > 0).map((m) => linesOf(m.bytes))).toString(),
    lastOf: (source: string) => run(Effect.flatMap(LogsReader, (reader) => reader.lastOf(source))),
    publish: (source: string, text: string, headers: Readonly<Record<string, string>>) =>
      run(
        Effect.gen(function* () {
          const writer = yield* LogsWriter
          yield* writer.publish(source, { payload: Buffer.from(text), headers })
          yield* writer.flush
        }).pipe(Effect.provide(layerLogsWriter()))
      ),
    held: async (fromSeq = 1) =>
      Buffer.concat((await messages(undefined, fromSeq)).filter((m) => m.bytes.length > 0).map((m) => linesOf(m.bytes)))
  })
}
