import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { AlertsResponse } from "../../apps/dashboard/src/api/index.ts"
import { loadAssets } from "../../apps/dashboard/src/http/static.ts"
import { detect, makeServer, store } from "../../apps/dashboard/test/fixture.ts"
import { running, until } from "../../apps/dashboard/test/server.ts"
import { visibleText } from "../../libs/domain/src/text/visible-text.ts"
import { launch, openPage, skipWithoutChromium } from "../browser/browser.ts"
import { buildPage } from "../browser/stack.ts"
import { inPath, markup, markupLines } from "./markup.ts"

/* Markup and code in a visitor's requests, from the line to the alert, and on to what the page asks and shows. */

const windowMs = 10_000
const toMs = Math.floor(Date.now() / windowMs) * windowMs
const fromMs = toMs - windowMs
const span = `from=${fromMs}&to=${toMs}`

const detected = () => {
  const bytes = new TextEncoder().encode(markupLines(fromMs).join("\n"))
  const messages = [{ seq: 1, source: "shop", storedMs: toMs, bytes }]
  return { messages, made: detect(messages) }
}

const attacked = Effect.gen(function* () {
  const { messages, made } = detected()
  const server = yield* makeServer
  store(server, messages, made, toMs)
  buildPage()
  const page = yield* running(server, { assets: yield* loadAssets({ pathPrefix: "" }) })
  yield* until("all windows are read", () => page.feed.history.windows === made.records.length)
  yield* until("all alerts are read", () => page.feed.tail.alerts.length === made.alerts.length)
  return { page, made }
})

const keysOf = (alerts: ReadonlyArray<{ readonly url?: string | undefined }>) =>
  new Set(alerts.flatMap(({ url }) => (url === undefined ? [] : [url])))

/** Elements that the page has none of itself, and whatever stands within a text but for what is spelled out. */
const foreign =
  '#app script, iframe, object, embed, video, audio, img:not([src="favicon.svg"]), marquee, math, body base, .foreign :not(.spelled)'
const hasRun = "typeof window.hacked !== 'undefined'"

const seen = Effect.gen(function* () {
  const { page, made } = yield* attacked
  const browser = yield* Effect.acquireRelease(
    Effect.promise(() => launch()),
    (browser) => Effect.promise(() => browser.close())
  )
  yield* Effect.promise(async () => {
    const { page: shown, complaints } = await openPage(browser)
    const look = async (path: string, texts: string) => {
      await shown.goto(`${page.url}${path}${path.includes("?") ? "&" : "?"}${span}`)
      await shown.locator(texts).first().waitFor({ timeout: 10_000 })
      const made = await shown.locator(foreign).evaluateAll((elements) => elements.map((e) => e.outerHTML))
      assert.deepStrictEqual(made, [], path)
      assert.isFalse(await shown.evaluate<boolean>(hasRun), path)
      return shown.locator(texts).allTextContents()
    }
    /** As it is shown: what acts is spelled out. */
    const asText = (text: string) => visibleText(inPath(text))
    const listed = (await look("/alerts?list=each&dimension=url", ".row .foreign")).join("\n")
    for (const text of markup) assert.include(listed, asText(text))
    await look("/alerts?dimension=url", ".row .foreign")
    await look("/", ".foreign")
    await look("/top", "table .foreign")
    await look("/status", ".lines .foreign")
    const urls = made.alerts.filter(({ url }) => url !== undefined)
    for (const { id, url } of urls) {
      const lines = (await look(`/alerts/${id}`, ".lines li .foreign")).join("\n")
      assert.include(lines, visibleText(url!))
    }
    assert.strictEqual(urls.length, new Set(markup.map(inPath)).size)
    // Under a policy that would stop them, that none was even tried.
    assert.deepStrictEqual(complaints, [])
  })
})

describe("54 texts that would run", () => {
  it.live("reach alerts and rejects unchanged, and leave the API as JSON that nothing takes for markup", () =>
    Effect.gen(function* () {
      const { page, made } = yield* attacked
      assert.strictEqual(markup.length, 54)
      const get = (path: string) =>
        Effect.promise(async () => {
          const response = await page.get(path)
          assert.match(response.headers.get("content-type") ?? "", /^application\/json/, path)
          assert.strictEqual(response.headers.get("x-content-type-options"), "nosniff", path)
          assert.match(response.headers.get("content-security-policy") ?? "", /script-src 'self'/, path)
          return { status: response.status, body: JSON.parse(await response.text()) }
        })
      const { body } = yield* get(`/api/v1/alerts?${span}&limit=1000`)
      const { alerts } = body as typeof AlertsResponse.Type
      const keys = keysOf(alerts.map(({ alert }) => alert as { readonly url?: string }))
      assert.deepStrictEqual(keys, keysOf(made.alerts))
      for (const text of markup) assert.isTrue(keys.has(inPath(text)), text)
      yield* get(`/api/v1/top?${span}`)
      yield* get("/api/v1/rejects")
      for (const { alert } of alerts) assert.strictEqual((yield* get(`/api/v1/alerts/${alert.id}`)).status, 200)
      // Nor does what is asked come back as anything else.
      for (const text of markup) {
        const asked = encodeURIComponent(text)
        yield* get(`/api/v1/alerts?${span}&key=${asked}`)
        yield* get(`/api/v1/alerts?${span}&dimension=${asked}`)
        assert.include([400, 404], (yield* get(`/api/v1/alerts/${asked}`)).status)
        assert.strictEqual((yield* get(`/api/v1/${asked}`)).status, 404)
      }
    }).pipe(Effect.scoped)
  )

  it.skipIf(skipWithoutChromium())(
    "stand on the page as text",
    () => Effect.runPromise(seen.pipe(Effect.scoped)),
    120_000
  )
})
