import {
  type Act,
  actSubject,
  defaultSettings,
  encodeAct,
  encodeIncident,
  encodeRecord,
  type IncidentEvent,
  incidentSubject,
  rfc3339
} from "@chaussettes/domain"
import { windowsSubject } from "@chaussettes/jetstream"
import {
  layerActsLogMemory,
  layerIncidentsLogMemory,
  layerIncidentsStoreMemory,
  layerLogsReaderMemory,
  layerWindowsLogMemory,
  MemoryServer,
  type MemoryServerShape,
  makeMemoryServer
} from "@chaussettes/jetstream/memory"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { eventOf } from "../../../libs/domain/test/acts/event.ts"
import { recordOf } from "../../../libs/readmodel/test/records.ts"
import { matchOf } from "../src/what-if/flags.ts"
import { tellFromLines } from "../src/what-if/lines.ts"
import { jsonOf, textOf } from "../src/what-if/report.ts"
import { compare, type Tried } from "../src/what-if/run.ts"

const endMs = Date.UTC(2026, 10, 28, 12)
const data = (text: string) => new TextEncoder().encode(text)

const strong = eventOf({ id: "strong", keys: ["/strong"] })
const weak: IncidentEvent = {
  ...eventOf({ id: "weak", keys: ["/weak"] }),
  certificate: {
    ...strong.certificate,
    evidence: 15.2,
    level: 15,
    // Its family's share of one a week, of which 0.4 is spent.
    budget_weekly: 0.072
  }
}
const scanner = eventOf({
  id: "scanner",
  kind: "client-errors",
  dimension: "ip",
  keys: ["203.0.113.7"]
})

const silence: Act = {
  schema: "chaussettes.act.v1",
  id: "silence.1",
  type: "silence",
  at: "2026-11-28T09:00:00Z",
  by: "anne",
  match: { key: "/strong" },
  from: "2026-11-28T09:00:00Z",
  until: "2026-11-28T11:00:00Z"
}

const ports = (server: MemoryServerShape) =>
  Layer.mergeAll(
    layerWindowsLogMemory,
    layerIncidentsLogMemory,
    layerIncidentsStoreMemory,
    layerActsLogMemory,
    layerLogsReaderMemory
  ).pipe(Layer.provide(Layer.succeed(MemoryServer, server)))

const asItWas: Tried = {
  sinceMs: 86_400_000,
  budget: Option.none(),
  silence: [],
  withoutActs: false,
  lines: false
}

const told = (
  tried: Partial<Tried>,
  fromLines: ReadonlyArray<IncidentEvent> = [],
  stored: ReadonlyArray<IncidentEvent> = [strong, weak, scanner]
) =>
  Effect.gen(function* () {
    const server = yield* makeMemoryServer
    const record = recordOf(endMs - 10_000)
    server.stream("WINDOWS").append({ subject: windowsSubject, data: data(encodeRecord(record)) }, 0)
    for (const event of stored)
      server.stream("INCIDENTS").append({ subject: incidentSubject(event), data: data(encodeIncident(event)) }, 0)
    server.stream("ACTS").append({ subject: actSubject(silence), data: data(encodeAct(silence)) }, 0)
    let asked: number | undefined
    const compared = yield* compare({ ...asItWas, ...tried }, (budget, tell) =>
      Effect.sync(() => {
        asked = budget
        fromLines.forEach(tell)
      })
    ).pipe(Effect.provide(ports(server)))
    return { asked, json: JSON.parse(jsonOf(compared!)), text: textOf(compared!, (_, text) => text) }
  })

describe("incidents what-if", () => {
  it.effect("finds no difference where nothing else is tried", () =>
    Effect.gen(function* () {
      const { json, asked } = yield* told({})
      assert.deepInclude(json, {
        schema: "chaussettes.incidents-what-if.v1",
        by: "evidence",
        as_it_was: { incidents: 3, told: 2, silenced: 1 },
        as_tried: { incidents: 3, told: 2, silenced: 1 },
        differences: []
      })
      assert.isUndefined(asked)
    })
  )

  it.effect("leaves out, with a smaller budget, what does not reach its level", () =>
    Effect.gen(function* () {
      const { json, text } = yield* told({ budget: Option.some(0.5) })
      assert.deepStrictEqual(
        json.differences.map(({ id, what }: { id: string; what: string }) => [id, what]),
        [["weak", "not"]]
      )
      assert.match(text, /As it was: 2 of 3 told, 1 silenced\.\nAs tried: 1 of 3 told, 1 silenced \(by the stored/)
    })
  )

  it.effect("knows what is silenced in earnest, and what would be", () =>
    Effect.gen(function* () {
      const without = yield* told({ withoutActs: true })
      assert.deepStrictEqual(
        without.json.differences.map(({ id, what }: { id: string; what: string }) => [id, what]),
        [["strong", "also"]]
      )
      const quiet = yield* told({ silence: [{ kind: "client-errors", key: "203.0.113.0/24" }] })
      assert.deepStrictEqual(
        quiet.json.differences.map(({ id, what }: { id: string; what: string }) => [id, what]),
        [["scanner", "silenced"]]
      )
    })
  )

  it.effect("asks the lines for a larger budget also where nothing was told, and for no smaller one", () =>
    Effect.gen(function* () {
      const larger = yield* told({ budget: Option.some(5) }, [weak], [])
      assert.strictEqual(larger.asked, 5)
      assert.deepInclude(larger.json, { by: "lines", as_tried: { incidents: 1, told: 1, silenced: 0 } })
      const smaller = yield* told({ budget: Option.some(0.5) }, [weak], [])
      assert.isUndefined(smaller.asked)
    })
  )

  it.effect("asks the lines again for a larger budget, of which no evidence is stored", () =>
    Effect.gen(function* () {
      const more = eventOf({ id: "more", keys: ["/more\u001b[2J"] })
      const { json, asked, text } = yield* told({ budget: Option.some(5) }, [weak, scanner, more])
      assert.strictEqual(asked, 5)
      assert.deepInclude(json, { by: "lines", as_tried: { incidents: 3, told: 3, silenced: 0 } })
      assert.deepStrictEqual(
        json.differences.map(({ id, what }: { id: string; what: string }) => [id, what]),
        [["more", "also"]]
      )
      assert.notInclude(text, "\u001b")
    })
  )

  it.effect("decides again, by the lines, what the same detector decides", () =>
    Effect.gen(function* () {
      const server = yield* makeMemoryServer
      const beginMs = Date.UTC(2026, 10, 28, 10)
      for (let second = 0; second < 900; second++) {
        const ms = beginMs + second * 1_000
        const time = new Date(ms).toISOString().slice(11, 19)
        const lines = Array.from({ length: 4 }, (_, i) => {
          const isBroken = i === 0 && second >= 600
          return `192.0.2.${(second + i) % 50} - - [28/Nov/2026:${time} +0000] "GET /${isBroken ? "broken" : `page-${i}`} HTTP/1.1" ${isBroken ? 500 : 200} 12`
        })
        server.stream("LOGS").append({ subject: "logs.web", data: data(lines.join("\n")) }, ms + 500)
      }
      const events: Array<IncidentEvent> = []
      yield* tellFromLines(defaultSettings, 1, (event) => events.push(event)).pipe(Effect.provide(ports(server)))
      assert.strictEqual(events[0]?.cause.key, "/broken")
      assert.isBelow(Date.parse(events[0]!.timestamp), beginMs + 720_000, rfc3339(beginMs))
    })
  )
})

describe("what a silence is tried on", () => {
  it.each<[string, ReturnType<typeof matchOf>]>([
    ["kind=client-errors", { kind: "client-errors" }],
    ["dimension=url key=/beta", { dimension: "url", key: "/beta" }],
    ["key=203.0.113.0/24", { key: "203.0.113.0/24" }],
    ["", undefined],
    ["/beta", undefined],
    ["kind=weather", undefined],
    ["kind=drop kind=spike", undefined],
    ["key=203.0.113.0/99", undefined]
  ])("%s", (text, match) => assert.deepStrictEqual(matchOf(text), match))
})
