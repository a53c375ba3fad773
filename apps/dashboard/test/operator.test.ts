import { type Act, encodeIncident, incidentSubject } from "@chaussettes/domain"
import {
  layerActsLogMemory,
  layerIncidentsLogMemory,
  layerThresholdsStoreMemory,
  MemoryServer,
  type MemoryServerShape
} from "@chaussettes/jetstream/memory"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { eventOf } from "../../../libs/domain/test/acts/event.ts"
import { operatorHeader } from "../src/operator/header.ts"
import { operatorSettings } from "../src/operator/settings.ts"
import { makeServer } from "./fixture.ts"
import { running } from "./server.ts"

const token = "Zq7-vK2mWx9.bT4hRc0s"
const viewers = "y8Lr-0aQd.Mn3Xe7vPu2"
const broken = eventOf()

const text = (server: MemoryServerShape, stream: "ACTS" | "KV_seuils"): ReadonlyArray<string> =>
  server
    .stream(stream)
    .from(1, 1_000)
    .map(({ data }) => new TextDecoder().decode(data))
const acts = (server: MemoryServerShape) => text(server, "ACTS").map((data) => JSON.parse(data) as Act)

/** A page with a door for the operator, over one incident. */
const withDoor = (settings: Parameters<typeof running>[1] = {}) =>
  Effect.gen(function* () {
    const server = yield* makeServer
    const data = new TextEncoder().encode(encodeIncident(broken))
    server.stream("INCIDENTS").append({ subject: incidentSubject(broken), data }, 0)
    const stores = yield* Layer.build(
      Layer.mergeAll(layerActsLogMemory, layerIncidentsLogMemory, layerThresholdsStoreMemory).pipe(
        Layer.provide(Layer.succeed(MemoryServer, server))
      )
    )
    const page = yield* running(server, { ...settings, operator: { token, stores } })
    const post = (path: string, body: unknown, headers: Record<string, string | undefined> = {}) =>
      Effect.promise(() => {
        const all: Record<string, string | undefined> = {
          "content-type": "application/json",
          [operatorHeader]: "1",
          authorization: `Bearer ${token}`,
          ...headers
        }
        return fetch(`${page.url}/api/v1/${path}`, {
          method: "POST",
          headers: Object.entries(all).filter((h): h is [string, string] => h[1] !== undefined),
          body: typeof body === "string" ? body : JSON.stringify(body)
        })
      })
    return { server, page, post }
  })

const ack = { type: "acknowledge", by: "anne", incident: broken.id }

describe("the operator's door of the page", () => {
  it.live("is not there unless somebody asked for it, and says so", () =>
    Effect.gen(function* () {
      const server = yield* makeServer
      const page = yield* running(server)
      const headers = { "content-type": "application/json", [operatorHeader]: "1", authorization: `Bearer ${token}` }
      for (const path of ["acts", "thresholds", "operator"]) {
        const answer = yield* Effect.promise(() =>
          fetch(`${page.url}/api/v1/${path}`, { method: "POST", headers, body: JSON.stringify(ack) })
        )
        assert.strictEqual(answer.status, 400, path)
      }
      assert.deepStrictEqual(yield* Effect.promise(async () => (await page.get("/api/v1/operator")).json()), {
        acts: false
      })
      assert.deepStrictEqual(acts(server), [])
    }).pipe(Effect.scoped)
  )

  it.live("takes acts, stores them as the command does, and answers what is stored", () =>
    Effect.gen(function* () {
      const { server, page, post } = yield* withDoor()
      assert.deepStrictEqual(yield* Effect.promise(async () => (await page.get("/api/v1/operator")).json()), {
        acts: true
      })
      assert.strictEqual((yield* post("operator", {})).status, 200)
      const answer = yield* post("acts", ack)
      assert.strictEqual(answer.status, 200)
      const said = (yield* Effect.promise(() => answer.json())) as Act
      assert.deepInclude(said, { by: "anne", incident: broken.id })
      const span = { from: "2026-11-28T10:00:00Z", until: "2026-11-28T11:00:00Z" }
      assert.strictEqual(
        (yield* post("acts", { type: "silence", by: "anne", match: { key: "/beta" }, ...span })).status,
        200
      )
      assert.strictEqual((yield* post("acts", { type: "maintenance", by: "anne", ...span })).status, 200)
      assert.strictEqual(
        (yield* post("acts", { type: "note", by: "anne", incident: broken.id, text: "É" })).status,
        200
      )
      assert.strictEqual((yield* post("acts", { type: "lift", by: "anne", lifts: said.id })).status, 200)
      assert.deepStrictEqual(
        acts(server).map(({ type }) => type),
        ["acknowledge", "silence", "maintenance", "note", "lift"]
      )
    }).pipe(Effect.scoped)
  )

  it.live("puts a threshold in force where the one that was looked at still is, and else says so", () =>
    Effect.gen(function* () {
      const { server, post } = yield* withDoor()
      const put = (threshold: unknown, revision: number) => post("thresholds", { dimension: "ip", threshold, revision })
      assert.strictEqual((yield* put(0.4, 0)).status, 200)
      assert.strictEqual((yield* put(0.5, 0)).status, 409)
      assert.strictEqual((yield* put(0.5, 1)).status, 200)
      for (const bad of [1.5, -1, "0.4", null, {}, { rate: 0.4, least_errors: "all" }])
        assert.strictEqual((yield* put(bad, 2)).status, 400, JSON.stringify(bad))
      assert.deepStrictEqual(text(server, "KV_seuils"), ["0.4", "0.5"])
    }).pipe(Effect.scoped)
  )

  it.live("opens for the operator's token alone, whatever a viewer may", () =>
    Effect.gen(function* () {
      const { server, page, post } = yield* withDoor({ access: { _tag: "Token", token: viewers } })
      const login = yield* Effect.promise(() =>
        fetch(`${page.url}/api/v1/login`, { method: "POST", body: JSON.stringify({ token: viewers }) })
      )
      const cookie = login.headers.get("set-cookie")!.split(";")[0]!
      for (const authorization of [undefined, `Bearer ${viewers}`, "Bearer ", `Basic ${token}`, token]) {
        const { status } = yield* post("acts", ack, { authorization, cookie })
        assert.strictEqual(status, 401, `${authorization}`)
      }
      // Nor does it open the page's own door: who looks at lines shows that it may.
      const asked = yield* Effect.promise(() => page.get("/api/v1/status", { authorization: `Bearer ${token}` }))
      assert.strictEqual(asked.status, 401)
      assert.deepStrictEqual(acts(server), [])
    }).pipe(Effect.scoped)
  )

  it.live("takes nothing that another site's page could send", () =>
    Effect.gen(function* () {
      const { server, page, post } = yield* withDoor()
      const forged: ReadonlyArray<Record<string, string | undefined>> = [
        { [operatorHeader]: undefined },
        { [operatorHeader]: "0" },
        { "content-type": "text/plain" },
        { "content-type": "application/x-www-form-urlencoded" },
        { "sec-fetch-site": "cross-site" },
        { "sec-fetch-site": "same-site" },
        { "sec-fetch-site": "none" },
        { origin: "https://evil.example" },
        { origin: "null" }
      ]
      for (const headers of forged) {
        const answer = yield* post("acts", ack, headers)
        assert.strictEqual(answer.status, 403, JSON.stringify(headers))
        assert.isNull(answer.headers.get("access-control-allow-origin"))
      }
      // What a browser asks before it would send such a header for another site.
      const preflight = yield* Effect.promise(() =>
        fetch(`${page.url}/api/v1/acts`, { method: "OPTIONS", headers: { origin: "https://evil.example" } })
      )
      assert.isFalse(preflight.ok)
      assert.isFalse([...preflight.headers.keys()].some((name) => name.startsWith("access-control-")))
      assert.deepStrictEqual(acts(server), [])
      assert.strictEqual((yield* post("acts", ack, { origin: page.url, "sec-fetch-site": "same-origin" })).status, 200)
    }).pipe(Effect.scoped)
  )

  it.live("says what is wrong with what it does not take", () =>
    Effect.gen(function* () {
      const { server, post } = yield* withDoor()
      const bodies: ReadonlyArray<unknown> = [
        "no JSON",
        [],
        {},
        { ...ack, type: "delete" },
        { ...ack, incident: "server-errors.url.20261128T100000Z-10s.ffffffffffffffff" },
        { ...ack, incident: "none" },
        { ...ack, by: "" },
        { ...ack, by: "anne\u001b[2J" },
        { ...ack, text: "a".repeat(1_001) },
        { type: "note", by: "anne", incident: broken.id },
        { type: "silence", by: "anne", match: {}, from: "2026-11-28T10:00:00Z", until: "2026-11-28T11:00:00Z" },
        { type: "maintenance", by: "anne", from: "2026-11-28T10:00:00Z", until: "2036-11-28T11:00:00Z" },
        { type: "lift", by: "anne", lifts: "silence.1" },
        { ...ack, text: "a".repeat(100_000) }
      ]
      for (const body of bodies) {
        const answer = yield* post("acts", body)
        assert.strictEqual(answer.status, 400, JSON.stringify(body).slice(0, 200))
        const said = (yield* Effect.promise(() => answer.json())) as { readonly message: string }
        assert.match(said.message, /[.:]/)
      }
      assert.deepStrictEqual(acts(server), [])
    }).pipe(Effect.scoped)
  )

  it.live("takes so many at once and no more, so that what runs away fills no stream", () =>
    Effect.gen(function* () {
      const { server, post } = yield* withDoor()
      const statuses = yield* Effect.forEach(Array.from({ length: 40 }), () =>
        Effect.map(post("acts", ack), ({ status }) => status)
      )
      const taken = statuses.filter((status) => status === 200).length
      assert.isAtLeast(taken, 30)
      assert.isBelow(taken, 40)
      assert.deepStrictEqual([...new Set(statuses)], [200, 429])
      assert.strictEqual(acts(server).length, taken)
    }).pipe(Effect.scoped)
  )
})

describe("operatorSettings", () => {
  const nats = { server: "nats://127.0.0.1:4222" } as Parameters<typeof operatorSettings>[0]["nats"]
  const decide = (file: string | undefined, context: string | undefined) =>
    operatorSettings(
      {
        operatorTokenFile: Option.fromUndefinedOr(file),
        operatorCredentials: Option.fromUndefinedOr(context),
        nats
      },
      [viewers]
    )

  it.effect("asks for both or neither, and for a token of its own", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* decide(undefined, undefined))
      assert.match((yield* Effect.flip(decide("token", undefined))).message, /give both/)
      assert.match((yield* Effect.flip(decide(undefined, "operator.json"))).message, /give both/)
      assert.match((yield* Effect.flip(decide("/nowhere/token", "operator.json"))).message, /--operator-token-file/)
    })
  )
})
