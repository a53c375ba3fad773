import { Connection, type LogsWriter, type Outdated, type StoreError, WindowsLog } from "@chaussettes/jetstream"
import { TestServer } from "@chaussettes/jetstream/testing"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import {
  eventually,
  portsOf,
  prepare,
  publish,
  startDetector,
  storedAlerts,
  storedWindows
} from "../support/detector.ts"

/** The policy by which a full stream refuses instead of dropping its oldest messages. */
const refuseNew = "new" as never

const two = (n: number) => `${n}`.padStart(2, "0")

/** A failed request in the tenth of a minute that `i` names; each one decides the window before it. */
const failed = (i: number): string =>
  `10.0.0.1 - - [05/Jan/2026:10:${two(Math.floor(i / 6))}:${two((i % 6) * 10)} +0000] "GET /${i} HTTP/1.1" 500 1`

const publishAll = (from: number, to: number): Effect.Effect<void, StoreError, LogsWriter> =>
  Effect.gen(function* () {
    for (let i = from; i <= to; i++) yield* publish("web1", failed(i))
  })

const decided = (count: number) =>
  eventually(
    `${count} windows and their alerts are stored`,
    Effect.gen(function* () {
      const [windows, alerts] = [yield* storedWindows, yield* storedAlerts]
      return windows.length === count && alerts.length === count
    }).pipe(Effect.orElseSucceed(() => false)), // not while the server starts
    "25 seconds"
  )

/** Each window once and in order, each with its one alert. */
const complete = (count: number) =>
  Effect.gen(function* () {
    const starts = (yield* storedWindows).map(({ start }) => start)
    expect(new Set(starts).size).toBe(count)
    expect(starts).toEqual([...starts].sort())
    expect((yield* storedAlerts).map(({ window }) => window.start)).toEqual(starts)
  })

describe("a store that refuses", () => {
  it.live.each([
    ["WINDOWS", { max_msgs: 4 }],
    ["WINDOWS", { max_bytes: 4_500 }],
    ["ALERTS", { max_msgs: 4 }]
  ] as const)(
    "makes the detector wait and say so, and it goes on by itself when %s takes writes again",
    ([stream, limit]) =>
      Effect.gen(function* () {
        const server = yield* TestServer
        yield* Effect.gen(function* () {
          yield* prepare
          const { jsm } = yield* Connection
          const waits: Array<StoreError | Outdated> = []
          yield* startDetector({
            watch: {
              onWaiting: () => (error) =>
                Effect.sync(() => {
                  waits.push(error)
                })
            }
          })
          yield* publishAll(0, 4)
          yield* decided(3)
          const before = (yield* Effect.promise(() => jsm.streams.info(stream))).config
          yield* Effect.promise(() => jsm.streams.update(stream, { ...before, ...limit, discard: refuseNew }))
          yield* publishAll(5, 12)
          yield* eventually(
            "it says what it waits for",
            Effect.sync(() => waits.length > 0)
          )
          expect(waits[0]).toMatchObject({ _tag: "Refused", remedy: expect.stringMatching(/\S/) })
          yield* Effect.promise(() => jsm.streams.update(stream, before))
          yield* decided(11)
          yield* complete(11)
        }).pipe(Effect.scoped, Effect.provide(portsOf(server.url)))
      }).pipe(Effect.provide(TestServer.layer())),
    60_000
  )
})

/** A server whose one user may publish all but these subjects. */
const denying = (...subjects: ReadonlyArray<string>): string =>
  `authorization { users: [ { user: u, password: p, permissions: { publish: { deny: ${JSON.stringify(subjects)} } } } ] }`

describe("a permission that is taken away", () => {
  it.live.each(["windows.decided", "alerts.>", "rejects.>"])(
    "makes the detector wait and say so, and it goes on by itself when it may publish %s again",
    (subject) =>
      Effect.gen(function* () {
        const server = yield* TestServer
        yield* Effect.gen(function* () {
          yield* prepare
          const waits: Array<StoreError | Outdated> = []
          yield* startDetector({
            watch: { onWaiting: () => (error) => Effect.sync(() => void waits.push(error)) }
          })
          yield* publishAll(0, 4)
          yield* decided(3)
          yield* Effect.promise(() => server.restart(denying(subject)))
          yield* publish("web1", "no line")
          yield* publishAll(5, 12)
          yield* eventually(
            "it says what it waits for, and why",
            Effect.sync(() =>
              waits.some(
                ({ _tag, why = "" }: { _tag: string; why?: string }) =>
                  _tag === "Refused" && why.includes("permission denied: publish")
              )
            )
          )
          yield* Effect.promise(() => server.restart(denying()))
          yield* decided(11)
          yield* complete(11)
        }).pipe(Effect.scoped, Effect.provide(portsOf(server.url.replace("//", "//u:p@"))))
      }).pipe(Effect.provide(TestServer.layer({ config: denying() }))),
    60_000
  )
})

describe("a server that dies", () => {
  it.live(
    "and comes back finds the detector going on, nothing lost and nothing twice",
    () =>
      Effect.gen(function* () {
        const server = yield* TestServer
        yield* Effect.gen(function* () {
          yield* prepare
          yield* startDetector()
          yield* publishAll(0, 10)
          for (let round = 0; round < 3; round++) {
            yield* Effect.promise(() => server.kill())
            yield* Effect.promise(() => server.restart())
            yield* publishAll(11 + round * 5, 15 + round * 5)
          }
          yield* decided(24)
          yield* complete(24)
        }).pipe(Effect.scoped, Effect.provide(portsOf(server.url)))
      }).pipe(Effect.provide(TestServer.layer())),
    90_000
  )
})

describe("two detectors", () => {
  it.live(
    "do not work against each other: one leads, the other takes over when it ends",
    () =>
      Effect.gen(function* () {
        const server = yield* TestServer
        yield* Effect.gen(function* () {
          yield* prepare
          const first = yield* startDetector({ holder: "host-a/1/a" })
          const standby: Array<string> = []
          let leads = false
          yield* startDetectorAside(
            "host-b/1/b",
            (leader) => standby.push(leader),
            () => {
              leads = true
            }
          )
          yield* publishAll(0, 5)
          yield* decided(4)
          yield* eventually(
            "the second stands by",
            Effect.sync(() => standby.includes("host-a/1/a"))
          )
          expect(leads).toBe(false)
          yield* first.stop
          yield* eventually(
            "the second leads",
            Effect.sync(() => leads)
          )
          yield* publishAll(6, 10)
          yield* decided(9)
          yield* complete(9)
        }).pipe(Effect.scoped, Effect.provide(portsOf(server.url)))
      }).pipe(Effect.provide(TestServer.layer())),
    60_000
  )
})

const startDetectorAside = (holder: string, onStandby: (leader: string) => void, onReady: () => void) =>
  Effect.forkScoped(
    startDetector({
      holder,
      leaseMs: 600,
      watch: { onStandby: (leader) => Effect.sync(() => onStandby(leader)), onReady: () => Effect.sync(onReady) }
    }).pipe(Effect.andThen(Effect.never))
  )

describe("a lease that somebody deleted", () => {
  it.live("does not let generations begin again below those that have written", () =>
    Effect.gen(function* () {
      const server = yield* TestServer
      yield* Effect.gen(function* () {
        yield* prepare
        const first = yield* startDetector()
        yield* publishAll(0, 4)
        yield* decided(3)
        yield* first.stop
        const second = yield* startDetector()
        yield* publishAll(5, 6)
        yield* decided(5)
        yield* second.stop
        const { jsm } = yield* Connection
        yield* Effect.promise(() => jsm.streams.purge("KV_detector"))
        yield* startDetector()
        yield* publishAll(7, 8)
        yield* decided(7)
        const epochs = yield* Effect.flatMap(WindowsLog, (log) => Stream.runCollect(log.readFrom(1)))
        expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 1, 1, 2, 2, 3, 3])
      }).pipe(Effect.scoped, Effect.provide(portsOf(server.url)))
    }).pipe(Effect.provide(TestServer.layer()))
  )
})
