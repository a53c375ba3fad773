import { type LogMessage, newestOf, parseRfc3339 } from "@chaussettes/domain"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import {
  AlertsResponse,
  ExplainResponse,
  IncidentsResponse,
  SeriesResponse,
  StatusResponse,
  TopResponse,
  WhatIfResponse
} from "../src/api/index.ts"
import { appendAlert, appendRecord, type Detected, detect, logLine, makeServer, store } from "./fixture.ts"
import { running, until } from "./server.ts"

const t0 = Date.UTC(2026, 10, 24, 9)
const toMs = t0 + 600_000
const span = `from=${t0}&to=${toMs}`
const encoder = new TextEncoder()

/** Punctual 200s, 504s that are logged a minute after they began, and lines of a quiet beginning that come only much later. */
const messages: ReadonlyArray<LogMessage> = Array.from({ length: 600 }, (_, s) => {
  const nowMs = t0 + s * 1_000
  const lines = s < 100 && s >= 60 ? [] : [0, 1, 2].map((i) => logLine(`10.0.0.${i}`, nowMs, "/shop", 200))
  if (s >= 200) lines.push(logLine("10.0.0.9", nowMs - 60_000, "/slow", 504))
  if (s === 300)
    lines.push(logLine("10.0.0.7", t0 + 75_000, "/lost", 500), logLine("10.0.0.7", t0 + 5_000, "/shop", 200))
  return { seq: s + 1, source: "web", storedMs: nowMs, bytes: encoder.encode(lines.join("\n")) }
})

const detected = detect(messages)
const windows = newestOf(detected.records)
const total = windows.reduce((n, { total }) => n + total, 0)
const revised = detected.records.filter((record) => record.revision !== undefined)
const lateAlerts = detected.alerts.filter((alert) => alert.decided_through !== undefined)

const pageOver = (known: Detected) =>
  Effect.gen(function* () {
    const server = yield* makeServer
    store(server, messages, known, toMs)
    const page = yield* running(server)
    yield* until("everything is read", () => page.feed.history.lastSeq === known.records.length)
    yield* until("all alerts are read", () => page.feed.tail.alerts.length === known.alerts.length)
    const ask = <A>(schema: Schema.Codec<A, unknown>, path: string) =>
      Effect.gen(function* () {
        const response = yield* Effect.promise(() => page.get(`/api/v1/${path}`))
        return yield* Schema.decodeUnknownEffect(schema)(yield* Effect.promise(() => response.json()))
      })
    return { server, page, ask }
  })

describe("the page over windows that late lines came into", () => {
  it.live("counts each line once, and each window by its newest record", () =>
    Effect.gen(function* () {
      assert.isAbove(revised.length, 30)
      assert.isAbove(lateAlerts.length, 30)
      // one window had no line in time
      assert.strictEqual(windows.length - detected.records.filter((r) => r.revision === undefined).length > 0, true)
      const { ask, page } = yield* pageOver(detected)
      const series = yield* ask(SeriesResponse, `series?${span}`)
      assert.deepStrictEqual(
        series.startMs.map((startMs, i) => [startMs, series.total[i], series.errors[i]]),
        windows.map((w) => [parseRfc3339(w.start), w.total, w.errors])
      )
      const status = yield* ask(StatusResponse, "status")
      assert.strictEqual(status.lastHour.requests, total)
      const top = yield* ask(TopResponse, `top?${span}`)
      assert.deepInclude(
        top.url.find(({ key }) => key === "/slow"),
        { total: 400, errors: 400, clientErrors: 0, serverErrors: 400 }
      )
      // By hours and days, too, as long spans are told.
      assert.deepInclude(
        page.feed.tops.of("url", t0, toMs, 100).find(({ key }) => key === "/slow"),
        { total: 400, errors: 400, clientErrors: 0, serverErrors: 400 }
      )
      const whatIf = yield* ask(WhatIfResponse, `what-if?${span}&count=lines`)
      assert.deepInclude(whatIf, { requests: total, missing: 0 })
      const slow = whatIf.url!.counts.filter(([requests, errors]) => requests === errors)
      assert.strictEqual(slow.reduce((n, [, errors, panes]) => n + errors * panes, 0) >= 400, true)
    }).pipe(Effect.scoped)
  )

  it.live("shows each alert of any span once, wherever it stands in ALERTS", () =>
    Effect.gen(function* () {
      const { ask } = yield* pageOver(detected)
      for (let fromMs = t0; fromMs < toMs; fromMs += 70_000) {
        const within = detected.alerts.filter(({ window }) => {
          const startMs = Date.parse(window.start)
          return startMs >= fromMs && startMs < fromMs + 120_000
        })
        const { alerts } = yield* ask(AlertsResponse, `alerts?from=${fromMs}&to=${fromMs + 120_000}&limit=1000`)
        assert.deepStrictEqual(
          alerts.map((a) => a.alert.id).reverse(),
          within.map((a) => a.id)
        )
      }
      const { incidents } = yield* ask(IncidentsResponse, `incidents?${span}`)
      // The outage is one incident that goes on, although all its windows were decided a minute before its alerts were raised.
      assert.deepInclude(
        incidents.find((i) => i.key === "/slow"),
        { open: true, openedMs: t0 + 140_000, alerts: lateAlerts.filter((a) => a.url === "/slow").length }
      )
    }).pipe(Effect.scoped)
  )

  it.live("explains an alert by the lines that it counts, and says what came after it was raised", () =>
    Effect.gen(function* () {
      const { ask } = yield* pageOver(detected)
      let later = 0
      for (const alert of detected.alerts) {
        const body = yield* ask(ExplainResponse, `alerts/${alert.id}?lines=2000`)
        assert.deepInclude(body.lines, { found: "all", total: alert.total_requests, errors: alert.errors }, alert.id)
        assert.strictEqual(body.closedBy === "late", alert.decided_through !== undefined)
        later += body.lines.later.total
        const own = body.course.windows.find((w) => w.startMs === Date.parse(alert.window.start))
        assert.deepInclude(own, {
          total: alert.total_requests + body.lines.later.total,
          errors: alert.errors + body.lines.later.errors,
          alerted: true
        })
      }
      assert.isAbove(later, 0)
    }).pipe(Effect.scoped)
  )

  it.live("hears a revision as the window's new counts and those before", () =>
    Effect.gen(function* () {
      const until40 = detected.records.findIndex((r) => r.revision !== undefined)
      const { server, page } = yield* pageOver({ ...detected, records: detected.records.slice(0, until40), alerts: [] })
      const heard: Array<string> = []
      page.feed.hub.publish = (event) => void heard.push(new TextDecoder().decode(event))
      Object.defineProperty(page.feed.hub, "viewers", { get: () => 1 })
      const record = detected.records[until40]!
      const before = page.feed.history.pointAt(parseRfc3339(record.start)!)!
      appendRecord(server, record, toMs)
      for (const alert of lateAlerts.slice(0, 1)) appendAlert(server, alert, toMs)
      yield* until("it is heard", () => heard.some((text) => text.includes("event: window")))
      const data = /event: window\ndata: (.*)/.exec(heard.join("\n"))![1]!
      const event = JSON.parse(data) as { total: number; startMs: number; before: { total: number } }
      assert.strictEqual(event.startMs, before.startMs)
      assert.strictEqual(event.before.total, before.total)
      assert.strictEqual(event.total, before.total + record.revision!.added.total)
    }).pipe(Effect.scoped)
  )
})
