import { defaultSettings, type LogMessage } from "@chaussettes/domain"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { AlertsResponse, SeriesResponse, StatusResponse, TopResponse, WhatIfResponse } from "../src/api/index.ts"
import { detect, makeServer, store, trafficOf } from "./fixture.ts"
import { running, until } from "./server.ts"

const t0 = Date.UTC(2026, 10, 24, 9)
const toMs = t0 + 120_000
const sited = (message: LogMessage, n: number): LogMessage => ({
  ...message,
  bytes: Buffer.from(
    Buffer.from(message.bytes)
      .toString()
      .replaceAll(/^(?=\d)/gm, () => `${"ab"[n % 2]}.example `)
  )
})
const messages = trafficOf({
  fromMs: t0,
  toMs,
  perSecond: 12,
  planted: [{ kind: "global", fromMs: t0 + 40_000, toMs }]
}).map(sited)
const leastRequests = { ...defaultSettings.leastRequests, site: 5 }
const detected = detect(messages, true, { ...defaultSettings, leastRequests })

const ask = <A>(schema: Schema.Codec<A, unknown>, get: () => Promise<Response>) =>
  Effect.gen(function* () {
    const body = yield* Effect.promise(async () => (await get()).json())
    return yield* Schema.decodeUnknownEffect(schema)(body)
  })

describe("the page where sites are judged", () => {
  it.live("tells them beside the other dimensions", () =>
    Effect.gen(function* () {
      const server = yield* makeServer
      store(server, messages, detected, toMs)
      const page = yield* running(server)
      yield* until("all is read", () => page.feed.history.windows === detected.records.length)
      yield* until("all alerts are read", () => page.feed.tail.alerts.length === detected.alerts.length)
      const raised = detected.alerts.filter(({ type }) => type === "SITE_ERROR_RATE")
      assert.isAbove(raised.length, 4)
      const span = `from=${t0}&to=${toMs}`
      const status = yield* ask(StatusResponse, () => page.get("/api/v1/status"))
      assert.deepInclude(status.seuils.site, { value: 0.2, revision: 3 })
      const series = yield* ask(SeriesResponse, () => page.get(`/api/v1/series?${span}`))
      assert.strictEqual(
        series.breaches.site?.reduce((a, b) => a + b),
        raised.length
      )
      const top = yield* ask(TopResponse, () => page.get(`/api/v1/top?${span}`))
      assert.deepStrictEqual(top.site?.map(({ key }) => key).sort(), ["a.example", "b.example"])
      const alerts = yield* ask(AlertsResponse, () => page.get(`/api/v1/alerts?${span}&dimension=site&key=a.ex`))
      assert.strictEqual(alerts.alerts.length, raised.filter(({ site }) => site === "a.example").length)
      const whatIf = yield* ask(WhatIfResponse, () => page.get(`/api/v1/what-if?${span}&count=lines`))
      assert.deepInclude(whatIf.site, { least: 5, inForce: raised.length, eligible: 24 })
    })
  )

  it.live("does not name them where they are not judged", () =>
    Effect.gen(function* () {
      const server = yield* makeServer
      const others = detect(messages)
      store(server, messages, others, toMs)
      const page = yield* running(server)
      yield* until("all is read", () => page.feed.history.windows === others.records.length)
      for (const path of [
        "status",
        `series?from=${t0}&to=${toMs}`,
        `top?from=${t0}&to=${toMs}`,
        `what-if?from=${t0}&to=${toMs}&count=lines`
      ]) {
        const body = yield* Effect.promise(async () => (await page.get(`/api/v1/${path}`)).text())
        assert.notInclude(body, '"site"', path)
      }
    })
  )
})
