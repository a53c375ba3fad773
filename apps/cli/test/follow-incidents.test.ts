import { encodeIncident, type IncidentEvent, incidentSubject } from "@chaussettes/domain"
import { IncidentsLog } from "@chaussettes/jetstream"
import { layerIncidentsLogMemory, MemoryServer } from "@chaussettes/jetstream/memory"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { incidentEvent } from "../../../libs/domain/test/support/incident-event.ts"
import { followIncidents } from "../src/start/follow-incidents.ts"

const event = (type: IncidentEvent["type"], at: string): IncidentEvent =>
  incidentEvent({
    id: "server-errors.url.x",
    type,
    timestamp: `2026-01-05T10:${at}:00Z`,
    message: "URL /\u001b[2J: 42 requests failed.",
    ...(type === "closed" ? { closed_at: `2026-01-05T10:${at}:00Z`, closed_why: "quiet" } : {})
  })

const entry = (e: IncidentEvent) => ({ subject: incidentSubject(e), data: encodeIncident(e), epoch: 1 })

describe("the incidents that start prints", () => {
  it.live("are those that come from then on, a line each, in which nothing acts on the terminal", () =>
    Effect.gen(function* () {
      const log = yield* IncidentsLog
      yield* log.append([entry(event("opened", "01"))], 0)
      const printed: Array<string> = []
      const following = yield* Effect.forkChild(
        followIncidents({ print: (line) => printed.push(line), colors: false }),
        { startImmediately: true }
      )
      yield* Effect.sleep("20 millis")
      yield* log.append([entry(event("grew", "02")), entry(event("closed", "03"))], 1)
      while (printed.length < 2) yield* Effect.sleep("5 millis")
      yield* Fiber.interrupt(following)
      assert.match(
        printed[0]!,
        /^2026-01-05 10:02:00 {2}INCIDENT grew \(HIGH\) {2}URL \/.* failed\. {2}server-errors\.url\.x$/
      )
      assert.match(printed[1]!, /^2026-01-05 10:03:00 {2}INCIDENT over \(HIGH\)/)
      assert.notInclude(printed.join(""), "\u001b")
    }).pipe(Effect.provide(layerIncidentsLogMemory.pipe(Layer.provide(MemoryServer.layer))))
  )
})
