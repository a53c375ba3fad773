import { assert, layer } from "@effect/vitest"
import { StorageType } from "@nats-io/jetstream"
import { Context, Effect, Fiber, Layer, Stream } from "effect"
import { Connection } from "../src/connection/connection.ts"
import type { StoreError } from "../src/errors.ts"
import { MemoryServer } from "../src/memory/server.ts"
import { layerWindowsLogMemory } from "../src/memory/versioned-log.ts"
import { type Entry, type StoredEntry, WindowsLog } from "../src/ports/versioned-log.ts"
import { TestServer } from "../src/testing/index.ts"
import { windowsStream, windowsSubject } from "../src/topology.ts"
import { layerWindowsLog } from "../src/versioned/versioned-log.ts"
import { seenIn } from "./logs-tools.ts"

/** What an operator or another program does to the stream, behind the port's back. */
class Operator extends Context.Service<
  Operator,
  {
    readonly recreate: Effect.Effect<void>
    readonly delete: (seq: number) => Effect.Effect<void>
    /** Everything below a sequence; without one, everything. */
    readonly purge: (belowSeq?: number) => Effect.Effect<void>
    /** A message without headers, as by `nats pub`. */
    readonly publish: (text: string) => Effect.Effect<void>
  }
>()("test/Operator") {}

const operatorMemory = Layer.effect(
  Operator,
  Effect.gen(function* () {
    const server = yield* MemoryServer
    const stream = server.stream("WINDOWS")
    return Operator.of({
      recreate: server.recreate("WINDOWS"),
      delete: (seq) => Effect.sync(() => void stream.delete(seq)),
      purge: (belowSeq) => Effect.sync(() => stream.purge(belowSeq)),
      publish: (text) =>
        Effect.sync(() => void stream.append({ subject: windowsSubject, data: new TextEncoder().encode(text) }, 0))
    })
  })
)

const operatorNats = Layer.effect(
  Operator,
  Effect.gen(function* () {
    const { js, jsm } = yield* Connection
    return Operator.of({
      // In memory: nats-server 2.15 answers a deletion before the files are gone, and a stream that is made anew at once may
      // take them up again.
      recreate: Effect.promise(async () => {
        await jsm.streams.delete(windowsStream).catch(() => {})
        await jsm.streams.add({
          name: windowsStream,
          subjects: ["windows.*"],
          allow_direct: true,
          storage: StorageType.Memory
        })
      }),
      delete: (seq) => Effect.promise(() => jsm.streams.deleteMessage(windowsStream, seq)),
      purge: (belowSeq) =>
        Effect.promise(() => jsm.streams.purge(windowsStream, belowSeq === undefined ? undefined : { seq: belowSeq })),
      publish: (text) => Effect.promise(() => js.publish(windowsSubject, text))
    })
  })
)

const connection = Layer.provideMerge(
  Layer.unwrap(Effect.map(TestServer, (server) => Connection.layer({ servers: [server.url] }))),
  TestServer.layer()
)

type TextEntry = Entry & { readonly data: string }

const entries = (from: number, count: number, epoch = 1): ReadonlyArray<TextEntry> =>
  Array.from({ length: count }, (_, i) => ({
    subject: windowsSubject,
    data: JSON.stringify({ n: from + i, text: "é€😀" }),
    epoch
  }))

const dataOf = (stored: Iterable<StoredEntry>) => Array.from(stored, ({ data }) => data)
const seqsOf = (stored: Iterable<StoredEntry>) => Array.from(stored, ({ seq }) => seq)

const suite = (name: string, provided: Layer.Layer<WindowsLog | Operator, StoreError>) =>
  layer(provided, { excludeTestServices: true })(`VersionedLog (${name})`, (it) => {
    const test = (
      behaviour: string,
      body: (log: WindowsLog["Service"], operator: Operator["Service"]) => Effect.Effect<void, unknown>
    ) =>
      it.effect(behaviour, () =>
        Effect.gen(function* () {
          const operator = yield* Operator
          yield* operator.recreate
          yield* body(yield* WindowsLog, operator)
        })
      )

    test("an unused stream holds nothing and is at version 0", (log) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* log.lastSeq, 0)
        assert.deepStrictEqual(yield* log.bounds, { firstSeq: 1, lastSeq: 0 })
        assert.isUndefined(yield* log.get(1))
        assert.deepStrictEqual(yield* Stream.runCollect(log.readFrom(1)), [])
      }))

    test("what was appended is read again, byte for byte, with its sequence and epoch", (log) =>
      Effect.gen(function* () {
        const written = [...entries(1, 2, 7), ...entries(3, 1, 8)]
        assert.strictEqual(yield* log.append(written, 0), 3)
        const expected = written.map((entry, i) => ({ ...entry, seq: i + 1 }))
        assert.deepStrictEqual(yield* Stream.runCollect(log.readFrom(1)), expected)
        assert.deepStrictEqual(yield* log.get(3), expected[2])
        assert.deepStrictEqual(yield* log.bounds, { firstSeq: 1, lastSeq: 3 })
      }))

    test("what was appended is read packed, too: byte for byte, between two sequences, over holes", (log, operator) =>
      Effect.gen(function* () {
        const written = entries(1, 3_000)
        yield* log.append(written, 0)
        yield* operator.delete(7)
        const packed = (fromSeq: number, throughSeq?: number) =>
          Effect.map(Stream.runCollect(log.readPacked(fromSeq, throughSeq)), (batches) => batches.flatMap(seenIn))
        const expected = written
          .map(({ subject, data }, i) => ({ seq: i + 1, source: subject, text: data }))
          .filter(({ seq }) => seq !== 7)
        assert.deepStrictEqual(yield* packed(1), expected)
        assert.deepStrictEqual(yield* packed(5, 8), expected.slice(4, 7))
        assert.deepStrictEqual(yield* packed(7, 7), [])
        assert.deepStrictEqual(yield* packed(3_000, 9_000), expected.slice(-1))
        assert.deepStrictEqual(yield* packed(3_001), [])
        yield* operator.purge()
        assert.deepStrictEqual(yield* packed(1), [])
      }))

    test("what is encoded already is stored as it is", (log) =>
      Effect.gen(function* () {
        const texts = entries(1, 3)
        const encoded = texts.map((entry) => ({ ...entry, data: new TextEncoder().encode(entry.data) }))
        yield* log.append(encoded, 0)
        assert.deepStrictEqual(yield* Stream.runCollect(log.readFrom(1)), withSeq(texts))
      }))

    test("appending nothing is done at once, whatever is expected", (log) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* log.append([], 41), 41)
        assert.strictEqual(yield* log.lastSeq, 0)
      }))

    test("a writer that expects too little is refused and stores nothing", (log) =>
      Effect.gen(function* () {
        yield* log.append(entries(1, 3), 0)
        const error = yield* Effect.flip(log.append(entries(90, 4), 2))
        assert.strictEqual(error._tag, "Outdated")
        if (error._tag === "Outdated") assert.deepStrictEqual([error.stream, error.expectedSeq], ["WINDOWS", 2])
        assert.deepStrictEqual(dataOf(yield* Stream.runCollect(log.readFrom(1))), dataOf(withSeq(entries(1, 3))))
      }))

    test("a writer that expects too much is refused and stores nothing", (log) =>
      Effect.gen(function* () {
        yield* log.append(entries(1, 3), 0)
        assert.strictEqual((yield* Effect.flip(log.append(entries(90, 4), 5)))._tag, "Outdated")
        assert.strictEqual(yield* log.lastSeq, 3)
      }))

    test("of two writers that know the same version one is refused, whole", (log) =>
      Effect.gen(function* () {
        const results = yield* Effect.all(
          [log.append(entries(1, 500, 1), 0), log.append(entries(1, 500, 2), 0)].map(Effect.result),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(results.map(({ _tag }) => _tag).sort(), ["Failure", "Success"])
        const epochs = (yield* Stream.runCollect(log.readFrom(1))).map(({ epoch }) => epoch)
        assert.strictEqual(epochs.length, 500)
        assert.strictEqual(new Set(epochs).size, 1)
      }))

    test("many thousand entries in one append keep their order", (log) =>
      Effect.gen(function* () {
        const written = entries(1, 40_000)
        assert.strictEqual(yield* log.append(written, 0), 40_000)
        const read = yield* Stream.runCollect(log.readFrom(1))
        assert.strictEqual(read.length, written.length)
        assert.isTrue(read.every((entry, i) => entry.seq === i + 1 && entry.data === written[i]!.data))
      }))

    test("a message that somebody published by hand has epoch 0 and counts for the version", (log, operator) =>
      Effect.gen(function* () {
        yield* operator.publish("by hand")
        assert.deepStrictEqual(yield* log.get(1), { seq: 1, subject: windowsSubject, data: "by hand", epoch: 0 })
        assert.strictEqual((yield* Effect.flip(log.append(entries(1, 1), 0)))._tag, "Outdated")
        assert.strictEqual(yield* log.append(entries(1, 1), 1), 2)
      }))

    test("reading passes over what was deleted, also at both ends", (log, operator) =>
      Effect.gen(function* () {
        yield* log.append(entries(1, 9), 0)
        for (const seq of [1, 4, 5, 9]) yield* operator.delete(seq)
        assert.isUndefined(yield* log.get(4))
        assert.deepStrictEqual(seqsOf(yield* Stream.runCollect(log.readFrom(1))), [2, 3, 6, 7, 8])
        assert.deepStrictEqual(seqsOf(yield* Stream.runCollect(log.readFrom(5))), [6, 7, 8])
        assert.deepStrictEqual(seqsOf(yield* Stream.runCollect(log.readFrom(9))), [])
        assert.deepStrictEqual(yield* log.bounds, { firstSeq: 2, lastSeq: 9 })
      }))

    test("a purge keeps the version: writing goes on behind it", (log, operator) =>
      Effect.gen(function* () {
        yield* log.append(entries(1, 5), 0)
        yield* operator.purge(4)
        assert.deepStrictEqual(yield* log.bounds, { firstSeq: 4, lastSeq: 5 })
        assert.deepStrictEqual(seqsOf(yield* Stream.runCollect(log.readFrom(1))), [4, 5])
        yield* operator.purge()
        assert.deepStrictEqual(yield* log.bounds, { firstSeq: 6, lastSeq: 5 })
        assert.deepStrictEqual(yield* Stream.runCollect(log.readFrom(1)), [])
        assert.strictEqual(yield* log.append(entries(6, 1), 5), 6)
      }))

    test("a stream that was made anew refuses the version of the old one", (log, operator) =>
      Effect.gen(function* () {
        yield* log.append(entries(1, 5), 0)
        yield* operator.recreate
        assert.strictEqual((yield* Effect.flip(log.append(entries(6, 1), 5)))._tag, "Outdated")
        assert.strictEqual(yield* log.lastSeq, 0)
      }))

    test("reading ends at the last entry of its beginning although others are written meanwhile", (log) =>
      Effect.gen(function* () {
        yield* log.append(entries(1, 3_000), 0)
        let written = 3_000
        const read = yield* log.readFrom(2_999).pipe(
          Stream.tap(() => {
            written += 10
            return log.append(entries(written - 9, 10), written - 10)
          }),
          Stream.runCollect
        )
        assert.deepStrictEqual(seqsOf(read), [2_999, 3_000])
      }))

    test("following gives what is there from a sequence on, and then each new entry", (log) =>
      Effect.gen(function* () {
        yield* log.append(entries(1, 3), 0)
        const following = yield* log.follow(2).pipe(
          Stream.tap(({ seq }) =>
            seq >= 3 && seq < 6 ? Effect.asVoid(log.append(entries(seq + 1, 1), seq)) : Effect.void
          ),
          Stream.take(5),
          Stream.runCollect,
          Effect.forkChild
        )
        assert.deepStrictEqual(seqsOf(yield* Fiber.join(following)), [2, 3, 4, 5, 6])
      }))

    test("following waits for a sequence that is not there yet", (log) =>
      Effect.gen(function* () {
        const following = yield* log.follow(3).pipe(Stream.take(1), Stream.runCollect, Effect.forkChild)
        yield* log.append(entries(1, 2), 0)
        yield* log.append(entries(3, 2), 2)
        assert.deepStrictEqual(seqsOf(yield* Fiber.join(following)), [3])
      }))

    test("following goes on from the first entry of a stream that was made anew", (log, operator) =>
      Effect.gen(function* () {
        yield* log.append(entries(1, 3), 0)
        const following = yield* log.follow(1).pipe(
          Stream.tap(({ seq, epoch }) =>
            seq === 3 && epoch === 1
              ? Effect.andThen(operator.recreate, Effect.asVoid(Effect.orDie(log.append(entries(1, 2, 2), 0))))
              : Effect.void
          ),
          Stream.take(5),
          Stream.runCollect,
          Effect.forkChild
        )
        const read = yield* Fiber.join(following)
        assert.deepStrictEqual(
          read.map(({ seq, epoch }) => [seq, epoch]),
          [
            [1, 1],
            [2, 1],
            [3, 1],
            [1, 2],
            [2, 2]
          ]
        )
      }))
  })

const withSeq = (list: ReadonlyArray<TextEntry>): ReadonlyArray<StoredEntry> =>
  list.map((entry, i) => ({ ...entry, seq: i + 1 }))

suite("memory", Layer.provideMerge(Layer.merge(layerWindowsLogMemory, operatorMemory), MemoryServer.layer))
suite("nats", Layer.merge(layerWindowsLog, operatorNats).pipe(Layer.provide(connection)))
