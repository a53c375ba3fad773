import {
  batchOf,
  Detection,
  defaultSettings,
  firstThresholds,
  type LogMessage,
  raisedAgainst,
  raisedBy,
  recordSchema,
  rfc3339,
  rulesOf,
  thresholdsOf,
  type WindowRecord
} from "@chaussettes/domain"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeMemoryServer, networkOf } from "../src/memory/server.ts"
import { memoryVersionedLog } from "../src/memory/versioned-log.ts"
import { alertsOfSpan, typedAlerts, typedWindows } from "../src/versioned/typed-log.ts"

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
  seuils: thresholdsOf(firstThresholds),
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
      assert.isUndefined(yield* typedWindows(log).firstFrom(t0))
    })
  )

  it.effect("finds the window that holds a time, or the next one, for every time", () =>
    Effect.gen(function* () {
      const starts = every.map((i) => i * 3)
      const { log } = yield* logOf(starts)
      for (let at = -2; at < 301; at++) {
        for (const offsetMs of [0, 1, windowMs - 1]) {
          const found = yield* typedWindows(log).firstFrom(t0 + at * windowMs + offsetMs)
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
        const found = yield* typedWindows(log).firstFrom(t0 + at * windowMs)
        assert.strictEqual(found?.seq, expected === undefined ? undefined : expected + 1, `at window ${at}`)
      }
    })
  )

  it.effect("begins at the first record that is held", () =>
    Effect.gen(function* () {
      const { log, stream } = yield* logOf(every)
      stream.purge(51)
      assert.strictEqual((yield* typedWindows(log).firstFrom(t0))?.seq, 51)
      stream.purge()
      assert.isUndefined(yield* typedWindows(log).firstFrom(t0))
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
      assert.strictEqual((yield* typedWindows(log).firstFrom(t0 + 12_345 * windowMs))?.seq, 12_346)
      assert.isBelow(reads, 20)
    })
  )

  it.effect("passes over what is no record, wherever it stands", () =>
    Effect.gen(function* () {
      const { log, stream } = yield* logOf(every)
      const strangers = [1, 2, 50, 51, 52, 53, 99, 100]
      for (const seq of strangers) stream.alter(seq, new TextEncoder().encode("{}"))
      const held = every.filter((i) => !strangers.includes(i + 1))
      for (const at of every) {
        const expected = held.find((start) => start >= at)
        const found = yield* typedWindows(log).firstFrom(t0 + at * windowMs)
        assert.strictEqual(found?.seq, expected === undefined ? undefined : expected + 1, `at window ${at}`)
      }
    })
  )

  it.effect("says at which sequence it met what a later version has written", () =>
    Effect.gen(function* () {
      const { log, stream } = yield* logOf([0, 1, 2])
      stream.alter(2, new TextEncoder().encode(`{"schema":"chaussettes.window.v2"}`))
      const error = yield* Effect.flip(typedWindows(log).firstFrom(t0))
      assert.strictEqual(error._tag, "Unreadable")
      if (error._tag === "Unreadable") assert.deepStrictEqual([error.stream, error.seq], ["WINDOWS", 2])
    })
  )
})

/** What the detection says of lines of which some come up to four minutes late, in the order of the streams. */
const detected = () => {
  const detection = new Detection(defaultSettings, thresholdsOf(firstThresholds), { origin: "logs", hashSeed: 1 })
  const line = (ms: number, status: number) =>
    `10.0.0.1 - - [17/May/2015:${new Date(ms).toISOString().slice(11, 19)} +0000] "GET /a HTTP/1.1" ${status} 1 "-" "-"`
  const messages = Array.from({ length: 900 }, (_, s): LogMessage => {
    const nowMs = t0 + s * 1000
    const text = s % 11 === 0 && s > 300 ? line(nowMs - (s % 240) * 1000, 500) : line(nowMs, s % 97 === 0 ? 500 : 200)
    return { seq: s + 1, source: "a", storedMs: nowMs, bytes: new TextEncoder().encode(text) }
  })
  detection.ingest(batchOf(messages))
  const { decisions } = detection.take()
  return { records: decisions.map((d) => d.record), alerts: decisions.flatMap((d) => d.alerts) }
}

const stored = (values: ReadonlyArray<object>, stream: "WINDOWS" | "ALERTS") =>
  Effect.gen(function* () {
    const log = memoryVersionedLog(yield* makeMemoryServer, "us", stream)
    const entries = values.map((value) => ({ subject: "windows.decided", data: JSON.stringify(value), epoch: 1 }))
    yield* Effect.orDie(log.append(entries, 0))
    return log
  })

describe("with revisions", () => {
  const { records, alerts } = detected()
  const msOf = (text: string) => Date.parse(text)

  it.effect("findWindow finds a place that no message of a later window stands before", () =>
    Effect.gen(function* () {
      assert.isAbove(records.filter((r) => r.revision !== undefined).length, 20)
      const log = yield* stored(records, "WINDOWS")
      for (let timeMs = t0 - 5_000; timeMs < t0 + 900_000; timeMs += 5_000) {
        const found = yield* typedWindows(log).firstFrom(timeMs)
        const first = records.findIndex((r) => msOf(r.end) > timeMs)
        if (first < 0) continue
        assert.isAtMost(found!.seq, first + 1)
        // nor is it further ahead than the messages of what is decided by then
        assert.isAbove(msOf(found!.record.decided_through), timeMs)
      }
    })
  )

  it.effect("alertsOfSpan leaves out no alert of the span, wherever a late one stands", () =>
    Effect.gen(function* () {
      assert.isTrue(alerts.some((a, i) => i > 0 && a.window.start < alerts[i - 1]!.window.start))
      const log = yield* stored(alerts, "ALERTS")
      for (let fromMs = t0 - 20_000; fromMs < t0 + 900_000; fromMs += 20_000) {
        const { first, end } = yield* alertsOfSpan(typedAlerts(log), fromMs, fromMs + 60_000)
        for (const [i, { window }] of alerts.entries()) {
          const startMs = msOf(window.start)
          if (startMs >= fromMs && startMs < fromMs + 60_000) assert.isTrue(i + 1 >= first && i + 1 < end, window.start)
        }
      }
    })
  )

  it("an alert says which record raised it", () => {
    let next = 0
    for (const record of records) {
      for (const _ of Array.from({ length: raisedBy(record) })) {
        assert.strictEqual(raisedAgainst(alerts[next]!, record), "own")
        next++
      }
      if (next > 0 && raisedBy(record) === 0) assert.strictEqual(raisedAgainst(alerts[next - 1]!, record), "before")
      if (next < alerts.length) assert.strictEqual(raisedAgainst(alerts[next]!, record), "behind")
    }
    assert.strictEqual(next, alerts.length)
  })

  it.effect("newestRecord passes over what is no record", () =>
    Effect.gen(function* () {
      const log = yield* stored([...records.slice(0, 3), { some: "thing" }], "WINDOWS")
      assert.strictEqual((yield* typedWindows(log).latest)?.seq, 3)
      assert.isUndefined(yield* typedWindows(yield* stored([], "WINDOWS")).latest)
    })
  )
})
