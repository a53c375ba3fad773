import { encodeIncident, type IncidentEvent, incidentSchema, incidentSubject } from "@chaussettes/domain"
import { IncidentsLog } from "@chaussettes/jetstream"
import { layerIncidentsLogMemory, MemoryServer } from "@chaussettes/jetstream/memory"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { followIncidents } from "../src/start/follow-incidents.ts"

const event = (type: IncidentEvent["type"], at: string): IncidentEvent => ({
  schema: incidentSchema,
  id: "server-errors.url.x",
  type,
  timestamp: `2026-01-05T10:${at}:00Z`,
  dimension: "url",
  kind: "server-errors",
  severity: "HIGH",
  message: "URL /\u001b[2J: 42 requests failed.",
  cause: { dimension: "url", key: "/", keys: ["/"], key_count: 1, share: 1 },
  victims: { network: 0, url: 0, ip: 20 },
  opened_at: "2026-01-05T10:00:00Z",
  ...(type === "closed" ? { closed_at: `2026-01-05T10:${at}:00Z`, closed_why: "quiet" as const } : {}),
  requests: 52,
  errors: 42,
  clients: 7,
  windows: 1,
  certificate: {
    family: "url.server",
    evidence: 31.4,
    level: 13.1,
    budget_weekly: 0.1,
    budget_total_weekly: 1,
    expected_rate: 0.01,
    observed_rate: 0.8,
    since: "2026-01-05T10:00:00Z",
    learnt_through: null
  }
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
