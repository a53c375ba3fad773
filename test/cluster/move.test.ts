import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type RunningCluster, type RunningServer, startCluster, startServer } from "@chaussettes/jetstream/testing"
import { chaussettes, hasNatsCli, projectFolder, run, startChaussettes, succeeded, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it, onTestFinished } from "@effect/vitest"
import { stateOf, verify } from "../backup/support.ts"

/* From one server to three, as docs/scale.md describes it. */

const script = join(projectFolder, "deploy", "backup.sh")
const exact = { lost: 0, extra: 0, different: 0 }
const folder = mkdtempSync(join(tmpdir(), "chaussettes-move-"))

let one: RunningServer
let three: RunningCluster
const before = () => ({ NATS_URL: one.url })
const after = () => ({ NATS_URL: three.urls.join() })

const lines = (from: string, count: number, rate: string) => [
  ...["generate", "--output", "nats", "--rate", rate, "--count", `${count}`, "--start", from],
  ...["--per-second", "20", "--seed", "7", "--incident", "ip:192.168.1.200@+1m/5m,rate=0.9,requests=3/s"]
]

interface Copies {
  readonly name: string
  readonly replicas: number
  readonly leader: string | null
  readonly followers: ReadonlyArray<{ readonly current: boolean; readonly offline: boolean; readonly lag: number }>
}

const copies = async (): Promise<ReadonlyArray<Copies>> => {
  const { stdout } = await chaussettes(["status", "--json"], { env: after() })
  return stdout === "" ? [] : JSON.parse(stdout).cluster.replication
}

const areComplete = (streams: ReadonlyArray<Copies>): boolean =>
  streams.length > 0 &&
  streams.every(
    ({ leader, replicas, followers }) =>
      leader !== null &&
      replicas === 3 &&
      followers.length === 2 &&
      followers.every(({ current, offline, lag }) => current && !offline && lag === 0)
  )

beforeAll(async () => {
  const servers = await Promise.all([startServer(), startCluster()])
  one = servers[0]
  three = servers[1]
}, 60_000)
afterAll(async () => {
  await one.stop()
  await three.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(!hasNatsCli)("the move from one server to three", () => {
  it("keeps every line, every window and every sequence", { timeout: 120_000 }, async () => {
    await succeeded(chaussettes(["init"], { env: before() }))
    await succeeded(chaussettes(lines("2026-01-05T10:00:00Z", 20_000, "max"), { env: before() }))
    await succeeded(chaussettes(["detect", "--until-caught-up"], { env: before() }))
    const held = await stateOf("LOGS", before())
    const backup = join(folder, "backup")
    await succeeded(run("sh", [script, "backup", backup], { env: before() }))
    await until("the cluster answers", async () =>
      (await run("nats", ["stream", "ls", "--names"], { env: after() })).code === 0 ? true : undefined
    )
    await succeeded(run("sh", [script, "restore", backup], { env: after() }))
    const { messages, first_seq, last_seq } = held
    assert.deepInclude(await stateOf("LOGS", after()), { messages, first_seq, last_seq })
  })

  // More than all of its waits together, so that the one that was in vain says so.
  it("is complete when init has copied everything, in place and with lines and a detector at work", {
    timeout: 240_000
  }, async () => {
    const env = after()
    const detector = startChaussettes(["detect"], { env })
    const generator = startChaussettes(lines("2026-01-06T10:00:00Z", 12_000, "3000"), { env })
    onTestFinished(() => {
      for (const { child } of [detector, generator]) child.kill("SIGKILL")
    })
    const decided = (await stateOf("WINDOWS", env)).messages
    await until("windows are decided", async () => (await stateOf("WINDOWS", env)).messages > decided || undefined, {
      seen: detector.output
    })
    const { stdout, code, stderr } = await chaussettes(["init", "--replicas", "3"], { env })
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /^LOGS +updated: .*num_replicas 1 → 3/m)
    await until("all lines are sent", () => generator.child.exitCode !== null, { seen: generator.output })
    assert.strictEqual(await generator.ended, 0, generator.output())
    let last = await copies()
    await until(
      "all copies are complete",
      async () => {
        last = await copies()
        return areComplete(last)
      },
      { limitMs: 60_000, seen: () => JSON.stringify(last) }
    )
    assert.strictEqual(await detector.stop(), 0)

    // Without the server that led LOGS, the others hold all of it.
    const led = last.find(({ name }) => name === "LOGS")!.leader!
    await three.kill(Number(led.slice(1)))
    let caughtUp = await chaussettes(["detect", "--until-caught-up"], { env })
    await until(
      "the others lead",
      async () => {
        if (caughtUp.code !== 0) caughtUp = await chaussettes(["detect", "--until-caught-up"], { env })
        return caughtUp.code === 0
      },
      { limitMs: 60_000, seen: () => caughtUp.output }
    )
    assert.notMatch(caughtUp.stderr, /made anew|gap/)
    const verified = await verify(env)
    assert.deepInclude(verified.windows, exact)
    assert.deepInclude(verified.alerts, exact)
    assert.isTrue(verified.ok)
    // The incident's own requests are lines, too.
    assert.isAtLeast(verified.lines, 32_000)
    assert.strictEqual(verified.unverifiable.records, 0)
  })
})
