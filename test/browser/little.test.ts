import { createServer, request, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type { Browser, Page } from "playwright-core"
import { launch, openPage, skipWithoutChromium } from "./browser.ts"
import { chaussettesDone, type Stack, startStack } from "./stack.ts"
import { openStreams, type Streams } from "./streams.ts"

/* Where there is little to show it is shown all the same, and where there is nothing the page says where something is. */

const startMs = Date.parse("2026-01-05T03:00:00Z")
const dayMs = 86_400_000

/** A proxy that shows the page below /logs, and takes that off. */
const proxyTo = (target: () => string): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer((incoming, answer) => {
      const url = incoming.url ?? "/"
      if (!url.startsWith("/logs/")) return void answer.writeHead(404).end()
      const { hostname, port } = new URL(target())
      const passed = request(
        { hostname, port, method: incoming.method, path: url.slice("/logs".length), headers: incoming.headers },
        (from) => {
          answer.writeHead(from.statusCode!, from.headers)
          from.pipe(answer)
        }
      )
      passed.on("error", () => answer.destroy())
      answer.on("close", () => passed.destroy())
      incoming.pipe(passed)
    }).listen(0, "127.0.0.1", () => resolve(server))
  })

/** How many pixels of the chart have the colour of a token of the style, or nearly so. */
const pixelsOf = (page: Page, token: string): Promise<number> =>
  page.evaluate(`(() => {
    const probe = document.createElement("i")
    probe.style.color = "var(--${token})"
    document.body.append(probe)
    const wanted = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(Number)
    probe.remove()
    let count = 0
    for (const canvas of document.querySelectorAll(".chart canvas")) {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] > 200 && wanted.every((c, k) => Math.abs(c - data[i + k]) < 12)) count++
      }
    }
    return count
  })()`)

describe.skipIf(skipWithoutChromium())("the page where there is little to show", { timeout: 60_000 }, () => {
  let stack: Stack
  let streams: Streams
  let browser: Browser

  const sendAt = async (ms: number, seconds: number) => {
    await chaussettesDone(
      [
        ...["generate", "--rate", "max", "--start", new Date(ms).toISOString(), "--count", `${seconds * 10}`],
        ...["--per-second", "10", "--seed", "3", "--error-rate", "20", "--output", "nats"]
      ],
      stack.env
    )
    await until("it is decided", async () => {
      const end = (await streams.records()).at(-1)?.end
      return end !== undefined && Date.parse(end) >= ms + seconds * 1_000
    })
  }

  beforeAll(async () => {
    stack = await startStack()
    browser = await launch()
    streams = await openStreams(stack.server.url)
    await sendAt(startMs, 120)
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await streams?.close()
    await stack?.stop()
  }, 60_000)

  it("opens where the data is, and does not spread two minutes over an hour", async () => {
    const { page, complaints } = await openPage(browser)
    await page.goto(`${stack.url}/`)
    await page.locator(".chart canvas").first().waitFor()
    assert.strictEqual(await page.getByRole("button", { name: "15 min" }).getAttribute("aria-pressed"), "true")
    assert.strictEqual(await page.getByText("No window in this span").count(), 0)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("says of a span without a window where the newest one is, and goes there", async () => {
    const { page } = await openPage(browser)
    await page.goto(`${stack.url}/?from=${startMs - dayMs}&to=${startMs - dayMs + 3_600_000}`)
    await page.getByText("No window in this span. The newest window is from").waitFor()
    await page.getByRole("button", { name: "Show it" }).click()
    await page.locator(".chart canvas").first().waitFor()
    await page.context().close()
  })

  it("works below the path of a proxy, from view to view, without being told of it", async () => {
    const proxy = await proxyTo(() => stack.url)
    const at = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/logs/`
    const { page, complaints } = await openPage(browser)
    await page.goto(at)
    await page.locator(".chart canvas").first().waitFor()
    await page.getByRole("link", { name: "Incidents", exact: true }).first().click()
    await page.getByRole("link", { name: "Alerts", exact: true }).click()
    await page.locator(".rows a").first().click()
    await page.getByRole("heading", { name: "The alert explained" }).waitFor()
    assert.match(page.url(), /\/logs\/alerts\/\w+\./)
    // A link that somebody was sent begins there.
    await page.reload()
    await page.getByRole("heading", { name: "The alert explained" }).waitFor()
    await page.getByRole("link", { name: "Status", exact: true }).click()
    await page.getByText("ready: all received lines are read").waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
    proxy.closeAllConnections()
    proxy.close()
  })

  it("draws rate, threshold and volume of a bucket that stands alone", async () => {
    await sendAt(startMs + 3 * dayMs, 4)
    const { page } = await openPage(browser)
    // Of one instant and another three days later nothing but lone buckets is seen.
    await page.goto(`${stack.url}/?span=7d`)
    await page.locator(".chart canvas").first().waitFor()
    for (const token of ["line", "threshold", "volume"]) {
      await until(`${token} is drawn`, async () => (await pixelsOf(page, token)) >= 8)
    }
    await page.context().close()
  })
})
