import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { seededRandom } from "../../src/traffic/random.ts"
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
