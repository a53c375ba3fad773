import {
  type Alert,
  alertSubject,
  batchOf,
  Detection,
  defaultSettings,
  type Incident,
  incidentsOf,
  type LogMessage,
  orderOf,
  raisedBy,
  thresholdsOf,
  type WindowRecord
} from "@chaussettes/domain"
import { type Alerts, AlertsLog, type Windows, WindowsLog } from "@chaussettes/jetstream"
import {
  layerAlertsLogMemory,
  layerWindowsLogMemory,
  MemoryServer,
  makeMemoryServer
} from "@chaussettes/jetstream/memory"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { type DecidedWindow, decidedWindows } from "../src/decided-windows.ts"
import { Tracker } from "../src/tracker.ts"

const t0 = Date.UTC(2026, 0, 5, 10)
const encoder = new TextEncoder()

const line = (ms: number, url: string, status: number) =>
  `10.0.0.1 - - [05/Jan/2026:${new Date(ms).toISOString().slice(11, 19)} +0000] "GET ${url} HTTP/1.1" ${status} 1 "-" "-"`

/** Ten minutes: 200s in time; from the third minute to the sixth, time-outs that are logged a minute after they began; errors in time now and then. */
const detected = (() => {
  const detection = new Detection(defaultSettings, thresholdsOf({ global: 0.9, ip: 0.9, url: 0.5 }, 1), {
    origin: "logs",
    hashSeed: 1
  })
  const messages = Array.from({ length: 600 }, (_, s): LogMessage => {
    const nowMs = t0 + s * 1_000
    const lines = [line(nowMs, "/a", 200), line(nowMs, "/b", s % 100 < 20 ? 500 : 200)]
    if (s >= 180 && s < 360) lines.push(line(nowMs - 60_000, "/slow", 504))
    return { seq: s + 1, source: "web", storedMs: nowMs, bytes: encoder.encode(lines.join("\n")) }
  })
  detection.ingest(batchOf(messages))
  const { decisions } = detection.take()
  return { records: decisions.map((d) => d.record), alerts: decisions.flatMap((d) => d.alerts) }
})()

const stored = (records: ReadonlyArray<WindowRecord>, alerts: ReadonlyArray<Alert>) =>
  Effect.gen(function* () {
    const windows = yield* WindowsLog
    const log = yield* AlertsLog
    const entries = records.map((r) => ({ subject: "windows.decided", data: JSON.stringify(r), epoch: 1 }))
    yield* windows.append(entries, 0)
    yield* log.append(
      alerts.map((alert) => ({ subject: alertSubject(alert), data: JSON.stringify(alert), epoch: 1 })),
      0
    )
  })

const followed = (count: number, after = { windowsSeq: 0, alertsSeq: 0 }) =>
  Effect.gen(function* () {
    const next = yield* decidedWindows(after)
    const all: Array<DecidedWindow> = []
    for (let i = 0; i < count; i++) all.push(yield* next)
    return all
  }).pipe(Effect.scoped)

const onServer = <A, E>(effect: Effect.Effect<A, E, WindowsLog | AlertsLog | Windows | Alerts>) =>
  Effect.gen(function* () {
    const server = yield* makeMemoryServer
    const ports = Layer.mergeAll(layerWindowsLogMemory, layerAlertsLogMemory)
    return yield* Effect.provide(effect, Layer.provide(ports, Layer.succeed(MemoryServer, server)))
  })

const { records, alerts } = detected
const idsOf = (window: DecidedWindow) => window.alerts.map(({ alert }) => alert.id)

/** What a receiver hears of these windows. */
const told = (tracker: Tracker, windows: ReadonlyArray<DecidedWindow>) =>
  windows.flatMap((window) =>
    tracker.window(window.endMs, window.alerts).map(({ state, incident }) => ({ at: window.seq, state, incident }))
  )

const fresh = () => {
  const tracker = new Tracker({ quiet: 3, mostTold: 100 })
  tracker.settle(Number.NEGATIVE_INFINITY, undefined)
  return tracker
}

describe("notify over windows that late lines came into", () => {
  it.live("takes each record with the alerts that it raised, revisions among them", () =>
    onServer(
      Effect.gen(function* () {
        assert.isAbove(alerts.filter((a) => a.decided_through !== undefined).length, 10)
        yield* stored(records, alerts)
        let next = 0
        for (const [i, window] of (yield* followed(records.length)).entries()) {
          const raised = raisedBy(records[i]!)
          assert.deepStrictEqual(
            idsOf(window),
            alerts.slice(next, next + raised).map(({ id }) => id)
          )
          assert.strictEqual(window.endMs, orderOf(records[i]!).endMs)
          next += raised
        }
        assert.strictEqual(next, alerts.length)
      })
    )
  )

  it.live("does not wait for an alert that an earlier record of the window has raised", () =>
    onServer(
      Effect.gen(function* () {
        const again = records.findIndex((r) => r.revision?.raised === 0 && r.breaches.url > 0)
        assert.isAbove(again, 0)
        const known = records.slice(0, again + 1)
        yield* stored(
          known,
          alerts.slice(
            0,
            known.reduce((n, r) => n + raisedBy(r), 0)
          )
        )
        assert.strictEqual((yield* followed(known.length)).at(-1)!.seq, known.length)
      })
    )
  )

  it.live("does not wait for alerts that never come once those of a later record are there", () =>
    onServer(
      Effect.gen(function* () {
        const missing = records.findIndex((r) => r.revision !== undefined && raisedBy(r) > 0)
        const before = records.slice(0, missing).reduce((n, r) => n + raisedBy(r), 0)
        const some = alerts.filter((_, i) => i < before || i >= before + raisedBy(records[missing]!))
        yield* stored(records, some)
        const windows = yield* followed(records.length)
        assert.deepStrictEqual(
          windows.flatMap(idsOf),
          some.map(({ id }) => id)
        )
        assert.deepStrictEqual(idsOf(windows[missing]!), [])
      })
    )
  )

  it.live("tells a slow outage as one incident, once, that ends when no more of its alerts come", () =>
    onServer(
      Effect.gen(function* () {
        yield* stored(records, alerts)
        const changes = told(fresh(), yield* followed(records.length))
        const slow = changes.filter(({ incident }) => incident.key === "/slow")
        assert.deepStrictEqual(
          slow.map(({ state }) => state),
          ["opened", "closed"]
        )
        const { incident } = slow[1]!
        assert.deepInclude(incident, { openedMs: t0 + 120_000, lastMs: t0 + 300_000, alerts: 18 })
        const closed = changes.filter(({ state }) => state === "closed").map(({ incident }) => incident)
        const byId = (all: ReadonlyArray<Incident>) => [...all].sort((a, b) => (a.id < b.id ? -1 : 1))
        const all = incidentsOf(alerts, orderOf(records.at(-1)!).endMs).filter(({ open }) => !open)
        assert.deepStrictEqual(byId(closed), byId(all))
      })
    )
  )

  it.live("goes on behind any record, first ones and revisions, as if it had never stopped", () =>
    onServer(
      Effect.gen(function* () {
        yield* stored(records, alerts)
        const windows = yield* followed(records.length)
        const expected = told(fresh(), windows)
        for (let stop = 10; stop < windows.length; stop += 3) {
          const first = fresh()
          const before = told(first, windows.slice(0, stop))
          const handled = windows.slice(0, stop).flatMap((w) => w.alerts)
          const alertsSeq = handled.at(-1)?.seq ?? 0
          const resumeSeq = first.resumeSeq(alertsSeq + 1)
          const second = new Tracker({ quiet: 3, mostTold: 100 })
          second.remember(handled.filter(({ seq }) => seq >= resumeSeq))
          second.settle(windows[stop - 1]!.endMs, new Set(first.told().map(({ id }) => id)))
          assert.deepStrictEqual(second.told(), first.told())
          const rest = yield* followed(windows.length - stop, { windowsSeq: windows[stop - 1]!.seq, alertsSeq })
          assert.deepStrictEqual([...before, ...told(second, rest)], expected)
        }
      })
    )
  )
})
