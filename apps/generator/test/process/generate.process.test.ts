import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { parse } from "../traffic/helpers.ts"
import { type LogsServer, start, startLogs } from "./tools.ts"

const dir = mkdtempSync(join(tmpdir(), "chaussettes-generate-"))
let server: LogsServer
beforeAll(async () => {
  server = await startLogs()
})
afterAll(async () => {
  await server.stop()
  rmSync(dir, { recursive: true, force: true })
})

const lineCount = (text: string) => text.split("\n").length - 1

describe("generate as a process", () => {
  for (const [signal, rate] of [
    ["SIGINT", "200"],
    ["SIGTERM", "200"],
    ["SIGINT", "max"]
  ] as const) {
    it(`drains on ${signal} at the rate ${rate} and tells its totals: what it counts is what LOGS holds`, async () => {
      const before = await server.lastSeq()
      const run = start(["generate", "--rate", rate, "--json"], server.url)
      await until("some lines", async () => (await server.lastSeq()) > before + 10)
      run.child.kill(signal)
      assert.strictEqual(await run.ended, 0, run.stderr())
      const summary = JSON.parse(run.stdout())
      const messages = (await server.messages()).slice(before)
      const lines = messages.flatMap((m) => parse(m.bytes).lines)
      assert.strictEqual(lines.length, summary.lines)
      assert.strictEqual(lines.filter((l) => l.isError).length, summary.errors)
      assert.strictEqual(summary.last_seq, before + messages.length)
      const now = Date.now()
      for (const { timeMs } of lines) assert.isTrue(timeMs <= now && timeMs > now - 30_000)
    })
  }

  it("writes history with its labels and its end into LOGS, as fast as it goes", async () => {
    const before = await server.lastSeq()
    const labels = join(dir, "labels.jsonl")
    const run = start(
      [
        ...["generate", "--rate", "max", "--start", "2026-01-05T03:00:00Z", "--count", "50000", "--seed", "3"],
        ...["--incident", "ip:192.168.1.200@+10m/5m,requests=3/s", "--incident", "outage@+9999h/5m"],
        ...["--labels", labels, "--json", "--output", "nats", "--source", "history"]
      ],
      server.url
    )
    assert.strictEqual(await run.ended, 0, run.stderr())
    const messages = (await server.messages()).slice(before)
    const lines = messages.flatMap((m) => parse(m.bytes).lines)
    assert.strictEqual(lines.length, 50_000)
    assert.isBelow(messages.length, 200)
    assert.strictEqual(messages.at(-1)!.watermark, "end")
    const [label, ...more] = readFileSync(labels, "utf8").trim().split("\n")
    assert.deepStrictEqual(more, [])
    const { key, start: from, end: to, requests } = JSON.parse(label!)
    assert.deepStrictEqual(
      [key, requests, from, to],
      ["192.168.1.200", 900, "2026-01-05T03:10:00Z", "2026-01-05T03:15:00Z"]
    )
    assert.strictEqual(lines.filter((l) => l.client === key).length, requests)
  })

  it("repeats its bytes for a seed and a start", async () => {
    const args = ["generate", "--count", "1000", "--rate", "max", "--output", "console", "--seed", "5"]
    const runs = [0, 1].map(() => start([...args, "--start", "2026-01-05T03:00:00Z"]))
    for (const run of runs) assert.strictEqual(await run.ended, 0)
    assert.strictEqual(lineCount(runs[0]!.stdout()), 1_000)
    assert.strictEqual(runs[0]!.stdout(), runs[1]!.stdout())
  })

  it("falls back to the console with a notice where there is no server, and not where one is insisted on", async () => {
    const run = start(["generate", "--count", "3", "--rate", "max"])
    assert.strictEqual(await run.ended, 0)
    assert.strictEqual(parse(Buffer.from(run.stdout())).lines.length, 3)
    assert.match(run.stderr(), /No NATS server answers at nats:\/\/127\.0\.0\.1:1: the lines go to the console/)
    const strict = start(["generate", "--count", "3", "--output", "nats"])
    assert.strictEqual(await strict.ended, 1)
    assert.strictEqual(strict.stdout(), "")
    assert.match(strict.stderr(), /^The connection to nats:\/\/127\.0\.0\.1:1 failed: .*\n$/)
  })

  it("ends quietly when the reader of its console has seen enough", async () => {
    const run = start(["generate", "--rate", "max", "--output", "console"])
    await until("the first line", () => run.stdout() !== "")
    run.child.stdout!.destroy()
    assert.strictEqual(await run.ended, 0)
    assert.match(run.stderr(), /^[^\n]* lines in [^\n]*\n$/)
  })

  it("puts pseudonyms in the place of clients, in the labels too", async () => {
    const labels = join(dir, "pseudonyms.jsonl")
    const run = start(
      [
        ...["generate", "--count", "500", "--rate", "max", "--output", "console", "--start", "2026-01-05T03:00:00Z"],
        ...["--pseudonymize", "--incident", "ip:192.168.1.200@+0s/1m", "--labels", labels]
      ],
      undefined,
      { CHAUSSETTES_PSEUDONYM_KEY: "a key that is long enough" }
    )
    assert.strictEqual(await run.ended, 0, run.stderr())
    const { lines } = parse(Buffer.from(run.stdout()))
    const { key } = JSON.parse(readFileSync(labels, "utf8"))
    assert.strictEqual(lines.length, 500)
    for (const { client } of lines) assert.match(client, /^fd/)
    assert.isAbove(lines.filter((l) => l.client === key).length, 100)
  })
})
