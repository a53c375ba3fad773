import { parseThreshold } from "@chaussettes/domain"
import { assert, describe, it } from "@effect/vitest"
import { Kvm } from "@nats-io/kv"
import { Effect, Layer } from "effect"
import {
  type Applied,
  applyTopology,
  Connection,
  checkServerVersion,
  firstThresholdTexts,
  layerThresholdsStore,
  type Refused,
  serverIsAtLeast,
  ThresholdsStore,
  type TopologyOverrides,
  topology,
  writeFirstThresholds
} from "../src/index.ts"
import { TestServer } from "../src/testing/index.ts"

const server = (jetstream: string) =>
  Layer.unwrap(Effect.map(TestServer, ({ url }) => Connection.layer({ servers: [url] }))).pipe(
    Layer.provide(TestServer.layer({ jetstream }))
  )

const onServer = (
  behaviour: string,
  body: (connection: Connection["Service"]) => Effect.Effect<unknown, unknown, Connection>,
  jetstream = "max_file_store: 64GB"
) => it.live(behaviour, () => Effect.flatMap(Connection, body).pipe(Effect.provide(Layer.fresh(server(jetstream)))))

const done = (applied: ReadonlyArray<Applied>) => applied.map((each) => `${each.name} ${each.done}`)
const of = (applied: ReadonlyArray<Applied>, name: string) => applied.find((each) => each.name === name)!
const names = [
  "LOGS",
  "WINDOWS",
  "ALERTS",
  "INCIDENTS",
  "ACTS",
  "REJECTS",
  "KV_seuils",
  "KV_rules",
  "KV_incidents",
  "KV_detector",
  "KV_notify"
]
const hourMs = 3_600_000

describe("the topology", () => {
  it("names every stream and bucket, with a limit of bytes or of age for each", () => {
    const specs = topology()
    assert.deepStrictEqual(
      specs.map(({ name }) => name),
      names
    )
    for (const { name, limits } of specs) {
      assert.isTrue(limits.maxBytes > 0 || limits.maxAgeMs > 0, name)
      assert.isAbove(limits.maxMessageBytes, 0, name)
    }
  })

  it("takes limits from outside, one by one", () => {
    const [logs, windows] = topology({ LOGS: { maxAgeMs: hourMs } })
    assert.strictEqual(logs!.limits.maxAgeMs, hourMs)
    assert.strictEqual(logs!.limits.maxBytes, 10 * 1024 ** 3)
    assert.deepStrictEqual(windows, topology()[1])
  })

  onServer("is made once, and found as it should be the next time", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        done(yield* applyTopology()),
        names.map((name) => `${name} created`)
      )
      const again = yield* applyTopology()
      assert.deepStrictEqual(
        done(again),
        names.map((name) => `${name} unchanged`)
      )
      assert.isTrue(again.every(({ changes, kept, refused }) => changes.length + kept.length + refused.length === 0))
    })
  )

  onServer("is as the design says in the server itself", ({ jsm }) =>
    Effect.gen(function* () {
      yield* applyTopology()
      const config = (name: string) => Effect.promise(async () => (await jsm.streams.info(name)).config)
      const dayNs = 86_400 * 1e9
      assert.deepInclude(yield* config("LOGS"), {
        subjects: ["logs.>"],
        max_age: 30 * dayNs,
        max_bytes: 10 * 1024 ** 3,
        discard: "old",
        compression: "s2",
        allow_direct: true,
        deny_delete: false,
        deny_purge: false
      })
      assert.deepInclude(yield* config("WINDOWS"), {
        subjects: ["windows.*"],
        max_age: 400 * dayNs,
        compression: "s2",
        deny_delete: true,
        deny_purge: true
      })
      assert.deepInclude(yield* config("ALERTS"), { max_age: 400 * dayNs, max_bytes: 5 * 1024 ** 3, deny_purge: true })
      assert.deepInclude(yield* config("INCIDENTS"), {
        subjects: ["incidents.*.*"],
        max_age: 400 * dayNs,
        max_bytes: 1024 ** 3,
        deny_delete: false,
        deny_purge: true
      })
      assert.deepInclude(yield* config("ACTS"), {
        subjects: ["acts.*"],
        max_age: 800 * dayNs,
        max_bytes: 16 * 1024 ** 2,
        max_msg_size: 32 * 1024,
        deny_delete: false
      })
      assert.deepInclude(yield* config("REJECTS"), { max_age: 7 * dayNs, max_bytes: 256 * 1024 ** 2, discard: "old" })
      assert.deepInclude(yield* config("KV_seuils"), { max_msgs_per_subject: 64, allow_direct: true })
      assert.deepInclude(yield* config("KV_incidents"), { max_msgs_per_subject: 64, allow_direct: true })
      assert.deepInclude(yield* config("KV_detector"), { max_msgs_per_subject: 1, allow_direct: true })
    })
  )

  onServer("follows changed limits without losing a message, up and down", ({ js, jsm }) =>
    Effect.gen(function* () {
      const apply = (overrides: TopologyOverrides) => Effect.map(applyTopology(overrides), (all) => of(all, "LOGS"))
      yield* applyTopology()
      yield* Effect.promise(() => js.publish("logs.a", "line"))
      assert.deepInclude(yield* apply({ LOGS: { maxAgeMs: 60 * 24 * hourMs } }), {
        done: "updated",
        changes: [{ setting: "max_age", from: 30 * 24 * hourMs * 1e6, to: 60 * 24 * hourMs * 1e6 }]
      })
      assert.deepInclude(yield* apply({ LOGS: { maxAgeMs: 24 * hourMs, maxBytes: 1024 ** 3 } }), { done: "updated" })
      const { config, state } = yield* Effect.promise(() => jsm.streams.info("LOGS"))
      assert.strictEqual(state.messages, 1)
      assert.deepInclude(config, { max_age: 24 * hourMs * 1e6, max_bytes: 1024 ** 3, compression: "s2" })
    })
  )

  onServer("leaves a limit that somebody widened, unless it is told to narrow it", ({ jsm }) =>
    Effect.gen(function* () {
      yield* applyTopology()
      const { config } = yield* Effect.promise(() => jsm.streams.info("LOGS"))
      const wide = 20 * 1024 ** 3
      yield* Effect.promise(() => jsm.streams.update("LOGS", { ...config, max_bytes: wide, max_age: 0 }))
      const kept = of(yield* applyTopology(), "LOGS")
      assert.strictEqual(kept.done, "unchanged")
      assert.sameMembers(
        kept.kept.map(({ setting }) => setting),
        ["max_bytes", "max_age"]
      )
      const narrowed = of(yield* applyTopology({ LOGS: { maxBytes: 10 * 1024 ** 3 } }), "LOGS")
      assert.deepStrictEqual(narrowed.changes, [{ setting: "max_bytes", from: wide, to: 10 * 1024 ** 3 }])
      assert.deepStrictEqual(
        narrowed.kept.map(({ setting }) => setting),
        ["max_age"]
      )
    })
  )

  onServer("changes what can be changed, and says why the rest cannot", () =>
    Effect.gen(function* () {
      yield* applyTopology()
      const logs = of(yield* applyTopology({ LOGS: { maxAgeMs: hourMs, replicas: 3 } }), "LOGS")
      assert.strictEqual(logs.done, "cannot-be-changed")
      assert.deepStrictEqual(
        logs.changes.map(({ setting }) => setting),
        ["max_age"]
      )
      assert.deepStrictEqual(
        logs.refused.map(({ setting }) => setting),
        ["num_replicas"]
      )
      assert.match(logs.refused[0]!.why, /non-clustered/)
    })
  )

  onServer(
    "says when the disk that JetStream may use is too small for it",
    () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(applyTopology())
        assert.strictEqual(error._tag, "Refused")
        assert.strictEqual(error.what, "the stream LOGS")
        assert.match(error.why, /insufficient storage/)
        assert.match((error as Refused).remedy, /max_file_store, the disk/)
        // With limits that fit it goes on from where it was.
        const small = { maxBytes: 8 * 1024 ** 2 }
        const overrides = Object.fromEntries(names.map((name) => [name, small]))
        assert.strictEqual((yield* applyTopology(overrides)).length, names.length)
      }),
    "max_file_store: 100MB"
  )
})

describe("the first seuils", () => {
  onServer("are not read from a server without their bucket, which says that init makes it", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        ThresholdsStore.use((store) => store.current).pipe(Effect.provide(layerThresholdsStore))
      )
      assert.strictEqual(error._tag, "Unavailable")
      assert.match(error.why, /does not exist \(`chaussettes init` creates it\)/)
    })
  )

  onServer("are written where there are none, and nowhere else", ({ js }) =>
    Effect.gen(function* () {
      yield* applyTopology()
      const kv = yield* Effect.promise(() => new Kvm(js).open("seuils"))
      const get = (key: string) => Effect.promise(async () => (await kv.get(key))?.string())
      yield* Effect.promise(() => kv.put("ip", "0.4"))
      assert.deepStrictEqual(yield* writeFirstThresholds(), ["global", "url", "metadata"])
      assert.strictEqual(yield* get("global"), "0.1")
      assert.strictEqual(yield* get("ip"), "0.4")
      assert.strictEqual(yield* get("url"), "0.5")
      const metadata = JSON.parse((yield* get("metadata"))!)
      assert.deepInclude(metadata, { method: "default_values", total_logs_analyzed: 0, top_error_ips: [] })
      assert.deepStrictEqual(yield* writeFirstThresholds(), [])
    })
  )

  onServer("may come from a file, as numbers or as tables", ({ js }) =>
    Effect.gen(function* () {
      yield* applyTopology()
      const table = { rate: 0.4, least_errors: [[5, 3]] as const }
      yield* writeFirstThresholds(firstThresholdTexts(0, { global: 0.2, ip: table, url: 1 }))
      const text = yield* Effect.promise(async () => (await (await new Kvm(js).open("seuils")).get("ip"))!.string())
      assert.deepStrictEqual(parseThreshold(text), { ok: true, value: table })
    })
  )
})

describe("the server's version", () => {
  const versioned = (version: string) =>
    Layer.succeed(Connection, { serverVersion: Effect.succeed(version) } as Connection["Service"])

  it.effect("is accepted from 2.12 on", () =>
    Effect.gen(function* () {
      for (const good of ["2.12.0", "2.12.1-preview.3", "2.15.2", "3.0.0"]) {
        assert.strictEqual(yield* checkServerVersion.pipe(Effect.provide(versioned(good))), good)
      }
      for (const old of ["2.11.9", "2.10.27", "1.99.99", "unknown"]) {
        const error = yield* Effect.flip(checkServerVersion.pipe(Effect.provide(versioned(old))))
        assert.match(error.why, /2\.12\.0 or later is needed/)
      }
    })
  )

  it.effect("is compared number by number", () =>
    Effect.gen(function* () {
      const isAtLeast = (version: string) => serverIsAtLeast("2.14.0").pipe(Effect.provide(versioned(version)))
      assert.isTrue(yield* isAtLeast("2.14.0"))
      assert.isTrue(yield* isAtLeast("2.100.0"))
      assert.isFalse(yield* isAtLeast("2.9.30"))
    })
  )
})
