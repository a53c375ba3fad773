import { defaultSettings } from "@chaussettes/domain"
import { Alerts, type Unreadable, Windows } from "@chaussettes/jetstream"
import {
  layerActsLogMemory,
  layerNotifyPositionsMemory,
  MemoryServer,
  type MemoryServerShape
} from "@chaussettes/jetstream/memory"
import { readDecided, readExplanation, readIncidents, readStatus } from "@chaussettes/readmodel/queries"
import { Health, toUserFailure } from "@chaussettes/service"
import { until } from "@chaussettes/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { Feed } from "../apps/dashboard/src/live/feed.ts"
import { portsOf } from "../apps/dashboard/test/fixture.ts"
import { recover } from "../apps/detector/src/run/recovery.ts"
import { layerAudits } from "../apps/detector/src/verify/audits.ts"
import { verifyLogs } from "../apps/detector/src/verify/verify-logs.ts"
import { decidedWorld, type World } from "../apps/detector/test/verify/world.ts"
import { follow } from "../apps/notify/src/follow.ts"
import { atOnce } from "../apps/notify/src/outbox.ts"
import type { Receiver } from "../apps/notify/src/receiver.ts"
import { readEffects } from "../apps/thresholds/src/history/run.ts"

/* An older part stands beside a newer detector, as while one updates. What that has written means something, and each reader says the same. */

const encoder = new TextEncoder()
const subjects = { WINDOWS: "windows", ALERTS: "alerts.global.high", INCIDENTS: "incidents.global.drop" } as const
const put = (server: MemoryServerShape, stream: keyof typeof subjects, value: object): number => {
  const subject = subjects[stream]
  const stored = server.stream(stream).append({ subject, data: encoder.encode(JSON.stringify(value)) }, 0)
  return stored._tag === "Stored" ? stored.seq : assert.fail(stored._tag)
}

const receiver: Receiver = {
  kind: "webhook",
  name: "webhook",
  shown: "example",
  key: "webhook.0",
  policy: atOnce,
  tell: () => Effect.void,
  test: Effect.void
}

type Ports = Layer.Success<ReturnType<typeof portsOf>>
type Reader = (world: World) => Effect.Effect<unknown, unknown, Ports>

const readers: { readonly [name: string]: Reader } = {
  recovery: () => recover(defaultSettings),
  status: () => readStatus,
  "thresholds history": () => readEffects,
  "incidents --alerts": () => readIncidents(86_400_000 * 365 * 20, 3),
  incidents: () => readDecided(86_400_000 * 365 * 20),
  explain: (world) =>
    readExplanation(world.alerts.at(-1)!.id, { maxMessages: Number.POSITIVE_INFINITY, course: true }, () => {}),
  verify: () =>
    Effect.provide(
      verifyLogs({
        fromMs: Number.NEGATIVE_INFINITY,
        toMs: Number.POSITIVE_INFINITY,
        examples: 1,
        patienceMs: 0,
        onProgress: () => {}
      }),
      layerAudits("inline")
    ),
  notify: ({ server }) =>
    Effect.provide(
      follow(receiver, { least: "LOW" }),
      Layer.mergeAll(layerActsLogMemory, layerNotifyPositionsMemory).pipe(
        Layer.provide(Layer.succeed(MemoryServer, server)),
        Layer.merge(Health.layer())
      )
    )
}

/** What the page's server says of its history, to its health. */
const refusalOfFeed = async (world: World, sentence: string) => {
  const heard = Effect.gen(function* () {
    const { history: read } = yield* Feed
    const { unready } = yield* Health
    // Windows that can be read do not make the page ready, whichever of the two comes first.
    if (sentence.startsWith("ALERTS")) {
      yield* Effect.promise(() => until("the windows are read", () => read.endMs !== undefined))
      yield* Effect.sleep("200 millis")
    }
    yield* Effect.promise(() =>
      until("the refusal", () => Effect.runPromise(unready).then(({ history }) => history === sentence))
    )
  })
  await Effect.runPromise(
    heard.pipe(
      Effect.provide(
        Feed.layer("named").pipe(Layer.provide(portsOf(world.server)), Layer.provideMerge(Health.layer("history")))
      )
    )
  )
}

const sentenceOf = (stream: string, seq: number, why: string) =>
  `${stream} holds a message of a later version of Chaussettes, at sequence ${seq}: ${why}. Update this program.`

const recordV2 = (world: World) =>
  sentenceOf(
    "WINDOWS",
    put(world.server, "WINDOWS", { schema: "chaussettes.window.v2", something: "new" }),
    'its schema is "chaussettes.window.v2", not "chaussettes.window.v1" or "chaussettes.revision.v1"'
  )

const alertV2 = (world: World) =>
  sentenceOf(
    "ALERTS",
    put(world.server, "ALERTS", { schema: "chaussettes.alert.v2", something: "new" }),
    'its schema is "chaussettes.alert.v2", not "chaussettes.alert.v1"'
  )

const said = (world: World, read: Reader) =>
  Effect.runPromise(
    read(world).pipe(
      Effect.flip,
      Effect.map((error) => toUserFailure(error).message),
      Effect.provide(portsOf(world.server))
    ) as Effect.Effect<string>
  )

describe("a record of a later version is refused with one sentence", () => {
  for (const [name, read] of Object.entries(readers)) {
    it(`by ${name}`, async () => {
      const world = await decidedWorld(2)
      const sentence = recordV2(world)
      assert.strictEqual(await said(world, read), sentence)
    })
  }

  it("by the page", async () => {
    const world = await decidedWorld(2)
    await refusalOfFeed(world, recordV2(world))
  })
})

describe("an alert of a later version is refused with one sentence", () => {
  for (const name of ["status", "incidents --alerts", "verify"]) {
    it(`by ${name}`, async () => {
      const world = await decidedWorld(2)
      const sentence = alertV2(world)
      assert.strictEqual(await said(world, readers[name]!), sentence)
    })
  }

  it("by the page", async () => {
    const world = await decidedWorld(2)
    await refusalOfFeed(world, alertV2(world))
  })
})

describe("an event of an incident of a later version is refused with one sentence", () => {
  for (const name of ["incidents", "notify", "verify"]) {
    it(`by ${name}`, async () => {
      const world = await decidedWorld(2)
      const seq = put(world.server, "INCIDENTS", { schema: "chaussettes.incident.v2", something: "new" })
      const why = 'its schema is "chaussettes.incident.v2", not "chaussettes.incident.v1"'
      assert.strictEqual(await said(world, readers[name]!), sentenceOf("INCIDENTS", seq, why))
    })
  }
})

it("what stands before it is read, and what no detector has written is passed over", async () => {
  const world = await decidedWorld(2)
  const [records, alerts] = [world.records, world.alerts]
  put(world.server, "WINDOWS", { some: "body" })
  put(world.server, "ALERTS", { schema: "chaussettes.alert.v0" })
  recordV2(world)
  alertV2(world)
  const read = <Item, R>(items: Effect.Effect<Stream.Stream<Item, unknown>, never, R>) =>
    Effect.gen(function* () {
      const taken: Array<Item> = []
      const error = yield* (yield* items).pipe(
        Stream.runForEach((item) => Effect.sync(() => taken.push(item))),
        Effect.flip
      )
      return { taken, error: error as Unreadable }
    })
  const [windows, raised] = await Effect.runPromise(
    Effect.all([
      read(Effect.map(Windows, (log) => log.read(1))),
      read(Effect.map(Alerts, (log) => log.follow(1)))
    ]).pipe(Effect.provide(portsOf(world.server)))
  )
  assert.deepStrictEqual(
    windows.taken.map(({ record }) => record),
    [...records]
  )
  assert.deepStrictEqual([windows.error.later, windows.error.seq], [true, records.length + 2])
  assert.deepStrictEqual(
    raised.taken.map(({ alert }) => alert),
    [...alerts]
  )
  assert.deepStrictEqual([raised.error.later, raised.error.seq], [true, alerts.length + 2])
})
