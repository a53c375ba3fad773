import {
  type Act,
  actSchema,
  actSubject,
  encodeIncident,
  type IncidentEvent,
  incidentSubject
} from "@chaussettes/domain"
import type { MemoryServerShape } from "@chaussettes/jetstream/memory"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { closedAt, eventAt } from "../../../libs/readmodel/test/incident-events.ts"
import {
  ActsResponse,
  DecidedResponse,
  ErrorResponse,
  IncidentActsResponse,
  IncidentLinesResponse,
  IncidentResponse,
  StatusResponse
} from "../src/api/index.ts"
import { missed } from "../src/live/backlog.ts"
import { detect, makeServer, store, trafficOf } from "./fixture.ts"
import { running, until } from "./server.ts"

const t0 = Date.UTC(2026, 10, 24, 9)
const toMs = t0 + 600_000
const openedMs = t0 + 300_000
const messages = trafficOf({
  fromMs: t0,
  toMs,
  perSecond: 12,
  planted: [{ kind: "url", fromMs: openedMs, toMs: openedMs + 120_000 }]
})
const detected = detect(messages)

const key = "/api/commande"
const cause = { dimension: "url" as const, key, keys: [key], key_count: 1, share: 0.9 }
const opened = eventAt(openedMs, { cause })
const closed = closedAt(opened, openedMs + 120_000)
const open = eventAt(t0 + 480_000, { kind: "client-errors", severity: "LOW" })

const append = (server: MemoryServerShape, ...events: ReadonlyArray<IncidentEvent>) => {
  for (const event of events) {
    const data = new TextEncoder().encode(encodeIncident(event))
    server.stream("INCIDENTS").append({ subject: incidentSubject(event), data }, toMs)
  }
}

const stocked = (settings: Parameters<typeof running>[1] = {}) =>
  Effect.gen(function* () {
    const server = yield* makeServer
    store(server, messages, detected, toMs)
    append(server, opened, open, closed)
    const page = yield* running(server, settings)
    yield* until("everything is read", () => page.feed.history.windows === detected.records.length)
    yield* until("all events are read", () => page.feed.incidents.events.length === 3)
    return { server, page }
  })

const ask = <A>(schema: Schema.Codec<A, unknown>, get: () => Promise<Response>) =>
  Effect.gen(function* () {
    const response = yield* Effect.promise(get)
    const body = yield* Effect.promise(() => response.json())
    return { status: response.status, body: yield* Schema.decodeUnknownEffect(schema)(body) }
  })

describe("incidents in the API", () => {
  it.live("are listed by their newest event: those that were open in the span, and match", () =>
    Effect.gen(function* () {
      const { page } = yield* stocked()
      const list = (fromMs: number, untilMs: number, more = "") =>
        Effect.map(
          ask(DecidedResponse, () => page.get(`/api/v2/incidents?from=${fromMs}&to=${untilMs}${more}`)),
          ({ body }) => body.incidents.map(({ id, isOpen }) => [id, isOpen])
        )
      assert.deepStrictEqual(yield* list(t0, toMs), [
        [open.id, true],
        [closed.id, false]
      ])
      // Over before the span; and not yet open in it.
      assert.deepStrictEqual(yield* list(openedMs + 121_000, toMs), [[open.id, true]])
      assert.deepStrictEqual(yield* list(t0, t0 + 400_000), [[closed.id, false]])
      assert.deepStrictEqual(yield* list(t0, toMs, "&kind=client-errors"), [[open.id, true]])
      assert.deepStrictEqual(yield* list(t0, toMs, "&key=commande&dimension=url"), [[closed.id, false]])
      assert.deepStrictEqual(yield* list(t0, toMs, "&dimension=network"), [])
    }).pipe(Effect.scoped)
  )

  it.live("stand in the status with how many there are, beside the alerts' groups of version 1", () =>
    Effect.gen(function* () {
      const { page } = yield* stocked()
      const { body } = yield* ask(StatusResponse, () => page.get("/api/v1/status"))
      assert.deepStrictEqual(
        body.incidents.open.map(({ id }) => id),
        [open.id]
      )
      assert.strictEqual(body.incidents.openCount, 1)
      assert.isNotNull(body.lastIncident)
    }).pipe(Effect.scoped)
  )

  it.live("are told one by one: all events, and how the cause fared before, while and after", () =>
    Effect.gen(function* () {
      const { page } = yield* stocked()
      const { body } = yield* ask(IncidentResponse, () => page.get(`/api/v2/incidents/${opened.id}`))
      assert.deepStrictEqual(
        body.events.map(({ type }) => type),
        ["opened", "closed"]
      )
      assert.strictEqual(body.incident.closedMs, openedMs + 120_000)
      const at = (ms: number) => body.course.windows.find(({ startMs }) => startMs === ms)
      assert.isAbove(at(openedMs)!.cause!.errors, 10)
      assert.isAtLeast(at(openedMs)!.site.errors, at(openedMs)!.cause!.errors)
      assert.strictEqual(body.course.windows[0]!.startMs, openedMs - 190_000)
      assert.isBelow(at(openedMs + 150_000)!.site.errors, 15)
      assert.isFalse(body.course.isCut)
    }).pipe(Effect.scoped)
  )

  it.live("show their lines, errors first, and what these share", () =>
    Effect.gen(function* () {
      const { page } = yield* stocked()
      const { body } = yield* ask(IncidentLinesResponse, () =>
        page.get(`/api/v2/incidents/${opened.id}/lines?lines=50`)
      )
      const wanted = messages
        .flatMap(({ bytes }) => new TextDecoder().decode(bytes).split("\n"))
        .filter((line) => line.includes(` ${key} `))
      assert.strictEqual(body.found, "all")
      assert.strictEqual(body.total, wanted.length)
      assert.strictEqual(body.errors, wanted.filter((line) => line.includes('" 500 ')).length)
      assert.deepStrictEqual(body.statuses.values, [{ value: "500", errors: body.errors }])
      assert.deepStrictEqual(
        body.urls.values.map(({ value }) => value),
        [key]
      )
      assert.deepStrictEqual(
        body.networks.values.map(({ value }) => value),
        ["192.168.1.0/24"]
      )
      assert.deepStrictEqual(body.agents.values, [{ value: "Mozilla/5.0 (X11; Linux x86_64)", errors: body.errors }])
      assert.isAbove(body.clients.count, 6)
      const firstOther = body.shown.findIndex(({ error }) => !error)
      assert.strictEqual(firstOther, 50)
      assert.isTrue(body.shown.slice(firstOther).every(({ error }) => !error))
      for (const { text } of body.shown) assert.include(wanted, text)
    }).pipe(Effect.scoped)
  )

  it.live("have what people said about them", () =>
    Effect.gen(function* () {
      const { server, page } = yield* stocked()
      const said = { schema: actSchema, by: "anne", incident: opened.id, at: "2026-11-24T09:06:00Z" } as const
      for (const act of [
        { ...said, id: "one", type: "acknowledge" },
        { ...said, id: "two", type: "note", text: "the back end restarts" },
        { ...said, id: "three", type: "note", text: "another one's", incident: open.id }
      ] satisfies ReadonlyArray<Act>) {
        const data = new TextEncoder().encode(JSON.stringify(act))
        server.stream("ACTS").append({ subject: actSubject(act), data }, toMs)
      }
      const { body } = yield* ask(IncidentActsResponse, () => page.get(`/api/v2/incidents/${opened.id}/acts`))
      assert.strictEqual(body.acknowledged?.by, "anne")
      assert.isNull(body.silenced)
      assert.deepStrictEqual(
        body.notes.map(({ text }) => text),
        ["the back end restarts"]
      )
    }).pipe(Effect.scoped)
  )

  it.live("are marked with what people said, for everybody; with names where all may see lines", () =>
    Effect.gen(function* () {
      const said = { schema: actSchema, by: "anne", at: "2026-11-24T09:06:00Z" } as const
      const span = { from: "2026-11-24T09:00:00Z", until: "2026-11-24T10:00:00Z" }
      const acts: ReadonlyArray<Act> = [
        { ...said, id: "one", type: "acknowledge", incident: opened.id },
        { ...said, id: "two", type: "silence", incident: open.id, ...span, text: "a test of ours" }
      ]
      for (const names of ["named", "unnamed"] as const) {
        const { server, page } = yield* stocked({ names })
        const before = yield* ask(StatusResponse, () => page.get("/api/v1/status"))
        assert.strictEqual(before.body.incidents.quiet, null)
        for (const act of acts) {
          const data = new TextEncoder().encode(JSON.stringify(act))
          server.stream("ACTS").append({ subject: actSubject(act), data }, toMs)
        }
        yield* until("the acts are read", () => page.feed.actsSeq() === 2)
        const by = names === "named" ? { by: "anne" } : {}
        const untilMs = Date.parse(span.until)
        const { body } = yield* ask(StatusResponse, () => page.get("/api/v1/status"))
        assert.deepStrictEqual(body.incidents.quiet, { count: 1, untilMs })
        assert.strictEqual(body.actsSeq, 2)
        assert.deepStrictEqual(body.incidents.open[0]!.marks, {
          acknowledged: null,
          quiet: { type: "silence", untilMs, ...by }
        })
        const listed = yield* ask(DecidedResponse, () => page.get(`/api/v2/incidents?from=${t0}&to=${toMs}`))
        assert.deepStrictEqual(listed.body.incidents.find(({ id }) => id === opened.id)!.marks, {
          acknowledged: { atMs: Date.parse(said.at), ...by },
          quiet: null
        })
        assert.strictEqual(JSON.stringify([body, listed.body]).includes("anne"), names === "named")
        assert.notInclude(JSON.stringify([body, listed.body]), "a test of ours")
      }
    }).pipe(Effect.scoped)
  )

  it.live("have all that was said beside them, and whether it holds", () =>
    Effect.gen(function* () {
      const { server, page } = yield* stocked()
      const nowMs = Date.now()
      const time = (ms: number) => new Date(nowMs + ms).toISOString()
      const said = { schema: actSchema, by: "anne", at: time(-60_000) } as const
      const span = { from: time(-60_000), until: time(3_600_000) }
      for (const act of [
        { ...said, id: "old", type: "note", incident: opened.id, text: "long ago", at: time(-40 * 86_400_000) },
        { ...said, id: "one", type: "silence", match: { key: "/beta" }, ...span },
        { ...said, id: "two", type: "maintenance", ...span },
        { ...said, id: "three", type: "lift", lifts: "one", at: time(-30_000) }
      ] satisfies ReadonlyArray<Act>) {
        const data = new TextEncoder().encode(JSON.stringify(act))
        server.stream("ACTS").append({ subject: actSubject(act), data }, toMs)
      }
      const { body } = yield* ask(ActsResponse, () => page.get("/api/v2/acts"))
      assert.deepStrictEqual(
        body.acts.map(({ id, holds }) => [id, holds]),
        [
          ["three", true],
          ["two", true],
          ["one", false]
        ]
      )
      assert.deepStrictEqual(body.acts[2]!.match, { key: "/beta" })
      yield* until("the acts are read", () => page.feed.actsSeq() === 4)
      const { body: status } = yield* ask(StatusResponse, () => page.get("/api/v1/status"))
      assert.strictEqual(status.incidents.maintenanceUntilMs, Date.parse(span.until))
    }).pipe(Effect.scoped)
  )

  it.live("hide their lines, and what people said, behind the token for raw lines, and nothing else", () =>
    Effect.gen(function* () {
      const linesToken = "a token of twenty and more"
      const { page } = yield* stocked({ access: { _tag: "Open", linesToken } })
      const of = (path: string, headers = {}) => Effect.promise(async () => (await page.get(path, headers)).status)
      assert.strictEqual(yield* of(`/api/v2/incidents/${opened.id}`), 200)
      assert.strictEqual(yield* of(`/api/v2/incidents/${opened.id}/lines`), 401)
      assert.strictEqual(yield* of(`/api/v2/incidents/${opened.id}/acts`), 401)
      assert.strictEqual(yield* of("/api/v2/acts"), 401)
      const authorization = `Bearer ${linesToken}`
      assert.strictEqual(yield* of(`/api/v2/incidents/${opened.id}/lines`, { authorization }), 200)
    }).pipe(Effect.scoped)
  )

  it.live("say of an id that is none what it is", () =>
    Effect.gen(function* () {
      const { page } = yield* stocked()
      const problem = (path: string) =>
        Effect.map(
          ask(ErrorResponse, () => page.get(`/api/v2/${path}`)),
          ({ status, body }) => [status, body.error]
        )
      assert.deepStrictEqual(yield* problem("incidents/nonsense"), [400, "bad_request"])
      assert.deepStrictEqual(yield* problem(`incidents/${opened.id.replace("20261124", "20261123")}`), [
        404,
        "not_found"
      ])
      assert.deepStrictEqual(yield* problem("incidents?from=1"), [400, "bad_request"])
      assert.deepStrictEqual(yield* problem("status"), [404, "not_found"])
    }).pipe(Effect.scoped)
  )

  it.live("are told to viewers as they come; who comes back gets those that it missed", () =>
    Effect.gen(function* () {
      const { server, page } = yield* stocked()
      const { feed } = page
      const before = feed.position()
      append(server, closedAt(open, toMs))
      yield* until("it is read", () => feed.incidents.events.length === 4)
      const { body } = yield* ask(StatusResponse, () => page.get("/api/v1/status"))
      assert.strictEqual(body.incidents.openCount, 0)
      const told = (position: string) =>
        missed({ ...feed, position: feed.position }, position).map((event) => new TextDecoder().decode(event))
      assert.deepStrictEqual(
        told(before).map((event) => /^event: (.*)$/m.exec(event)![1]),
        ["incident"]
      )
      assert.include(told(before)[0]!, open.id)
      // A viewer of before there were incidents in a position misses none.
      assert.deepStrictEqual(told(before.split(".").slice(0, 2).join(".")), [])
      // The stream was made again, and is shorter.
      assert.match(told(before.replace(/\d+$/, "99"))[0]!, /event: reset/)
    }).pipe(Effect.scoped)
  )
})
