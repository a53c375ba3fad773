import { DetectorState } from "@chaussettes/jetstream"
import { expect, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { common, logTime } from "../../../../libs/domain/test/support/lines.ts"
import { publish, runDetector, storedWindows } from "../support/detector.ts"
import { memoryPorts, pass } from "./memory.ts"

const checkpoint = Effect.map(
  Effect.flatMap(DetectorState, (state) => state.readCheckpoint),
  (read) => (read._tag === "Found" ? read.checkpoint : undefined)
)
const tally = Effect.flatMap(DetectorState, (state) => state.readTally)

it.effect("tells what became of the lines, and that all is read, where no window is decided", () =>
  Effect.gen(function* () {
    yield* Effect.forkScoped(runDetector())
    yield* pass(1)
    yield* publish("iis", "no line of ours\nnor this")
    yield* publish("iis", "nor that")
    yield* pass(3)
    expect(yield* storedWindows).toEqual([])
    expect((yield* checkpoint)?.highest_seq).toBe(2)
    expect((yield* tally)?.total).toEqual({ lines: 3, revised: 0, late: 0, rejected: { truncated: 3 } })
    yield* pass(310)
    expect((yield* tally)?.total.lines).toBe(0)
  }).pipe(Effect.scoped, Effect.provide(memoryPorts))
)

it.effect("counts a line once over restarts, also where a kill comes before the last second is told", () =>
  Effect.gen(function* () {
    let published = 0
    const traffic = (seconds: number) =>
      Effect.gen(function* () {
        for (let i = 0; i < seconds * 5; i++) {
          const line = common({ time: logTime((yield* Clock.currentTimeMillis) - 1_000) })
          yield* publish("web1", `${line}\nno line of ours`)
          published++
          yield* TestClock.adjust("200 millis")
        }
      })
    for (const seconds of [23, 4, 1, 0, 17]) {
      const life = yield* Effect.forkScoped(runDetector())
      yield* pass(1)
      yield* traffic(seconds)
      yield* Fiber.interrupt(life)
    }
    yield* Effect.forkScoped(runDetector())
    yield* pass(4)
    const told = { lines: 2 * published, revised: 0, late: 0, rejected: { truncated: published } }
    expect((yield* tally)!.total).toEqual(told)
    expect((yield* tally)!.sources[0]).toMatchObject(told)
    expect((yield* storedWindows).length).toBeGreaterThan(2)
  }).pipe(Effect.scoped, Effect.provide(memoryPorts))
)

it.effect("does not forget at a restart what got no verdict in the minutes before", () =>
  Effect.gen(function* () {
    const first = yield* Effect.forkScoped(runDetector())
    yield* pass(1)
    yield* publish("iis", "no line of ours\nnor this")
    for (let second = 2; second <= 20; second += 2) {
      yield* publish("web1", common({ time: logTime((yield* Clock.currentTimeMillis) - 1_000) }))
      yield* pass(2)
    }
    yield* Fiber.interrupt(first)
    const before = (yield* tally)!.total
    expect(before).toMatchObject({ rejected: { truncated: 2 } })
    yield* Effect.forkScoped(runDetector())
    yield* publish("web1", common({ time: logTime(yield* Clock.currentTimeMillis) }))
    yield* pass(3)
    const after = (yield* tally)!
    expect(after.total.rejected).toEqual({ truncated: 2 })
    expect(after.total.lines).toBe(13)
    expect(after.sources.map(({ name }) => name).sort()).toEqual(["iis", "web1"])
    yield* pass(310)
    expect((yield* tally)!.total.lines).toBe(0)
  }).pipe(Effect.scoped, Effect.provide(memoryPorts))
)

it.effect("tells a change of format once, also behind a restart that reads it again, and hours later", () =>
  Effect.gen(function* () {
    const first = yield* Effect.forkScoped(runDetector())
    yield* pass(1)
    yield* publish("web1", common({ time: logTime(yield* Clock.currentTimeMillis) }))
    const nowMs = yield* Clock.currentTimeMillis
    const object = { remote_ip: "10.0.0.1", time: new Date(nowMs).toISOString(), method: "GET", uri: "/a", status: 200 }
    yield* publish("web1", JSON.stringify(object))
    yield* pass(3)
    const change = { source: "web1", was: "common", now: "json", at_ms: nowMs }
    expect((yield* tally)?.format_changes).toEqual([change])
    yield* Fiber.interrupt(first)
    const second = yield* Effect.forkScoped(runDetector())
    yield* publish("web1", JSON.stringify(object))
    yield* pass(3)
    expect((yield* tally)?.format_changes).toEqual([change])
    yield* Fiber.interrupt(second)
    yield* Effect.forkScoped(runDetector())
    yield* pass(7_200)
    yield* publish("web1", JSON.stringify({ ...object, time: new Date(yield* Clock.currentTimeMillis).toISOString() }))
    yield* pass(3)
    expect((yield* tally)?.format_changes).toEqual([change])
  }).pipe(Effect.scoped, Effect.provide(memoryPorts))
)

it.effect("counts again behind a restart what stands in no record, so that the next one has it", () =>
  Effect.gen(function* () {
    const first = yield* Effect.forkScoped(runDetector())
    yield* pass(1)
    yield* publish("iis", "no line of ours\nnor this")
    yield* pass(3)
    yield* Fiber.interrupt(first)
    expect((yield* checkpoint)?.highest_seq).toBe(1)
    yield* Effect.forkScoped(runDetector())
    yield* pass(1)
    expect((yield* checkpoint)?.resume_seq).toBe(1)
    for (const second of [5, 30]) yield* publish("web1", common({ time: logTime(second * 1_000) }))
    yield* pass(31)
    const [record] = yield* storedWindows
    expect(record).toMatchObject({ total: 1, since_last: { rejected: { truncated: 2 } } })
  }).pipe(Effect.scoped, Effect.provide(memoryPorts))
)

/** A line a second, by a clock that is so far ahead. */
const tick = (source: string, aheadMs: number, seconds: number) =>
  Effect.gen(function* () {
    for (let i = 0; i < seconds; i++) {
      const nowMs = yield* Clock.currentTimeMillis
      yield* publish(source, common({ time: logTime(nowMs + aheadMs) }))
      yield* pass(1)
    }
  })

const twoHoursMs = 7_200_000

it.effect(
  "sets a source right whose offset is to be measured: what was rejected is judged, and a restart knows it",
  () =>
    Effect.gen(function* () {
      const said: Array<string> = []
      const watch = {
        onEnded: (why: string | { readonly _tag: string }) =>
          Effect.sync(() => void said.push(typeof why === "string" ? why : JSON.stringify(why)))
      }
      const run = { measuredSources: ["web2"], watch }
      const first = yield* Effect.forkScoped(runDetector(run))
      yield* pass(1)
      yield* tick("web2", twoHoursMs, 24)
      expect(said.map((words) => JSON.parse(words))).toEqual([
        expect.objectContaining({
          _tag: "OffTheClock",
          source: "web2",
          fault: { kind: "zone", ahead_ms: twoHoursMs },
          offsetMs: -twoHoursMs
        })
      ])
      yield* tick("web2", twoHoursMs, 20)
      const records = yield* storedWindows
      expect(records.length).toBeGreaterThan(1)
      for (const { rules } of records) expect(rules.source_offsets).toEqual({ web2: -twoHoursMs })
      expect(records[0]).toMatchObject({ start: "1970-01-01T00:00:00Z", total: 9, since_last: { rejected: {} } })

      yield* Fiber.interrupt(first)
      yield* Effect.forkScoped(runDetector(run))
      yield* tick("web2", twoHoursMs, 30)
      expect(said).toHaveLength(1)
      expect((yield* storedWindows).at(-1)).toMatchObject({
        total: 10,
        rules: { source_offsets: { web2: -twoHoursMs } }
      })
      expect((yield* tally)?.sources[0]).toMatchObject({ offset_ms: -twoHoursMs, clock: null })
    }).pipe(Effect.scoped, Effect.provide(memoryPorts))
)

it.effect("names a source that is off the clock and whose offset is given by nobody, and goes on", () =>
  Effect.gen(function* () {
    const said: Array<string> = []
    yield* Effect.forkScoped(runDetector({ watch: { onEnded: () => Effect.sync(() => void said.push("ended")) } }))
    yield* pass(1)
    yield* tick("web2", twoHoursMs, 25)
    expect((yield* tally)?.sources[0]).toMatchObject({ name: "web2", clock: { kind: "zone", ahead_ms: twoHoursMs } })
    expect(said).toEqual([])
  }).pipe(Effect.scoped, Effect.provide(memoryPorts))
)
