import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { chaussettes, succeeded } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type { Browser } from "playwright-core"
import { type Look, launch, openPage, screenshot, skipWithoutChromium } from "./browser.ts"
import { accessibilityFaults, overflowWidth } from "./faults.ts"
import { shopFormat, weekOfAShop } from "./report-log.ts"

describe.skipIf(skipWithoutChromium())("the report, in Chromium, from disk", { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "chaussettes-report-page-"))
  const log = join(folder, "access.log")
  let browser: Browser

  const made = async (name: string, ...args: ReadonlyArray<string>): Promise<string> => {
    const output = join(folder, name)
    const flags = ["--format", shopFormat, "--zone", "Europe/Paris", "--window", "1m", "--output", output]
    await succeeded(chaussettes(["report", log, ...flags, ...args]))
    return pathToFileURL(output).href
  }
  let english = ""
  let french = ""

  beforeAll(async () => {
    writeFileSync(log, weekOfAShop())
    browser = await launch()
    english = await made("report.html")
    french = await made("rapport.html", "--language", "fr")
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const opened = async (url: string, look: Look = {}) => {
    const watched = await openPage(browser, look)
    const asked: Array<string> = []
    watched.page.on("request", (request) => asked.push(request.url()))
    await watched.page.goto(url)
    return { ...watched, asked }
  }

  const looks = [
    ["on a desk", {}],
    ["on a desk, dark", { dark: true }],
    ["on a phone", { width: 390, height: 844 }],
    ["on a phone, dark", { width: 390, height: 844, dark: true }]
  ] as const

  for (const [where, look] of looks) {
    it(`is whole ${where}, asks for nothing else, and axe-core finds nothing serious`, async () => {
      for (const url of [english, french]) {
        const { page, complaints, asked } = await opened(url, look)
        assert.deepStrictEqual(asked, [url])
        assert.isAtMost(await page.evaluate<number>(overflowWidth), 0)
        assert.deepStrictEqual(complaints, [])
        assert.deepStrictEqual(await accessibilityFaults(page), [])
        await page.context().close()
      }
    })
  }

  it("has two themes, by what the system has", async () => {
    const colours = new Set<string>()
    for (const dark of [false, true]) {
      const { page } = await opened(english, { dark, height: 1_000 })
      colours.add(await page.evaluate<string>("getComputedStyle(document.body).backgroundColor"))
      await screenshot(page, dark ? "report-dark" : "report")
      await page.context().close()
    }
    assert.strictEqual(colours.size, 2)
  })

  it("shows further rows by the keyboard alone, without a script", async () => {
    const { page } = await opened(english)
    const details = page.locator("#urls + .cards details").first()
    assert.isFalse(await details.locator("tbody tr").first().isVisible())
    await details.locator("summary").focus()
    await page.keyboard.press("Enter")
    assert.isTrue(await details.locator("tbody tr").first().isVisible())
    await page.context().close()
  })

  it("draws the outage: in the chart, as the first incident, and in the hours", async () => {
    const { page } = await opened(english)
    assert.match((await page.locator(".headline").textContent())!, /incidents?\. Most errors: .*5 Nov 2026/)
    assert.match((await page.locator("#incidents + .card tbody tr").first().textContent())!, /5 Nov 2026, 15:/)
    assert.isAbove(await page.locator("svg .i").count(), 0)
    assert.isAbove(await page.locator("svg .e").count(), 0)
    assert.strictEqual(await page.locator(".heat td[class^=h]").count(), 7 * 24)
    await page.context().close()
  })

  it("prints light and without what cannot be clicked on paper", async () => {
    const { page } = await opened(english, { dark: true })
    await page.emulateMedia({ media: "print", colorScheme: "dark" })
    assert.strictEqual(await page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
    assert.isFalse(await page.locator("nav").isVisible())
    assert.isFalse(await page.locator("summary").first().isVisible())
    const pages = (await page.pdf({ format: "A4" })).toString("latin1").match(/\/Type \/Page\b/g)!
    assert.isAtMost(pages.length, 12)
    await page.context().close()
  })
})
