import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import {
  applyTopology,
  Connection,
  LogsReader,
  LogsWriter,
  layerLogsReader,
  layerLogsWriter,
  type StoreError
} from "../src/index.ts"
import { TestServer } from "../src/testing/index.ts"
import { bytes, readAll } from "./logs-tools.ts"

/** What each role needs and no more, as a table for whoever writes a server's configuration. */
const roles: { readonly [role: string]: ReadonlyArray<string> } = {
  writer: ["logs.>"],
  // The one source it is for, and nothing else.
  shipper: ["logs.web-1"],
  durable: [
    "$JS.API.STREAM.INFO.LOGS",
    "$JS.API.DIRECT.GET.LOGS",
    "$JS.API.CONSUMER.INFO.LOGS.detector",
    "$JS.API.CONSUMER.RESET.LOGS.detector",
    "$JS.API.CONSUMER.CREATE.LOGS.detector",
    "$JS.API.CONSUMER.DELETE.LOGS.detector",
    "$JS.API.CONSUMER.MSG.NEXT.LOGS.detector"
  ],
  replay: [
    "$JS.API.STREAM.INFO.LOGS",
    "$JS.API.CONSUMER.CREATE.LOGS.*",
    "$JS.API.CONSUMER.DELETE.LOGS.*",
    "$JS.API.CONSUMER.MSG.NEXT.LOGS.*"
  ],
  // Reading one source puts it behind the consumer's name.
  source: [
    "$JS.API.STREAM.INFO.LOGS",
    "$JS.API.CONSUMER.CREATE.LOGS.*.logs.web-1",
    "$JS.API.CONSUMER.DELETE.LOGS.*",
    "$JS.API.CONSUMER.MSG.NEXT.LOGS.*"
  ],
  explain: ["$JS.API.DIRECT.GET.LOGS"],
  resume: ["$JS.API.DIRECT.GET.LOGS.logs.web-1"],
  nothing: []
}

const user = (name: string, publish: ReadonlyArray<string>) =>
  `{ user: ${name}, password: ${name}, permissions: {
      publish: { allow: [${publish.map((subject) => JSON.stringify(subject)).join(", ")}] ${publish.length === 0 ? ', deny: [">"]' : ""} }
      subscribe: { allow: ["_INBOX_${name}.>"] } } }`

const config = `authorization { users: [
  { user: admin, password: admin }
  ${Object.entries(roles)
    .map(([name, publish]) => user(name, publish))
    .join("\n")}
] }`

const server = TestServer.layer({ config, jetstream: "max_file_store: 64GB" })

const as = (name: string, inboxPrefix = name === "admin" ? "_INBOX" : `_INBOX_${name}`) =>
  Layer.mergeAll(layerLogsReader, layerLogsWriter({ closeMs: 100 })).pipe(
    Layer.provideMerge(
      Layer.unwrap(
        Effect.map(TestServer, ({ url }) =>
          Connection.layer({ servers: [url], user: name, password: Redacted.make(name), inboxPrefix })
        )
      )
    )
  )

type Doing = Effect.Effect<unknown, StoreError, LogsReader | LogsWriter>

const write: Doing = Effect.flatMap(LogsWriter, (writer) =>
  Effect.andThen(writer.publish("web-1", { payload: bytes("line") }), writer.flush)
)
const writeElsewhere: Doing = Effect.flatMap(LogsWriter, (writer) =>
  Effect.andThen(writer.publish("web-2", { payload: bytes("line") }), writer.flush)
)
const read = (options: { durable?: string; source?: string }): Doing =>
  Effect.flatMap(LogsReader, (reader) => readAll(reader.read({ fromSeq: 1, throughSeq: 1, ...options })))
const get: Doing = Effect.flatMap(LogsReader, (reader) => reader.get(1))
const lastOf: Doing = Effect.flatMap(LogsReader, (reader) => reader.lastOf("web-1"))
const state: Doing = Effect.flatMap(LogsReader, (reader) => reader.state)

const test = (behaviour: string, body: Effect.Effect<void, unknown, TestServer>) =>
  it.live(behaviour, () =>
    Effect.gen(function* () {
      yield* applyTopology().pipe(Effect.andThen(write), Effect.provide(Layer.fresh(as("admin"))))
      yield* body
    }).pipe(Effect.provide(Layer.fresh(server)))
  )

const allowed = (role: string, doing: Doing) => doing.pipe(Effect.provide(Layer.fresh(as(role))))

/** It is refused, soon, with the subject that the role lacks. */
const refused = (role: string, doing: Doing, subject: RegExp) =>
  Effect.gen(function* () {
    const before = Date.now()
    const error = (yield* Effect.flip(doing.pipe(Effect.provide(Layer.fresh(as(role)))))) as StoreError
    assert.strictEqual(error._tag, "Refused", `${role}: ${error.why}`)
    assert.match(error.why, subject, role)
    assert.isBelow(Date.now() - before, 4_000, "it was told by the server and not guessed from silence")
  })

describe("permissions of LOGS", () => {
  test(
    "a writer writes and does nothing else",
    Effect.gen(function* () {
      yield* allowed("writer", write)
      yield* allowed("writer", writeElsewhere)
      yield* refused("writer", read({}), /permission denied: publish to \$JS\.API\.STREAM\.INFO\.LOGS/)
      yield* refused("writer", get, /permission denied: publish to \$JS\.API\.DIRECT\.GET\.LOGS/)
    })
  )

  test(
    "a shipper writes as its own source only",
    Effect.gen(function* () {
      yield* allowed("shipper", write)
      yield* refused("shipper", writeElsewhere, /permission denied: publish to logs\.web-2/)
    })
  )

  test(
    "the detector reads through its own durable consumer only",
    Effect.gen(function* () {
      yield* allowed("durable", read({ durable: "detector" }))
      yield* allowed("durable", state)
      yield* refused("durable", read({ durable: "other" }), /CONSUMER\.INFO\.LOGS\.other/)
      yield* refused("durable", read({}), /CONSUMER\.CREATE\.LOGS\.read_/)
      yield* refused("durable", write, /permission denied: publish to logs\.web-1/)
    })
  )

  test(
    "a replaying job reads with consumers that pass",
    Effect.gen(function* () {
      yield* allowed("replay", read({}))
      yield* refused("replay", read({ source: "web-1" }), /CONSUMER\.CREATE\.LOGS\.read_\w+\.logs\.web-1/)
      yield* allowed("source", read({ source: "web-1" }))
      yield* refused("source", read({}), /CONSUMER\.CREATE\.LOGS\.read_/)
    })
  )

  test(
    "single messages are fetched by whoever may",
    Effect.gen(function* () {
      yield* allowed("explain", get)
      yield* refused("explain", lastOf, /DIRECT\.GET\.LOGS\.logs\.web-1/)
      yield* allowed("resume", lastOf)
      yield* refused("nothing", get, /DIRECT\.GET\.LOGS/)
      yield* refused("nothing", state, /STREAM\.INFO\.LOGS/)
      yield* refused("nothing", write, /logs\.web-1/)
    })
  )

  test(
    "an inbox that the role may not hear is told, for the writer and for the reader",
    Effect.gen(function* () {
      for (const doing of [write, read({})]) {
        const error = (yield* Effect.flip(
          doing.pipe(Effect.provide(Layer.fresh(as("writer", "_INBOX"))))
        )) as StoreError
        assert.strictEqual(error._tag, "Refused")
        assert.match(error.why, /permission denied: (subscribe to _INBOX\.|publish to \$JS)/)
      }
    })
  )
})
