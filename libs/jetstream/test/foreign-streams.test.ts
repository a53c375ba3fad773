import { assert, describe, it } from "@effect/vitest"
import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from "@nats-io/jetstream"
import { Effect, Layer } from "effect"
import {
  type Applied,
  applyTopology,
  Connection,
  logsStream,
  logsTakesLines,
  Refused,
  streamsUsable,
  topology,
  type Unavailable
} from "../src/index.ts"
import { TestServer } from "../src/testing/index.ts"

const server = Layer.unwrap(Effect.map(TestServer, ({ url }) => Connection.layer({ servers: [url] }))).pipe(
  Layer.provide(TestServer.layer({ jetstream: "max_file_store: 64GB" }))
)

const onServer = (
  behaviour: string,
  body: (connection: Connection["Service"]) => Effect.Effect<unknown, unknown, Connection>
) => it.live(behaviour, () => Effect.flatMap(Connection, body).pipe(Effect.provide(Layer.fresh(server))))

type Some = Partial<StreamConfig> & { readonly persist_mode?: string }
const add = ({ jsm }: Connection["Service"], config: Some & { readonly name: string }) =>
  Effect.promise(() => jsm.streams.add(config))
const configOf = ({ jsm }: Connection["Service"], name: string) =>
  Effect.promise(async () => (await jsm.streams.info(name)).config)
const names = ({ jsm }: Connection["Service"]) =>
  Effect.promise(async () => {
    const found: Array<string> = []
    for await (const name of jsm.streams.names()) found.push(name)
    return found
  })
const of = (applied: ReadonlyArray<Applied>, name: string) => applied.find((each) => each.name === name)!
const logs = topology().find(({ name }) => name === logsStream)!
/** LOGS as an earlier version left it: no mark, the description to the letter. */
const earlier = {
  name: "LOGS",
  description: "Raw access log lines, one or more a message",
  subjects: [...logs.subjects]
}
const never = { onWaiting: (error: Unavailable) => Effect.die(error) }

describe("a stream that init did not make", () => {
  onServer("is refused and left as it is, and nothing else is made", (connection) =>
    Effect.gen(function* () {
      yield* add(connection, { name: "LOGS", subjects: ["app.logs.>"] })
      const before = yield* configOf(connection, "LOGS")
      const error = yield* Effect.flip(applyTopology())
      assert.instanceOf(error, Refused)
      assert.strictEqual(error.what, "the stream LOGS")
      assert.match(error.why, /was not created by Chaussettes \(its subjects are app\.logs\.>\)/)
      assert.match((error as Refused).remedy, /nats stream edit LOGS --metadata chaussettes\.stream=LOGS/)
      assert.deepStrictEqual(yield* configOf(connection, "LOGS"), before)
      assert.deepStrictEqual(yield* names(connection), ["LOGS"])
    })
  )

  onServer("is refused where it comes last, too, before anything is made", (connection) =>
    Effect.gen(function* () {
      yield* add(connection, { name: "KV_notify", subjects: ["$KV.notify.>"], description: "Another's", max_age: 0 })
      const error = yield* Effect.flip(applyTopology())
      assert.strictEqual(error.what, "the stream KV_notify")
      assert.deepStrictEqual(yield* names(connection), ["KV_notify"])
    })
  )

  onServer("is refused where it bears the mark of another one", (connection) =>
    Effect.gen(function* () {
      yield* add(connection, { ...earlier, metadata: { "chaussettes.stream": "WINDOWS" } })
      assert.match((yield* Effect.flip(applyTopology())).why, /was not created by Chaussettes/)
    })
  )

  onServer("is taken over once somebody says that it is ours", (connection) =>
    Effect.gen(function* () {
      yield* add(connection, { name: "LOGS", subjects: ["app.>"], metadata: { "chaussettes.stream": "LOGS" } })
      assert.strictEqual(of(yield* applyTopology(), "LOGS").done, "updated")
      assert.deepStrictEqual((yield* configOf(connection, "LOGS")).subjects, ["logs.>"])
    })
  )
})

describe("a stream that init made", () => {
  onServer("bears the mark, also behind a change by hand", (connection) =>
    Effect.gen(function* () {
      yield* applyTopology()
      for (const { name } of topology()) {
        assert.strictEqual((yield* configOf(connection, name)).metadata?.["chaussettes.stream"], name)
      }
      const config = yield* configOf(connection, "LOGS")
      const changed = { ...config, subjects: ["logs.>", "more.>"], description: "Changed" }
      yield* Effect.promise(() => connection.jsm.streams.update("LOGS", changed))
      assert.strictEqual(of(yield* applyTopology(), "LOGS").done, "updated")
    })
  )

  for (const [version, shape] of [
    ["this version", { ...earlier, description: logs.description }],
    ["an earlier version", earlier],
    ["the first version", { ...earlier, subjects: ["logs.*"] }],
    [
      "an earlier version",
      { name: "ALERTS", description: "One alert a message, in the order of the windows", subjects: ["alerts.*.*"] }
    ],
    [
      "the first version",
      { name: "KV_detector", description: "The detector's checkpoint and lease", subjects: ["$KV.detector.>"] }
    ],
    ["a restore from a backup", { ...earlier, metadata: { "chaussettes.created": "2026-01-05T00:00:00Z" } }]
  ] as ReadonlyArray<[string, Some & { readonly name: string }]>) {
    onServer(`is known without its mark by its shape: ${shape.name} of ${version}`, (connection) =>
      Effect.gen(function* () {
        yield* add(connection, shape)
        const first = of(yield* applyTopology(), shape.name)
        assert.strictEqual(first.done, "updated")
        const { metadata } = yield* configOf(connection, shape.name)
        assert.deepInclude(metadata, { ...shape.metadata, "chaussettes.stream": shape.name })
        assert.strictEqual(of(yield* applyTopology(), shape.name).done, "unchanged")
      })
    )
  }
})

describe("two systems on one server", () => {
  it.live("have an account each, and see nothing of each other", () =>
    Effect.gen(function* () {
      const { url } = yield* TestServer
      const as = <A, E>(user: string, effect: Effect.Effect<A, E, Connection>) =>
        Effect.provide(effect, Connection.layer({ servers: [url.replace("://", `://${user}:secret@`)] }))
      const lines = Connection.use(({ jsm }) =>
        Effect.promise(async () => (await jsm.streams.info("LOGS")).state.messages)
      )
      assert.strictEqual(of(yield* as("one", applyTopology()), "LOGS").done, "created")
      assert.strictEqual(of(yield* as("two", applyTopology()), "LOGS").done, "created")
      yield* as(
        "one",
        Connection.use(({ js }) => Effect.promise(() => js.publish("logs.web", "line")))
      )
      assert.deepStrictEqual([yield* as("one", lines), yield* as("two", lines)], [1, 0])
    }).pipe(
      Effect.provide(
        TestServer.layer({
          jetstream: "max_file_store: 64GB",
          config: `accounts {
            ONE { jetstream: enabled, users: [{ user: one, password: secret }] }
            TWO { jetstream: enabled, users: [{ user: two, password: secret }] }
          }`
        })
      )
    )
  )
})

describe("a setting that loses what is stored", () => {
  const unfit: ReadonlyArray<[string, Some, RegExp, RegExp]> = [
    ["interest retention", { retention: RetentionPolicy.Interest }, /retention is interest/, /nats stream rm LOGS/],
    ["work queue retention", { retention: RetentionPolicy.Workqueue }, /retention is workqueue/, /nats stream rm LOGS/],
    ["memory storage", { storage: StorageType.Memory }, /storage is memory/, /nats stream rm LOGS/],
    ["no_ack", { no_ack: true }, /no_ack is on/, /nats stream edit LOGS --ack/],
    ["max_msgs", { max_msgs: 1_000 }, /max_msgs is 1000/, /nats stream edit LOGS --max-msgs=-1/],
    [
      "max_msgs_per_subject",
      { max_msgs_per_subject: 5 },
      /max_msgs_per_subject is 5/,
      /nats stream edit LOGS --max-msgs-per-subject=-1/
    ],
    ["discard new", { discard: DiscardPolicy.New }, /discard is new/, /nats stream edit LOGS --discard old/],
    ["acknowledging early", { persist_mode: "async" }, /persist_mode is async/, /nats stream rm LOGS/],
    ["being a mirror", { subjects: [], mirror: { name: "OTHER" } }, /it is a mirror/, /nats stream rm LOGS/],
    ["having sources", { sources: [{ name: "OTHER" }] }, /it has sources/, /nats stream rm LOGS/],
    [
      "a subject transform",
      { subject_transform: { src: "logs.*", dest: "x.{{wildcard(1)}}" } },
      /subject_transform is set/,
      /nats stream edit LOGS --no-transform/
    ]
  ]
  for (const [what, config, why, remedy] of unfit) {
    onServer(`is refused by init and by a part, which says how to be rid of it: ${what}`, (connection) =>
      Effect.gen(function* () {
        if (config.mirror ?? config.sources) yield* add(connection, { name: "OTHER", subjects: ["other"] })
        yield* add(connection, { ...earlier, metadata: { "chaussettes.stream": "LOGS" }, ...config })
        const before = yield* configOf(connection, "LOGS")
        for (const look of [applyTopology(), streamsUsable(["LOGS"], never)]) {
          const error = yield* Effect.flip(look as Effect.Effect<unknown, Refused, Connection>)
          assert.instanceOf(error, Refused)
          assert.match(error.why, why)
          assert.match(error.remedy, remedy)
        }
        assert.deepStrictEqual(yield* configOf(connection, "LOGS"), before)
      })
    )
  }

  onServer("is none of those that init itself sets", () =>
    Effect.andThen(
      applyTopology(),
      streamsUsable(
        topology().map(({ name }) => name),
        never
      )
    )
  )

  it.live("is not asked for by a sender that may publish and nothing else", () =>
    logsTakesLines((error) => Effect.die(error)).pipe(
      Effect.provide(
        Layer.unwrap(
          Effect.map(TestServer, ({ url }) => Connection.layer({ servers: [url.replace("://", "://sender:secret@")] }))
        ).pipe(
          Layer.provide(
            TestServer.layer({
              config: `authorization { users: [
                { user: sender, password: secret, permissions: { publish: ["logs.>"], subscribe: ["_INBOX.>"] } }
              ] }`
            })
          )
        )
      )
    )
  )

  onServer("is looked for only in streams that are there: a missing one is told as such", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(streamsUsable(["LOGS"], never))
      assert.match((error as Refused).remedy, /Run `chaussettes init`/)
    })
  )
})
