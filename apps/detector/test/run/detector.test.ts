import { rfc3339 } from "@chaussettes/domain"
import { DetectorState, Refused, windowsSubject } from "@chaussettes/jetstream"
import { MemoryServer, networkOf } from "@chaussettes/jetstream/memory"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { storedWindows } from "../support/detector.ts"
import { memoryPorts, pass, send, start } from "./memory.ts"

describe("a detector that leads", () => {
  it.effect("begins again within its lead where something older has been written before it", () =>
    Effect.gen(function* () {
      const said: Array<string> = []
      yield* start("host/a/1", said)
      yield* pass(1)
      yield* start("host/b/1", said)
      yield* send(1)
      yield* send(16)
      yield* pass(1)
      // What a detector that led before has sent arrives late: it has decided the next window, and on less than this one will.
      const [first] = yield* storedWindows
      const end = rfc3339(20_000)
      const older = { ...first, start: first.end, end, decided_through: end, through_seq: 2, resume_seq: 3 }
      const data = new TextEncoder().encode(JSON.stringify(older))
      const { stream } = yield* MemoryServer
      stream("WINDOWS").append({ subject: windowsSubject, data }, 0)
      yield* send(17)
      yield* send(26)
      yield* send(36)
      yield* pass(60)
      expect(said).toEqual(["a leads", "b stands by", "a Foreign", "a leads"])
      expect(yield* (yield* DetectorState).readLease).toMatchObject({ holder: "host/a/1", generation: 1 })
      const starts = (yield* storedWindows).map((record) => `${record.start.slice(14)} ${record.closed_by}`)
      // Of the window that was decided on less there is a revision.
      expect(starts).toEqual(["00:00Z watermark", "00:10Z watermark", "00:10Z late", "00:20Z watermark", "00:30Z idle"])
    }).pipe(Effect.scoped, Effect.provide(memoryPorts))
  )
})

describe("a detector whose bucket takes no writes", () => {
  it.effect("works on, and says once that no checkpoint stands", () =>
    Effect.gen(function* () {
      const said: Array<string> = []
      const server = yield* MemoryServer
      yield* start("host/a/1", said)
      yield* pass(1)
      const full = new Refused({ what: "the bucket", why: "it is full", remedy: "Make room." })
      server.setNetwork(
        networkOf({
          before: ({ stream, kind }) => (stream === "KV_detector" && kind === "write" ? Effect.fail(full) : Effect.void)
        })
      )
      yield* send(1, 16, 26)
      yield* pass(30)
      expect(yield* storedWindows).toHaveLength(2)
      expect(said).toEqual(["a leads", expect.stringMatching(/^a The checkpoint cannot be written \(it is full\)/)])
    }).pipe(Effect.scoped, Effect.provide(memoryPorts))
  )
})

describe("a detector that stands by", () => {
  const leaseMs = 3_000

  /** Another one renews its lease as a leader does, and dies. Answers how long after that the detector leads. */
  const takeOver = (diesAtMs: number) =>
    Effect.gen(function* () {
      const state = yield* DetectorState
      const said: Array<string> = []
      let revision = 0
      let renewedMs = 0
      for (let nowMs = 0; nowMs < diesAtMs + 3 * leaseMs; nowMs += 100) {
        if (nowMs <= diesAtMs && nowMs % (leaseMs / 3) === diesAtMs % (leaseMs / 3)) {
          revision = (yield* state.writeLease({ holder: "other/1/x", generation: 7 }, revision)).revision
          renewedMs = nowMs
        }
        if (nowMs === 1_000) yield* start("host/b/1", said)
        yield* TestClock.adjust("100 millis")
        if (said.includes("b leads")) return nowMs + 100 - renewedMs
      }
      return Number.POSITIVE_INFINITY
    }).pipe(Effect.scoped, Effect.provide(Layer.fresh(memoryPorts)))

  it.effect("leads when the lease of the one before has not been renewed for its whole time, and not much later", () =>
    Effect.gen(function* () {
      for (let diesAtMs = 5_000; diesAtMs < 6_000; diesAtMs += 100) {
        const tookMs = yield* takeOver(diesAtMs)
        expect(tookMs).toBeGreaterThanOrEqual(leaseMs)
        expect(tookMs).toBeLessThanOrEqual(leaseMs + leaseMs / 3 + 200)
      }
    })
  )
})
