import {
  Acts,
  encodeIncident,
  encodeRecord,
  type IncidentEvent,
  incidentSubject,
  parseRfc3339
} from "@chaussettes/domain"
import { IncidentsLog, WindowsLog, windowsSubject } from "@chaussettes/jetstream"
import { layerIncidentsLogMemory, layerWindowsLogMemory, MemoryServer } from "@chaussettes/jetstream/memory"
import { readDecided } from "@chaussettes/readmodel/queries"
import { expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { describe } from "vitest"
import { incidentEvent } from "../../../libs/domain/test/support/incident-event.ts"
import { recordOf } from "../../../libs/readmodel/test/records.ts"
import { decidedJson, decidedLine } from "../src/incidents/decided-text.ts"

const ports = Layer.mergeAll(layerIncidentsLogMemory, layerWindowsLogMemory).pipe(
  Layer.provideMerge(MemoryServer.layer)
)

const event = (id: string, type: IncidentEvent["type"], at: string, opened: string): IncidentEvent =>
  incidentEvent({
    id,
    type,
    timestamp: `2026-01-05T${at}:00Z`,
    message: `URL /${id}\u001b[31m: 42 requests failed.`,
    cause: { dimension: "url", key: `/${id}`, keys: [`/${id}`], key_count: 1, share: 1 },
    opened_at: `2026-01-05T${opened}:00Z`,
    ...(type === "closed" ? { closed_at: `2026-01-05T${at}:00Z`, closed_why: "recovered" } : {})
  })

/** Windows are decided up to noon. */
const write = (events: ReadonlyArray<IncidentEvent>) =>
  Effect.gen(function* () {
    const record = recordOf(Date.UTC(2026, 0, 5, 11, 59, 50))
    yield* (yield* WindowsLog).append([{ subject: windowsSubject, data: encodeRecord(record), epoch: 1 }], 0)
    const entries = events.map((e) => ({ subject: incidentSubject(e), data: encodeIncident(e), epoch: 1 }))
    yield* (yield* IncidentsLog).append(entries, 0)
  })

const all = [
  event("a", "opened", "01:00", "00:59"),
  event("a", "closed", "02:00", "00:59"),
  event("b", "opened", "08:00", "07:59"),
  event("c", "opened", "10:00", "09:59"),
  event("b", "grew", "10:30", "07:59"),
  event("c", "closed", "11:00", "09:59")
]

describe("the incidents that the detector decided", () => {
  it.effect("are listed once, by their last event: open ones first", () =>
    Effect.gen(function* () {
      yield* write(all)
      const { incidents, decidedMs } = yield* readDecided(86_400_000)
      expect(incidents.map(({ id, event: { type } }) => `${id} ${type}`)).toEqual(["b grew", "c closed", "a closed"])
      expect(decidedMs).toBe(parseRfc3339("2026-01-05T12:00:00Z"))
      const json = JSON.parse(decidedJson(decidedMs, incidents, new Acts(), decidedMs!))
      expect(json.incidents.map(({ id, open }: { id: string; open: boolean }) => [id, open])).toEqual([
        ["b", true],
        ["c", false],
        ["a", false]
      ])
    }).pipe(Effect.provide(ports))
  )

  it.effect("are those that were open in the span, whenever they opened", () =>
    Effect.gen(function* () {
      yield* write(all)
      const { incidents } = yield* readDecided(2 * 3_600_000)
      expect(incidents.map(({ id }) => id)).toEqual(["b", "c"])
    }).pipe(Effect.provide(ports))
  )

  it.effect("are lines in which nothing acts on the terminal, and say how long they have lasted", () =>
    Effect.gen(function* () {
      yield* write(all)
      const { incidents, decidedMs } = yield* readDecided(86_400_000)
      const [open, closed] = incidents.map((e) => decidedLine(e, decidedMs!, new Acts(), decidedMs!))
      expect(open).toMatch(/ {2}4h1m {2}HIGH {2}URL \/b.* failed\. {2}b$/)
      expect(closed).toMatch(/ {2}1h1m {2}HIGH {2}URL \/c/)
      expect(open).not.toContain("\u001b")
    }).pipe(Effect.provide(ports))
  )

  it.effect("are none where nothing was decided", () =>
    Effect.gen(function* () {
      expect((yield* readDecided(86_400_000)).incidents).toEqual([])
    }).pipe(Effect.provide(ports))
  )
})
