import { readFileSync } from "node:fs"
import {
  alertOf,
  Detection,
  defaultSettings,
  firstThresholds,
  incidentsOf,
  parseRfc3339,
  revisionSchema,
  rfc3339,
  thresholdsOf
} from "@chaussettes/domain"
import { AlertsLog, WindowsLog } from "@chaussettes/jetstream"
import { layerAlertsLogMemory, layerWindowsLogMemory, MemoryServer } from "@chaussettes/jetstream/memory"
import { readIncidents } from "@chaussettes/readmodel/queries"
import { expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { describe } from "vitest"

const log = readFileSync(new URL("../../../testdata/elastic-apache-10k.log", import.meta.url))

/** What a detector would have written of the real log. */
const decisions = (() => {
  const detection = new Detection({ ...defaultSettings, allowedLatenessMs: 60_000 }, thresholdsOf(firstThresholds), {
    origin: "logs",
    hashSeed: 1
  })
  detection.ingestLines(log, 0, log.length, 1)
  detection.endOfFile()
  return detection.take().decisions
})()

const ports = Layer.mergeAll(layerAlertsLogMemory, layerWindowsLogMemory).pipe(Layer.provideMerge(MemoryServer.layer))

const append = (records: ReadonlyArray<unknown>, alerts: ReadonlyArray<unknown>) => {
  const entries = (subject: string, values: ReadonlyArray<unknown>) =>
    values.map((value) => ({ subject, data: JSON.stringify(value), epoch: 1 }))
  return Effect.gen(function* () {
    yield* (yield* WindowsLog).append(entries("windows", records), 0)
    yield* (yield* AlertsLog).append(entries("alerts.global.medium", alerts), 0)
  })
}

const write = append(
  decisions.map((d) => d.record),
  decisions.flatMap((d) => d.alerts)
)

const days = (n: number) => n * 86_400_000

describe("the incidents of the streams", () => {
  it.effect("are those of all alerts, grouped", () =>
    Effect.gen(function* () {
      yield* write
      const { incidents, decidedMs } = yield* readIncidents(days(10), 3)
      const alerts = decisions.flatMap((d) => d.alerts)
      expect(decidedMs).toBe(parseRfc3339("2015-05-20T21:06:00Z"))
      expect(incidents).toEqual(incidentsOf(alerts, decidedMs!))
      expect(incidents.reduce((sum, i) => sum + i.alerts, 0)).toBe(22)
      expect(incidents.length).toBeLessThan(22)
    }).pipe(Effect.provide(ports))
  )

  it.effect("begin where they began, also when that is before the span that is asked for", () =>
    Effect.gen(function* () {
      yield* write
      const all = (yield* readIncidents(days(10), 3)).incidents
      const { incidents, decidedMs } = yield* readIncidents(days(1), 3)
      expect(incidents.length).toBeGreaterThan(0)
      expect(incidents).toEqual(all.filter((incident) => incident.lastMs > decidedMs! - days(1)))
    }).pipe(Effect.provide(ports))
  )

  it.effect("are told from where they opened, however long ago that was", () =>
    Effect.gen(function* () {
      const hourMs = 3_600_000
      const hours = Array.from({ length: 24 * 12 }, (_, hour) => hour)
      const alertAt = (hour: number) =>
        alertOf({
          dimension: "global",
          startMs: hour * hourMs,
          windowMs: hourMs,
          total: 10,
          errors: 5,
          threshold: 0.1,
          revision: 1,
          lines: { first_seq: 1, last_seq: 2 },
          language: "en"
        })
      // A short one first: reading begins behind it, and must not take it for the beginning.
      const alerts = [0, ...hours.filter((hour) => hour >= 12)].map(alertAt)
      const record = { ...decisions[0]!.record, ...alerts.at(-1)!.window }
      yield* append([record], alerts)
      const { incidents } = yield* readIncidents(days(1), 3)
      expect(incidents).toMatchObject([{ open: true, openedMs: 12 * hourMs, alerts: 24 * 12 - 12 }])
    }).pipe(Effect.provide(ports))
  )

  it.effect("are those of all alerts where many come late, for any span", () =>
    Effect.gen(function* () {
      const minuteMs = 60_000
      const alertAt = (minute: number, client: string, decidedMinute?: number) =>
        alertOf({
          dimension: "ip",
          key: new TextEncoder().encode(client),
          startMs: minute * minuteMs,
          windowMs: minuteMs,
          total: 10,
          errors: 5,
          threshold: 0.1,
          revision: 1,
          lines: { first_seq: 1, last_seq: 2 },
          ...(decidedMinute === undefined ? {} : { decidedThroughMs: decidedMinute * minuteMs }),
          language: "en"
        })
      // Each hour of three days: twenty minutes of errors that are logged up to half an hour late, and a few in time.
      const minutes = Array.from({ length: 3 * 24 * 60 }, (_, minute) => minute)
      const alerts = minutes.flatMap((minute) => [
        ...(minute % 60 >= 30 && minute % 60 < 50 ? [alertAt(minute - 5 - (minute % 25), "10.0.0.1", minute)] : []),
        ...(minute % 60 < 4 ? [alertAt(minute, "10.0.0.2")] : [])
      ])
      const [endMs, revised] = [minutes.length * minuteMs, decisions[0]!.record]
      const { start, end } = alertAt(minutes.length - 40, "").window
      const revision = { number: 1, added: { total: 1, errors: 1, first_seq: 1, last_seq: 1 }, raised: 0 }
      // The newest record is a revision of a window that was decided long before.
      const newest = { ...revised, schema: revisionSchema, revision, start, end, decided_through: rfc3339(endMs) }
      yield* append([newest], alerts)
      for (const spanMs of [days(10), days(1), 5 * 3_600_000, 3_600_000]) {
        const { incidents, decidedMs } = yield* readIncidents(spanMs, 3)
        expect(decidedMs).toBe(endMs)
        expect(incidents.length).toBeGreaterThan(1)
        expect(incidents).toEqual(
          incidentsOf(alerts, endMs).filter(({ lastMs, open }) => open || lastMs > endMs - spanMs)
        )
      }
    }).pipe(Effect.provide(ports))
  )

  it.effect("pass over what no detector has written", () =>
    Effect.gen(function* () {
      const stranger = { some: "body" }
      const alerts = decisions.flatMap((d) => d.alerts)
      yield* append([...decisions.map((d) => d.record), stranger], [...alerts, stranger])
      const { incidents, decidedMs } = yield* readIncidents(days(10), 3)
      expect(incidents).toEqual(incidentsOf(alerts, decidedMs!))
    }).pipe(Effect.provide(ports))
  )

  it.effect("are none before anything is decided", () =>
    Effect.gen(function* () {
      expect(yield* readIncidents(days(1), 3)).toEqual({ decidedMs: undefined, incidents: [] })
    }).pipe(Effect.provide(ports))
  )
})
