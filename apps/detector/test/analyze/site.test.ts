import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chaussettes } from "@chaussettes/testing"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

let dir = ""

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "chaussettes-site-"))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Ten lines a window of each of two virtual hosts; in every second window one of them fails three times, for other clients and URLs. */
const logOf = (windows: number): string =>
  Array.from({ length: windows * 20 }, (_, n) => {
    const [window, i] = [Math.floor(n / 20), n % 20]
    const time = new Date(Date.UTC(2026, 9, 10) + window * 10_000 + Math.floor(i / 2) * 1000).toISOString()
    const [day, clock] = time.split("T")
    const host = i % 2 === 0 ? "Shop.example:443" : "www.example"
    const status = window % 2 === 0 && i % 2 === 0 && i < 6 ? 502 : 200
    return `${host} 192.0.2.${i} - - [${day!.slice(8)}/Oct/2026:${clock!.slice(0, 8)} +0000] "GET /${i} HTTP/1.1" ${status} 12\n`
  }).join("")

const resultOf = async (args: ReadonlyArray<string>) => {
  const { code, stdout, stderr } = await chaussettes(["analyze", ...args])
  const lines = stdout.split("\n").flatMap((text) => (text === "" ? [] : [JSON.parse(text)]))
  return { code, lines, stderr }
}

describe("analyze --dimensions", () => {
  it("raises alerts for the virtual hosts of a file, and for nothing more without it", async () => {
    const path = join(dir, "sites.log")
    writeFileSync(path, logOf(20))
    const off = await resultOf([path])
    const on = await resultOf([path, "--dimensions", "global,ip,url,site"])
    expect([off.code, on.code]).toEqual([0, 0])
    const sites = on.lines.filter(({ type }) => type === "SITE_ERROR_RATE")
    expect(sites).toHaveLength(10)
    expect(sites.every(({ site, errors }) => site === "shop.example" && errors === 3)).toBe(true)
    expect(on.lines.filter(({ type }) => type !== "SITE_ERROR_RATE")).toEqual(off.lines)
    expect(off.stderr).toContain("10 alerts: 10 global, 0 by IP, 0 by URL\n")
    expect(on.stderr).toContain("20 alerts: 10 global, 0 by IP, 0 by URL, 10 by site\n")
  })

  it("finds the same where the lines are scanned in a thread of their own", async () => {
    const path = join(dir, "large.log")
    const text = logOf(900)
    writeFileSync(path, text)
    expect(text.length).toBeGreaterThan(1024 * 1024)
    const { lines } = await resultOf([path, "--dimensions", "global,ip,url,site", "--json"])
    expect(lines.at(-1)).toMatchObject({ alerts: { global: 450, ip: 0, url: 0, site: 450 }, rejected: {} })
  })

  it.each([
    ["global,ip,url,host", "dimensions out of global,ip,url,site, not"],
    ["site", "global,ip,url among them"]
  ])("refuses %j and says what there is", async (names, why) => {
    const { code, stderr } = await chaussettes(["analyze", "-", "--dimensions", names])
    expect(code).toBe(2)
    expect(stderr).toContain(why)
  })
})
