import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { applyTopology, Connection, LogsReader, layerLogsReader } from "@chaussettes/jetstream"
import { type RunningServer, startServer } from "@chaussettes/jetstream/testing"
import { Effect, Layer, Stream } from "effect"
import { linesOf } from "../../src/replay/packer.ts"

/** The commands as real processes, against a real server. */

export const program = join(import.meta.dirname, "main.ts")

export interface Run {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves to the exit code, or to the signal that ended it. */
  readonly ended: Promise<number | string>
}

const living = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of living) child.kill("SIGKILL")
})

/** Starts `chaussettes …` against a server; without one, where nobody listens. */
export const start = (
  args: ReadonlyArray<string>,
  url = "nats://127.0.0.1:1",
  env: Record<string, string> = {}
): Run => {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NATS_URL: url, ...env },
    stdio: ["pipe", "pipe", "pipe"]
  })
  living.add(child)
  let [stdout, stderr] = ["", ""]
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
  })
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
  })
  // A program that ends leaves its input behind.
  child.stdin!.on("error", () => {})
  const ended = new Promise<number | string>((resolve) =>
    child.once("close", (code, signal) => {
      living.delete(child)
      resolve(code ?? signal!)
    })
  )
  return { child, stdout: () => stdout, stderr: () => stderr, ended }
}

/** Polls until there is a value; fails with what it waited for. */
export const until = async <A>(what: string, poll: () => Promise<A | undefined> | A | undefined): Promise<A> => {
  const deadlineMs = Date.now() + 20_000
  for (;;) {
    const value = await poll()
    if (value !== undefined) return value
    if (Date.now() > deadlineMs) throw new Error(`waited 20 s for ${what}`)
    await delay(5)
  }
}

export interface LogsServer extends RunningServer {
  readonly lastSeq: () => Promise<number>
  /** Payloads and headers of all messages, in order. */
  readonly messages: () => Promise<ReadonlyArray<{ readonly bytes: Uint8Array; readonly watermark: unknown }>>
  /** All lines of all messages, an LF behind each. */
  readonly held: () => Promise<Buffer>
}

/** A server with the streams. */
export const startLogs = async (): Promise<LogsServer> => {
  const server = await startServer()
  const run = <A, E>(effect: Effect.Effect<A, E, LogsReader | Connection>) =>
    Effect.runPromise(
      Effect.provide(effect, Layer.provideMerge(layerLogsReader, Connection.layer({ servers: [server.url] })))
    )
  await run(applyTopology())
  const messages = () =>
    run(
      Effect.gen(function* () {
        const reader = yield* LogsReader
        const { lastSeq } = yield* reader.state
        if (lastSeq === 0) return []
        const reads = yield* Stream.runCollect(reader.read({ fromSeq: 1, throughSeq: lastSeq }))
        return reads.flatMap(({ batch }) => {
          const watermarks = new Map(batch.watermarks)
          return Array.from({ length: batch.messages }, (_, i) => ({
            bytes: batch.bytes.slice(batch.offsets[i], batch.offsets[i + 1]),
            watermark: watermarks.get(i)
          }))
        })
      })
    )
  return Object.assign(Object.create(server) as RunningServer, {
    lastSeq: () => run(Effect.flatMap(LogsReader, (reader) => Effect.map(reader.state, (state) => state.lastSeq))),
    messages,
    held: async () => Buffer.concat((await messages()).filter((m) => m.bytes.length > 0).map((m) => linesOf(m.bytes)))
  })
}
