import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type ExploreEvent, ExploreResponse } from "../src/api/index.ts"
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
    { kind: "url", fromMs: t0 + 300_000, toMs: t0 + 330_000 }
  ]
})
const detected = detect(messages)
const attacker = "203.0.113.66"
const span = `from=${t0 + 60_000}&to=${t0 + 480_000}`
const token = "0123456789abcdef"

interface Parts {
  readonly ip: string
  readonly url: string
  readonly status: number
  readonly text: string
}

/** The lines of the span, read without the project's own parser: a second a message. */
const lines: ReadonlyArray<Parts> = messages
  .filter((_, second) => second >= 60 && second < 480)
  .flatMap(({ bytes }) => new TextDecoder().decode(bytes).split("\n"))
  .map((text) => {
    const [, ip, url, status] = /^(\S+) .*"GET (\S+) HTTP\/1.1" (\d+)/.exec(text)!
    return { ip: ip!, url: url!.replace(/\?.*/, ""), status: Number(status), text }
  })

const countsOf = (some: ReadonlyArray<Parts>) => {
  const of = (from: number, to: number) => some.filter(({ status }) => status >= from && status < to).length
  return { total: some.length, errors: of(400, 600), clientErrors: of(400, 500), serverErrors: of(500, 600) }
}

const stocked = Effect.gen(function* () {
  const server = yield* makeServer
  store(server, messages, detected, toMs)
  const page = yield* running(server, { access: { _tag: "Open", linesToken: token } })
  yield* until("everything is read", () => page.feed.history.windows === detected.records.length)
  return { server, page }
})

const eventsOf = (response: Response) =>
  Effect.map(
    Effect.promise(() => response.text()),
    (text) =>
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as ExploreEvent)
  )

const countedOf = (response: Response) =>
  Effect.gen(function* () {
    const last = (yield* eventsOf(response)).at(-1)!
    assert.property(last, "counted")
    return yield* Schema.decodeUnknownEffect(ExploreResponse)("counted" in last ? last.counted : undefined)
  })

describe("exploring a span", () => {
  it.live("counts every line of it once: over time, by status and by key", () =>
    Effect.gen(function* () {
      const { page } = yield* stocked
      const counted = yield* countedOf(yield* Effect.promise(() => page.get(`/api/v1/explore?${span}&limit=1000`)))
      assert.deepInclude(counted, { ...countsOf(lines), missing: 0, bucketMs: 10_000, lines: null })
      assert.strictEqual(counted.course.startMs.length, 42)
      assert.strictEqual(counted.statuses["503"], lines.filter(({ status }) => status === 503).length)
      for (const dimension of ["ip", "url"] as const) {
        const { exact, keys, distinct } = counted.top[dimension]
        assert.isTrue(exact)
        assert.strictEqual(distinct, new Set(lines.map((line) => line[dimension])).size)
        for (const { key, ...counts } of keys)
          assert.deepStrictEqual(counts, countsOf(lines.filter((line) => line[dimension] === key)))
      }
    }).pipe(Effect.scoped)
  )

  it.live("counts the lines of one key, orders by a class of errors, and finds keys by a part of them", () =>
    Effect.gen(function* () {
      const { page } = yield* stocked
      const own = lines.filter(({ ip }) => ip === attacker)
      const ask = (query: string) => Effect.promise(() => page.get(`/api/v1/explore?${span}&${query}`))
      const one = yield* countedOf(yield* ask(`dimension=ip&key=${attacker}`))
      assert.deepInclude(one, countsOf(own))
      assert.deepStrictEqual(
        one.top.ip.keys.map(({ key }) => key),
        [attacker]
      )
      assert.strictEqual(
        one.course.errors.reduce((a, b) => a + b),
        countsOf(own).errors
      )
      const byServer = yield* countedOf(yield* ask("class=5xx&limit=5"))
      const serverErrors = byServer.top.url.keys.map((k) => k.serverErrors)
      assert.deepStrictEqual(
        serverErrors,
        [...serverErrors].sort((a, b) => b - a)
      )
      const found = yield* countedOf(yield* ask("find=API/PAN"))
      assert.deepStrictEqual(
        found.top.url.keys.map(({ key }) => key),
        ["/api/panier"]
      )
    }).pipe(Effect.scoped)
  )

  it.live("shows the lines themselves, those that were asked for first, to those only who may see them", () =>
    Effect.gen(function* () {
      const { page } = yield* stocked
      const path = `/api/v1/explore/lines?${span}&dimension=ip&key=${attacker}&class=4xx&lines=20`
      assert.strictEqual((yield* Effect.promise(() => page.get(path))).status, 401)
      const { lines: shown } = yield* countedOf(
        yield* Effect.promise(() => page.get(path, { authorization: `Bearer ${token}` }))
      )
      const errors = lines.filter((line) => line.ip === attacker && line.status === 403)
      assert.deepStrictEqual(
        shown!.map(({ text }) => text),
        errors.slice(0, 20).map(({ text }) => text)
      )
    }).pipe(Effect.scoped)
  )

  it.live("says how many requests LOGS no longer holds, and refuses what is not understood", () =>
    Effect.gen(function* () {
      const { server, page } = yield* stocked
      server.stream("LOGS").purge(200)
      const counted = yield* countedOf(yield* Effect.promise(() => page.get(`/api/v1/explore?${span}`)))
      assert.isAbove(counted.missing, 0)
      assert.strictEqual(counted.total + counted.missing, lines.length)
      for (const query of [`${span}&class=3xx`, `${span}&dimension=global`, "from=1"])
        assert.strictEqual((yield* Effect.promise(() => page.get(`/api/v1/explore?${query}`))).status, 400)
    }).pipe(Effect.scoped)
  )

  it.live("ends a count when its reader goes, so that the next one is not turned away", () =>
    Effect.gen(function* () {
      const { page } = yield* stocked
      for (let k = 0; k < 5; k++) {
        const abort = new AbortController()
        const response = yield* Effect.promise(() =>
          fetch(`${page.url}/api/v1/explore?${span}`, { signal: abort.signal })
        )
        abort.abort()
        yield* Effect.promise(() => response.text().catch(() => ""))
      }
      yield* until("a count has its turn", async () => {
        const text = await (await page.get(`/api/v1/explore?${span}`)).text()
        return text.includes('"counted"')
      })
    }).pipe(Effect.scoped)
  )
})
