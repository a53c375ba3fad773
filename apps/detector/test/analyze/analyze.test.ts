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
    alerts: { global: 20, ip: 2, url: 0 },
    usability: "fine",
    headline: null
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
      message: "All traffic: 1 of 9 requests failed (11.1 %), above the threshold of 10.0 %: 1 client error (404)",
      value: 0.1111,
      threshold: 0.1,
      window: { start: "2015-05-17T10:05:20Z", end: "2015-05-17T10:05:30Z" },
      total_requests: 9,
      errors: 1,
      client_errors: 1,
      server_errors: 0,
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
    ["0s", 7_755],
    ["5s", 7_658],
    ["10s", 6_175],
    ["30s", 2_978],
    ["60s", 0]
  ])("finds with an allowed lateness of %s and no horizon %i lines late", async (lateness, late) => {
    const flags = ["--allowed-lateness", lateness, "--horizon", "0s"]
    const { stdout } = await chaussettes(["analyze", log, ...flags, "--json"])
    expect(summaryOf(stdout).late).toBe(late)
  })

  it("finds none late within the horizon, and each alert of a longer lateness among those that it raises", async () => {
    const raisedBy = async (...flags: ReadonlyArray<string>) => {
      const { stdout } = await chaussettes(["analyze", log, ...flags, "--json"])
      expect(summaryOf(stdout).late).toBe(0)
      const rows = stdout.trimEnd().split("\n").slice(0, -1)
      return rows.map((row) => (JSON.parse(row) as { id: string }).id)
    }
    const raised = await raisedBy("--allowed-lateness", "5s")
    expect(raised).toEqual(expect.arrayContaining(await raisedBy("--allowed-lateness", "60s")))
    expect(new Set(raised).size).toBe(raised.length)
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
    ["nonsense", "{", "not JSON"],
    ["a list", "[1]", "not an object"],
    ["a threshold above 1", '{"ip": 2}', "between 0 and 1"]
  ])("refuses a file of thresholds with %s", async (_, text, words) => {
    const { code, stderr } = await chaussettes(["analyze", log, "--seuils", written("bad.json", text)])
    expect(code).toBe(2)
    expect(stderr).toContain(words)
  })
})

describe("analyze, of files that are no single log in the order of its times", () => {
  const day = (n: number, lines = 1_000) =>
    Array.from({ length: lines }, (_, i) => {
      const time = new Date(Date.UTC(2015, 4, n) + i * 20_000).toISOString().slice(11, 19)
      const date = `${`${n + Math.floor(i / 4_320)}`.padStart(2, "0")}/May/2015`
      return `10.0.0.${i % 50} - - [${date}:${time} +0000] "GET / HTTP/1.1" ${i % 40 === 0 ? 500 : 200} 1\n`
    }).join("")
  /** A line of a program that is no web server. */
  const foreign = "\tat com.example.Shop.pay(Shop.java:12)\n"
  /** As a shell's glob gives them: newest first. */
  const rotated = () => [
    written("access.log", day(5)),
    written("access.log.1", day(4)),
    ...[3, 2, 1].map((n) => written(`access.log.${5 - n}.gz`, gzipSync(day(n))))
  ]
  const firstLine = (stderr: string) => stderr.split("\n")[0]

  it("reads rotated files in the order of their times, says so, and finds what is in them", async () => {
    const files = rotated()
    const { code, stdout, stderr } = await chaussettes(["analyze", ...files, "--json"])
    expect(code).toBe(0)
    expect(summaryOf(stdout)).toMatchObject({ lines: 5_000, late: 0, errors: 125, usability: "fine", headline: null })
    expect(firstLine(stderr)).toBe(
      `Reading ${files.at(-1)} first and ${files[0]} last: files are read in the order of their first lines' times; --as-given keeps yours.`
    )
    const oldestFirst = await chaussettes(["analyze", ...files.toReversed(), "--json"])
    expect(oldestFirst.stderr).not.toContain("Reading")
    expect(oldestFirst.stdout.split("\n").slice(0, -2)).toEqual(stdout.split("\n").slice(0, -2))
  })

  it("says first that most lines got no verdict, and why, and ends with 1, where --as-given keeps a wrong order", async () => {
    const { code, stdout, stderr } = await chaussettes(["analyze", "--as-given", ...rotated(), "--json"])
    expect(code).toBe(1)
    expect(summaryOf(stdout)).toMatchObject({ lines: 5_000, late: 4_000, errors: 25, usability: "most_unjudged" })
    expect(firstLine(stderr)).toMatch(
      /^Most lines get no verdict \(80%\): of 5,000 lines, 4,000 .* Leave --as-given out/
    )
    expect(stderr).toContain("25 errors in 1,000 windows")
  })

  it("does so for a pipe that is newest first, with the way out", async () => {
    const input = [5, 4, 3, 2, 1].map((n) => day(n)).join("")
    const { code, stdout, stderr } = await chaussettes(["analyze", "-"], { input })
    expect(code).toBe(1)
    expect(firstLine(stderr)).toMatch(/^Most lines get no verdict .* Name the files instead of piping them/)
    expect(stdout.trim().split("\n")).toHaveLength(25)
  })

  it("does so for lines of another form", async () => {
    const path = written("trace.log", foreign.repeat(200))
    const { code, stderr } = await chaussettes(["analyze", path])
    expect(code).toBe(1)
    expect(firstLine(stderr)).toMatch(/^No line gets a verdict: of 200 lines, 200 do not parse \(most often \w+: /)
    expect(firstLine(stderr)).toContain(`\`chaussettes parse ${path}\` shows which lines and why.`)
    expect((await chaussettes(["parse", path])).code).toBe(1)
  })

  it("warns, and ends well, where between 5 % and half of the lines got no verdict", async () => {
    const some = written("some.log", day(1, 100) + foreign.repeat(10))
    const { code, stderr } = await chaussettes(["analyze", some])
    expect(code).toBe(0)
    expect(firstLine(stderr)).toMatch(/^9% of the lines get no verdict: of 110 lines, 10 do not parse/)
    expect((await chaussettes(["parse", some])).code).toBe(0)
    const few = await chaussettes(["analyze", written("few.log", day(1, 190) + foreign.repeat(10))])
    expect(few.code).toBe(0)
    expect(firstLine(few.stderr)).toMatch(/^200 lines, 10 rejected \(10 \w+\)$/)
  })

  it("says of two servers' files of the same days that they need a run each", async () => {
    const servers = [written("web1.log", day(1, 4_000)), written("web2.log", day(1, 4_000))]
    const { code, stderr } = await chaussettes(["analyze", ...servers])
    expect(code).toBe(0)
    expect(firstLine(stderr)).toMatch(
      /^4\d% of the lines get no verdict: .* Read files whose times overlap, .* one per run/
    )
  })

  it("takes an empty input for the log of a quiet site, and says that it is empty", async () => {
    for (const args of [[written("empty.log", "")], ["-"]]) {
      const { code, stderr } = await chaussettes(["analyze", ...args], { input: "" })
      expect(code).toBe(0)
      expect(firstLine(stderr)).toBe("The input is empty: it has no lines.")
    }
  })

  it("reads a file that is named twice once", async () => {
    const path = written("twice.log", day(1))
    const { code, stdout, stderr } = await chaussettes(["analyze", path, path, "--json"])
    expect(code).toBe(0)
    expect(summaryOf(stdout).lines).toBe(1_000)
    expect(firstLine(stderr)).toBe(`Reading ${path} once: it is named twice.`)
  })

  it("prints nothing but a sentence where one of the files cannot be read", async () => {
    const { code, stdout, stderr } = await chaussettes(["analyze", written("good.log", day(1)), "/nowhere/access.log"])
    expect([code, stdout]).toEqual([1, ""])
    expect(stderr).toBe(
      "Cannot read /nowhere/access.log: it does not exist. Name a readable log file, or - for standard input.\n"
    )
  })
})
