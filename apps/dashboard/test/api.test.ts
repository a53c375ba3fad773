import { dimensionOf, judge } from "@chaussettes/domain"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import {
  AlertsResponse,
  ErrorResponse,
  ExplainResponse,
  IncidentsResponse,
  RejectsResponse,
  SeriesResponse,
  StatusResponse,
  TopResponse,
  WhatIfResponse
} from "../src/api/index.ts"
import { detect, makeServer, store, trafficOf } from "./fixture.ts"
import { running, until } from "./server.ts"

const t0 = Date.UTC(2026, 10, 24, 9)
const toMs = t0 + 600_000
const messages = trafficOf({
  fromMs: t0,
  toMs,
  perSecond: 12,
  planted: [
    { kind: "ip", fromMs: t0 + 120_000, toMs: t0 + 240_000 },
    { kind: "url", fromMs: t0 + 300_000, toMs: t0 + 330_000 },
    { kind: "global", fromMs: t0 + 500_000, toMs: t0 + 600_000 }
  ],
  extra: ["not a line", "\u001b[31mneither\u202e"]
})
const detected = detect(messages)
const span = `from=${t0}&to=${toMs}`

/** A page over ten minutes of traffic with three incidents. */
const stocked = Effect.gen(function* () {
  const server = yield* makeServer
  store(server, messages, detected, toMs)
  const page = yield* running(server)
  yield* until("everything is read", () => page.feed.history.windows === detected.records.length)
  yield* until("all alerts are read", () => page.feed.tail.alerts.length === detected.alerts.length)
  return { server, page }
})

const ask = <A>(schema: Schema.Codec<A, unknown>, get: () => Promise<Response>) =>
  Effect.gen(function* () {
    const response = yield* Effect.promise(get)
    const body = yield* Effect.promise(() => response.json())
    return { status: response.status, body: yield* Schema.decodeUnknownEffect(schema)(body) }
  })

describe("the API", () => {
  it.live("answers each question in the form that it promises", () =>
    Effect.gen(function* () {
      const { page } = yield* stocked
      const status = yield* ask(StatusResponse, () => page.get("/api/v1/status"))
      assert.strictEqual(status.body.newest?.endMs, toMs)
      assert.strictEqual(status.body.lastHour.rejected.time ?? status.body.lastHour.rejected.truncated, 1)

      const series = yield* ask(SeriesResponse, () => page.get(`/api/v1/series?${span}`))
      assert.strictEqual(
        series.body.total.reduce((a, b) => a + b),
        detected.records.reduce((n, r) => n + r.total, 0)
      )
      assert.isTrue(series.body.exact)
      assert.isTrue(series.body.seuil.every((s) => Math.abs(s! - 0.1) < 1e-6))

      const alerts = yield* ask(AlertsResponse, () => page.get(`/api/v1/alerts?${span}&limit=1000`))
      assert.deepStrictEqual(
        alerts.body.alerts.map((a) => a.alert.id),
        detected.alerts.map((a) => a.id).reverse()
      )
      const incidents = yield* ask(IncidentsResponse, () => page.get(`/api/v1/incidents?${span}`))
      const ip = incidents.body.incidents.find((i) => i.key === "203.0.113.66")
      assert.deepInclude(ip, { openedMs: t0 + 120_000, lastMs: t0 + 240_000, alerts: 12, open: false })

      const top = yield* ask(TopResponse, () => page.get(`/api/v1/top?${span}`))
      assert.strictEqual(top.body.ip[0]?.key, "203.0.113.66")

      const rejects = yield* ask(RejectsResponse, () => page.get("/api/v1/rejects"))
      assert.strictEqual(rejects.body.rejects.length, 2)
    }).pipe(Effect.scoped)
  )

  it.live("says of the bucket's rules how many are in force, of refused ones why, and which keys nothing reads", () =>
    Effect.gen(function* () {
      const { page, server } = yield* stocked
      const ignore = () => Effect.runPromise(page.feed.status).then((status) => status.ignore)
      assert.strictEqual(yield* Effect.promise(ignore), null)
      const put = (text: string) =>
        server.stream("KV_rules").append({ subject: "ignore", data: new TextEncoder().encode(text) }, toMs)
      put("health; path=/x")
      yield* until("they are seen", async () => (await ignore())?.rules === 2)
      put("helth")
      yield* until("they are refused", async () => (await ignore())?.revision === 2)
      const { body } = yield* ask(StatusResponse, () => page.get("/api/v1/status"))
      assert.match(body.ignore!.refused!, /"helth" is neither a preset/)
      const append = (subject: string, text: string) =>
        server.stream("KV_rules").append({ subject, data: new TextEncoder().encode(text) }, toMs)
      append("formats", "web1 kombined")
      append("ignroe", "health")
      yield* until("formats and keys are seen, too", async () => {
        const status = await Effect.runPromise(page.feed.status)
        return status.formats?.refused?.includes("web1") === true && status.unknownKeys[0]?.key === "ignroe"
      })
      const after = (yield* ask(StatusResponse, () => page.get("/api/v1/status"))).body
      assert.deepStrictEqual(after.unknownKeys, [{ bucket: "rules", key: "ignroe" }])
      assert.strictEqual(after.formats!.revision, 3)
    }).pipe(Effect.scoped)
  )

  it.live("explains every alert by exactly the lines that it counts", () =>
    Effect.gen(function* () {
      const { page } = yield* stocked
      for (const alert of detected.alerts) {
        const { body } = yield* ask(ExplainResponse, () => page.get(`/api/v1/alerts/${alert.id}?lines=2000`))
        assert.deepInclude(body.lines, { found: "all", total: alert.total_requests, errors: alert.errors })
        assert.strictEqual(body.lines.shown.length, alert.total_requests)
        assert.isAtLeast(alert.errors, body.leastErrors)
        const own = body.course.windows.find((w) => w.startMs === Date.parse(alert.window.start))
        assert.deepInclude(own, { total: alert.total_requests, errors: alert.errors, alerted: true })
        assert.strictEqual(body.course.from, "lines")
      }
    }).pipe(Effect.scoped)
  )

  it.live("says how much of an alert's lines LOGS has dropped", () =>
    Effect.gen(function* () {
      const { page, server } = yield* stocked
      const alert = detected.alerts.find((a) => a.type === "GLOBAL_ERROR_RATE")!
      const lines = alert.lines as { first_seq: number; last_seq: number }
      server.stream("LOGS").purge(lines.first_seq + 3)
      const part = yield* ask(ExplainResponse, () => page.get(`/api/v1/alerts/${alert.id}`))
      assert.strictEqual(part.body.lines.found, "part")
      assert.isBelow(part.body.lines.total, alert.total_requests)
      server.stream("LOGS").purge(lines.last_seq + 1)
      const gone = yield* ask(ExplainResponse, () => page.get(`/api/v1/alerts/${alert.id}`))
      assert.strictEqual(gone.body.lines.found, "gone")
    }).pipe(Effect.scoped)
  )

  it.live("gives panes from which the thresholds in force make the alerts that there were", () =>
    Effect.gen(function* () {
      const { page } = yield* stocked
      const { body } = yield* ask(WhatIfResponse, () => page.get(`/api/v1/what-if?${span}&count=lines`))
      assert.strictEqual(body.missing, 0)
      for (const [dimension, seuil] of [
        ["global", 0.1],
        ["ip", 0.3],
        ["url", 0.5]
      ] as const) {
        const panes = body[dimension]!
        const raised = detected.alerts.filter((a) => dimensionOf(a.type) === dimension).length
        const judged = panes.counts
          .filter(([total, errors]) => judge(seuil, panes.least, total, errors) === "breach")
          .reduce((n, [, , count]) => n + count, 0)
        assert.strictEqual(judged, raised, dimension)
        assert.strictEqual(panes.inForce, raised, dimension)
      }
    }).pipe(Effect.scoped)
  )

  it.live("filters alerts by dimension, severity and key, and pages back through them", () =>
    Effect.gen(function* () {
      const { page } = yield* stocked
      const ips = yield* ask(AlertsResponse, () => page.get(`/api/v1/alerts?${span}&dimension=ip&key=203.0`))
      assert.isAbove(ips.body.alerts.length, 0)
      assert.isTrue(ips.body.alerts.every((a) => String(a.alert.ip).includes("203.0")))
      const seen: Array<unknown> = []
      let before = ""
      for (;;) {
        const { body } = yield* ask(AlertsResponse, () => page.get(`/api/v1/alerts?${span}&limit=4${before}`))
        seen.push(...body.alerts.map((a) => a.alert.id))
        if (body.next === null) break
        before = `&before=${body.next}`
      }
      assert.deepStrictEqual(seen, detected.alerts.map((a) => a.id).reverse())
    }).pipe(Effect.scoped)
  )

  it.live(
    "tells an incident from its first alert on, also where the span begins later, and no more than are asked for",
    () =>
      Effect.gen(function* () {
        const { page } = yield* stocked
        const incidents = (query: string) => ask(IncidentsResponse, () => page.get(`/api/v1/incidents?${query}`))
        const whole = (yield* incidents(span)).body
        assert.strictEqual(whole.count, whole.incidents.length)
        const within = (yield* incidents(`from=${t0 + 180_000}&to=${toMs}`)).body.incidents
        const ip = (all: typeof within) => all.find((i) => i.key === "203.0.113.66")
        assert.deepStrictEqual(ip(within), ip(whole.incidents))
        const behind = (yield* incidents(`from=${t0 + 240_000}&to=${toMs}`)).body.incidents
        assert.isUndefined(ip(behind))

        const { body } = yield* incidents(`${span}&limit=2`)
        assert.deepStrictEqual(body.incidents, whole.incidents.slice(0, 2))
        assert.strictEqual(body.count, whole.count)

        // As severe as its worst alert: neither cut to the severe ones nor told for the others.
        const [high, medium] = [yield* incidents(`${span}&severity=HIGH`), yield* incidents(`${span}&severity=MEDIUM`)]
        for (const severity of ["HIGH", "MEDIUM"] as const) {
          assert.deepStrictEqual(
            (severity === "HIGH" ? high : medium).body.incidents,
            whole.incidents.filter((i) => i.severity === severity)
          )
        }
      }).pipe(Effect.scoped)
  )

  it.live("answers what it does not understand with a sentence", () =>
    Effect.gen(function* () {
      const { page } = yield* stocked
      for (const [path, status, error] of [
        ["/api/v1/series?from=yesterday&to=1", 400, "bad_request"],
        ["/api/v1/series", 400, "bad_request"],
        ["/api/v1/alerts/nonsense", 400, "bad_request"],
        ["/api/v1/alerts/global.20300101T000000Z-10s", 404, "not_found"],
        ["/api/v1/nothing", 404, "not_found"]
      ] as const) {
        const { body, status: got } = yield* ask(ErrorResponse, () => page.get(path))
        assert.strictEqual(got, status, path)
        assert.strictEqual(body.error, error, path)
        assert.match(body.message, /\S/)
      }
    }).pipe(Effect.scoped)
  )
})
