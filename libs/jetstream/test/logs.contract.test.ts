import { assert, describe, it } from "@effect/vitest"
import { headers as newHeaders } from "@nats-io/transport-node"
import { Context, Effect, Layer, type Scope, Stream } from "effect"
import {
  applyTopology,
  Connection,
  LogsReader,
  LogsWriter,
  layerLogsReader,
  layerLogsWriter,
  logsStream,
  type StoreError
} from "../src/index.ts"
import { layerLogsReaderMemory, layerLogsWriterMemory, MemoryServer } from "../src/memory/index.ts"
import { TestServer } from "../src/testing/index.ts"
import { bytes, eventually, following, readAll, recreateLogs, type Seen } from "./logs-tools.ts"

/** What an operator, or a shipper that is not ours, does behind the ports' back. */
class Operator extends Context.Service<
  Operator,
  {
    readonly recreate: Effect.Effect<void>
    readonly purgeBelow: (seq: number) => Effect.Effect<void>
    readonly deleteMessage: (seq: number) => Effect.Effect<void>
    readonly publish: (subject: string, text: string, headers?: Record<string, string>) => Effect.Effect<void>
  }
>()("test/Operator") {}

const operatorMemory = Layer.effect(
  Operator,
  Effect.gen(function* () {
    const server = yield* MemoryServer
    const stream = server.stream("LOGS")
    return Operator.of({
      recreate: server.recreate("LOGS"),
      purgeBelow: (seq) => Effect.sync(() => stream.purge(seq)),
      deleteMessage: (seq) => Effect.sync(() => void stream.delete(seq)),
      publish: (subject, text, headers) =>
        Effect.sync(
          () => void stream.append({ subject, data: bytes(text), ...(headers === undefined ? {} : { headers }) }, 0)
        )
    })
  })
)

const operatorNats = Layer.effect(
  Operator,
  Effect.gen(function* () {
    const connection = yield* Connection
    const server = yield* TestServer
    const { js, jsm } = connection
    const create = applyTopology().pipe(Effect.provideService(Connection, connection), Effect.orDie)
    return Operator.of({
      recreate: recreateLogs(server, jsm, create),
      purgeBelow: (seq) => Effect.promise(() => jsm.streams.purge(logsStream, { seq })),
      deleteMessage: (seq) => Effect.promise(() => jsm.streams.deleteMessage(logsStream, seq)),
      publish: (subject, text, headers = {}) =>
        Effect.promise(() => {
          const hdrs = newHeaders()
          for (const [name, value] of Object.entries(headers)) hdrs.set(name, value)
          return js.publish(subject, text, { headers: hdrs })
        })
    })
  })
)

const texts = (seen: ReadonlyArray<Seen>) => seen.map(({ text }) => text)
const seqs = (seen: ReadonlyArray<Seen>) => seen.map(({ seq }) => seq)

interface Ports {
  readonly reader: LogsReader["Service"]
  readonly writer: LogsWriter["Service"]
  readonly operator: Operator["Service"]
}

/** Server and ports are built anew for each test. */
const suite = (name: string, provided: Layer.Layer<LogsReader | LogsWriter | Operator, StoreError>) =>
  describe(`LOGS (${name})`, () => {
    const test = (behaviour: string, body: (ports: Ports) => Effect.Effect<void, unknown, Scope.Scope>) =>
      it.live(behaviour, () =>
        Effect.gen(function* () {
          yield* body({ reader: yield* LogsReader, writer: yield* LogsWriter, operator: yield* Operator })
        }).pipe(Effect.scoped, Effect.provide(Layer.fresh(provided)))
      )

    const write = (writer: LogsWriter["Service"], source: string, ...lines: ReadonlyArray<string>) =>
      Effect.gen(function* () {
        for (const line of lines) yield* writer.publish(source, { payload: bytes(line) })
        return yield* writer.flush
      })

    test("the state of a stream that never held anything, of a filled one and of an emptied one", ({
      reader,
      writer,
      operator
    }) =>
      Effect.gen(function* () {
        const empty = yield* reader.state
        assert.deepInclude(empty, { firstSeq: 1, lastSeq: 0, messages: 0 })
        assert.strictEqual(yield* write(writer, "a", "1", "2", "3"), 3)
        const filled = yield* reader.state
        assert.deepInclude(filled, { firstSeq: 1, lastSeq: 3, messages: 3, created: empty.created })
        assert.isAbove(filled.bytes, 0)
        yield* operator.purgeBelow(3)
        assert.deepInclude(yield* reader.state, { firstSeq: 3, lastSeq: 3, messages: 1 })
        yield* operator.purgeBelow(4)
        assert.deepInclude(yield* reader.state, { firstSeq: 4, lastSeq: 3, messages: 0 })
        yield* operator.recreate
        assert.notStrictEqual((yield* reader.state).created, empty.created)
      }))

    test("what is written is read in its order, with its source and bytes", ({ reader, writer }) =>
      Effect.gen(function* () {
        yield* writer.publish("web-1", { payload: bytes("one\ntwo") })
        yield* writer.publish("web-2.example.com", { payload: bytes("é\u0000\xff") })
        yield* writer.publish("web-1", { payload: new Uint8Array(0) })
        yield* writer.flush
        assert.deepStrictEqual(yield* readAll(reader.read({ fromSeq: 1, throughSeq: 3 })), [
          { seq: 1, source: "web-1", text: "one\ntwo" },
          { seq: 2, source: "web-2.example.com", text: "é\u0000\xff" },
          { seq: 3, source: "web-1", text: "" }
        ])
      }))

    test("messages carry the time at which they were stored", ({ reader, writer }) =>
      Effect.gen(function* () {
        yield* write(writer, "a", "1", "2")
        const [read] = yield* Stream.runCollect(reader.read({ fromSeq: 1, throughSeq: 2 }))
        const stored = yield* reader.get(1)
        assert.strictEqual(read!.batch.storedMs[0], stored!.storedMs)
        assert.isAtLeast(read!.batch.storedMs[1]!, read!.batch.storedMs[0]!)
        assert.isBelow(Math.abs(stored!.storedMs - Date.now()), 60_000)
      }))

    test("an empty stream says at once that silence is silence", ({ reader, writer }) =>
      Effect.gen(function* () {
        const follower = yield* following(reader.read({ fromSeq: 1 }))
        yield* eventually("it says so", () => follower.caughtUp)
        assert.deepStrictEqual(follower.seen, [])
        yield* write(writer, "a", "1")
        yield* eventually("the line is read", () => follower.seen.length === 1)
        assert.isTrue(follower.caughtUp)
      }))

    test("it goes on with each new message, and knows when it has read all", ({ reader, writer }) =>
      Effect.gen(function* () {
        yield* write(writer, "a", "1", "2")
        const follower = yield* following(reader.read({ fromSeq: 2 }))
        yield* eventually("it has caught up", () => follower.caughtUp)
        assert.deepStrictEqual(seqs(follower.seen), [2])
        yield* write(writer, "a", "3")
        yield* write(writer, "b", "4")
        yield* eventually("both are read", () => follower.seen.length === 3)
        assert.deepStrictEqual(texts(follower.seen), ["2", "3", "4"])
        assert.isTrue(follower.caughtUp)
      }))

    test("it ends after the sequence asked for, and not one message later", ({ reader, writer }) =>
      Effect.gen(function* () {
        yield* write(writer, "a", "1", "2", "3", "4")
        assert.deepStrictEqual(seqs(yield* readAll(reader.read({ fromSeq: 2, throughSeq: 3 }))), [2, 3])
        assert.deepStrictEqual(seqs(yield* readAll(reader.read({ fromSeq: 4, throughSeq: 4 }))), [4])
        assert.deepStrictEqual(yield* readAll(reader.read({ fromSeq: 4, throughSeq: 3 })), [])
      }))

    test("it ends where the last sequence asked for is held no more", ({ reader, writer, operator }) =>
      Effect.gen(function* () {
        yield* write(writer, "a", "1", "2", "3", "4", "5")
        yield* operator.deleteMessage(4)
        assert.deepStrictEqual(seqs(yield* readAll(reader.read({ fromSeq: 1, throughSeq: 4 }))), [1, 2, 3])
        yield* operator.deleteMessage(5)
        assert.deepStrictEqual(seqs(yield* readAll(reader.read({ fromSeq: 1, throughSeq: 5 }))), [1, 2, 3])
        yield* operator.purgeBelow(6)
        assert.deepStrictEqual(yield* readAll(reader.read({ fromSeq: 1, throughSeq: 5 })), [])
      }))

    test("it waits for a last sequence that is not there yet", ({ reader, writer }) =>
      Effect.gen(function* () {
        yield* write(writer, "a", "1")
        const follower = yield* following(reader.read({ fromSeq: 1, throughSeq: 2 }))
        yield* eventually("it has caught up", () => follower.caughtUp)
        assert.isFalse(follower.ended)
        yield* write(writer, "a", "2", "3")
        yield* eventually("it ends", () => follower.ended)
        assert.deepStrictEqual(seqs(follower.seen), [1, 2])
      }))

    test("where messages are missing the sequences jump, at the front and in the middle", ({
      reader,
      writer,
      operator
    }) =>
      Effect.gen(function* () {
        yield* write(writer, "a", "1", "2", "3", "4", "5", "6")
        yield* operator.purgeBelow(3)
        yield* operator.deleteMessage(5)
        assert.deepStrictEqual(seqs(yield* readAll(reader.read({ fromSeq: 1, throughSeq: 6 }))), [3, 4, 6])
      }))

    test("a filter gives one source only", ({ reader, writer }) =>
      Effect.gen(function* () {
        yield* write(writer, "a", "1", "2")
        yield* write(writer, "b", "3")
        yield* write(writer, "a", "4")
        yield* write(writer, "a.b", "5")
        const read = yield* readAll(reader.read({ fromSeq: 2, throughSeq: 5, source: "a" }))
        assert.deepStrictEqual(seqs(read), [2, 4])
        assert.deepStrictEqual(yield* readAll(reader.read({ fromSeq: 1, throughSeq: 5, source: "nobody" })), [])
      }))

    test("a message may be punctuation, and a bad one is a message all the same", ({ reader, writer, operator }) =>
      Effect.gen(function* () {
        yield* writer.publish("a", { payload: bytes(""), watermark: Date.UTC(2015, 4, 17, 10, 5, 3, 250) })
        yield* writer.publish("a", { payload: bytes("last"), watermark: "end", headers: { "X-Other": "1" } })
        yield* writer.flush
        yield* operator.publish("logs.a", "3", { "Chaussettes-Watermark": "2015-05-17T10:05:03+02:00" })
        yield* operator.publish("logs.a", "4", { "Chaussettes-Watermark": "tomorrow" })
        yield* operator.publish("logs.a", "5", { "X-Other": "Chaussettes-Watermark: end" })
        yield* operator.publish("logs.a", "6", { "X-Other": "1" })
        const expected: ReadonlyArray<Seen> = [
          { seq: 1, source: "a", text: "", watermark: Date.UTC(2015, 4, 17, 10, 5, 3, 250) },
          { seq: 2, source: "a", text: "last", watermark: "end" },
          { seq: 3, source: "a", text: "3", watermark: Date.UTC(2015, 4, 17, 8, 5, 3) },
          { seq: 4, source: "a", text: "4" },
          { seq: 5, source: "a", text: "5" },
          { seq: 6, source: "a", text: "6" }
        ]
        assert.deepStrictEqual(yield* readAll(reader.read({ fromSeq: 1, throughSeq: 6 })), expected)
        for (const { seq, watermark } of expected) assert.strictEqual((yield* reader.get(seq))!.watermark, watermark)
      }))

    test("a message may declare the format of its lines, and none does for another", ({ reader, writer, operator }) =>
      Effect.gen(function* () {
        const pattern = '$remote_addr [$time_local] "$request" $status'
        yield* writer.publish("a", { payload: bytes("1"), headers: { "Chaussettes-Format": "combined" } })
        yield* writer.publish("a", { payload: bytes("2"), headers: { "Chaussettes-Format": "combined" } })
        yield* writer.publish("b", { payload: bytes("3") })
        yield* writer.flush
        yield* operator.publish("logs.a", "4", { "X-Other": "1", "Chaussettes-Format": pattern })
        yield* operator.publish("logs.a", "5", { "Chaussettes-Format": "" })
        const expected: ReadonlyArray<Seen> = [
          { seq: 1, source: "a", text: "1", format: "combined" },
          { seq: 2, source: "a", text: "2", format: "combined" },
          { seq: 3, source: "b", text: "3" },
          { seq: 4, source: "a", text: "4", format: pattern },
          { seq: 5, source: "a", text: "5" }
        ]
        assert.deepStrictEqual(yield* readAll(reader.read({ fromSeq: 1, throughSeq: 5 })), expected)
        assert.deepStrictEqual(yield* readAll(reader.read({ fromSeq: 2, throughSeq: 5 })), expected.slice(1))
        for (const { seq, format } of expected) assert.strictEqual((yield* reader.get(seq))!.format, format)
      }))

    test("one message is fetched by its sequence, where it is held", ({ reader, writer, operator }) =>
      Effect.gen(function* () {
        yield* write(writer, "a", "1", "2")
        yield* operator.deleteMessage(1)
        const message = yield* reader.get(2)
        assert.deepInclude(message, { seq: 2, source: "a" })
        assert.strictEqual(Buffer.from(message!.bytes).toString(), "2")
        for (const seq of [0, 1, 3, 1_000]) assert.isUndefined(yield* reader.get(seq))
      }))

    test("the last message of a source comes with the headers its writer gave it", ({ reader, writer }) =>
      Effect.gen(function* () {
        assert.isUndefined(yield* reader.lastOf("a"))
        yield* write(writer, "a", "1")
        yield* writer.publish("a", {
          payload: bytes("2"),
          headers: { "Nats-Msg-Id": "f.17", "Chaussettes-Offset": "99" }
        })
        yield* write(writer, "b", "3")
        const last = yield* reader.lastOf("a")
        assert.deepInclude(last!.message, { seq: 2, source: "a" })
        assert.deepStrictEqual(last!.headers, { "Nats-Msg-Id": "f.17", "Chaussettes-Offset": "99" })
      }))

    test("a message that is written again with its identity is stored once", ({ reader, writer }) =>
      Effect.gen(function* () {
        for (const id of ["x", "y", "x"]) {
          yield* writer.publish("a", { payload: bytes(id), headers: { "Nats-Msg-Id": id } })
        }
        assert.strictEqual(yield* writer.flush, 2)
        assert.deepStrictEqual(texts(yield* readAll(reader.read({ fromSeq: 1, throughSeq: 2 }))), ["x", "y"])
      }))

    test("a name that cannot be a source and a message that is too large are refused, and the writer goes on", ({
      reader,
      writer
    }) =>
      Effect.gen(function* () {
        for (const source of ["", "a b", "a*", ">", ".a", "a.", "a..b", "a\u0007", "x".repeat(256)]) {
          const error = yield* Effect.flip(writer.publish(source, { payload: bytes("1") }))
          assert.strictEqual(error._tag, "Refused")
          assert.strictEqual((yield* Effect.flip(reader.lastOf(source)))._tag, "Refused")
          assert.strictEqual((yield* Effect.flip(Stream.runDrain(reader.read({ fromSeq: 1, source }))))._tag, "Refused")
        }
        const large = yield* Effect.flip(writer.publish("a", { payload: new Uint8Array(1024 * 1024) }))
        assert.strictEqual(large._tag, "Refused")
        assert.match(large.why, /and a message may have at most 1048576/)
        const headers = { "X-Bad": "line\r\nend" }
        assert.strictEqual((yield* Effect.flip(writer.publish("a", { payload: bytes("1"), headers })))._tag, "Refused")
        assert.strictEqual(yield* write(writer, "a", "1"), 1)
      }))

    test("many thousand messages are read whole and in order, however little may be under way", ({ reader, writer }) =>
      Effect.gen(function* () {
        const count = 20_000
        for (let i = 1; i <= count; i++) {
          yield* writer.publish(`source-${i % 3}`, { payload: bytes(`line ${i} ${"x".repeat(i % 200)}`) })
        }
        assert.strictEqual(yield* writer.flush, count)
        for (const maxBytes of [1, 100_000, 16 * 1024 * 1024]) {
          const read = yield* readAll(reader.read({ fromSeq: 1, throughSeq: count, maxBytes }))
          assert.strictEqual(read.length, count)
          for (const [i, { seq, source, text }] of read.entries()) {
            const n = i + 1
            if (
              seq !== n ||
              source !== `source-${n % 3}` ||
              !text.startsWith(`line ${n} x`.slice(0, 6 + `${n}`.length))
            ) {
              assert.fail(`message ${n} was read as ${seq} of ${source}: ${text}`)
            }
          }
        }
      }))

    test("messages larger than all that may be under way are read, among small ones", ({ reader, writer }) =>
      Effect.gen(function* () {
        const sizes = [10, 900_000, 10, 500_000, 1_000_000, 20]
        for (const size of sizes) yield* writer.publish("a", { payload: new Uint8Array(size) })
        yield* writer.flush
        const read = yield* readAll(reader.read({ fromSeq: 1, throughSeq: sizes.length, maxBytes: 1_000 }))
        assert.deepStrictEqual(
          read.map(({ text }) => text.length),
          sizes
        )
      }))

    test("a slow reader gets everything, too", ({ reader, writer }) =>
      Effect.gen(function* () {
        const count = 2_000
        for (let i = 1; i <= count; i++) yield* writer.publish("a", { payload: new Uint8Array(1_000) })
        yield* writer.flush
        let read = 0
        yield* Stream.runForEach(reader.read({ fromSeq: 1, throughSeq: count, maxBytes: 100_000 }), ({ batch }) =>
          Effect.andThen(
            Effect.sleep(2),
            Effect.sync(() => {
              for (const seq of batch.seqs) assert.strictEqual(seq, ++read)
            })
          )
        )
        assert.strictEqual(read, count)
      }))

    test("a reader that is left in the middle leaves nothing behind that disturbs the next one", ({ reader, writer }) =>
      Effect.gen(function* () {
        const count = 5_000
        for (let i = 1; i <= count; i++) yield* writer.publish("a", { payload: bytes(`${i}`) })
        yield* writer.flush
        const first = yield* Stream.runCollect(Stream.take(reader.read({ fromSeq: 1 }), 1))
        assert.isAbove(first[0]!.batch.messages, 0)
        assert.strictEqual((yield* readAll(reader.read({ fromSeq: 1, throughSeq: count }))).length, count)
      }))

    test("a stream that was made anew is not read on", ({ reader, writer, operator }) =>
      Effect.gen(function* () {
        yield* write(writer, "a", "1", "2", "3")
        const follower = yield* following(reader.read({ fromSeq: 1 }))
        yield* eventually("it has caught up", () => follower.caughtUp && follower.seen.length === 3)
        yield* operator.recreate
        yield* operator.publish("logs.a", "another 1")
        yield* eventually("it fails", () => follower.error !== undefined)
        assert.strictEqual(follower.error!._tag, "Refused")
        assert.strictEqual(follower.seen.length, 3)
      }))

    test("a sequence beyond the end of the stream says that it was made anew", ({ reader, writer }) =>
      Effect.gen(function* () {
        yield* write(writer, "a", "1", "2")
        const error = yield* Effect.flip(Stream.runDrain(reader.read({ fromSeq: 4 })))
        assert.strictEqual(error._tag, "Refused")
        assert.match(error.why, /LOGS ends at 2, before the sequence 4/)
      }))
  })

suite(
  "memory",
  Layer.mergeAll(layerLogsReaderMemory, layerLogsWriterMemory, operatorMemory).pipe(Layer.provide(MemoryServer.layer))
)

const server = TestServer.layer({ jetstream: "max_file_store: 64GB" })
const connection = Layer.unwrap(Effect.map(TestServer, ({ url }) => Connection.layer({ servers: [url] })))
const topology = Layer.effectDiscard(applyTopology())

suite(
  "nats",
  Layer.mergeAll(layerLogsReader, layerLogsWriter(), operatorNats).pipe(
    Layer.provideMerge(topology),
    Layer.provideMerge(connection),
    Layer.provideMerge(server)
  )
)
