import { fileURLToPath } from "node:url"
import { parseHTML } from "linkedom"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { pageOf } from "../src/html/page.ts"
import { lineAt, reportOn, scratch } from "./support.ts"

const log = fileURLToPath(new URL("../../../testdata/elastic-apache-10k.log", import.meta.url))
const files = scratch()
afterAll(files.remove)

const mebibyte = 2 ** 20

describe("a report as HTML", () => {
  let page = ""
  beforeAll(async () => {
    page = pageOf(await reportOn([log]))
  })
  const tableUnder = (html: string, caption: string) => {
    const { document } = parseHTML(html)
    const table = [...document.querySelectorAll("table")].find(
      (t) => t.querySelector("caption")?.textContent === caption
    )
    return [...(table?.querySelectorAll("tbody tr") ?? [])].map((row) =>
      [...row.children].map((cell) => cell.textContent?.trim())
    )
  }

  it("says how much, what failed, and who asked for what", () => {
    const { document } = parseHTML(page)
    const tiles = [...document.querySelectorAll(".tiles > div")].map((tile) =>
      [...tile.querySelectorAll("dt, dd:not(.note)")].map(({ textContent }) => textContent)
    )
    expect(tiles).toContainEqual(["Requests", "9,999"])
    expect(tiles).toContainEqual(["Server errors", "3"])
    expect(tiles).toContainEqual(["Clients", "1,753"])
    expect(tableUnder(page, "Status codes")).toContainEqual(["404 Not found", "213", "2.1%"])
    expect(tableUnder(page, "Clients")[0]).toEqual(["66.249.73.135", "482", "4.8%", "8", "2", "76 MB"])
    expect(tableUnder(page, "Operating systems")[0]?.slice(0, 2)).toEqual(["Windows", "3,300"])
    expect(tableUnder(page, "Day by day").map((row) => row[0])).toEqual([
      "Sun, 17 May 2015",
      "Mon, 18 May 2015",
      "Tue, 19 May 2015",
      "Wed, 20 May 2015"
    ])
  })

  it("tells incidents with their cause, and which thresholds would suit", () => {
    const [first] = tableUnder(page, "Incidents")
    expect(first).toEqual([
      "20 May 2015, 09:05",
      "10 min 40 s",
      "IP 144.76.95.39",
      "14 / 24 58.3%",
      "client errors (4xx); 2.2% is usual"
    ])
    expect(tableUnder(page, "Thresholds that would suit").map((row) => row.slice(0, 2))).toEqual([
      ["All traffic", "above 10%"],
      ["IP", "above 30%"],
      ["URL", "above 50%"]
    ])
  })

  it("has the same requests by weekday and hour as in all", () => {
    const hours = tableUnder(page, "Requests by weekday and hour").flatMap((row) => row.slice(1))
    expect(hours.length).toBe(7 * 24)
    expect(hours.reduce((sum, n) => sum + Number(n?.replace(",", "")), 0)).toBe(9_999)
  })

  it("loads nothing: no script, no other file, and a policy that forbids both", () => {
    const { document } = parseHTML(page)
    expect(document.querySelectorAll("script, link, img, iframe, object, form, base").length).toBe(0)
    expect([...document.querySelectorAll("[href]")].every((a) => a.getAttribute("href")?.startsWith("#"))).toBe(true)
    expect(document.querySelectorAll("[style], [src]").length).toBe(0)
    expect(page).toMatch(/http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-/)
    expect(page.length).toBeLessThan(mebibyte / 4)
  })

  it("names each heading that is linked to, and each chart", () => {
    const { document } = parseHTML(page)
    for (const link of document.querySelectorAll("nav a")) {
      expect(document.querySelector(`h2${link.getAttribute("href")}`)?.textContent).toBe(link.textContent)
    }
    for (const chart of document.querySelectorAll("svg")) expect(chart.getAttribute("aria-label")).toMatch(/\d/)
  })

  it("is in French as a whole", async () => {
    const french = pageOf(await reportOn([log], { language: "fr", zone: "Europe/Paris" }))
    const { document } = parseHTML(french)
    expect(document.documentElement.getAttribute("lang")).toBe("fr")
    expect(french).toContain("Taux d’erreur")
    expect(french).toContain("2,2\u00a0%")
    expect(tableUnder(french, "Codes de statut")).toContainEqual(["404 Introuvable", "213", "2,1\u00a0%"])
    // Nothing of the English report is left in it, but for what both languages write alike.
    const said = (html: string) =>
      [...parseHTML(html).document.querySelectorAll("h1, h2, h3, thead th, dt, .note, summary, li")].map(
        ({ textContent }) => textContent?.trim() ?? ""
      )
    const english = new Set(said(page))
    const both = said(french).filter((text) => english.has(text) && /[a-z]{3}/i.test(text))
    const alike = ["Incidents", "Clients", "Client", "URL", "Site", "Agent", "Page", "Cause"]
    expect(both.filter((text) => !alike.includes(text))).toEqual([])
  })

  it("lets nothing that a client wrote become markup", async () => {
    const attack = `<script>alert(1)</script><img/src=x/onerror=alert(1)>`
    const agent = `</span></th><svg onload=alert(1)>&lt;b&gt;`
    const hostileLine = (i: number) =>
      lineAt(i, {
        url: `/${attack}`,
        status: 500,
        referer: `https://evil.example/${attack}`,
        agent: `${agent} \u00e9`
      })
    // Among others, so that its URL is the cause.
    const lines = Array.from(
      { length: 40 },
      (_, i) => `${hostileLine(i)}${lineAt(i, { url: "/", agent: `${agent} \u00e9` }).repeat(2)}`
    )
    const path = files.write("hostile.log", lines.join(""))
    const hostile = pageOf(await reportOn([path]))
    const { document } = parseHTML(hostile)
    expect(document.querySelectorAll("script, img, svg[onload]").length).toBe(0)
    expect(
      [...document.querySelectorAll("*")].flatMap((e) => [...e.attributes].filter(({ name }) => /^on/.test(name)))
    ).toEqual([])
    expect(document.querySelector("#incidents + .card")?.textContent).toContain(`/${attack}`)
    expect(tableUnder(hostile, "Agents as sent")[0]?.[0]).toContain(agent)
    // The plain text is nowhere: neither in titles of charts nor in names of sections.
    expect(hostile).not.toContain("<script>")
    expect(hostile).not.toContain("<img")
  })

  it("spells out what acts on readers, such as a turn of the direction of writing", async () => {
    const turned = `/${String.fromCharCode(...new TextEncoder().encode("\u202egpj.exe"))}`
    const path = files.write("turned.log", lineAt(0, { url: turned }))
    expect(pageOf(await reportOn([path]))).toContain("/\\u{202E}gpj.exe")
  })

  it("stays below a megabyte, however many and long the keys are that a log holds", async () => {
    const longest = `"&<>`.repeat(200).replaceAll('"', "'")
    const lines = Array.from({ length: 20_000 }, (_, i) =>
      lineAt(i % 80_000, {
        client: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
        url: `/${i}/${longest}${i % 2 === 0 ? ".css" : ""}`,
        status: [200, 404, 500, 403][i % 4]!,
        referer: `https://host-${i}.example/${longest}`,
        agent: `bot-${i}bot ${longest}`
      })
    )
    const path = files.write("large.log", lines.join(""))
    const large = pageOf(await reportOn([path]))
    expect(large.length).toBeLessThan(mebibyte)
    expect(tableUnder(large, "Clients").length).toBeGreaterThan(0)
  }, 60_000)

  it("says so where there is nothing", async () => {
    const empty = pageOf(await reportOn([files.write("empty.log", "")]))
    expect(empty).toContain("No request could be read.")
    expect(parseHTML(empty).document.querySelectorAll("svg, dl").length).toBe(0)
  })
})
