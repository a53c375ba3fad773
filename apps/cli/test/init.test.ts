import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { topology } from "@chaussettes/jetstream"
import { startServer } from "@chaussettes/jetstream/testing"
import { chaussettes, hasNatsCli, nats, succeeded } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it, onTestFinished } from "@effect/vitest"
import { limitsOf, parseBytes } from "../src/init/limits.ts"

const folder = mkdtempSync(join(tmpdir(), "chaussettes-init-"))
let server: Awaited<ReturnType<typeof startServer>>

beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const init = (...args: ReadonlyArray<string>) => chaussettes(["init", "--server", server.url, ...args])

describe("the copies of --replicas", () => {
  it("are of every stream and bucket that is declared, but for those that --limit names", () => {
    const overrides = limitsOf({ "REJECTS.replicas": "1", "LOGS.age": "7d" }, 3)
    const names = topology().map(({ name }) => name)
    assert.deepStrictEqual(Object.keys(overrides), names)
    for (const { name, limits } of topology(overrides)) assert.strictEqual(limits.replicas, name === "REJECTS" ? 1 : 3)
    assert.strictEqual(overrides.LOGS?.maxAgeMs, 7 * 86_400_000)
  })

  it("need a cluster: a server by itself refuses them, and says what they need", async () => {
    const ended = await init("--replicas", "3")
    assert.strictEqual(ended.code, 1)
    assert.match(ended.stderr, /^The stream LOGS was refused: replicas > 1 not supported.*Copies need a cluster/m)
  })
})

describe("chaussettes init", () => {
  it("creates everything, and changes nothing the second time", async () => {
    const first = await init("--seuils", "deploy/seuils.json")
    assert.strictEqual(first.code, 0, first.stderr)
    assert.match(first.stdout, /^LOGS +created$/m)
    assert.match(first.stdout, /^first thresholds written: global, ip, url, metadata$/m)
    const second = await init("--seuils", "deploy/seuils.json")
    assert.notMatch(second.stdout, /created|updated/)
    assert.match(second.stdout, /^first thresholds were there already$/m)
  })

  it("applies a limit that is named, and says what it was", async () => {
    const changed = await init("--limit", "LOGS.age=7d")
    assert.match(changed.stdout, /^LOGS +updated: max_age 30d → 7d$/m)
  })

  it.each([
    [
      "a limit of no stream",
      ["--limit", "LOG.age=7d"],
      /^--limit LOG\.age=7d: there is no stream LOG; there are LOGS, /
    ],
    [
      "a limit that is none",
      ["--limit", "LOGS.size=7"],
      /^--limit LOGS\.size=7: a stream's limits are age, bytes, replicas\./
    ],
    ["a value that is none", ["--limit", "LOGS.age=week"], /^--limit LOGS\.age=week: give age as 30d/],
    [
      "no file",
      ["--seuils", "none.json"],
      /^Cannot take thresholds from none\.json: it does not exist\. It should look like/
    ],
    ["a folder", ["--seuils", "deploy"], /^Cannot take thresholds from deploy: it is a directory\./]
  ] as ReadonlyArray<[string, ReadonlyArray<string>, RegExp]>)(
    "refuses %s with one sentence",
    async (_, args, sentence) => {
      const ended = await init(...args)
      assert.strictEqual(ended.code, 2)
      assert.match(ended.stderr, sentence)
      assert.strictEqual(ended.stderr.trim().split("\n").length, 1)
    }
  )

  it.each([
    ['{"global": "x", "ip": 0.3, "url": 0.5}', /global: it is not a number/],
    ['{"global": 0.1, "ip": -1, "url": 0.5}', /ip: it is not between 0 and 1/],
    ["[", /Cannot take thresholds/]
  ])("refuses the thresholds %s", async (text, words) => {
    const path = join(folder, "seuils.json")
    writeFileSync(path, text)
    const ended = await init("--seuils", path)
    assert.strictEqual(ended.code, 2)
    assert.match(ended.stderr, words)
  })

  it.skipIf(!hasNatsCli).each([
    ["max_msgs", ["--max-msgs=10"]],
    ["max_msgs_per_subject", ["--max-msgs-per-subject=10"]],
    ["discard", ["--discard=new"]],
    ["no_ack", ["--no-ack"]],
    ["subject_transform", ["--transform-source=logs.*", "--transform-destination=x.{{wildcard(1)}}"]]
  ])("refuses what would lose lines, and tells a command that sets it right: %s", async (setting, flags) => {
    const edit = (args: ReadonlyArray<string>) =>
      succeeded(nats(["--server", server.url, "stream", "edit", "LOGS", "--force", ...args]))
    assert.strictEqual((await init()).code, 0)
    await edit(flags)
    const refused = await init()
    assert.strictEqual(refused.code, 1)
    assert.include(refused.stderr, setting)
    const told = /`nats stream edit LOGS (.*)`/.exec(refused.stderr)?.[1]
    await edit(told!.split(" "))
    assert.notMatch((await init()).stdout, /updated/)
  })

  it.skipIf(!hasNatsCli)(
    "takes over a stream of another application only when it is told to, by the command that it tells",
    async () => {
      const other = await startServer()
      onTestFinished(() => other.stop())
      const natsThere = (...args: ReadonlyArray<string>) => succeeded(nats(["--server", other.url, "stream", ...args]))
      await natsThere("add", "LOGS", "--subjects", "app.>", "--defaults")
      const before = await natsThere("info", "LOGS", "--json")
      const refused = await chaussettes(["init", "--server", other.url])
      assert.strictEqual(refused.code, 1)
      assert.match(
        refused.stderr,
        /^The stream LOGS was refused: it already exists and was not created by Chaussettes .*\n$/
      )
      assert.strictEqual(
        JSON.stringify(JSON.parse(await natsThere("info", "LOGS", "--json")).config),
        JSON.stringify(JSON.parse(before).config)
      )
      const told = /`nats stream (edit LOGS [^`]*)`/.exec(refused.stderr)?.[1]
      await natsThere(...told!.split(" "), "--force")
      const taken = await chaussettes(["init", "--server", other.url])
      assert.match(taken.stdout, /^LOGS +updated: /m, taken.stderr)
    }
  )

  it("says that no server is there, and what to do", async () => {
    const ended = await chaussettes(["init", "--server", "nats://127.0.0.1:1", "--wait", "0s"])
    assert.strictEqual(ended.code, 1)
    assert.match(
      ended.stderr,
      /^The connection to nats:\/\/127\.0\.0\.1:1 failed: connection refused\. .*chaussettes start.*\n$/
    )
  })
})

describe("limits", () => {
  it("are read in the units in which people think", () => {
    assert.strictEqual(parseBytes("10GiB"), 10 * 2 ** 30)
    assert.strictEqual(parseBytes("1.5 MiB"), 1.5 * 2 ** 20)
    assert.isUndefined(parseBytes("10 GB"))
    assert.deepStrictEqual(limitsOf({ "LOGS.age": "30d", "LOGS.bytes": "1GiB", "ALERTS.replicas": "3" }), {
      LOGS: { maxAgeMs: 30 * 86_400_000, maxBytes: 2 ** 30 },
      ALERTS: { replicas: 3 }
    })
  })
})
