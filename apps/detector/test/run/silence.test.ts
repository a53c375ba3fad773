import { type IncidentEvent, rfc3339 } from "@chaussettes/domain"
import { IncidentsStore, Unavailable } from "@chaussettes/jetstream"
import { MemoryServer, networkOf } from "@chaussettes/jetstream/memory"
import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { common, logTime } from "../../../../libs/domain/test/support/lines.ts"
import type { FoldOutput } from "../../src/fold/fold.ts"
import { layerAudits } from "../../src/verify/audits.ts"
import { verifyLogs } from "../../src/verify/verify-logs.ts"
import { publish, runDetector, storedIncidents } from "../support/detector.ts"
import { modelText } from "../support/models.ts"
import { memoryPorts, pass } from "./memory.ts"

/** A model that knows two weeks in which a line came each second. */
const usual = modelText(12, {
  learnt: { start: rfc3339(0), end: rfc3339(14 * 86_400_000), windows: 14 * 8_640 },
  traffic: { requests: [10], dispersion: 1 }
})

/** A line a second as it is written, or so long afterwards. */
const write = (seconds: number, agoMs = 0) =>
  Effect.gen(function* () {
    for (let i = 0; i < seconds; i++) {
      yield* publish("web1", common({ time: logTime((yield* Clock.currentTimeMillis) - agoMs) }))
      yield* pass(1)
    }
  })

/** All lines of a time, at once. */
const backlog = (fromMs: number, toMs: number) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    for (let ms = fromMs; ms < toMs; ms += 1_000) lines.push(common({ time: logTime(ms) }))
    yield* publish("web1", lines.join("\n"))
  })

/** A minute of lines, all of it decided. */
const resume = Effect.gen(function* () {
  yield* write(60)
  yield* publish("web1", "", "end")
  yield* pass(5)
})

const start = Effect.forkScoped(runDetector())

/** What INCIDENTS says, in short: `assumed` what was told before its windows were decided, with the seconds from their end. */
const told = Effect.map(storedIncidents, (events: ReadonlyArray<IncidentEvent>) =>
  events.map(({ type, kind, closed_why, silent_from, timestamp }) => {
    const assumed =
      silent_from === undefined ? "" : ` assumed ${(Date.parse(timestamp) - Date.parse(silent_from)) / 1_000} s`
    return `${type} ${kind}${closed_why === undefined ? "" : ` ${closed_why}`}${assumed}`
  })
)

const verified = Effect.gen(function* () {
  const { findings } = yield* verifyLogs({
    fromMs: Number.NEGATIVE_INFINITY,
    toMs: Number.POSITIVE_INFINITY,
    examples: 10,
    patienceMs: 0,
    onProgress: () => {}
  }).pipe(Effect.provide(layerAudits("inline")))
  const { incidents, unverifiableIncidents, differences } = findings!
  return { ...incidents, unverifiable: unverifiableIncidents, differences }
})

const exactly = (same: number) => ({ same, lost: 0, extra: 0, different: 0, unverifiable: 0, differences: [] })

const within = <A, E, R>(test: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    yield* (yield* IncidentsStore).put("model", usual)
    return yield* test
  }).pipe(Effect.scoped, Effect.provide(memoryPorts))

describe("a silence", () => {
  it.effect("is told while no line comes, once, and is over with the lines that come again", () =>
    within(
      Effect.gen(function* () {
        let open = {}
        const onOutput = ({ openIncidents }: FoldOutput) =>
          Effect.sync(() => {
            open = openIncidents
          })
        yield* Effect.forkScoped(runDetector({ watch: { onOutput } }))
        yield* write(120)
        expect(open).toEqual({})
        yield* pass(50)
        expect(yield* told).toEqual(["opened silence assumed 20 s"])
        expect(open).toEqual({ silence: 1 })
        expect(yield* verified).toEqual(exactly(1))
        yield* pass(600)
        expect(yield* told).toHaveLength(1)
        yield* resume
        expect(yield* told).toEqual(["opened silence assumed 20 s", "closed silence recovered"])
        expect(yield* verified).toEqual(exactly(2))
      })
    )
  )

  it.effect("is withdrawn where its lines come later, and these are judged like all others", () =>
    within(
      Effect.gen(function* () {
        yield* start
        yield* write(120)
        const cutMs = yield* Clock.currentTimeMillis
        yield* pass(100)
        yield* backlog(cutMs, yield* Clock.currentTimeMillis)
        yield* resume
        expect(yield* told).toEqual(["opened silence assumed 20 s", "closed silence withdrawn"])
        expect(yield* verified).toEqual(exactly(2))
      })
    )
  )

  it.effect("is told once by all lives of the detector, and withdrawn by one that did not tell it", () =>
    within(
      Effect.gen(function* () {
        const first = yield* start
        yield* write(120)
        const cutMs = yield* Clock.currentTimeMillis
        yield* pass(60)
        expect(yield* told).toHaveLength(1)
        yield* Fiber.interrupt(first)
        const second = yield* start
        yield* pass(120)
        expect(yield* told).toHaveLength(1)
        yield* Fiber.interrupt(second)
        yield* start
        yield* pass(5)
        yield* backlog(cutMs, yield* Clock.currentTimeMillis)
        yield* resume
        expect(yield* told).toEqual(["opened silence assumed 20 s", "closed silence withdrawn"])
        expect(yield* verified).toEqual(exactly(2))
      })
    )
  )

  it.effect("is told by a detector that was started in the midst of it", () =>
    within(
      Effect.gen(function* () {
        const first = yield* start
        yield* write(120)
        yield* pass(5)
        yield* Fiber.interrupt(first)
        yield* start
        yield* pass(60)
        expect(yield* told).toEqual(["opened silence assumed 20 s"])
        expect(yield* verified).toEqual(exactly(1))
      })
    )
  )

  it.effect("that is altered or gone is found by verify", () =>
    within(
      Effect.gen(function* () {
        const incidents = (yield* MemoryServer).stream("INCIDENTS")
        yield* start
        yield* write(120)
        yield* pass(60)
        const [event] = yield* storedIncidents
        const alter = (change: object) =>
          incidents.alter(1, new TextEncoder().encode(JSON.stringify({ ...event, ...change })))
        alter({ silent_from: rfc3339(Date.parse(event.silent_from) - 10_000) })
        expect(yield* verified).toMatchObject({ same: 0, different: 1, lost: 0, extra: 0 })
        alter({ certificate: { ...event.certificate, evidence: 99 } })
        expect(yield* verified).toMatchObject({ same: 0, different: 1, lost: 0, extra: 0 })
        alter({ silent_from: rfc3339(Date.parse(event.silent_from) + 10_000) })
        expect(yield* verified).toMatchObject({ same: 0, different: 0, lost: 0, extra: 1 })
        alter({})
        expect(yield* verified).toEqual(exactly(1))
        yield* resume
        incidents.delete(1)
        expect(yield* verified).toMatchObject({ same: 1, different: 0, lost: 1, extra: 0 })
      })
    )
  )

  it.effect("is not told of sources that have ended, nor of a log of the past that was read to its end", () =>
    within(
      Effect.gen(function* () {
        yield* start
        yield* pass(3_600)
        yield* write(120, 3_000_000)
        yield* pass(1_200)
        expect(yield* told).toEqual([])
        yield* write(120)
        yield* publish("web1", "", "end")
        yield* pass(1_200)
        expect((yield* told).filter((event) => event.includes("assumed"))).toEqual([])
      })
    )
  )

  it.effect("is not told where the server was away: nobody could write", () =>
    within(
      Effect.gen(function* () {
        const server = yield* MemoryServer
        yield* start
        yield* write(120)
        const away = new Unavailable({ what: "LOGS", why: "it is away" })
        server.setNetwork(networkOf({ before: ({ stream }) => (stream === "LOGS" ? Effect.fail(away) : Effect.void) }))
        yield* pass(60)
        server.setNetwork(networkOf({}))
        yield* pass(600)
        expect(yield* told).toEqual([])
        yield* write(60)
        yield* pass(60)
        expect((yield* told)[0]).toMatch(/^opened silence$/)
      })
    )
  )
})
