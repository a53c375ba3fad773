import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import type { Browser, Page } from "playwright-core"
import { loadAssets } from "../../apps/dashboard/src/http/static.ts"
import { detect, makeServer, store, trafficOf } from "../../apps/dashboard/test/fixture.ts"
import { running, until } from "../../apps/dashboard/test/server.ts"
import { launch, openPage, screenshot, skipWithoutChromium } from "./browser.ts"
import { accessibilityFaults, overflowWidth } from "./faults.ts"
import { buildPage } from "./stack.ts"

const windowMs = 10_000
const toMs = Math.floor(Date.now() / windowMs) * windowMs
const fromMs = toMs - 1_800_000
const attacker = "203.0.113.66"
const messages = trafficOf({
  fromMs,
  toMs,
  perSecond: 4,
  planted: [{ kind: "ip", fromMs: toMs - 900_000, toMs: toMs - 600_000 }]
})
const detected = detect(messages)
const maxFirstLoadBytes = 90_000
const maxShift = 0.05

describe.skipIf(skipWithoutChromium())("exploring on the page, in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser
  let url: string
  const scope = Scope.makeUnsafe()

  beforeAll(async () => {
    buildPage()
    browser = await launch()
    const started = Effect.gen(function* () {
      const server = yield* makeServer
      store(server, messages, detected, toMs)
      const page = yield* running(server, { assets: yield* loadAssets({ pathPrefix: "" }) })
      yield* until("everything is read", () => page.feed.history.windows === detected.records.length)
      return page.url
    })
    url = await Effect.runPromise(Effect.provideService(started, Scope.Scope, scope))
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await Effect.runPromise(Scope.close(scope, Exit.void))
  })

  const visit = async (path: string, look: Parameters<typeof openPage>[1] = {}) => {
    const watched = await openPage(browser, look)
    await watched.page.goto(`${url}${path}`)
    await watched.page.locator("main section.card").first().waitFor()
    return watched
  }

  const saved = async (page: Page, name: string): Promise<string> => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()])
    return readFile(await download.path(), "utf8")
  }

  it('says "at least" from the records, counts exactly on demand, and shows one client, its lines and its file', async () => {
    const { page, complaints } = await visit("/explore?span=1h")
    await page.getByText("Lower bounds").waitFor()
    await page.getByRole("button", { name: "Count from the lines" }).click()
    await page.getByText("Exact: counted from the lines themselves.").waitFor()
    assert.deepStrictEqual(await accessibilityFaults(page), [])
    await page.getByRole("link", { name: attacker }).click()
    const own = messages
      .flatMap(({ bytes }) => new TextDecoder().decode(bytes).split("\n"))
      .filter((line) => line.startsWith(`${attacker} `))
    await page.getByRole("row", { name: new RegExp(`^this span ${own.length} `) }).waitFor()
    await page.getByRole("button", { name: "Show the lines" }).click()
    await page.locator(".lines li").first().waitFor()
    const shown = await page.locator(".lines li .foreign").allTextContents()
    assert.isTrue(shown.every((line) => own.includes(line)))
    assert.isAbove(shown.length, 100)
    const csv = await saved(page, "Save as CSV: Lines")
    assert.strictEqual(csv.trim().split("\r\n").length, shown.length + 1)
    const top = JSON.parse(await saved(page, "Save as JSON: URLs")) as ReadonlyArray<{ readonly url: string }>
    assert.deepStrictEqual(
      top.map((row) => row.url),
      ["/admin"]
    )
    await page.evaluate("scrollTo(0, 0)")
    await page.evaluate("scrollTo(0, 0)")
    await screenshot(page, "page-explore")
    // What was sent to somebody shows the same.
    const { page: other } = await visit(page.url().slice(url.length))
    await other.locator(".lines li").first().waitFor()
    assert.deepStrictEqual(complaints, [])
    await Promise.all([page, other].map((each) => each.context().close()))
  })

  it("looks at one class of errors, and finds keys by a part of them", async () => {
    const { page } = await visit("/explore?span=1h&count=1&class=5xx&find=panier")
    await page.getByText("Exact: counted from the lines themselves.").waitFor()
    assert.deepStrictEqual(await page.locator("table.top .foreign").allTextContents(), ["/api/panier"])
    assert.isAbove(await page.getByRole("columnheader", { name: "5xx" }).count(), 0)
    await page.getByText("No key in this list contains this text.").waitFor()
    await page.context().close()
  })

  it("keeps the language and the time zone that are chosen on the page", async () => {
    const { page, complaints } = await visit("/explore?span=1h", { width: 390 })
    await page.getByLabel("Language").selectOption("fr")
    await page.getByRole("heading", { name: "Taux d’erreur comparé" }).waitFor()
    await page.getByLabel("Fuseau horaire").selectOption("UTC")
    await page.locator(".compare-chart canvas").waitFor()
    const times = await page.evaluate("new URL(location.href).search")
    assert.notMatch(String(times), /lang|tz/)
    await page.goto(`${url}/status`)
    assert.strictEqual(await page.locator("html").getAttribute("lang"), "fr")
    const newest = await page.locator("time").first()
    const [shown, iso] = [await newest.textContent(), await newest.getAttribute("datetime")]
    assert.include(shown!, iso!.slice(11, 16))
    await page.goto(`${url}/explore?span=1h&lang=en&tz=Asia/Tokyo`)
    await page.getByRole("heading", { name: "Error rate compared" }).waitFor()
    assert.strictEqual(await page.getByLabel("Time zone").inputValue(), "Asia/Tokyo")
    await page.locator(".compare-chart canvas").waitFor()
    assert.isAtMost(Number(await page.evaluate(overflowWidth)), 0)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("loads in less than 90 kB", async () => {
    const { page } = await openPage(browser)
    const paths = new Set<string>()
    page.on("response", (response) => {
      const { pathname } = new URL(response.url())
      if (!pathname.startsWith("/api/")) paths.add(pathname)
    })
    await page.goto(`${url}/`)
    await page.locator(".chart canvas").first().waitFor()
    const folder = fileURLToPath(new URL("../../dist/web", import.meta.url))
    const sizes = await Promise.all(
      [...paths].map(async (path) => gzipSync(await readFile(`${folder}${path === "/" ? "/index.html" : path}`)).length)
    )
    assert.isAtLeast(paths.size, 3)
    assert.isBelow(
      sizes.reduce((a, b) => a + b),
      maxFirstLoadBytes
    )
    await page.context().close()
  })

  /** When the largest thing was painted, and by how much what was shown has moved. */
  const paints = async (at: string): Promise<{ readonly largestMs: number; readonly shift: number }> => {
    const { page } = await openPage(browser)
    await page.addInitScript(`
      window.seen = { largestMs: 0, shift: 0 }
      new PerformanceObserver((l) => { for (const e of l.getEntries()) window.seen.largestMs = e.startTime })
        .observe({ type: "largest-contentful-paint", buffered: true })
      new PerformanceObserver((l) => { for (const e of l.getEntries()) if (!e.hadRecentInput) window.seen.shift += e.value })
        .observe({ type: "layout-shift", buffered: true })`)
    await page.goto(at)
    await page.locator("main, h1").first().waitFor()
    await page.waitForLoadState("load")
    await page.locator(".chart canvas, h1").first().waitFor({ state: "attached" })
    // Until nothing has been painted for a while: what comes late counts most.
    let before = ""
    for (;;) {
      const seen = JSON.stringify(await page.evaluate("window.seen"))
      if (seen === before) break
      before = seen
      await page.evaluate("new Promise((r) => setTimeout(r, 500))")
    }
    await page.context().close()
    return JSON.parse(before)
  }

  it("is painted soon after an empty page would be, and does not move what it has shown", async () => {
    const ratios: Array<number> = []
    for (let round = 0; round < 2; round++) {
      const empty = await paints("data:text/html,<h1>nothing</h1>")
      for (const path of ["/?span=1h", "/explore?span=1h", "/top?span=1h", "/what-if?span=1h"]) {
        const { largestMs, shift } = await paints(`${url}${path}`)
        assert.isBelow(shift, maxShift, path)
        ratios.push(largestMs / Math.max(20, empty.largestMs))
      }
    }
    if (process.env.SHOW_BUDGETS !== undefined) console.log("largest paint, as a ratio to an empty page", ratios)
    assert.isBelow(Math.min(...ratios), 10)
  })
})
