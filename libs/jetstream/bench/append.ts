/**
 * How fast records are committed to a log with an expected version, and read again: `npx node libs/jetstream/bench/append.ts [records]`.
 * A real server on this machine; medians of interleaved rounds, beside publishing the same bytes with no expectation at all, and
 * with the expected sequence alone.
 */
import { performance } from "node:perf_hooks"
import { Effect, Layer, Stream } from "effect"
import { applyTopology } from "../src/admin/init.ts"
import { Connection } from "../src/connection/connection.ts"
import { type Entry, WindowsLog } from "../src/ports/versioned-log.ts"
import { encodedHeaders } from "../src/publish/headers.ts"
import { makePublishAll } from "../src/publish/publish-all.ts"
import { TestServer } from "../src/testing/index.ts"
import { windowsSubject } from "../src/topology.ts"
import { layerWindowsLog } from "../src/versioned/versioned-log.ts"

const records = Number(process.argv[2] ?? 100_000)
const recordBytes = 300
const rounds = 5

const data = "x".repeat(recordBytes - 2)
const entries: ReadonlyArray<Entry> = Array.from({ length: records }, () => ({
  subject: windowsSubject,
  data: `"${data}"`,
  epoch: 1
}))

const timed = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const start = performance.now()
    const value = yield* work
    return { value, aSecond: records / ((performance.now() - start) / 1000) }
  })

const median = (values: ReadonlyArray<number>) => [...values].sort((a, b) => a - b)[values.length >> 1]!
const thousands = (values: ReadonlyArray<number>) =>
  `${(median(values) / 1000).toFixed(0)} k/s (${values.map((v) => (v / 1000).toFixed(0)).join(", ")})`

const program = Effect.gen(function* () {
  yield* applyTopology()
  const log = yield* WindowsLog
  const { link } = yield* Connection
  const publishAll = yield* makePublishAll(link)
  const plain = entries.map(() => ({ subject: windowsSubject, data: new TextEncoder().encode(`"${data}"`) }))
  const withSequence = (from: number) =>
    plain.map((message, i) => ({
      ...message,
      headers: encodedHeaders([["Nats-Expected-Last-Sequence", `${from + i}`]])
    }))
  const rates = {
    plain: [] as Array<number>,
    sequence: [] as Array<number>,
    append: [] as Array<number>,
    read: [] as Array<number>
  }
  for (let round = 0; round < rounds; round++) {
    rates.plain.push((yield* timed(publishAll(plain))).aSecond)
    const messages = withSequence(yield* log.lastSeq)
    rates.sequence.push((yield* timed(publishAll(messages))).aSecond)
    const from = yield* log.lastSeq
    rates.append.push((yield* timed(log.append(entries, from))).aSecond)
    let read = 0
    const reading = log.readFrom(from + 1).pipe(
      Stream.runForEachArray((batch) =>
        Effect.sync(() => {
          read += batch.length
        })
      )
    )
    rates.read.push((yield* timed(reading)).aSecond)
    if (read !== records) throw new Error(`read ${read} of ${records}`)
  }
  console.log(`${records} records of ${recordBytes} bytes, ${rounds} rounds`)
  console.log(`published, acknowledged      ${thousands(rates.plain)}`)
  console.log(`with the sequence alone      ${thousands(rates.sequence)}`)
  console.log(`appended, expected version   ${thousands(rates.append)}`)
  console.log(`read                         ${thousands(rates.read)}`)
  console.log(`appended / sequence alone    ${(median(rates.append) / median(rates.sequence)).toFixed(2)}`)
})

const connection = Layer.unwrap(Effect.map(TestServer, (server) => Connection.layer({ servers: [server.url] }))).pipe(
  Layer.provide(TestServer.layer())
)
await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(Layer.provideMerge(layerWindowsLog, connection))))
