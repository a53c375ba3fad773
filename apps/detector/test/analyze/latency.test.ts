import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chaussettes } from "@chaussettes/testing"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Random } from "../../../../libs/domain/test/support/random.ts"

let dir = ""

const firstMs = Date.UTC(2026, 4, 18, 10)
const urls = ["/", "/cart", "/search", "/item"]

interface Slow {
  readonly fromS: number
  readonly toS: number
  readonly times: number
}

/** Four requests a second for two hours as nginx writes them in JSON; `/search` is slower for some of them. */
const logOf = (seed: number, slow?: Slow): string => {
  const random = new Random(seed)
  const lines: Array<string> = []
  for (let s = 0; s < 2 * 3_600; s++) {
    for (let i = 0; i < 4; i++) {
      const request = random.pick(urls)
      const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
      const isSlow = slow !== undefined && request === "/search" && s >= slow.fromS && s < slow.toS
      const seconds = (request === "/search" ? 0.12 : 0.04) * Math.exp(0.7 * normal) * (isSlow ? slow.times : 1)
      lines.push(
        JSON.stringify({
          time_iso8601: new Date(firstMs + s * 1_000).toISOString().replace(".000Z", "+00:00"),
          remote_addr: `192.0.2.${random.int(1, 60)}`,
          request: `GET ${request} HTTP/1.1`,
          status: random.chance(0.02) ? 404 : 200,
          body_bytes_sent: 120,
          request_time: seconds.toFixed(3)
        })
      )
    }
  }
  return `${lines.join("\n")}\n`
}

const eventsOf = (stdout: string) =>
  stdout
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line))

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "chaussettes-latency-"))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe("analyze --incidents on a log that says how long requests took", () => {
  it("tells a URL that has become slow once, by its name, and when it is as usual again", async () => {
    const file = join(dir, "slow.log")
    writeFileSync(file, logOf(1, { fromS: 5_400, toS: 6_000, times: 4 }))
    const { stdout, code } = await chaussettes(["analyze", "--incidents", file])
    expect(code).toBe(0)
    const events = eventsOf(stdout)
    expect(events.filter(({ type }) => type === "opened")).toHaveLength(1)
    expect(events[0]).toMatchObject({
      schema: "chaussettes.incident.v1",
      type: "opened",
      dimension: "url",
      kind: "latency",
      errors: 0,
      cause: { key: "/search", key_count: 1 },
      certificate: { family: "url.latency", budget_total_weekly: 1 }
    })
    expect(events[0].message).toMatch(/^URL \/search: p95 is [\d.]+ s where 0\.3\d s is usual; \d+ requests, /)
    expect(events[0].timestamp <= "2026-05-18T11:30:40Z").toBe(true)
    expect(events.at(-1)).toMatchObject({ type: "closed", closed_why: "recovered" })
    expect(events.at(-1).closed_at > "2026-05-18T11:40:00Z").toBe(true)
    expect(events.at(-1).closed_at < "2026-05-18T11:43:00Z").toBe(true)
  })

  it("judges by what another file has taught", async () => {
    const [before, after, seuils] = [join(dir, "before.log"), join(dir, "after.log"), join(dir, "seuils.json")]
    writeFileSync(before, logOf(2))
    writeFileSync(after, logOf(3, { fromS: 600, toS: 7_200, times: 4 }))
    const quiet = await chaussettes(["analyze", "--incidents", before])
    expect(quiet.stdout).toBe("")
    expect((await chaussettes(["thresholds", "--from", before, "--out", seuils])).code).toBe(0)
    const { stdout } = await chaussettes(["analyze", "--incidents", "--seuils", seuils, after])
    const [opened] = eventsOf(stdout)
    expect(opened).toMatchObject({ kind: "latency", cause: { key: "/search" } })
    expect(opened.timestamp > "2026-05-18T10:10:00Z" && opened.timestamp <= "2026-05-18T10:11:00Z").toBe(true)
  })
})
