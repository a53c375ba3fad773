import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type RunningServer, startServer } from "@chaussettes/jetstream/testing"
import { chaussettes, hasNatsCli, projectFolder, run, startChaussettes, succeeded, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type ConfiguredServer, startConfigured } from "../../apps/cli/test/support/server.ts"
import { stateOf, verify } from "./support.ts"

/* Back up while everything runs, lose the server, restore into another one: docs/operations.md. */

const script = join(projectFolder, "deploy", "backup.sh")
const exact = { lost: 0, extra: 0, different: 0 }

describe.skipIf(!hasNatsCli)("a backup", () => {
  let first: ConfiguredServer
  let second: RunningServer
  let folder: string
  const backup = () => join(folder, "backup")
  const operator = () => ({ NATS_CONTEXT: first.context("operator") })
  const restored = () => ({ NATS_URL: second.url })
  const traffic = (from: string, count: number, rate = "max", perSecond = "20") => [
    ...["generate", "--output", "nats", "--rate", rate, "--count", `${count}`, "--start", from],
    ...["--per-second", perSecond, "--seed", "7", "--incident", "ip:192.168.1.200@+1m/5m,rate=0.9,requests=3/s"]
  ]

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "chaussettes-backup-"))
    first = await startConfigured()
    second = await startServer()
    await succeeded(chaussettes(["init"], { env: operator() }))
  })
  afterAll(async () => {
    await first?.stop()
    await second?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it("is taken while lines come in and windows are decided", { timeout: 90_000 }, async () => {
    const shipper = { NATS_CONTEXT: first.context("shipper") }
    const detector = startChaussettes(["detect"], { env: { NATS_CONTEXT: first.context("detector") } })
    await succeeded(chaussettes(traffic("2026-01-05T10:00:00Z", 40_000), { env: shipper }))
    await until("windows to be decided", async () => (await stateOf("WINDOWS", operator())).messages > 100)
    // Slow enough to go on during the backup, and fast in event time.
    const slow = startChaussettes(traffic("2026-01-05T11:00:00Z", 1_000_000, "3000", "200"), { env: shipper })
    await until("more windows", async () => (await stateOf("WINDOWS", operator())).messages > 210, {
      seen: slow.stderr
    })
    await succeeded(run("sh", [script, "backup", backup()], { env: operator() }))
    await slow.stop()
    await detector.stop()
    assert.isTrue(existsSync(join(backup(), "LOGS", "backup.json")))
    assert.isFalse(existsSync(`${backup()}.part`))
  })

  it("does not go into a folder that is there", async () => {
    const again = await run("sh", [script, "backup", backup()], { env: operator() })
    assert.strictEqual(again.code, 1)
    assert.match(again.stderr, /is there already/)
  })

  it("restored into a new server, all follows from LOGS again, and the detector goes on", {
    timeout: 120_000
  }, async () => {
    await succeeded(run("sh", [script, "restore", backup()], { env: restored() }))
    await succeeded(chaussettes(["init"], { env: restored() }))
    const before = await stateOf("LOGS", restored())
    assert.isAbove(before.messages, 80)
    // What had been decided when it was taken is there; what had not is decided now, each once.
    const windows = (await stateOf("WINDOWS", restored())).messages
    assert.isAbove(windows, 200)
    const detect = await chaussettes(["detect", "--until-caught-up"], { env: restored() })
    assert.strictEqual(detect.code, 0, detect.output)
    assert.notMatch(detect.stderr, /made anew|gap/)
    const verified = await verify(restored())
    assert.deepInclude(verified.windows, exact)
    assert.deepInclude(verified.alerts, exact)
    assert.isTrue(verified.ok)
    assert.strictEqual(verified.unverifiable.records, 0)
    assert.isAbove(verified.windows.same, windows - 1)
    assert.isAbove(verified.alerts.same, 10)

    // And new lines become new windows.
    await succeeded(chaussettes(traffic("2026-01-06T10:00:00Z", 10_000), { env: restored() }))
    await succeeded(chaussettes(["detect", "--until-caught-up"], { env: restored() }))
    const after = await verify(restored())
    assert.isTrue(after.ok)
    assert.isAbove(after.windows.same, verified.windows.same)
    assert.isAbove((await stateOf("LOGS", restored())).last_seq, before.last_seq)
  })

  it("can be taken of what was restored, and names the first LOGS", { timeout: 60_000 }, async () => {
    const again = join(folder, "again")
    await succeeded(run("sh", [script, "backup", again], { env: restored() }))
    const created = (of: string) => readFileSync(join(of, "logs-created"), "utf8").trim()
    assert.strictEqual(created(again), created(backup()))
  })

  it("is not restored beside streams that are there", async () => {
    const refused = await run("sh", [script, "restore", backup()], { env: restored() })
    assert.strictEqual(refused.code, 1)
    assert.match(refused.stderr, /There is a stream .* already/)
  })
})
