import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { startServer } from "@chaussettes/jetstream/testing"
import { chaussettes, mainFile, run, succeeded } from "@chaussettes/testing"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { scratch } from "./support.ts"

const log = fileURLToPath(new URL("../../../testdata/elastic-apache-10k.log", import.meta.url))
const files = scratch()
afterAll(files.remove)

/** What a run that was made at another time says alike. */
const said = (stdout: string) => {
  const { made_at: _made, files: _files, ...report } = JSON.parse(stdout)
  return report
}
const json = async (...args: ReadonlyArray<string>) =>
  said(await succeeded(chaussettes(["report", "--json", "--zone", "UTC", ...args])))

describe("report", { timeout: 60_000 }, () => {
  it("prints text, and writes one HTML file", async () => {
    const output = join(files.folder, "report.html")
    expect(await succeeded(chaussettes(["report", log, "--output", output]))).toBe("")
    expect(readFileSync(output, "utf8")).toMatch(/^<!doctype html>/)
    expect(statSync(output).size).toBeLessThan(250_000)
    const text = await succeeded(chaussettes(["report", log, "--zone", "UTC", "--language", "fr"]))
    expect(text).toContain("Rapport des journaux d’accès")
  })

  it("says the same of rotated files, packed or not, and of their lines on standard input", async () => {
    const lines = readFileSync(log, "latin1").split("\n")
    const older = files.write(
      "access.log.1.gz",
      gzipSync(Buffer.from(`${lines.slice(0, 5_000).join("\n")}\n`, "latin1"))
    )
    const newer = files.write("access.log", lines.slice(5_000).join("\n"))
    const whole = await json(log)
    expect(await json(newer, older)).toEqual(whole)
    const piped = await run("sh", ["-c", `cat ${log} | ${process.execPath} ${mainFile} report --json --zone UTC -`])
    expect(said(piped.stdout)).toEqual(whole)
  })

  it("says the same where there is one processor, and so no thread that scans", async () => {
    const lines = readFileSync(log, "latin1")
    const large = files.write("large.log", lines + lines)
    const args = ["report", "--json", "--zone", "UTC", large]
    const beside = await run(process.execPath, [mainFile, ...args])
    const alone = await run("taskset", ["--cpu-list", "0", process.execPath, mainFile, ...args])
    expect(said(alone.stdout)).toEqual(said(beside.stdout))
  })

  it("counts as analyze does: the same errors, rules and thresholds", async () => {
    const rules = ["--errors", "404", "--ignore", "static", "--window", "1m", "--trusted-proxies", "private"]
    const thresholds = files.write("seuils.json", '{"global": 0.02, "ip": 0.2, "url": 0.2}')
    const report = await json(log, ...rules, "--seuils", thresholds)
    const analyzed = await succeeded(chaussettes(["analyze", log, "--json", ...rules, "--seuils", thresholds]))
    const summary = JSON.parse(analyzed.trim().split("\n").at(-1)!)
    expect(report).toMatchObject({ errors: summary.errors, ignored: summary.ignored, late: summary.late })
    expect(report.requests).toBe(summary.parsed - summary.ignored)
    expect(report.thresholds.global.in_force).toBe(0.02)
    expect(report.incidents.count).toBeGreaterThan(0)
  })

  it("adds the sites where they are a dimension", async () => {
    const line = `shop.example 192.0.2.1 - - [17/May/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8"\n`
    const path = files.write("sites.log", line.repeat(3))
    const report = await json(path, "--dimensions", "global,ip,url,site")
    expect(report.sites.rows).toMatchObject([{ key: "shop.example", requests: 3 }])
  })

  it("says what is wrong with a file that cannot be written, a zone and a flag that is for LOGS", async () => {
    const output = join(files.folder, "no", "report.html")
    const unwritten = await chaussettes(["report", log, "--output", output])
    expect([unwritten.code, unwritten.stderr]).toEqual([
      1,
      `Cannot write the report to ${output}: it does not exist.\n`
    ])
    const zone = await chaussettes(["report", log, "--zone", "Mars/Base"])
    expect([zone.code, zone.stderr]).toEqual([2, expect.stringContaining("a zone like Europe/Paris")])
    const since = await chaussettes(["report", log, "--since", "7d"])
    expect([since.code, since.stderr]).toEqual([2, expect.stringContaining("--since is for LOGS")])
  })
})

describe("report over LOGS", { timeout: 120_000 }, () => {
  let server: Awaited<ReturnType<typeof startServer>>
  beforeAll(async () => {
    server = await startServer()
    for (const args of [
      ["init"],
      ["replay", log, "--source", "web"],
      ["detect", "--allowed-lateness", "60s", "--until-caught-up"]
    ]) {
      await succeeded(chaussettes([...args, "--server", server.url]))
    }
  }, 60_000)
  afterAll(() => server.stop())

  it("says of the stream what it says of the file that was sent", async () => {
    // The log is out of order by a minute, and a window that waits for less holds what its messages happen to bring.
    const lateness = ["--allowed-lateness", "60s"]
    const { incidents, thresholds, late: _late, ...ofFile } = await json(log, ...lateness)
    const {
      incidents: raised,
      thresholds: suited,
      late: _,
      ...ofLogs
    } = await json(...lateness, "--server", server.url)
    expect(ofLogs).toEqual(ofFile)
    expect(raised.count).toBe(incidents.count)
    expect(raised.rows.map(({ id, errors }: { id: string; errors: number }) => [id, errors])).toEqual(
      incidents.rows.map(({ id, errors }: { id: string; errors: number }) => [id, errors])
    )
    expect(Object.keys(suited)).toEqual(Object.keys(thresholds))
  })

  it("is only of the span that is asked for", async () => {
    const report = await json("--server", server.url, "--since", "1h")
    expect(report).toMatchObject({ lines: 10_000, requests: 0, outside: 9_999, from: null })
    expect(report.incidents.count).toBe(0)
  })

  it("refuses thresholds from a file: those in force count", async () => {
    const ran = await chaussettes(["report", "--server", server.url, "--seuils", "x.json"])
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining("--seuils is for files")])
  })
})
