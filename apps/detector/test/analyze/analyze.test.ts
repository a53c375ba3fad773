import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { chaussettes, mainFile, run } from "@chaussettes/testing"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const log = fileURLToPath(new URL("../../../../testdata/elastic-apache-10k.log", import.meta.url))
let dir = ""

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "chaussettes-analyze-"))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const written = (name: string, content: string | Uint8Array): string => {
  const path = join(dir, name)
  writeFileSync(path, content)
  return path
}

/** As on a machine with one processor. */
const onOneProcessor = (args: ReadonlyArray<string>) =>
  run("taskset", ["--cpu-list", "0", process.execPath, mainFile, ...args])

const summaryOf = (stdout: string) => {
  const { seconds: _seconds, ...summary } = JSON.parse(stdout.trim().split("\n").at(-1)!)
  return summary
}

describe("analyze", () => {
  const right = {
    schema: "chaussettes.analysis.v1",
    lines: 10_000,
    parsed: 9_999,
    errors: 220,
    late: 0,
    rejected: { truncated: 1 },
    windows: 504,
    alerts: { global: 20, ip: 2, url: 0 }
  }

  it.skipIf(availableParallelism() < 2)(
    "finds the same whether it scans in a thread of its own or, on one processor, in the one that folds",
    async () => {
      // Larger than what is scanned here in any case, and not cut at the same places.
      const text = readFileSync(log, "latin1")
      const years = Array.from({ length: 4 }, (_, i) => text.replaceAll("/May/2015:", `/May/201${i + 5}:`))
      const path = written(
        "large.log",
        `${years.join("")}no line\n192.0.2.1 - - [17/May/2019:10:05:03 +0000] "GET /last HTTP/1.1" 500 1`
      )
      const threaded = await chaussettes(["analyze", path, "--json"])
      const inline = await onOneProcessor(["analyze", path, "--json"])
      expect(threaded.code).toBe(0)
      expect(summaryOf(threaded.stdout)).toMatchObject({ lines: 40_002, rejected: { truncated: 5 } })
      expect(summaryOf(inline.stdout)).toEqual(summaryOf(threaded.stdout))
      expect(inline.stdout.split("\n").slice(0, -2)).toEqual(threaded.stdout.split("\n").slice(0, -2))
    }
  )

  it("finds in the real log what any right program finds, and prints each alert as a line of JSON", async () => {
    const { code, stdout, stderr } = await chaussettes(["analyze", log, "--json"])
    expect(code).toBe(0)
    expect(summaryOf(stdout)).toEqual(right)
    const alerts = stdout
      .trim()
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line))
    expect(alerts).toHaveLength(22)
    expect(alerts[0]).toEqual({
      schema: "chaussettes.alert.v1",
      id: "global.20150517T100520Z-10s",
      timestamp: "2015-05-17T10:05:30Z",
      type: "GLOBAL_ERROR_RATE",
      severity: "MEDIUM",
      message: "All traffic: 1 of 9 requests failed (11.1 %), above the threshold of 10.0 %",
      value: 0.1111,
      threshold: 0.1,
      window: { start: "2015-05-17T10:05:20Z", end: "2015-05-17T10:05:30Z" },
      total_requests: 9,
      errors: 1,
      lines: { first_line: 9, last_line: 74 }
    })
    expect(stderr).toContain("22 alerts: 20 global, 2 by IP, 0 by URL")
  })

  it("reads gzip by its content, several files as one log, and standard input", async () => {
    const text = readFileSync(log, "latin1").split(/(?<=\n)/)
    const first = written("first.log", Buffer.from(text.slice(0, 4_000).join(""), "latin1"))
    const second = written("second", gzipSync(Buffer.from(text.slice(4_000).join(""), "latin1")))
    expect(summaryOf((await chaussettes(["analyze", first, second, "--json"])).stdout)).toEqual(right)
    expect(summaryOf((await chaussettes(["analyze", "-", "--json"], { input: readFileSync(log) })).stdout)).toEqual(
      right
    )
  })

  it.each([
    ["0s", 8_143],
    ["5s", 8_033],
    ["10s", 6_488],
    ["30s", 3_135],
    ["60s", 0]
  ])("finds with an allowed lateness of %s %i lines late", async (lateness, late) => {
    const { stdout } = await chaussettes(["analyze", log, "--allowed-lateness", lateness, "--json"])
    expect(summaryOf(stdout).late).toBe(late)
  })

  it("judges by the thresholds of a file", async () => {
    const seuils = written("seuils.json", '{"global": 1, "ip": 1, "url": 1}')
    expect(summaryOf((await chaussettes(["analyze", log, "--seuils", seuils, "--json"])).stdout).alerts).toEqual({
      global: 0,
      ip: 0,
      url: 0
    })
  })

  it("gives the same breaches by the whole target", async () => {
    expect(summaryOf((await chaussettes(["analyze", log, "--url-key", "target", "--json"])).stdout)).toEqual(right)
  })

  it.each([
    ["a missing file", () => "/nowhere/access.log", 1, "it does not exist"],
    ["a directory", () => dir, 1, "it is a directory"],
    [
      "gzip that is cut off",
      () => written("cut.gz", gzipSync(readFileSync(log)).subarray(0, 10_000)),
      1,
      "damaged or cut off"
    ]
  ])("says of %s in one sentence what is wrong", async (_, file, exitCode, words) => {
    const { code, stderr } = await chaussettes(["analyze", file()])
    expect(code).toBe(exitCode)
    expect(stderr.trim().split("\n")).toHaveLength(1)
    expect(stderr).toContain(words)
  })

  it.each([
    ["an unknown flag", ["--wndow", "1s"]],
    ["a span that is none", ["--window", "soon"]],
    ["no file", []]
  ])("says of %s that it was asked wrongly", async (_, flags) => {
    const { code, stderr } = await chaussettes(["analyze", ...(flags.length === 0 ? [] : [log]), ...flags])
    expect(code).toBe(2)
    expect(stderr).toContain("chaussettes analyze --help")
    expect(stderr).not.toContain("    at ")
  })

  it.each([
    ["nonsense", "{", "no JSON"],
    ["a list", "[1]", "no object"],
    ["a threshold above 1", '{"ip": 2}', "between 0 and 1"]
  ])("refuses a file of thresholds with %s", async (_, text, words) => {
    const { code, stderr } = await chaussettes(["analyze", log, "--seuils", written("bad.json", text)])
    expect(code).toBe(2)
    expect(stderr).toContain(words)
  })
})
