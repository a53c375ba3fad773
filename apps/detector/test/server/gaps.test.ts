import { Connection, DetectorState } from "@chaussettes/jetstream"
import { TestServer } from "@chaussettes/jetstream/testing"
import { describe, expect, it } from "@effect/vitest"
import { Effect, type Layer, type Scope } from "effect"
import {
  eventually,
  portsOf,
  prepare,
  publish,
  startDetector,
  storedAlerts,
  storedWindows
} from "../support/detector.ts"

type Ports = Layer.Success<ReturnType<typeof portsOf>>

const two = (n: number) => `${n}`.padStart(2, "0")

/** Lines of one second, a minute after another. */
const lines = (minute: number, statuses: ReadonlyArray<number>, second = 1): string =>
  statuses
    .map(
      (status, i) =>
        `10.0.0.${i} - - [05/Jan/2026:10:${two(minute)}:${two(second)} +0000] "GET /${i} HTTP/1.1" ${status} 1`
    )
    .join("\n")

const windowsAre = (count: number) =>
  eventually(
    `${count} windows are decided`,
    Effect.map(storedWindows, (all) => all.length === count)
  )

const onServer = <A, E, R extends Ports | Scope.Scope>(test: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const server = yield* TestServer
    return yield* Effect.andThen(prepare, test).pipe(Effect.scoped, Effect.provide(portsOf(server.url)))
  }).pipe(Effect.provide(TestServer.layer()))

/** Past the ports: what an operator does to the streams. */
const jsm = Effect.map(Connection, ({ jsm }) => jsm)

describe("a gap", () => {
  it.live("of messages that LOGS dropped before they were read is counted once, in the next record", () =>
    onServer(
      Effect.gen(function* () {
        const first = yield* startDetector()
        yield* publish("web1", lines(0, [200, 404]))
        yield* publish("web1", lines(1, [200]))
        yield* windowsAre(1)
        yield* first.stop
        for (let i = 0; i < 5; i++) yield* publish("web1", lines(1, [200], 2 + i)) // sequences 3 to 7
        const manager = yield* jsm
        yield* Effect.promise(() => manager.streams.purge("LOGS", { seq: 6 }))

        const notices: Array<string> = []
        yield* startDetector({
          watch: {
            onNotice: (notice) =>
              Effect.sync(() => {
                notices.push(notice)
              })
          }
        })
        expect(notices).toEqual([expect.stringContaining("LOGS no longer holds sequences 2 to 5")])
        yield* publish("web1", lines(2, [200]))
        yield* publish("web1", lines(3, [200]))
        yield* windowsAre(3)
        const [, second, third] = yield* storedWindows
        expect(second.since_last.gap).toBe(4)
        expect(second.total).toBe(2)
        expect(third.since_last.gap).toBe(0)
      })
    )
  )

  it.live("that swallowed the lines of a record keeps the record and says that its alerts are lost", () =>
    onServer(
      Effect.gen(function* () {
        const first = yield* startDetector()
        yield* publish("web1", lines(0, [404, 404]))
        yield* publish("web1", lines(1, [200]))
        yield* windowsAre(1)
        yield* eventually(
          "its alerts are stored",
          Effect.map(storedAlerts, (all) => all.length === 1)
        )
        yield* first.stop
        const manager = yield* jsm
        // As if the detector had died between the record and its alerts, and LOGS had been trimmed meanwhile.
        yield* Effect.promise(() => manager.streams.purge("KV_detector"))
        yield* Effect.promise(() => manager.streams.delete("ALERTS"))
        yield* prepare
        yield* Effect.promise(() => manager.streams.purge("LOGS", { seq: 2 }))
        const lost: Array<string> = []
        yield* startDetector({
          watch: {
            onOutput: (output) =>
              Effect.sync(() => {
                lost.push(...output.lost.map(({ start }) => start))
              })
          }
        })
        yield* publish("web1", lines(2, [200]))
        yield* windowsAre(2)
        expect(lost).toEqual(["2026-01-05T10:00:00Z"])
        expect(yield* storedAlerts).toEqual([])
      })
    )
  )
})

describe("a detector whose ground has moved", () => {
  it.live("begins anew with a LOGS that was deleted and made anew, and decides no window twice", () =>
    onServer(
      Effect.gen(function* () {
        const first = yield* startDetector()
        yield* publish("web1", lines(0, [200, 404]))
        yield* publish("web1", lines(1, [200]))
        yield* windowsAre(1)
        const manager = yield* jsm
        yield* Effect.promise(() => manager.streams.delete("LOGS"))
        yield* prepare
        yield* publish("web1", lines(0, [200])) // late: its window is decided
        yield* publish("web1", lines(1, [200, 200]))
        yield* publish("web1", lines(2, [200]))
        yield* windowsAre(2)
        const [, second] = yield* storedWindows
        expect(second).toMatchObject({
          start: "2026-01-05T10:01:00Z",
          total: 2,
          through_seq: 3,
          since_last: { late: 1, gap: 0 }
        })
        yield* first.stop
      })
    )
  )

  it.live.each([
    ["gone", undefined],
    ["damaged", "{ half a checkpoi"],
    ["of another version", '{"schema":"chaussettes.checkpoint.v9"}']
  ] as const)("goes on from its records when the checkpoint is %s", ([_, text]) =>
    onServer(
      Effect.gen(function* () {
        const first = yield* startDetector()
        yield* publish("web1", lines(0, [200, 404, 404]))
        yield* publish("web1", lines(1, [200, 404]))
        yield* windowsAre(1)
        yield* first.stop
        const connection = yield* Connection
        yield* Effect.promise(() => connection.jsm.streams.purge("KV_detector"))
        if (text !== undefined) yield* Effect.promise(() => connection.js.publish("$KV.detector.checkpoint", text))
        const notices: Array<string> = []
        yield* startDetector({
          watch: {
            onNotice: (notice) =>
              Effect.sync(() => {
                notices.push(notice)
              })
          }
        })
        yield* publish("web1", lines(2, [200]))
        yield* windowsAre(2)
        const [, second] = yield* storedWindows
        expect(second).toMatchObject({ start: "2026-01-05T10:01:00Z", total: 2, errors: 1 })
        expect(yield* storedAlerts).toHaveLength(2)
        expect(notices.length).toBe(text === undefined ? 0 : 1)
        const state = yield* DetectorState
        yield* eventually(
          "a checkpoint stands again",
          Effect.map(state.readCheckpoint, (read) => read._tag === "Found")
        )
      })
    )
  )

  it.live("goes on in a WINDOWS and ALERTS that were made anew, from where it was", () =>
    onServer(
      Effect.gen(function* () {
        yield* startDetector()
        yield* publish("web1", lines(0, [200, 404]))
        yield* publish("web1", lines(1, [200]))
        yield* windowsAre(1)
        const manager = yield* jsm
        yield* Effect.promise(() => manager.streams.delete("WINDOWS"))
        yield* Effect.promise(() => manager.streams.delete("ALERTS"))
        yield* prepare
        yield* publish("web1", lines(2, [404]))
        yield* publish("web1", lines(3, [200]))
        yield* eventually(
          "the windows behind are decided",
          Effect.map(storedWindows, (all) => all.length > 0 && all.at(-1).start === "2026-01-05T10:02:00Z")
        )
        expect((yield* storedAlerts).at(-1).window.start).toBe("2026-01-05T10:02:00Z")
      })
    )
  )

  it.live.each([
    ["while it works", true],
    ["between two lives", false],
    ["between two lives, and the checkpoint is gone", false, true]
  ] as const)("passes over what a stranger has written into WINDOWS and ALERTS %s", ([_, working, forgets]) =>
    onServer(
      Effect.gen(function* () {
        const notices: Array<string> = []
        const watch = { onNotice: (notice: string) => Effect.sync(() => void notices.push(notice)) }
        const first = yield* startDetector({ watch })
        yield* publish("web1", lines(0, [200, 404]))
        yield* publish("web1", lines(1, [200, 404]))
        yield* windowsAre(1)
        if (!working) yield* first.stop
        const { js, jsm } = yield* Connection
        for (const subject of ["windows.decided", "alerts.ip.high"]) {
          for (const text of ["{}", "[]", '{"schema":"chaussettes.window.v1"}']) {
            yield* Effect.promise(() => js.publish(subject, text))
          }
        }
        if (forgets) yield* Effect.promise(() => jsm.streams.purge("KV_detector"))
        if (!working) yield* startDetector({ watch })
        yield* publish("web1", lines(2, [200]))
        yield* publish("web1", lines(3, [200]))
        const ours = (all: ReadonlyArray<object>) => all.filter((one) => "total" in one || "id" in one)
        yield* eventually(
          "the windows behind are decided",
          Effect.map(storedWindows, (all) => ours(all).length === 3)
        )
        expect(ours(yield* storedWindows)).toMatchObject([
          { start: "2026-01-05T10:00:00Z", total: 2, errors: 1 },
          { start: "2026-01-05T10:01:00Z", total: 2, errors: 1 },
          { start: "2026-01-05T10:02:00Z", total: 1, errors: 0 }
        ])
        yield* eventually(
          "the alerts are stored",
          Effect.map(storedAlerts, (all) => ours(all).length === 2)
        )
        for (const stream of ["WINDOWS", "ALERTS"]) {
          expect(notices).toContainEqual(
            expect.stringMatching(`${stream} holds 3 messages that no detector has written`)
          )
        }
      })
    )
  )

  it.live("does not pass over what a later version has written", () =>
    onServer(
      Effect.gen(function* () {
        const { js } = yield* Connection
        yield* Effect.promise(() => js.publish("windows.decided", '{"schema":"chaussettes.window.v2"}'))
        const ended: Array<string> = []
        yield* Effect.forkScoped(
          startDetector({ watch: { onEnded: (why) => Effect.sync(() => void ended.push(String(why))) } })
        )
        yield* eventually(
          "it says so",
          Effect.sync(() => ended.length > 0)
        )
        expect(ended[0]).toContain('its schema is "chaussettes.window.v2", not "chaussettes.window.v1"')
      })
    )
  )
})
