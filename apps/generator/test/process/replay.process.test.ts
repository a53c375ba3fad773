import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { gzipSync } from "node:zlib"
import { until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { packerLimits } from "../../src/lines/packer.ts"
import { tellingLines } from "../../src/replay/forecast.ts"
import { seededRandom } from "../../src/traffic/random.ts"
import { evenSchedule } from "../../src/traffic/schedule.ts"
import { trafficBytes } from "../traffic/helpers.ts"
import { type LogsServer, start, startLogs } from "./tools.ts"

const dir = mkdtempSync(join(tmpdir(), "chaussettes-replay-"))
let server: LogsServer
beforeAll(async () => {
  server = await startLogs()
})
afterAll(async () => {
  await server.stop()
  rmSync(dir, { recursive: true, force: true })
})

const lines = 300_000
const log = trafficBytes({ malformed: 0.01 }, lines)
const path = join(dir, "access.log")
writeFileSync(path, log)

describe("replay as a process", () => {
  it("killed at any moment and run again with --resume, stores the file byte for byte", {
    timeout: 90_000
  }, async () => {
    const random = seededRandom(Number(process.env.SEED ?? 1))
    const args = ["replay", path, "--source", "killed", "--resume", "--json"]
    let kills = 0
    for (let i = 0; i < 6; i++) {
      const before = await server.lastSeq()
      const run = start(args, server.url)
      let over = false
      void run.ended.then(() => {
        over = true
      })
      await until("something to be stored", async () => over || (await server.lastSeq()) > before)
      await delay(random.below(60))
      run.child.kill("SIGKILL")
      if ((await run.ended) === "SIGKILL") kills++
    }
    assert.isAbove(kills, 1)
    const last = start(args, server.url)
    assert.strictEqual(await last.ended, 0, last.stderr())
    assert.isTrue((await server.held()).equals(log))
    const ends = (await server.messages()).filter((m) => m.watermark === "end")
    assert.strictEqual(ends.length, 1)
  })

  it("outlives a server that is killed under it", { timeout: 90_000 }, async () => {
    const before = await server.lastSeq()
    const run = start(["replay", path, "--source", "outlives", "--json"], server.url)
    await until("something to be stored", async () => (await server.lastSeq()) > before + 50)
    await server.kill()
    await server.restart()
    assert.strictEqual(await run.ended, 0, run.stderr())
    const held = await server.held()
    assert.isTrue(held.subarray(held.length - log.length).equals(log))
    assert.strictEqual(JSON.parse(run.stdout()).lines, lines)
  })

  it("sends what a pipe gives within 50 ms, in pieces of lines, and on SIGTERM what it has, then its end", async () => {
    const before = await server.lastSeq()
    const run = start(["replay", "-", "--source", "piped", "--json"], server.url)
    run.child.stdin!.write("first\nsec")
    await until("the first line", async () => (await server.lastSeq()) > before)
    run.child.stdin!.write("ond\nthi")
    await until("the second line", async () => (await server.lastSeq()) > before + 1)
    run.child.stdin!.write("rd\nhalf a li")
    run.child.kill("SIGTERM")
    assert.strictEqual(await run.ended, 0, run.stderr())
    const messages = (await server.messages()).slice(before)
    const texts = messages.map((m) => Buffer.from(m.bytes).toString())
    assert.deepStrictEqual(texts.slice(0, 2), ["first", "second"])
    assert.strictEqual(messages.at(-1)!.watermark, "end")
    assert.notInclude(texts.join("\n"), "half")
    assert.isFalse(JSON.parse(run.stdout()).finished)
  })

  it("stops at Ctrl-C in a file, says so, and can be gone on with", { timeout: 60_000 }, async () => {
    const before = await server.lastSeq()
    const args = ["replay", path, "--source", "ctrl-c", "--json"]
    const run = start([...args, "--speed", "1000"], server.url)
    await until("something to be stored", async () => (await server.lastSeq()) > before)
    run.child.kill("SIGINT")
    assert.strictEqual(await run.ended, 0, run.stderr())
    assert.isFalse(JSON.parse(run.stdout()).finished)
    const again = start([...args, "--resume"], server.url)
    assert.strictEqual(await again.ended, 0, again.stderr())
    assert.isTrue(JSON.parse(again.stdout()).finished)
    const held = await server.held()
    assert.isTrue(held.subarray(held.length - log.length).equals(log))
  })

  /** Lines that end at `endMs`, ten seconds apart. */
  const linesUntil = (endMs: number, count: number) =>
    trafficBytes({ startMs: Math.floor(endMs / 1000) * 1000 - count * 10_000, schedule: evenSchedule(0.1) }, count)
  const hour = 3_600_000

  it("sends rotated files in the order of their times, and goes on in that order, whatever order a glob gives", {
    timeout: 60_000
  }, async () => {
    const parts = [0, 1, 2].map((i) => linesUntil(Date.now() - (1 + 3 * i) * hour, 1_000))
    const names = ["access.log", "access.log.1", "access.log.2.gz"].map((name) => join(dir, name))
    writeFileSync(names[0]!, parts[0]!)
    writeFileSync(names[1]!, parts[1]!)
    writeFileSync(names[2]!, gzipSync(parts[2]!))
    const oldestFirst = Buffer.concat(parts.toReversed())
    const sent = async (args: ReadonlyArray<string>) => {
      const run = start(["replay", ...args, "--json"], server.url)
      const code = await run.ended
      return { code, stderr: run.stderr(), summary: JSON.parse(run.stdout()) }
    }
    const tail = async (bytes: number) => (await server.held()).subarray(-bytes)

    const first = await sent([...names, "--source", "rotated"])
    assert.strictEqual(first.code, 0, first.stderr)
    assert.match(
      first.stderr,
      /^Reading .*access\.log\.2\.gz first and .*access\.log last: .*--as-given keeps yours\.\n$/
    )
    assert.deepInclude(first.summary, { lines: 3_000, usability: "fine", headline: null, files: names.toReversed() })
    assert.isTrue((await tail(oldestFirst.length)).equals(oldestFirst))

    const grown = linesUntil(Date.now(), 100)
    writeFileSync(names[0]!, Buffer.concat([parts[0]!, grown]))
    const again = await sent([...names, "--source", "rotated", "--resume"])
    assert.strictEqual(again.code, 0, again.stderr)
    assert.strictEqual(again.summary.lines, 100)
    assert.isTrue((await tail(grown.length)).equals(grown))

    const asGiven = await sent([...names, "--as-given", "--source", "given"])
    assert.strictEqual(asGiven.code, 1)
    assert.match(asGiven.stderr, /^Most lines get no verdict \(\d\d%\): .* too late .* Leave --as-given out/)
    assert.deepInclude(asGiven.summary, { lines: 3_100, usability: "most_unjudged", files: names })
  })

  it("says first what the detector cannot use, and why, and ends with 1 where that is most of it", {
    timeout: 60_000
  }, async () => {
    const iis = Buffer.from(
      "2015-05-17 10:05:03 10.0.0.1 GET /index.html - 80 - 10.0.0.2 Mozilla 200 0 0 15\n".repeat(3_000)
    )
    const good = linesUntil(Date.now(), 1_000)
    const ahead = linesUntil(Date.now() + 12 * hour, 1_000)
    const newestFirst = Buffer.concat([good, linesUntil(Date.now() - 6 * hour, 2_000)])
    const cases = [
      [iis, [], 1, /^No line gets a verdict: .* do not parse \(most often format: .*chaussettes parse .*case-0\.log/],
      [ahead, [], 1, /^No line gets a verdict: .* ahead of the clock\. .* time zone is wrong/],
      [ahead, ["--rebase", "now"], 0, /^$/],
      [newestFirst, [], 1, /Most lines get no verdict .* too late .* Name the files instead of piping them/],
      [Buffer.concat([good, iis.subarray(0, iis.length / 10)]), [], 0, /^\d\d% of the lines get no verdict: /],
      [good, [], 0, /^$/],
      ["", [], 0, /^The input is empty: it has no lines\.\n$/]
    ] as const
    for (const [i, [input, flags, code, said]] of cases.entries()) {
      const named = input === newestFirst ? "-" : join(dir, `case-${i}.log`)
      if (named !== "-") writeFileSync(named, input)
      const run = start(["replay", named, "--source", `case-${i}`, "--json", ...flags], server.url)
      run.child.stdin!.end(named === "-" ? input : "")
      assert.strictEqual(await run.ended, code, `${i}: ${run.stderr()}`)
      assert.match(run.stderr(), said)
      const summary = JSON.parse(run.stdout())
      assert.strictEqual(summary.headline === null, said.source === "^$")
      assert.strictEqual(summary.lines, input === "" ? 0 : Buffer.from(input).toString().split("\n").length - 1)
    }
  })

  it("says of a pipe that does not end, as soon as enough was looked at, that the detector can use none of it", async () => {
    const run = start(["replay", "-", "--source", "endless"], server.url)
    // Full messages, of each of which a few lines are looked at.
    run.child.stdin!.write("no line of an access log\n".repeat(packerLimits.linesAMessage * tellingLines))
    await until("the headline", () => /^So far: /m.test(run.stderr()))
    assert.match(
      run.stderr(),
      /^\w+: reading standard input\.\nSo far: No line gets a verdict: of \d+ lines that were looked at, /
    )
    run.child.kill("SIGTERM")
    assert.strictEqual(await run.ended, 0, run.stderr())
    assert.match(run.stderr(), /\nNo line gets a verdict: /)
  })

  it("ends with one clear sentence where it cannot do what is asked", async () => {
    const cases = [
      [["replay", join(dir, "none.log")], 1, /^Cannot read .*none\.log: it does not exist\. Check its name\.\n$/],
      [["replay", dir], 1, /^Cannot read .*: it is a directory\. .*\n$/],
      [["replay", "-", "--resume"], 2, /^--resume needs a file: .*\n$/],
      [["replay", "-", path], 2, /^Standard input \(-\) cannot be mixed with files.*\n$/],
      [["replay", path], 1, /^The connection to nats:\/\/127\.0\.0\.1:1 failed: .*\n$/],
      [["replay", path, "--source", "a.b"], 2, /^Invalid value for flag --source.*\n$/],
      [["replay", path, "--pseudonymize"], 2, /^--pseudonymize needs a key.*\n$/]
    ] as const
    const runs = cases.map(([args]) => start(args))
    for (const [i, [args, code, sentence]] of cases.entries()) {
      const run = runs[i]!
      assert.strictEqual(await run.ended, code, args.join(" "))
      assert.match(run.stderr(), sentence)
      assert.strictEqual(run.stdout(), "")
    }
  })
})
