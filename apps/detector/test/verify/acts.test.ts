import { type Act, actSchema, actSubject, encodeAct, encodeIncident, incidentSubject } from "@chaussettes/domain"
import {
  layerActsLogMemory,
  layerIncidentsLogMemory,
  MemoryServer,
  type MemoryServerShape,
  makeMemoryServer
} from "@chaussettes/jetstream/memory"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { eventOf } from "../../../../libs/domain/test/acts/event.ts"
import { auditActs } from "../../src/verify/acts.ts"
import { jsonOf, textOf } from "../../src/verify/report.ts"

const broken = eventOf()
const ack: Act = {
  schema: actSchema,
  id: "acknowledge.1",
  type: "acknowledge",
  at: "2026-11-28T10:05:00Z",
  by: "anne",
  incident: broken.id
}
const data = (text: string) => new TextEncoder().encode(text)

const audited = (acts: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const server: MemoryServerShape = yield* makeMemoryServer
    server.stream("INCIDENTS").append({ subject: incidentSubject(broken), data: data(encodeIncident(broken)) }, 0)
    for (const text of acts) server.stream("ACTS").append({ subject: actSubject(ack), data: data(text) }, 0)
    const ports = Layer.mergeAll(layerActsLogMemory, layerIncidentsLogMemory)
    const found = yield* Effect.provide(auditActs, ports.pipe(Layer.provide(Layer.succeed(MemoryServer, server))))
    const nothing = { plan: { logs: { firstSeq: 1, lastSeq: 0 }, unverifiable: 0 }, findings: undefined } as never
    return { found, text: textOf(nothing, found, 1), json: jsonOf(nothing, found, 1) }
  })

describe("verify and acts", () => {
  it.effect("counts those that can be read, and names incidents that never were", () =>
    Effect.gen(function* () {
      const { found, text, json } = yield* audited([
        encodeAct(ack),
        encodeAct({ ...ack, incident: "nobody-knows" }),
        encodeAct({ ...ack, type: "note", text: "Again", incident: "nobody-knows" }),
        "by hand"
      ])
      assert.deepStrictEqual(found, {
        readable: 3,
        unreadable: 1,
        incidents: 2,
        unknownIncidents: ["nobody-knows"]
      })
      assert.include(text, "ACTS: 3 acts, 1 unreadable; 1 incident that they name is not in INCIDENTS: nobody-knows.")
      assert.isTrue(json.ok, "acts decide nothing, so nothing of them is a failure of the detection")
      assert.strictEqual(json.acts?.unknown_incidents, 1)
    })
  )

  it.effect("goes no further than what a later version has said", () =>
    Effect.gen(function* () {
      const { found } = yield* audited([encodeAct(ack), encodeAct(ack).replace("act.v1", "act.v2"), encodeAct(ack)])
      assert.deepInclude(found, { readable: 1, unreadable: 2, unknownIncidents: [] })
    })
  )

  it.effect("says nothing where nobody said anything", () =>
    Effect.gen(function* () {
      assert.notInclude((yield* audited([])).text, "ACTS")
    })
  )
})
