import { readFileSync } from "node:fs"
import { DetectorState } from "@chaussettes/jetstream"
import { type RunningServer, TestServer } from "@chaussettes/jetstream/testing"
import { until } from "@chaussettes/testing"
import { describe, expect, it } from "@effect/vitest"
import { Effect, type Layer, Schedule, type Scope } from "effect"
import { type Part, startPart } from "../../../../test/metrics/parts.ts"
import { eventually, portsOf, prepare, publish, storedAlerts, storedWindows } from "../support/detector.ts"

type Ports = Layer.Success<ReturnType<typeof portsOf>>

/** `chaussettes detect` as its users start it; gone with the scope, however. */
const startDetect = (server: RunningServer, ...flags: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => startPart(["detect", ...flags], { NATS_URL: server.url })),
    ({ child, ended }) =>
      Effect.promise(() => {
        child.kill("SIGCONT")
        child.kill("SIGKILL")
        return ended
      })
  )

const onServer = <A, E, R extends Ports | Scope.Scope>(test: (server: RunningServer) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const server = yield* TestServer
    return yield* Effect.andThen(prepare, test(server)).pipe(Effect.scoped, Effect.provide(portsOf(server.url)))
  }).pipe(Effect.provide(TestServer.layer()))

const two = (n: number) => `${n}`.padStart(2, "0")

/** Failed requests, each in a window of its own and deciding the one before the last. */
const publishAll = (from: number, to: number) =>
  Effect.gen(function* () {
    for (let i = from; i <= to; i++) {
      const time = `05/Jan/2026:10:${two(Math.floor(i / 6))}:${two((i % 6) * 10)} +0000`
      yield* publish("web1", `10.0.0.1 - - [${time}] "GET /${i} HTTP/1.1" 500 1`)
    }
  })

/** So many windows are decided, each once and in order, each with its one alert. */
const decided = (count: number) =>
  Effect.gen(function* () {
    yield* eventually(
      `${count} windows and their alerts are stored`,
      Effect.gen(function* () {
        return (yield* storedWindows).length >= count && (yield* storedAlerts).length >= count
      }).pipe(Effect.orElseSucceed(() => false))
    )
    const starts = (yield* storedWindows).map(({ start }) => start)
    expect(starts).toHaveLength(count)
    expect(starts).toEqual([...new Set(starts)].sort())
    expect((yield* storedAlerts).map(({ window }) => window.start)).toEqual(starts)
  })

const readiness = async (url: string) => {
  const response = await fetch(`${url}/readyz`)
  return { status: response.status, ...((await response.json()) as { not_ready?: { [condition: string]: string } }) }
}

const residentMiB = ({ pid }: Part): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024

describe("a detector whose server is away", () => {
  it.live(
    "says that it is not ready and why, does not grow, and goes on when it is back",
    () =>
      onServer((server) =>
        Effect.gen(function* () {
          const part = yield* startDetect(server, "--http-port", "0")
          const url = yield* Effect.promise(() => part.url())
          yield* publishAll(0, 11)
          yield* decided(10)
          expect(yield* Effect.promise(() => readiness(url))).toEqual({ status: 200, ready: true })
          const before = residentMiB(part)
          yield* Effect.promise(() => server.kill())
          const away = yield* Effect.promise(() =>
            until("it says so", async () => {
              const now = await readiness(url)
              return now.status === 503 ? now : undefined
            })
          )
          expect(away.not_ready).toMatchObject({ nats: expect.stringContaining("not connected") })
          yield* Effect.sleep(5_000)
          expect(residentMiB(part) - before).toBeLessThan(50)
          yield* Effect.promise(() => server.restart())
          yield* publishAll(12, 21)
          yield* decided(20)
          yield* Effect.promise(() => until("it is ready again", async () => (await readiness(url)).status === 200))
        })
      ),
    60_000
  )
})

describe("a detector that is killed while lines come", () => {
  it.live(
    "tells each line once, with the lines that the next one reads again",
    () =>
      onServer((server) =>
        Effect.gen(function* () {
          let published = 0
          const traffic = Effect.gen(function* () {
            const now = new Date()
            const time = `${now
              .toUTCString()
              .slice(5, 25)
              .replace(/(\S+) (\S+) (\S+) /, "$1/$2/$3:")} +0000`
            const line = `10.0.0.1 - - [${time}] "GET /a HTTP/1.1" 200 1`
            yield* publish("web1", `${line}\n${line}\nno line of ours`)
            published++
          }).pipe(Effect.repeat(Schedule.spaced("20 millis")))
          const told = Effect.flatMap(DetectorState, ({ readTally }) => readTally)
          const lives = Effect.forEach([1, 2, 3], () =>
            Effect.gen(function* () {
              const part = yield* startDetect(server, "--window", "1s", "--lease", "1s")
              const before = (yield* told)?.through_seq ?? 0
              yield* eventually(
                "it has told of new lines",
                Effect.map(told, (tally) => (tally?.through_seq ?? 0) > before + 100)
              )
              part.child.kill("SIGKILL")
              yield* Effect.promise(() => part.ended)
            })
          )
          yield* Effect.raceFirst(lives, traffic)
          yield* startDetect(server, "--window", "1s", "--lease", "1s")
          yield* eventually(
            "the last life has told of all",
            Effect.map(told, (tally) => tally?.through_seq === published)
          )
          const { total, sources } = (yield* told)!
          expect(published).toBeGreaterThan(300)
          const each = { lines: 3 * published, revised: 0, late: 0, rejected: { truncated: published } }
          expect(total).toEqual(each)
          expect(sources).toEqual([expect.objectContaining(each)])
        })
      ),
    60_000
  )
})

describe("two detectors as processes", () => {
  it.live(
    "take over from one another within 10 s, from one that was killed and from one that was frozen, and nothing is there twice",
    () =>
      onServer((server) =>
        Effect.gen(function* () {
          const state = yield* DetectorState
          let parts = [yield* startDetect(server), yield* startDetect(server)]
          const leader = Effect.gen(function* () {
            const holder = (yield* state.readLease)?.holder ?? ""
            return parts.find(({ child }) => holder.split("/")[1] === `${child.pid}`)
          })
          const leads = (what: string, isIt: (part: Part) => boolean) =>
            Effect.gen(function* () {
              const startedMs = performance.now()
              yield* eventually(
                what,
                Effect.map(leader, (part) => part !== undefined && isIt(part)),
                "20 seconds"
              )
              expect(performance.now() - startedMs).toBeLessThan(10_000)
              return (yield* leader)!
            })
          const first = yield* leads("one leads", () => true)
          yield* publishAll(0, 6)
          yield* decided(5)

          first.child.kill("SIGKILL")
          yield* publishAll(7, 11)
          const second = yield* leads("the other one leads", (part) => part !== first)
          yield* decided(10)

          parts = [second, yield* startDetect(server)]
          second.child.kill("SIGSTOP")
          yield* publishAll(12, 16)
          const third = yield* leads("the third one leads", (part) => part !== second)
          yield* decided(15)
          second.child.kill("SIGCONT")
          yield* publishAll(17, 21)
          yield* decided(20)
          yield* Effect.promise(() =>
            until("the one that was frozen stands by", () => /taken the lead|has taken over/.test(second.stderr()), {
              seen: second.stderr
            })
          )
          expect(yield* leader).toBe(third)
        })
      ),
    90_000
  )
})
