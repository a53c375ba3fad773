import {
  defaultSettings,
  firstSeuils,
  recordSchema,
  rfc3339,
  rulesOf,
  seuilsOf,
  type WindowRecord
} from "@chaussettes/domain"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { findWindow } from "../src/log/find-window.ts"
import { makeMemoryServer, networkOf } from "../src/memory/server.ts"
import { memoryVersionedLog } from "../src/memory/versioned-log.ts"

const t0 = Date.UTC(2015, 4, 17, 10, 5, 0)
const windowMs = 10_000

/** The record of the i-th window; between two windows of a sparse log lie others that have none. */
const windowRecord = (startMs: number): WindowRecord => ({
  schema: recordSchema,
  start: rfc3339(startMs),
  end: rfc3339(startMs + windowMs),
  through_seq: 1,
  resume_seq: 1,
  decided_through: rfc3339(startMs + windowMs),
  closed_by: "watermark",
  total: 1,
  errors: 0,
  keys: { ip: 1, url: 1 },
  seuils: seuilsOf(firstSeuils),
  rules: rulesOf(defaultSettings),
  breaches: { global: 0, ip: 0, url: 0 },
  suppressed: 0,
  since_last: { late: 0, rejected: {}, gap: 0, late_by_source: {} },
  top: { ip: [], url: [] }
})

/** A log with a window at each of these starts, counted in windows behind `t0`. */
const logOf = (starts: ReadonlyArray<number>) =>
  Effect.gen(function* () {
    const server = yield* makeMemoryServer
    const log = memoryVersionedLog(server, "us", "WINDOWS")
    const records = starts.map((start) => ({
      subject: "windows.decided",
      data: JSON.stringify(windowRecord(t0 + start * windowMs)),
      epoch: 1
    }))
    yield* Effect.orDie(log.append(records, 0))
    return { server, log, stream: server.stream("WINDOWS") }
  })

const every = Array.from({ length: 100 }, (_, i) => i)

describe("findWindow", () => {
  it.effect("an empty log has no window", () =>
    Effect.gen(function* () {
      const { log } = yield* logOf([])
      assert.isUndefined(yield* findWindow(log, t0))
    })
  )

  it.effect("finds the window that holds a time, or the next one, for every time", () =>
    Effect.gen(function* () {
      const starts = every.map((i) => i * 3)
      const { log } = yield* logOf(starts)
      for (let at = -2; at < 301; at++) {
        for (const offsetMs of [0, 1, windowMs - 1]) {
          const found = yield* findWindow(log, t0 + at * windowMs + offsetMs)
          const expected = starts.findIndex((start) => start >= at)
          assert.strictEqual(found?.seq, expected < 0 ? undefined : expected + 1, `at window ${at}, ${offsetMs} ms in`)
          if (found !== undefined) assert.strictEqual(found.record.start, rfc3339(t0 + starts[expected]! * windowMs))
        }
      }
    })
  )

  it.effect("passes over deleted records, wherever they are", () =>
    Effect.gen(function* () {
      const { log, stream } = yield* logOf(every)
      for (let seq = 1; seq <= 100; seq++) if (seq % 7 !== 3 || (seq > 40 && seq < 70)) stream.delete(seq)
      const held = every.filter((i) => stream.get(i + 1) !== undefined)
      for (const at of every) {
        const expected = held.find((start) => start >= at)
        const found = yield* findWindow(log, t0 + at * windowMs)
        assert.strictEqual(found?.seq, expected === undefined ? undefined : expected + 1, `at window ${at}`)
      }
    })
  )

  it.effect("begins at the first record that is held", () =>
    Effect.gen(function* () {
      const { log, stream } = yield* logOf(every)
      stream.purge(51)
      assert.strictEqual((yield* findWindow(log, t0))?.seq, 51)
      stream.purge()
      assert.isUndefined(yield* findWindow(log, t0))
    })
  )

  it.effect("needs few reads in a long log", () =>
    Effect.gen(function* () {
      const { log, server } = yield* logOf(Array.from({ length: 20_000 }, (_, i) => i))
      let reads = 0
      server.setNetwork(
        networkOf({
          before: () =>
            Effect.sync(() => {
              reads++
            })
        })
      )
      assert.strictEqual((yield* findWindow(log, t0 + 12_345 * windowMs))?.seq, 12_346)
      assert.isBelow(reads, 20)
    })
  )

  it.effect("says at which sequence it met something that is no record", () =>
    Effect.gen(function* () {
      const { log, stream } = yield* logOf([0, 1, 2])
      stream.alter(2, new TextEncoder().encode("{}"))
      const error = yield* Effect.flip(findWindow(log, t0))
      assert.strictEqual(error._tag, "Unreadable")
      if (error._tag === "Unreadable") assert.deepStrictEqual([error.stream, error.seq], ["WINDOWS", 2])
    })
  )
})
