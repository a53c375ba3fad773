import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type { Browser } from "playwright-core"
import { launch, openPage, skipWithoutChromium } from "./browser.ts"
import { type Stack, startStack } from "./stack.ts"

describe.skipIf(skipWithoutChromium())("the page before the first line", { timeout: 60_000 }, () => {
  let stack: Stack
  let browser: Browser

  beforeAll(async () => {
    stack = await startStack()
    browser = await launch()
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await stack?.stop()
  }, 60_000)

  it("says on every view that there is no data yet and how lines come in, and shows the state of the parts", async () => {
    const { page, complaints } = await openPage(browser)
    for (const view of ["/", "/alerts", "/top", "/what-if"]) {
      await page.goto(`${stack.url}${view}`)
      await page.getByRole("heading", { name: "No data yet" }).waitFor()
      await page.getByText("chaussettes replay access.log").waitFor()
    }
    await page.goto(`${stack.url}/status`)
    await page.getByText("ready: all received lines are read").waitFor()
    await page.getByText("No source has sent anything yet.").waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })
})
