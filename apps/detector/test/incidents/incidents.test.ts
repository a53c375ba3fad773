import { readFileSync } from "node:fs"
import { Detection, defaultSettings, firstSeuils, incidentsOf, parseRfc3339, seuilsOf } from "@chaussettes/domain"
import {
  AlertsLog,
  layerAlertsLogMemory,
  layerWindowsLogMemory,
  MemoryServer,
  WindowsLog
} from "@chaussettes/jetstream"
import { expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { describe } from "vitest"
import { readIncidents } from "../../src/incidents/incidents.ts"

const log = readFileSync(new URL("../../../../testdata/elastic-apache-10k.log", import.meta.url))

/** What a detector would have written of the real log. */
const decisions = (() => {
  const detection = new Detection({ ...defaultSettings, allowedLatenessMs: 60_000 }, seuilsOf(firstSeuils), {
    origin: "logs",
    hashSeed: 1
  })
  detection.ingestLines(log, 0, log.length, 1)
  detection.endOfFile()
  return detection.take().decisions
})()

const ports = Layer.mergeAll(layerAlertsLogMemory, layerWindowsLogMemory).pipe(Layer.provideMerge(MemoryServer.layer))

const write = Effect.gen(function* () {
  const entries = (subject: string, values: ReadonlyArray<unknown>) =>
    values.map((value) => ({ subject, data: JSON.stringify(value), epoch: 1 }))
  yield* (yield* WindowsLog).append(
    entries(
      "windows",
      decisions.map((d) => d.record)
    ),
    0
  )
  yield* (yield* AlertsLog).append(
    entries(
      "alerts.global.medium",
      decisions.flatMap((d) => d.alerts)
    ),
    0
  )
})

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

  it.effect("are none before anything is decided", () =>
    Effect.gen(function* () {
      expect(yield* readIncidents(days(1), 3)).toEqual({ decidedMs: undefined, incidents: [] })
    }).pipe(Effect.provide(ports))
  )
})
