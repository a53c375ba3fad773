/**
 * How fast LOGS is read, and nothing else: `npx node libs/jetstream/bench/read.ts [lines] [rounds]`.
 * Beside each rate stands the one of the client's own `consume` callback on the same stream, in the same run: the limit.
 */
import { AckPolicy, type ConsumerMessages, DeliverPolicy } from "@nats-io/jetstream"
import { Effect, Layer, Stream } from "effect"
import { applyTopology, Connection, LogsReader, LogsWriter, layerLogsReader, layerLogsWriter } from "../src/index.ts"
import { startServer } from "../src/testing/index.ts"

const lines = Number(process.argv[2] ?? 2_000_000)
const rounds = Number(process.argv[3] ?? 5)
const line = `${'192.168.1.42 - - [17/May/2015:10:05:03 +0000] "GET /produit/chaussette-17 HTTP/1.1" 200 2326 "http://example.com/" "Mozilla/5.0 (X11; Linux x86_64)"'.padEnd(236, " ")}\n`

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1]!
const k = (rate: number): string => `${Math.round(rate / 1_000)} k`

const viaPort = (messages: number) =>
  Effect.gen(function* () {
    const reader = yield* LogsReader
    let [seen, batches] = [0, 0]
    const start = performance.now()
    yield* Stream.runForEach(reader.read({ fromSeq: 1, throughSeq: messages }), ({ batch }) =>
      Effect.sync(() => {
        seen += batch.messages
        batches++
      })
    )
    const ms = performance.now() - start
    if (seen !== messages) throw new Error(`${seen} of ${messages} messages were read`)
    return { ms, batches }
  })

const viaCallback = (messages: number, linesAMessage: number) =>
  Effect.gen(function* () {
    const { js, jsm } = yield* Connection
    return yield* Effect.promise(async () => {
      const { name } = await jsm.consumers.add("LOGS", {
        name: "bench",
        ack_policy: AckPolicy.None,
        deliver_policy: DeliverPolicy.All,
        inactive_threshold: 60_000_000_000
      })
      const consumer = await js.consumers.get("LOGS", name)
      const start = performance.now()
      let seen = 0
      let running: ConsumerMessages | undefined
      await new Promise<void>((resolve) => {
        void consumer
          .consume({
            max_messages: Math.max(100, Math.min(10_000, Math.floor(100_000 / linesAMessage))),
            callback: () => {
              if (++seen === messages) resolve()
            }
          })
          .then((iterator) => {
            running = iterator
          })
      })
      const ms = performance.now() - start
      running?.stop()
      await jsm.consumers.delete("LOGS", name)
      return ms
    })
  })

const measure = (linesAMessage: number) =>
  Effect.gen(function* () {
    const { jsm } = yield* Connection
    const writer = yield* LogsWriter
    yield* applyTopology()
    yield* Effect.promise(() => jsm.streams.purge("LOGS"))
    const payload = Buffer.from(line.repeat(linesAMessage))
    const messages = Math.floor(lines / linesAMessage)
    const start = performance.now()
    for (let i = 0; i < messages; i++) yield* writer.publish("bench", { payload })
    yield* writer.flush
    const writeMs = performance.now() - start
    const port: Array<number> = []
    const raw: Array<number> = []
    let batches = 0
    for (let round = 0; round < rounds; round++) {
      const read = yield* viaPort(messages)
      port.push((messages * linesAMessage) / (read.ms / 1_000))
      batches = read.batches
      raw.push((messages * linesAMessage) / ((yield* viaCallback(messages, linesAMessage)) / 1_000))
    }
    const ratio = (median(port) / median(raw)).toFixed(2)
    const written = k((messages * linesAMessage) / (writeMs / 1_000))
    console.log(
      `${`${linesAMessage}`.padStart(4)} lines a message: read ${k(median(port)).padStart(7)} lines/s (${k(Math.min(...port))}–${k(Math.max(...port))}), ` +
        `client's callback ${k(median(raw)).padStart(7)}, ratio ${ratio}; ${Math.round(messages / batches)} messages a batch; written ${written} lines/s`
    )
  })

for (const linesAMessage of [1, 50, 500]) {
  const server = await startServer({ jetstream: "max_file_store: 64GB" })
  try {
    const connection = Connection.layer({ servers: [server.url] })
    const layers = Layer.mergeAll(layerLogsReader, layerLogsWriter()).pipe(Layer.provideMerge(connection))
    await Effect.runPromise(Effect.provide(measure(linesAMessage), layers))
  } finally {
    await server.stop()
  }
}
