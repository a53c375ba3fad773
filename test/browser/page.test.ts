import { type Program, startChaussettes, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type { Browser, Page } from "playwright-core"
import { launch, openPage, screenshot, skipWithoutChromium, type Watched } from "./browser.ts"
import { accessibilityFaults, overflowWidth } from "./faults.ts"
import { chaussettesDone, type Stack, startStack } from "./stack.ts"
import { inWindow, lineNow, openStreams, type Streams } from "./streams.ts"

const attacker = "192.168.1.201"
const views = ["/", "/incidents", "/alerts", "/top", "/explore", "/what-if", "/status"]

describe.skipIf(skipWithoutChromium())("the page, in Chromium, over the real parts", { timeout: 120_000 }, () => {
  let stack: Stack
  let streams: Streams
  let browser: Browser
  let live: Program

  beforeAll(async () => {
    stack = await startStack()
    browser = await launch()
    streams = await openStreams(stack.server.url)
    const start = new Date(Date.now() - 3_600_000).toISOString()
    await chaussettesDone(
      [
        ...["generate", "--rate", "max", "--start", start, "--per-second", "40", "--seed", "11", "--source", "history"],
        ...["--error-rate", "3", "--output", "nats", "--malformed", "0.1"],
        ...["--incident", "ip:192.168.1.200@+15m/4m,rate=0.8,requests=4/s", "--incident", "outage@+40m/3m"]
      ],
      stack.env
    )
    await until("history to be decided", async () => (await streams.records()).length > 1_500, { seen: stack.said })
    live = startChaussettes(
      [
        ...["generate", "--rate", "40", "--seed", "12", "--source", "live", "--error-rate", "3", "--output", "nats"],
        ...["--incident", `ip:${attacker}@+10s/10m,rate=0.9,requests=10/s`]
      ],
      { env: stack.env }
    )
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await live?.stop()
    await streams?.close()
    await stack?.stop()
  }, 60_000)

  const visit = async (path: string, look: Parameters<typeof openPage>[1] = {}): Promise<Watched> => {
    const watched = await openPage(browser, look)
    await watched.page.goto(`${stack.url}${path}`)
    await watched.page.locator("main").waitFor()
    return watched
  }

  /** Waits until the first sentence of the page says it; or tells what it said instead. */
  const headline = (page: Page, text: string | RegExp, limitMs = 30_000): Promise<unknown> =>
    page
      .locator(".headline", { hasText: text })
      .waitFor({ timeout: limitMs })
      .catch(async () => {
        throw new Error(`the page says: ${await page.locator(".headline").textContent()}`)
      })

  it("shows a planted incident within two seconds of its event, and says who it is", async () => {
    const { page, complaints } = await visit("/?span=15m")
    const row = page.locator(".row.open", { hasText: attacker }).first()
    await row.waitFor({ timeout: 60_000 })
    const shownMs = performance.now()
    const first = streams.told.find(({ event }) => event.cause.key === attacker)
    assert.isDefined(first)
    assert.isBelow(shownMs - first!.seenMs, 2_000)
    await headline(page, attacker)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("explains it by the very lines that LOGS holds, errors marked", async () => {
    const { alert } = await until("it has alerted", () => streams.seen.find((s) => s.alert.ip === attacker))
    const { page, complaints } = await visit(`/alerts/${alert.id}`)
    await page.locator(".lines li").first().waitFor()
    const lines = alert.lines as { first_seq: number; last_seq: number }
    const expected = (await streams.lines(lines.first_seq, lines.last_seq)).filter(
      (line) => line.startsWith(`${attacker} `) && inWindow(alert, line)
    )
    const shown = await page.locator(".lines li .foreign").allTextContents()
    assert.deepStrictEqual(shown, expected)
    assert.strictEqual(shown.length, alert.total_requests)
    const errors = await page.locator(".lines li.error .foreign").allTextContents()
    assert.deepStrictEqual(
      errors,
      expected.filter((line) => Number(/" (\d{3}) /.exec(line)![1]) >= 400)
    )
    assert.strictEqual(errors.length, alert.errors)

    const printed = await chaussettesDone(["explain", alert.id], stack.env)
    for (const line of expected) assert.include(printed, line)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("says of another threshold what the same verdict says over LOGS", async () => {
    const toMs = Date.now() - 60_000
    const fromMs = toMs - 3_600_000
    const { page, complaints } = await visit(`/what-if?from=${fromMs}&to=${toMs}&ip=0.6&global=0.2`)
    await page.getByRole("button", { name: "Count from the lines" }).click()
    const shown = async (dimension: string) =>
      Number((await page.getByTestId(`alerts-${dimension}`).textContent())!.replaceAll(",", ""))
    const records = (await streams.records()).filter((r) => Date.parse(r.start) >= fromMs && Date.parse(r.start) < toMs)
    const global = records.filter((r) => r.errors / r.total > 0.2).length
    assert.isAbove(global, 0)
    await page.getByTestId("alerts-ip").waitFor()
    assert.strictEqual(await shown("global"), global)
    // With a higher threshold exactly those of the alerts stand that are above it, too.
    const ips = streams.seen.filter(
      ({ alert }) =>
        alert.ip !== undefined &&
        Date.parse(alert.window.start) >= fromMs &&
        Date.parse(alert.window.start) < toMs &&
        alert.errors / alert.total_requests > 0.6
    ).length
    assert.isAbove(ips, 0)
    assert.strictEqual(await shown("ip"), ips)
    // What is tried and what is in force are drawn, said as rules, and end in the command that sets what is tried.
    const ofIps = page.locator("section", { has: page.getByRole("heading", { name: "IPs", exact: true }) })
    await ofIps.getByText("chaussettes thresholds set ip 0.6", { exact: true }).waitFor()
    assert.match((await ofIps.textContent())!, /now in force: alerts above \d+%/i)
    assert.strictEqual(await ofIps.locator("path.in-force, path.tried").count(), 2)
    await screenshot(page, "what-if")
    // What was counted is said of the span that it was counted for, and of no other.
    await page.getByRole("button", { name: "6 h" }).click()
    await page.getByText("Not counted yet").first().waitFor()
    assert.strictEqual(await page.getByTestId("alerts-ip").count(), 0)
    await page.getByRole("button", { name: "Count from the lines" }).waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("shows hostile lines as text", async () => {
    const markup = "/<img/src=x/onerror=window.hacked=1><script>window.hacked=1</script>"
    const turned = "/evil\u202egpj.exe"
    const long = `/${"a".repeat(15_000)}`
    for (const target of [markup, turned, long]) {
      await streams.publish(
        "hostile",
        Array.from({ length: 6 }, () => lineNow("203.0.113.99", target, 404))
      )
    }
    await streams.publish("hostile", ["\u001b]0;title\u0007\u001b[31mnot a line"])
    const { page, complaints } = await visit("/alerts?span=15m&dimension=url")
    await page.locator(".row", { hasText: "onerror=window.hacked" }).waitFor()
    assert.include(await page.locator(".row", { hasText: "/evil" }).textContent(), "\\u{202E}")
    assert.strictEqual(await page.locator(".row img, .row script").count(), 0)
    await page.locator(".row", { hasText: "onerror=window.hacked" }).first().locator("a").click()
    await page.locator(".lines li", { hasText: "<script>" }).first().waitFor()
    assert.isUndefined(await page.evaluate("window.hacked"))
    await page.goto(`${stack.url}/status`)
    await page.locator(".lines li", { hasText: "\\x1B[31mnot a line" }).waitFor()
    const overflow = await page.evaluate<number>(overflowWidth)
    assert.isAtMost(overflow, 0)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("is the same by its address: every view can be opened, left and come back to", async () => {
    const { page, complaints } = await visit("/?span=6h")
    await page.getByRole("link", { name: "Incidents", exact: true }).first().click()
    await page.waitForURL("**/incidents?span=6h")
    await page.getByRole("link", { name: "Alerts", exact: true }).click()
    await page.waitForURL("**/alerts?span=6h")
    await page.locator(".row a").first().click()
    await page.waitForURL("**/alerts/*.*?span=6h")
    const deep = page.url()
    await page.locator("#explain-title").waitFor()
    await page.goBack()
    await page.waitForURL("**/alerts?span=6h")
    await page.goto(deep)
    await page.locator(".lines li").first().waitFor()
    assert.strictEqual(await page.getByRole("button", { name: "6 h" }).getAttribute("aria-pressed"), "true")
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("says of an address that is none what it is, whatever stands in it", async () => {
    const { page, complaints } = await visit("/alerts/%E0%A4%A?span=15m", { allow: /400/ })
    await page.getByText("This is not the id of an alert.").waitFor()
    await page.goto(`${stack.url}/nowhere`)
    await page.getByText("There is no such page.").waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("keeps what is filtered while alerts are opened and closed", async () => {
    const { page, complaints } = await visit("/alerts?span=6h")
    await page.getByLabel("Dimension").selectOption("ip")
    await page.waitForURL(/dimension=ip/)
    await page.locator(".row a").first().click()
    await page.locator("#explain-title").waitFor()
    assert.match(page.url(), /dimension=ip/)
    const dimensions = await page.locator(".row .dimension").allTextContents()
    assert.isAbove(dimensions.length, 0)
    assert.isTrue(dimensions.every((dimension) => dimension === "IP"))
    await page.getByRole("link", { name: "Back to the alerts" }).click()
    await page.waitForURL(/alerts\?.*dimension=ip/)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("shows more of each alert when asked to, and keeps them while new ones come", async () => {
    const { page, complaints } = await visit("/alerts?span=6h")
    await page.locator(".row").nth(99).waitFor()
    await page.getByRole("button", { name: "Older ones" }).click()
    await page.locator(".row").nth(150).waitFor()
    const before = streams.seen.length
    await until("more alerts are raised", () => streams.seen.length > before + 5)
    await page.locator(".row").nth(150).waitFor()
    const ids = await page
      .locator(".row a")
      .evaluateAll((links) => links.map((a) => a.getAttribute("href")!.split("?")[0]))
    const newest = streams.seen.map((s) => s.alert.id).reverse()
    const at = newest.indexOf(ids[0]!.split("/").at(-1)!)
    assert.deepStrictEqual(
      ids.map((id) => id!.split("/").at(-1)),
      newest.slice(at, at + ids.length)
    )
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("is worked with the keyboard alone", async () => {
    const { page, complaints } = await visit("/?span=1h")
    await page.locator(".chart canvas").first().waitFor()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    assert.strictEqual(await page.evaluate("document.activeElement.id"), "content")
    await page.locator(".chart").focus()
    await page.keyboard.press("ArrowLeft")
    await page.waitForURL(/from=\d+&to=\d+/)
    const before = new URL(page.url()).searchParams
    await page.keyboard.press("+")
    await page.waitForURL((url) => url.searchParams.get("from") !== before.get("from"))
    await page.keyboard.press("End")
    await page.waitForURL((url) => !url.searchParams.has("from"))
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("zooms by dragging, pauses, and goes live again", async () => {
    const { page, complaints } = await visit("/?span=1h")
    const plot = page.locator(".chart .u-over").first()
    const box = (await plot.boundingBox())!
    await page.mouse.move(box.x + box.width * 0.3, box.y + 50)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 5 })
    await page.mouse.up()
    await page.waitForURL(/from=\d+&to=\d+/)
    const { searchParams } = new URL(page.url())
    const zoomedMs = Number(searchParams.get("to")) - Number(searchParams.get("from"))
    assert.closeTo(zoomedMs, 3_600_000 * 0.2, 120_000)
    // One drag is one step, and one step back.
    await page.goBack()
    await page.waitForURL(/\?span=1h$/)
    await page.goForward()
    await page.getByRole("button", { name: "Go live" }).click()
    await page.getByRole("button", { name: /^Live/ }).click()
    await page.waitForURL(/from=\d+&to=\d+/)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("speaks the browser's language, in the viewer's zone, with UTC on hover", async () => {
    const { page, complaints } = await visit("/alerts?span=1h", { locale: "fr-FR" })
    assert.strictEqual(await page.evaluate("document.documentElement.lang"), "fr")
    await page.getByRole("link", { name: "Vue d’ensemble" }).waitFor()
    const time = page.locator(".row time").first()
    await time.waitFor()
    // In one look: another alert may come between two.
    const [utc, shown, title] = await time.evaluate((element) => [
      element.getAttribute("datetime")!,
      element.textContent,
      element.getAttribute("title")
    ])
    const paris = new Intl.DateTimeFormat("fr-FR", { timeStyle: "medium", timeZone: "Europe/Paris" }).format(
      new Date(utc!)
    )
    assert.include(shown!, paris)
    assert.include(title!, `${utc} (UTC)`)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  for (const [where, look] of [
    ["on a desk", {}],
    ["on a desk, dark", { dark: true }],
    ["on a phone, dark", { width: 390, height: 844, dark: true }]
  ] as const) {
    it(`stands in nobody's way ${where}: axe-core finds nothing serious on any view`, async () => {
      const alertId = streams.seen.find((s) => s.alert.ip === attacker)!.alert.id
      const { page, complaints } = await openPage(browser, look)
      // A short span keeps lists and tables short: axe-core looks at each cell.
      for (const path of [...views, `/alerts/${alertId}`, "/?as=table"]) {
        await page.goto(`${stack.url}${path}${path.includes("?") ? "&" : "?"}span=15m`)
        await page.locator("main section:visible").first().waitFor()
        await until("nothing is being loaded", async () => (await page.locator("[aria-busy]").count()) === 0)
        assert.deepStrictEqual(await accessibilityFaults(page), [], path)
        assert.isAtMost(await page.evaluate<number>(overflowWidth), 0, `${path} overflows`)
      }
      assert.deepStrictEqual(complaints, [])
      await page.context().close()
    })
  }

  it("is seen in both themes, on a desk and a phone", async () => {
    const looks = [{}, { dark: true }, { width: 390, height: 844 }, { width: 390, height: 844, dark: true }] as const
    const colours = new Set<string>()
    for (const look of looks) {
      const { page } = await visit("/?span=1h", look)
      await page.locator(".chart canvas").first().waitFor()
      await page.locator(".rows .row").first().waitFor()
      colours.add(await page.evaluate<string>("getComputedStyle(document.body).backgroundColor"))
      const name = `overview${"width" in look ? "-phone" : ""}${"dark" in look ? "-dark" : ""}`
      await screenshot(page, name)
      await page.context().close()
    }
    assert.strictEqual(colours.size, 2)
    // One from the middle of the incident that is over, so that its course shows before and after.
    const past = streams.seen.filter((s) => s.alert.ip === "192.168.1.200")
    const { page } = await visit(`/alerts/${past[Math.floor(past.length / 2)]!.alert.id}?span=1h`)
    await page.locator(".course canvas").waitFor()
    await page.locator(".lines li").first().waitFor()
    await screenshot(page, "explanation")
    await page.context().close()
  })

  it("loads in less than 90 kB, from nowhere else", async () => {
    const { page, complaints } = await visit("/")
    await page.locator(".chart canvas").first().waitFor()
    const bytes = await page.evaluate<number>(
      `[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
        .filter((entry) => !entry.name.includes("/events"))
        .reduce((sum, entry) => sum + entry.transferSize, 0)`
    )
    assert.isAbove(bytes, 10_000)
    assert.isBelow(bytes, 90_000)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("asks for the token where it needs one, and shows nothing before", async () => {
    const token = "a token of twenty and more"
    const guarded = startChaussettes(["dashboard", "--port", "0", "--access-token", token], { env: stack.env })
    try {
      const url = await until("the page is there", () => /http:\/\/127\.0\.0\.1:\d+/.exec(guarded.output())?.[0])
      const { page, complaints } = await openPage(browser, { allow: /401/ })
      await page.goto(`${url}/top?span=15m`)
      await page.getByLabel("Access token").fill("not this one")
      await page.getByRole("button", { name: "Log in" }).click()
      await page.getByText("Wrong token.").waitFor()
      assert.strictEqual(await page.locator("table").count(), 0)
      await page.getByLabel("Access token").fill(token)
      await page.getByRole("button", { name: "Log in" }).click()
      await page.getByRole("link", { name: attacker }).waitFor()
      assert.strictEqual(await page.evaluate("document.cookie"), "")
      assert.deepStrictEqual(complaints, [])
      await page.context().close()
    } finally {
      await guarded.stop()
    }
  })

  it("says that it lost its connection, and heals when the page's server is back", async () => {
    const { page, complaints } = await visit("/?span=15m", { allow: /Failed to load resource|ERR_/ })
    await page.locator(".chart canvas").first().waitFor()
    await stack.stopPage("SIGKILL")
    await headline(page, "Connection lost")
    await stack.startPage()
    await page.locator(".headline", { hasText: "Connection lost" }).waitFor({ state: "detached", timeout: 40_000 })
    const before = streams.seen.length
    await until("another alert is raised", () => streams.seen.length > before)
    const { alert } = streams.seen.findLast((s) => s.alert.ip === attacker)!
    await page.locator(".row.open", { hasText: attacker }).first().waitFor()
    assert.isDefined(alert)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("says that the NATS server is gone, and heals when it is back", async () => {
    const { page, complaints } = await visit("/?span=15m", { allow: /Failed to load resource|503/ })
    await headline(page, attacker)
    await stack.server.kill()
    await headline(page, "has not answered")
    await stack.server.restart()
    await headline(page, attacker, 60_000)
    const before = streams.seen.length
    await until("alerts are raised again", () => streams.seen.length > before, { limitMs: 60_000 })
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })
})
