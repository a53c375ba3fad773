import { type Checkpoint, checkpointSchema, type Tally, tallySchema } from "@chaussettes/domain"
import { assert, layer } from "@effect/vitest"
import { StorageType } from "@nats-io/jetstream"
import { Kvm } from "@nats-io/kv"
import { Context, Effect, Layer } from "effect"
import { Connection } from "../src/connection/connection.ts"
import type { StoreError } from "../src/errors.ts"
import { layerDetectorState } from "../src/kv/detector-state.ts"
import { layerDetectorStateMemory } from "../src/memory/detector-state.ts"
import { MemoryServer } from "../src/memory/server.ts"
import { kvOperationHeader } from "../src/memory/stream.ts"
import { DetectorState } from "../src/ports/detector-state.ts"
import { TestServer } from "../src/testing/index.ts"

/** Somebody at the `nats` CLI. */
class Operator extends Context.Service<
  Operator,
  {
    readonly recreate: Effect.Effect<void>
    readonly delete: (key: string) => Effect.Effect<void>
    readonly put: (key: string, text: string) => Effect.Effect<void>
  }
>()("test/Operator") {}

const operatorMemory = Layer.effect(
  Operator,
  Effect.gen(function* () {
    const server = yield* MemoryServer
    const stream = server.stream("KV_detector")
    const append = (key: string, text: string, headers: Record<string, string> = {}) =>
      Effect.sync(() => void stream.append({ subject: key, data: new TextEncoder().encode(text), headers }, 1))
    return Operator.of({
      recreate: server.recreate("KV_detector"),
      delete: (key) => append(key, "", { [kvOperationHeader]: "DEL" }),
      put: (key, text) => append(key, text)
    })
  })
)

const operatorNats = Layer.effect(
  Operator,
  Effect.gen(function* () {
    const { js, jsm } = yield* Connection
    const bucket = () => new Kvm(js).open("detector")
    return Operator.of({
      // In memory: nats-server 2.15 answers a deletion before the files are gone, and a stream that is made anew at once may
      // take them up again.
      recreate: Effect.promise(async () => {
        await jsm.streams.delete("KV_detector").catch(() => {})
        await new Kvm(js).create("detector", { history: 1, storage: StorageType.Memory })
      }),
      delete: (key) => Effect.promise(async () => (await bucket()).delete(key)),
      put: (key, text) => Effect.promise(async () => void (await (await bucket()).put(key, text)))
    })
  })
)

const connection = Layer.provideMerge(
  Layer.unwrap(Effect.map(TestServer, (server) => Connection.layer({ servers: [server.url] }))),
  TestServer.layer()
)

const checkpoint: Checkpoint = {
  schema: checkpointSchema,
  resume_seq: 17,
  highest_seq: 4_000_000_000,
  logs_created: "2026-11-24T10:00:00.123456789Z",
  decided_through_ms: 1_432_144_800_000,
  clock_ms: 1_432_144_810_123,
  sources: [
    {
      name: "web é",
      max_event_ms: 1_432_144_805_000,
      promised_ms: null,
      ended: false,
      last_seen_ms: 1_432_144_810_000
    },
    { name: "old", max_event_ms: null, promised_ms: 5, ended: true, last_seen_ms: 0 }
  ],
  windows_seq: 12,
  alerts_seq: 0
}

const counts = { lines: 5, revised: 1, late: 2, rejected: { prefix: 2 } }
const tally: Tally = {
  schema: tallySchema,
  at_ms: 1_432_144_810_123,
  span_ms: 300_000,
  total: counts,
  off_clock: 1,
  sources: [
    {
      name: "web é",
      ...counts,
      offset_ms: 0,
      delay_ms: { p10: -7_200_500, median: -7_200_000, p90: -7_199_000 },
      disorder_ms: null,
      lateness_ms: 5_000,
      usual_gap_ms: 40_000,
      clock: { kind: "zone", ahead_ms: 7_200_000 }
    }
  ],
  others: { sources: 3, total: counts }
}

const suite = (name: string, provided: Layer.Layer<DetectorState | Operator, StoreError>) =>
  layer(provided, { excludeTestServices: true })(`DetectorState (${name})`, (it) => {
    const test = (
      behaviour: string,
      body: (state: DetectorState["Service"], operator: Operator["Service"]) => Effect.Effect<void, unknown>
    ) =>
      it.effect(behaviour, () =>
        Effect.gen(function* () {
          const operator = yield* Operator
          yield* operator.recreate
          yield* body(yield* DetectorState, operator)
        })
      )

    test("there is no checkpoint at first, nor after it was deleted", (state, operator) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* state.readCheckpoint, { _tag: "Missing" })
        yield* state.writeCheckpoint(checkpoint)
        yield* operator.delete("checkpoint")
        assert.deepStrictEqual(yield* state.readCheckpoint, { _tag: "Missing" })
      }))

    test("the last checkpoint that was written is read, field by field", (state) =>
      Effect.gen(function* () {
        yield* state.writeCheckpoint({ ...checkpoint, decided_through_ms: null, sources: [] })
        yield* state.writeCheckpoint(checkpoint)
        assert.deepStrictEqual(yield* state.readCheckpoint, { _tag: "Found", checkpoint })
      }))

    test("a field of a later version does not keep a checkpoint from being read", (state, operator) =>
      Effect.gen(function* () {
        yield* operator.put("checkpoint", JSON.stringify({ ...checkpoint, later: { anything: 1 } }))
        assert.deepStrictEqual(yield* state.readCheckpoint, { _tag: "Found", checkpoint })
      }))

    test("the last tally that was written is read, field by field; there is none at first", (state, operator) =>
      Effect.gen(function* () {
        assert.isUndefined(yield* state.readTally)
        yield* state.writeTally({ ...tally, sources: [], others: null })
        yield* state.writeTally(tally)
        assert.deepStrictEqual(yield* state.readTally, tally)
        yield* operator.delete("tally")
        assert.isUndefined(yield* state.readTally)
      }))

    test("a tally that is none, or of another version, is passed over", (state, operator) =>
      Effect.gen(function* () {
        for (const text of ["", "[1]", JSON.stringify({ ...tally, schema: "chaussettes.tally.v2" })]) {
          yield* operator.put("tally", text)
          assert.isUndefined(yield* state.readTally)
        }
      }))

    const damages: ReadonlyArray<readonly [what: string, text: string, why: RegExp]> = [
      ["no JSON", '{"schema":', /not JSON/],
      ["empty", "", /not JSON/],
      ["no object", "[1]", /not a JSON object/],
      ["of no version", JSON.stringify({ ...checkpoint, schema: undefined }), /schema is none/],
      ["of another version", JSON.stringify({ ...checkpoint, schema: "chaussettes.checkpoint.v2" }), /checkpoint\.v2/],
      ["without a sequence", JSON.stringify({ ...checkpoint, resume_seq: undefined }), /resume_seq/],
      ["with a negative sequence", JSON.stringify({ ...checkpoint, highest_seq: -1 }), /highest_seq/],
      ["with a text for a number", JSON.stringify({ ...checkpoint, clock_ms: "12" }), /clock_ms/],
      ["with a damaged source", JSON.stringify({ ...checkpoint, sources: [{ name: "a" }] }), /sources/]
    ]
    for (const [what, text, why] of damages) {
      test(`a checkpoint that is ${what} is damaged, and it is said why, in one line`, (state, operator) =>
        Effect.gen(function* () {
          yield* operator.put("checkpoint", text)
          const read = yield* state.readCheckpoint
          assert.strictEqual(read._tag, "Damaged")
          if (read._tag === "Damaged") {
            assert.match(read.why, why)
            assert.notInclude(read.why, "\n")
          }
        }))
    }

    test("the lease is free at first; who takes it is told its revision and the server's time", (state) =>
      Effect.gen(function* () {
        assert.isUndefined(yield* state.readLease)
        const before = Date.now()
        const taken = yield* state.writeLease({ holder: "a", generation: 1 }, 0)
        assert.deepStrictEqual([taken.holder, taken.generation], ["a", 1])
        assert.isTrue(taken.renewedMs >= before - 1_000 && taken.renewedMs <= Date.now() + 1_000)
        assert.deepStrictEqual(yield* state.readLease, taken)
      }))

    test("of two that find the lease free one gets it", (state) =>
      Effect.gen(function* () {
        const take = (holder: string) => Effect.result(state.writeLease({ holder, generation: 1 }, 0))
        const results = yield* Effect.all([take("a"), take("b")], { concurrency: "unbounded" })
        assert.deepStrictEqual(results.map(({ _tag }) => _tag).sort(), ["Failure", "Success"])
      }))

    test("a renewal over a take-over is refused", (state) =>
      Effect.gen(function* () {
        const a = yield* state.writeLease({ holder: "a", generation: 1 }, 0)
        const renewed = yield* state.writeLease({ holder: "a", generation: 1 }, a.revision)
        assert.isAbove(renewed.revision, a.revision)
        const b = yield* state.writeLease({ holder: "b", generation: 2 }, renewed.revision)
        const error = yield* Effect.flip(state.writeLease({ holder: "a", generation: 1 }, renewed.revision))
        assert.strictEqual(error._tag, "Outdated")
        assert.deepStrictEqual(yield* state.readLease, b)
      }))

    test("checkpoints do not touch the lease's revision", (state) =>
      Effect.gen(function* () {
        const a = yield* state.writeLease({ holder: "a", generation: 1 }, 0)
        yield* state.writeCheckpoint(checkpoint)
        yield* state.writeCheckpoint(checkpoint)
        assert.deepStrictEqual(yield* state.readLease, a)
        yield* state.writeLease({ holder: "a", generation: 1 }, a.revision)
      }))

    test("a deleted lease is free", (state, operator) =>
      Effect.gen(function* () {
        const a = yield* state.writeLease({ holder: "a", generation: 1 }, 0)
        yield* operator.delete("lease")
        assert.isUndefined(yield* state.readLease)
        assert.strictEqual(
          (yield* Effect.flip(state.writeLease({ holder: "a", generation: 1 }, a.revision)))._tag,
          "Outdated"
        )
        const b = yield* state.writeLease({ holder: "b", generation: 2 }, 0)
        assert.deepStrictEqual(yield* state.readLease, b)
      }))

    test("a damaged lease is not taken for a free one", (state, operator) =>
      Effect.gen(function* () {
        yield* operator.put("lease", '{"holder":"a"}')
        const error = yield* Effect.flip(state.readLease)
        assert.strictEqual(error._tag, "Refused")
        assert.strictEqual((yield* Effect.flip(state.writeLease({ holder: "b", generation: 1 }, 0)))._tag, "Outdated")
      }))
  })

suite("memory", Layer.provideMerge(Layer.merge(layerDetectorStateMemory, operatorMemory), MemoryServer.layer))
suite("nats", Layer.merge(layerDetectorState, operatorNats).pipe(Layer.provide(connection)))
