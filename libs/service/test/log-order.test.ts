import { execFileSync } from "node:child_process"
import { linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterAll, afterEach, assert, describe, it, vi } from "@effect/vitest"
import { Effect } from "effect"
import { firstTimeBytes, orderLogFiles } from "../src/files/log-order.ts"

const folder = mkdtempSync(join(tmpdir(), "chaussettes-log-order-"))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => vi.restoreAllMocks())

const path = (name: string): string => join(folder, name)
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(path(name), content)
  return path(name)
}
const line = (day: number, zone = "+0000") =>
  `10.0.0.1 - - [${`${day}`.padStart(2, "0")}/May/2015:00:00:00 ${zone}] "GET / HTTP/1.1" 200 1\n`

/** The names as they are read, without the folder, and what was said. */
const order = async (names: ReadonlyArray<string>, asGiven = false) => {
  const said: Array<string> = []
  vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0)
  const ordered = await Effect.runPromise(orderLogFiles(names, asGiven))
  vi.restoreAllMocks()
  return { ...ordered, names: ordered.names.map((name) => name.replace(`${folder}/`, "")), said: said.join("") }
}

const [newest, middle, oldest] = [
  file("access.log", line(3)),
  file("access.log.1", line(2)),
  file("access.log.2.gz", gzipSync(line(1)))
]

describe("several log files", () => {
  it("are put in the order of their first times, gzip too, which is said in a line", async () => {
    assert.deepStrictEqual(await order([newest, middle, oldest]), {
      names: ["access.log.2.gz", "access.log.1", "access.log"],
      isGivenByTime: false,
      words: { order: "files by time", toParse: "FILE" },
      said: `Reading ${oldest} first and ${newest} last: files are read in the order of their first lines' times; --as-given keeps yours.\n`
    })
  })

  it("are left as they are where that is the order of their times, and nothing is said", async () => {
    assert.deepStrictEqual(await order([oldest, middle, newest]), {
      names: ["access.log.2.gz", "access.log.1", "access.log"],
      isGivenByTime: true,
      words: { order: "files by time", toParse: "FILE" },
      said: ""
    })
  })

  it("keep the order given with --as-given", async () => {
    assert.deepStrictEqual(await order([newest, oldest], true), {
      names: ["access.log", "access.log.2.gz"],
      isGivenByTime: false,
      words: { order: "files as given", toParse: "FILE" },
      said: ""
    })
  })

  it("keep the order given where they begin at the same time, whatever the zone", async () => {
    const same = [
      file("b.log", line(2)),
      file("a.log", `10.0.0.1 - - [02/May/2015:02:00:00 +0200] "GET / HTTP/1.1" 200 1\n`)
    ]
    assert.deepStrictEqual((await order(same)).names, ["b.log", "a.log"])
    assert.deepStrictEqual((await order(same.toReversed())).names, ["a.log", "b.log"])
  })

  it("are ordered by their first line that parses", async () => {
    const headed = file("headed.log", `#Version: 1.0\n\n${line(1)}${line(9)}`)
    assert.deepStrictEqual((await order([newest, headed])).names, ["headed.log", "access.log"])
  })

  it("come last without a time, and are named; an empty one is not", async () => {
    const [none, empty] = [file("error.log", "no time\n".repeat(3)), file("empty.log", "")]
    const { names, said } = await order([none, empty, oldest])
    assert.deepStrictEqual(names, ["access.log.2.gz", "error.log", "empty.log"])
    assert.include(said, `No line in the first 256 KiB of ${none} has a time: read last.\n`)
  })

  it("are searched for a time no further than the limit", async () => {
    const before = (bytes: number) => `${"x".repeat(99)}\n`.repeat(Math.ceil(bytes / 100)) + line(1)
    const near = file("near.log", before(firstTimeBytes - 1_000))
    const far = file("far.log", before(firstTimeBytes))
    assert.deepStrictEqual((await order([newest, near])).names, ["near.log", "access.log"])
    assert.deepStrictEqual((await order([far, newest])).names, ["access.log", "far.log"])
    assert.deepStrictEqual((await order([file("far.gz", gzipSync(before(firstTimeBytes))), newest])).names, [
      "access.log",
      "far.gz"
    ])
  })

  it("go by the times of lines in any format", async () => {
    const json = (time: string) =>
      `${JSON.stringify({ time, remote_addr: "10.0.0.1", request: "GET / HTTP/1.1", status: 200 })}\n`
    const w3c = (time: string) =>
      `#Fields: date time c-ip cs-method cs-uri-stem sc-status\n${time} 10.0.0.1 GET /a 404\n`
    const late = file("late.json", json("2026-02-01T00:00:03Z"))
    const early = file("early.log", w3c("2026-02-01 00:00:01"))
    const between = file("between.json", json("2026-02-01T00:00:02Z"))
    assert.deepStrictEqual((await order([late, early, between])).names, ["early.log", "between.json", "late.json"])
  })

  it("are read once each, whatever names they are given by", async () => {
    symlinkSync(newest, path("symbolic"))
    linkSync(newest, path("hard"))
    const { names, said } = await order([newest, path("symbolic"), path("hard"), newest])
    assert.deepStrictEqual(names, ["access.log"])
    assert.strictEqual(
      said,
      [`${path("symbolic")} is the same file`, `${path("hard")} is the same file`, "it is named twice"]
        .map((why) => `Reading ${newest} once: ${why}.\n`)
        .join("")
    )
  })

  it("keep the order given where one is a pipe, which is not read beforehand", async () => {
    execFileSync("mkfifo", [path("pipe")])
    const { names, words, said } = await order([newest, path("pipe"), "-", oldest])
    assert.deepStrictEqual(names, ["access.log", "pipe", "-", "access.log.2.gz"])
    assert.strictEqual(words.order, "pipe")
    assert.strictEqual(said, `Reading in the order given: ${path("pipe")}, standard input cannot be read in advance.\n`)
    assert.strictEqual((await order(["-"])).said, "")
  })

  it("are refused with a sentence about the first that cannot be read, before any is", async () => {
    const failure = await Effect.runPromise(Effect.flip(orderLogFiles([newest, path("none")], true)))
    assert.match(failure.message, /^Cannot read .*none: it does not exist\./)
    const directory = await Effect.runPromise(Effect.flip(orderLogFiles([newest, folder], false)))
    assert.match(directory.message, /^Cannot read .*: it is a directory\./)
  })
})
