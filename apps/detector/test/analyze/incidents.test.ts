import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { chaussettes } from "@chaussettes/testing"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const log = fileURLToPath(new URL("../../../../testdata/elastic-apache-10k.log", import.meta.url))
let dir = ""
let site = ""
let seuils = ""

/** Twelve requests each ten seconds for three hours; for ten minutes of the last one /buy fails. */
const siteLog = (): string => {
  let seed = 5
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return seed / 0x7fffffff
  }
  let text = ""
  for (let second = 0; second < 3 * 3_600; second++) {
    for (let i = 0; i < 2 - (second % 5 === 0 ? 1 : 0); i++) {
      const client = `192.0.2.${Math.floor(random() * 40)}`
      const url = ["/", "/buy", "/cart", "/search"][Math.floor(random() * 4)]!
      const luck = random()
      const isBroken = url === "/buy" && second >= 9_000 && second < 9_600 && luck < 0.95
      const status = isBroken ? 503 : luck < 0.01 ? 500 : luck < 0.04 ? 404 : 200
      const time = `17/May/2015:${[10 + Math.floor(second / 3_600), Math.floor(second / 60) % 60, second % 60]
        .map((n) => `${n}`.padStart(2, "0"))
        .join(":")} +0000`
      text += `${client} - - [${time}] "GET ${url} HTTP/1.1" ${status} 12\n`
    }
  }
  return text
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "chaussettes-incidents-"))
  site = join(dir, "site.log")
  seuils = join(dir, "seuils.json")
  writeFileSync(site, siteLog())
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const eventsOf = (stdout: string) =>
  stdout
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line))

describe("analyze --incidents", () => {
  it("tells an outage of one URL once, by its cause, when it begins and when it is over", async () => {
    const { stdout, stderr, code } = await chaussettes(["analyze", "--incidents", site])
    expect(code).toBe(0)
    const events = eventsOf(stdout)
    expect(events.every((event) => event.schema === "chaussettes.incident.v1")).toBe(true)
    const opened = events.filter((event) => event.type === "opened")
    expect(opened).toHaveLength(1)
    expect(opened[0]).toMatchObject({
      kind: "server-errors",
      dimension: "url",
      cause: { dimension: "url", key: "/buy", key_count: 1 },
      certificate: { budget_total_weekly: 1 }
    })
    expect(opened[0].opened_at >= "2015-05-17T12:29:50Z" && opened[0].timestamp <= "2015-05-17T12:30:50Z").toBe(true)
    const closed = events.at(-1)
    expect(closed).toMatchObject({ id: opened[0].id, type: "closed", closed_why: "recovered" })
    expect(closed.closed_at > "2015-05-17T12:40:00Z" && closed.closed_at <= "2015-05-17T12:45:00Z").toBe(true)
    expect(closed.victims.ip).toBeGreaterThan(0)
    expect(closed.errors).toBeGreaterThan(200)
    expect(stderr).toContain("1 incident\n")
  })

  it("tells one thing of the real log, a crawler on broken links, in which fixed thresholds alert twenty times", async () => {
    const { stdout, code } = await chaussettes(["analyze", "--incidents", log, "--json"])
    expect(code).toBe(0)
    const events = eventsOf(stdout)
    expect(events.at(-1)).toMatchObject({ schema: "chaussettes.analysis.v1", incidents: 1, alerts: { global: 20 } })
    expect(events[0]).toMatchObject({
      type: "opened",
      kind: "client-errors",
      severity: "LOW",
      cause: { key: "144.76.95.39" }
    })
  })

  it("judges by the model that thresholds has written, and by nothing else", async () => {
    const learnt = await chaussettes(["thresholds", "--from", site, "--out", seuils])
    expect(learnt.stderr).toContain(`Written to ${seuils}`)
    const model = JSON.parse(readFileSync(seuils, "utf8")).incidents
    expect(model).toMatchObject({ schema: "chaussettes.incident-model.v1", window_ms: 10_000, budget_weekly: 1 })
    const { stdout, code } = await chaussettes(["analyze", "--incidents", "--seuils", seuils, site])
    expect(code).toBe(0)
    expect(eventsOf(stdout)[0]).toMatchObject({
      type: "opened",
      cause: { key: "/buy" },
      certificate: { learnt_through: model.learnt.end }
    })
  })

  it("refuses a model of other windows or another budget, and one that cannot be used, with the way out", async () => {
    const other = await chaussettes(["analyze", "--incidents", "--window", "1m", "--seuils", seuils, site])
    expect(other.code).toBe(2)
    expect(other.stderr).toContain("Give --window 10s.")
    const budget = ["analyze", "--incidents", "--seuils", seuils, "--incident-budget"]
    const more = await chaussettes([...budget, "5", site])
    expect(more.code).toBe(2)
    expect(more.stderr).toContain(
      "was learnt for a budget of 1 a week and cannot keep another. Leave out --incident-budget"
    )
    expect((await chaussettes([...budget, "1", site])).code).toBe(0)
    const alerts = await chaussettes(["analyze", "--incident-budget", "5", site])
    expect(alerts).toMatchObject({ code: 2, stderr: expect.stringContaining("add --incidents, or leave it out") })
    const bad = join(dir, "bad.json")
    writeFileSync(bad, JSON.stringify({ global: 0.1, incidents: { schema: "other" } }))
    const broken = await chaussettes(["analyze", "--incidents", "--seuils", bad, site])
    expect(broken.code).toBe(2)
    expect(broken.stderr).toContain("its schema is not chaussettes.incident-model.v1")
  })
})
