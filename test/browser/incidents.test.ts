import { fileURLToPath } from "node:url"
import {
  type Act,
  actSchema,
  actSubject,
  encodeAct,
  encodeIncident,
  type IncidentEvent,
  incidentSubject,
  rfc3339,
  type WindowRecord
} from "@chaussettes/domain"
import {
  layerActsLogMemory,
  layerIncidentsLogMemory,
  layerThresholdsStoreMemory,
  MemoryServer,
  type MemoryServerShape
} from "@chaussettes/jetstream/memory"
import { until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import type { Browser, Page } from "playwright-core"
import { loadAssets } from "../../apps/dashboard/src/http/static.ts"
import { checkpointOf, detect, makeServer, store, trafficOf } from "../../apps/dashboard/test/fixture.ts"
import { running } from "../../apps/dashboard/test/server.ts"
import { closedAt, eventAt } from "../../libs/readmodel/test/incident-events.ts"
import { launch, openPage, screenshot, skipWithoutChromium } from "./browser.ts"
import { accessibilityFaults, overflowWidth } from "./faults.ts"
import { buildPage } from "./stack.ts"

/* What people see of incidents, in each state: the page's own server over streams in memory. */

const windowMs = 10_000
const minuteMs = 60_000
const encode = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value))

interface State {
  readonly events?: (nowMs: number) => ReadonlyArray<IncidentEvent>
  /** Of the model that the windows were judged by; 0 while nothing is learnt. */
  readonly revision?: number
  /** How long ago the detector came to a halt in what there is to read. */
  readonly behindMs?: number
  readonly acts?: (nowMs: number) => ReadonlyArray<Act>
  /** Whether the page has a door for the operator. */
  readonly withOperator?: boolean
}

const token = "Zq7-vK2mWx9.bT4hRc0s"

const cause = (dimension: "url" | "ip" | "network", ...keys: ReadonlyArray<string>) => ({
  dimension,
  key: keys[0]!,
  keys,
  key_count: keys.length,
  share: 0.97
})

interface Served {
  readonly url: string
  readonly server: MemoryServerShape
  /** The end of its newest window. */
  readonly nowMs: number
}

let made = 0
const actAt = (ms: number, said: Partial<Act> & Pick<Act, "type">): Act => ({
  schema: actSchema,
  id: `${said.type}.${++made}`,
  at: rfc3339(ms),
  by: "anne",
  ...said
})
const hour = (nowMs: number) => ({ from: rfc3339(nowMs - 60_000), until: rfc3339(nowMs + 3_600_000) })

const texts = (server: MemoryServerShape, stream: "ACTS" | "KV_seuils"): ReadonlyArray<string> =>
  server
    .stream(stream)
    .from(1, 100)
    .map(({ data }) => new TextDecoder().decode(data))

const broken = (nowMs: number): ReadonlyArray<IncidentEvent> => {
  const openedMs = nowMs - 6 * minuteMs
  const opened = eventAt(openedMs, { cause: cause("url", "/api/commande"), requests: 60, errors: 41, clients: 22 })
  const timestamp = new Date(nowMs - 2 * minuteMs).toISOString().replace(/\.\d+/, "")
  return [opened, { ...opened, type: "grew", timestamp, requests: 900, errors: 640, clients: 96 }]
}

const scan = (nowMs: number): IncidentEvent =>
  eventAt(nowMs - 4 * minuteMs, {
    kind: "client-errors",
    severity: "LOW",
    cause: cause("network", "198.51.0.0/16"),
    victims: { network: 0, url: 40, ip: 0 }
  })

const forty = (nowMs: number): ReadonlyArray<IncidentEvent> =>
  Array.from({ length: 40 }, (_, i) =>
    eventAt(nowMs - (i + 3) * minuteMs, {
      cause: cause("url", `/section-${i}/a-rather-long-name-of-a-page-that-no-phone-has-room-for`),
      severity: i % 3 === 0 ? "HIGH" : "MEDIUM",
      errors: 40 + i,
      requests: 90 + i
    })
  )

describe.skipIf(skipWithoutChromium())("incidents on the page", { timeout: 60_000 }, () => {
  let browser: Browser
  const scope = Effect.runSync(Scope.make())
  const serve = async ({
    events = () => [],
    revision = 1,
    behindMs = 0,
    acts,
    withOperator = false
  }: State): Promise<Served> => {
    const server = await Effect.runPromise(makeServer)
    // Of each page its own: two minutes later its lines would have stopped.
    const nowMs = Math.floor(Date.now() / windowMs) * windowMs
    const toMs = nowMs - behindMs
    const messages = trafficOf({
      fromMs: toMs - 30 * minuteMs,
      toMs: nowMs,
      perSecond: 8,
      planted: events(toMs).length === 0 ? [] : [{ kind: "url", fromMs: toMs - 6 * minuteMs, toMs: nowMs }]
    })
    const decided = detect(messages.filter(({ storedMs }) => storedMs <= toMs))
    const judged = (record: WindowRecord): WindowRecord => ({
      ...record,
      incidents: { model: { revision, digest: "0123456789abcdef" } }
    })
    const records = decided.records.map(judged)
    store(server, messages, { ...decided, records }, nowMs)
    for (const event of events(toMs)) {
      server.stream("INCIDENTS").append({ subject: incidentSubject(event), data: encode(encodeIncident(event)) }, nowMs)
    }
    for (const act of acts?.(toMs) ?? []) {
      server.stream("ACTS").append({ subject: actSubject(act), data: encode(encodeAct(act)) }, nowMs)
    }
    // Renewed a minute ahead, for nobody renews it here: a slow machine would look at a detector that is gone.
    for (const [key, value] of [
      ["checkpoint", checkpointOf(records, nowMs)],
      ["lease", { holder: "shop-1/4711", generation: 3 }]
    ] as const) {
      server.stream("KV_detector").append({ subject: key, data: encode(value) }, Date.now() + minuteMs)
    }
    const folder = fileURLToPath(new URL("../../dist/web", import.meta.url))
    const assets = await Effect.runPromise(loadAssets({ pathPrefix: "", folder }))
    const stores = await Effect.runPromise(
      Scope.provide(
        Layer.build(
          Layer.mergeAll(layerActsLogMemory, layerIncidentsLogMemory, layerThresholdsStoreMemory).pipe(
            Layer.provide(Layer.succeed(MemoryServer, server))
          )
        ),
        scope
      )
    )
    const operator = withOperator ? { operator: { token, stores } } : {}
    const page = await Effect.runPromise(Scope.provide(running(server, { assets, ...operator }), scope))
    return { url: page.url, server, nowMs }
  }

  beforeAll(async () => {
    buildPage()
    browser = await launch()
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await Effect.runPromise(Scope.close(scope, Exit.void))
  })

  /** Waits until the first sentence says it; or tells what it said instead. */
  const headline = (page: Page, text: string | RegExp): Promise<unknown> =>
    page
      .locator(".headline", { hasText: text })
      .waitFor({ timeout: 10_000 })
      .catch(async () => {
        throw new Error(`the page says: ${await page.locator(".headline").textContent()}`)
      })

  /** Each with its own: a desk and a phone, light and dark. */
  const looks = [
    ["", {}],
    ["-phone-dark", { width: 390, height: 844, dark: true }]
  ] as const

  it("answers what is wrong, since when, who is hurt, why and what to do, and what is fine", async () => {
    const { url } = await serve({ events: (at) => [...broken(at), scan(at)] })
    for (const [name, look] of looks) {
      const { page, complaints } = await openPage(browser, look)
      await page.goto(url)
      await headline(page, /Wrong URL \/api\/commande: 640 of 900 requests \(71\.1%\) failed with server errors/)
      await headline(page, "1 other incident is open.")
      const now = page.locator(".now")
      for (const fact of ["What", "Since", "Who is hurt", "Why", "Do next"])
        await now.getByText(fact, { exact: true }).waitFor()
      await now.getByText("This URL accounts for 97% of the site’s unexpected server errors (5xx).").waitFor()
      await now.getByText("Network 198.51.0.0/16").waitFor()
      await now.getByText("the detector is ready").waitFor()
      await page.locator(".chart canvas").first().waitFor()
      await page.locator("[aria-busy]").first().waitFor({ state: "detached" })
      assert.deepStrictEqual(await accessibilityFaults(page), [])
      assert.isAtMost(await page.evaluate<number>(overflowWidth), 0)
      if (name === "") await screenshot(page, "now")
      assert.deepStrictEqual(complaints, [])
      await page.context().close()
    }
  })

  it("gives each incident a page of its own, at an address to share, with its lines when asked for", async () => {
    const { url } = await serve({ events: broken })
    for (const [name, look] of looks) {
      const { page, complaints } = await openPage(browser, look)
      await page.goto(url)
      await page.getByRole("link", { name: "Look at the incident" }).click()
      await page.locator("#incident-title", { hasText: "URL /api/commande" }).waitFor()
      await page.reload()
      await page.locator(".course canvas").waitFor()
      for (const said of ["began", "Opened", "Grew"])
        await page.locator(".timeline").getByText(said, { exact: false }).first().waitFor()
      await page.getByText("one false alarm of this kind in 40 weeks").waitFor()
      await page.getByText("20 clients").waitFor()
      // Before its hundreds of lines, whose cells would all be looked at.
      assert.deepStrictEqual(await accessibilityFaults(page), [])
      await page.getByRole("button", { name: "Read its lines" }).click()
      await page.getByRole("columnheader", { name: "Status" }).waitFor()
      assert.match((await page.locator(".lines li.error").first().textContent())!, /api\/commande HTTP\/1\.1" 50\d /)
      await page.getByLabel("Only lines that contain").fill('" 200 ')
      assert.strictEqual(await page.locator(".lines li.error").count(), 0)
      assert.isAbove(await page.locator(".lines li").count(), 0)
      assert.isAtMost(await page.evaluate<number>(overflowWidth), 0)
      await page.evaluate("scrollTo(0, 0)")
      if (name === "") await screenshot(page, "incident")
      assert.deepStrictEqual(complaints, [])
      await page.context().close()
    }
  })

  it("is reached and read with the keyboard alone, in French", async () => {
    const { url } = await serve({ events: broken })
    const { page, complaints } = await openPage(browser, { locale: "fr-FR" })
    await page.goto(url)
    await headline(page, /Problème URL \/api\/commande\u00a0: 640 requêtes sur 900/)
    await page.getByRole("link", { name: "Voir l’incident" }).focus()
    await page.keyboard.press("Enter")
    await page.locator("#incident-title").waitFor()
    assert.strictEqual(await page.evaluate("document.activeElement.id"), "incident-title")
    await page.getByText("une fausse alerte de ce genre en 40 semaines").waitFor()
    await page.getByRole("button", { name: "Lire ses lignes" }).focus()
    await page.keyboard.press("Enter")
    await page.getByRole("heading", { name: "Lignes, les erreurs d’abord" }).waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("shows the worst of forty, and all of them in a list", async () => {
    const { url } = await serve({ events: forty })
    const { page, complaints } = await openPage(browser, { width: 390, height: 844, dark: true })
    await page.goto(url)
    await headline(page, "39 other incidents are open.")
    assert.strictEqual(await page.locator(".now .row").count(), 4)
    await page.getByRole("link", { name: "35 more incidents" }).click()
    await page.locator(".row").nth(39).waitFor()
    assert.deepStrictEqual(await accessibilityFaults(page), [])
    assert.isAtMost(await page.evaluate<number>(overflowWidth), 0)
    await page.getByLabel("Client, network or URL").fill("section-7/")
    await page.locator(".row").nth(1).waitFor({ state: "detached" })
    assert.strictEqual(await page.locator(".row").count(), 1)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("says who takes care of an incident, is not red for what is silenced, and says until when", async () => {
    const acts = (at: number): ReadonlyArray<Act> => [
      actAt(at, { type: "acknowledge", incident: broken(at)[0]!.id }),
      actAt(at, { type: "silence", match: { key: "198.51.0.0/16" }, ...hour(at) })
    ]
    const { page, complaints } = await openPage(browser)
    await page.goto((await serve({ events: (at) => [...broken(at), scan(at)], acts })).url)
    await headline(page, /Acknowledged by anne\. 1 is silenced until /)
    await page.locator(".now header .tag", { hasText: "acknowledged by anne" }).waitFor()
    await page
      .locator(".now .row", { hasText: "198.51.0.0/16" })
      .locator(".tag", { hasText: "silenced until" })
      .waitFor()
    await page.goto((await serve({ events: (at) => [scan(at)], acts })).url)
    await headline(page, /Silenced 1 open incident is silenced until .*: Network 198\.51\.0\.0\/16, client errors/)
    await page.locator(".headline.tone-unknown").waitFor()
    await page.getByRole("link", { name: "Incidents", exact: true }).first().click()
    await page.locator(".row .tag", { hasText: "silenced until" }).waitFor()
    assert.deepStrictEqual(await accessibilityFaults(page), [])
    const maintenance = (at: number) => [actAt(at, { type: "maintenance", ...hour(at) })]
    await page.goto((await serve({ acts: maintenance })).url)
    await headline(page, /Fine Nothing is wrong\..* Maintenance until .*: nobody is told of incidents\./)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  /** The operator says who he is, once in the life of the page. */
  const enter = async (page: Page, given: string) => {
    await page.getByLabel("Your name").fill("bob")
    await page.getByLabel("Operator’s token").fill(given)
    await page.getByRole("button", { name: "Continue" }).click()
  }

  it("lets the operator acknowledge, note and take back, who has shown his token", async () => {
    const { url, server, nowMs } = await serve({ events: broken, withOperator: true })
    const { page, complaints } = await openPage(browser, { allow: /401/ })
    await page.goto(`${url}/incidents/${encodeURIComponent(broken(nowMs)[0]!.id)}`)
    await enter(page, "a guess of twenty and more")
    await page.getByText("This is not the operator’s token.").waitFor()
    assert.deepStrictEqual(texts(server, "ACTS"), [])
    await enter(page, token)
    await page.getByRole("button", { name: "Acknowledge" }).click()
    await headline(page, "Acknowledged by bob.")
    await page.getByLabel("Note").fill("It was 4.2.1")
    await page.getByRole("button", { name: "Add note" }).click()
    await page.locator(".timeline li", { hasText: "It was 4.2.1" }).waitFor()
    assert.deepStrictEqual(await accessibilityFaults(page), [])
    await page.locator(".timeline li", { hasText: "acknowledged" }).getByRole("button", { name: "Take back" }).click()
    await page.locator(".headline", { hasText: "Acknowledged" }).waitFor({ state: "detached" })
    assert.deepStrictEqual(
      texts(server, "ACTS").map((text) => (JSON.parse(text) as Act).type),
      ["acknowledge", "note", "lift"]
    )
    // Where the token stands nothing outlives the page.
    await page.reload()
    await page.getByLabel("Operator’s token").waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("lists what is silenced, and lets the operator declare a maintenance, silence something and lift it", async () => {
    for (const [name, look] of looks) {
      const { url, server } = await serve({ events: (at) => [scan(at)], withOperator: true })
      const { page, complaints } = await openPage(browser, look)
      await page.goto(`${url}/incidents`)
      await page.getByRole("link", { name: "Silences" }).click()
      await page.getByText("Nothing is silenced, and no maintenance is declared").waitFor()
      await enter(page, token)
      await page.getByLabel("Why").fill("Moving the database")
      await page.getByLabel("Lasts").selectOption("4h")
      await page.getByRole("button", { name: "Declare maintenance" }).click()
      const inForce = page.locator("section", { has: page.locator("#acts-in-force") })
      await inForce.getByText("Moving the database").waitFor()
      await headline(page, /Silenced Maintenance until .*; 1 incident is open/)
      await page.getByLabel("About").selectOption("key")
      await page.getByLabel("Client, network or URL").fill("198.51.0.0/16")
      await page.getByRole("button", { name: "Silence", exact: true }).click()
      await inForce.locator("li", { hasText: "198.51.0.0/16" }).waitFor()
      assert.deepStrictEqual(await accessibilityFaults(page), [])
      assert.isAtMost(await page.evaluate<number>(overflowWidth), 0)
      if (name === "") await screenshot(page, "silences")
      for (const left of [1, 0]) {
        await inForce.getByRole("button", { name: "Lift" }).first().click()
        await until("it is lifted", async () => (await inForce.locator("li").count()) === left)
      }
      await headline(page, /Attention Network 198\.51\.0\.0\/16/)
      assert.deepStrictEqual(
        texts(server, "ACTS").map((text) => (JSON.parse(text) as Act).type),
        ["maintenance", "silence", "lift", "lift"]
      )
      assert.deepStrictEqual(complaints, [])
      await page.context().close()
    }
  })

  it("gives the commands that do the same where the page has no door for the operator", async () => {
    const { url } = await serve({ events: (at) => [scan(at)] })
    const { page } = await openPage(browser)
    await page.goto(`${url}/acts?tz=UTC`)
    await page.locator("code", { hasText: "chaussettes incidents maintenance --for 1h" }).waitFor()
    await page.getByLabel("About").selectOption("kind")
    await page.getByLabel("Begins").fill("2026-11-29T02:00")
    await page
      .locator("code", {
        hasText: "chaussettes incidents silence --kind client-errors --from 2026-11-29T02:00:00.000Z --for 1h"
      })
      .waitFor()
    assert.strictEqual(await page.getByRole("button", { name: "Silence", exact: true }).count(), 0)
    await page.context().close()
  })

  it("puts a threshold that was tried in force, for the operator, and shows that it is", async () => {
    const { url, server } = await serve({ withOperator: true })
    const { page, complaints } = await openPage(browser)
    await page.goto(`${url}/what-if?global=0.2`)
    await enter(page, token)
    await page.getByRole("button", { name: "Put in force" }).click()
    await page.getByText("In force from the next window on.").waitFor()
    assert.deepStrictEqual(texts(server, "KV_seuils").slice(-1), ["0.2"])
    await page
      .getByText(/now in force: .*20%/i)
      .first()
      .waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("says of an incident that is over when and why, and that nothing is wrong", async () => {
    const { url } = await serve({ events: (at) => [...broken(at), closedAt(broken(at)[1]!, at - minuteMs)] })
    const { page, complaints } = await openPage(browser)
    await page.goto(url)
    await headline(page, /Fine Nothing is wrong\. The last incident: URL \/api\/commande, server errors/)
    await page.locator(".now").getByText("No incident is open.").waitFor()
    await page
      .getByRole("link", { name: /URL \/api\/commande/ })
      .first()
      .click()
    await page.getByText("as expected again").first().waitFor()
    assert.strictEqual(await page.getByText("Do next").count(), 0)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("says while it learns until when it does, and while it catches up how much is left", async () => {
    const { page } = await openPage(browser)
    await page.goto((await serve({ revision: 0 })).url)
    await headline(page, /Learning Nothing strikes\. What is usual here is still being learnt, until about/)
    await page.goto((await serve({ behindMs: 10 * minuteMs })).url)
    await headline(page, /Catching up [\d,]+ messages are still to be read/)
    await page.goto((await serve({})).url)
    await headline(page, "Fine Nothing is wrong. There has been no incident.")
    await page.context().close()
  })

  it("says of an id that is none what it is", async () => {
    const { page } = await openPage(browser, { allow: /40[04]/ })
    const { url } = await serve({})
    await page.goto(`${url}/incidents/nonsense`)
    await page.getByText("This is not the id of an incident.").waitFor()
    await page.goto(`${url}/incidents/server-errors.url.20260105T030110Z-10s.f4d00d9791aad2d4`)
    await page.getByText("There is no such incident").waitFor()
    await page.context().close()
  })
})
