import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chaussettes, until } from "@chaussettes/testing"
import { afterAll, afterEach, assert, describe, it } from "@effect/vitest"
import { type FakeReceiver, startReceiver } from "../../notify/test/support/receiver.ts"
import { isAlive, type Started, started } from "./support/started.ts"

const folder = mkdtempSync(join(tmpdir(), "chaussettes-start-notify-"))
let receiver: FakeReceiver | undefined
let start: Started | undefined
afterEach(async () => {
  const parts = start?.processes() ?? []
  start?.child.kill("SIGKILL")
  for (const { pid } of parts) if (isAlive(pid)) process.kill(pid, "SIGKILL")
  await receiver?.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))

const secret = "a-topic-that-nobody-guesses"

describe("chaussettes start --notify", () => {
  it("tells receivers of incidents, keeps the part alive, and shows their addresses to no other process", async () => {
    receiver = await startReceiver()
    const { host } = new URL(receiver.url)
    start = started(join(folder, "one"), ["--rate", "50", "--incident", "outage@+20s/10m,rate=1"], {
      CHAUSSETTES_START_NOTIFY: `ntfy+http://${host}/${secret} slack+http://${host}/${secret}`,
      CHAUSSETTES_NOTIFY_LANGUAGE: "fr"
    })
    const seen = () => `${start!.output()}\n${receiver!.seen()}`
    const heard = (key: "topic" | "blocks") => receiver!.taken.filter(({ body }) => key in body)
    await until("both to be told", () => heard("topic").length > 0 && heard("blocks").length > 0, {
      limitMs: 120_000,
      seen
    })
    const [message] = heard("topic")
    assert.match(message!.body.title, /Incident ouvert \(gravité /)
    assert.match(message!.body.click, /^http:\/\/localhost:\d+\/incidents\//)
    const [page] = /http:\/\/localhost:\d+/.exec(start.stderr()) ?? []
    assert.isTrue(message!.body.click.startsWith(page!))
    assert.match(start.stderr(), /notifications: {3}to 2 receivers; .*notify\.log/)

    const processes = start.processes()
    const notifier = processes.find(({ args }) => / notify( |$)/.test(args))!
    for (const { args } of processes) assert.notInclude(args, secret)
    if (process.platform === "linux") {
      const holders = processes.filter(({ pid }) => readFileSync(`/proc/${pid}/environ`, "utf8").includes(secret))
      assert.deepStrictEqual(
        holders.map(({ pid }) => pid),
        [notifier.pid]
      )
    }
    const log = join(folder, "one", "logs", "notify.log")
    assert.strictEqual(statSync(log).mode & 0o777, 0o600)
    assert.notInclude(readFileSync(log, "utf8"), secret)

    process.kill(notifier.pid, "SIGKILL")
    await until("its death is told", () => /notify ended by SIGKILL/.test(start!.stderr()), { seen })
    await until("it to be at its work again", () => readFileSync(log, "utf8").split('"Notifying"').length > 4, {
      limitMs: 60_000,
      seen
    })
    start.child.kill("SIGINT")
    assert.strictEqual(await start.ended, 0, start.output())
    assert.notInclude(start.output(), secret)
    assert.notMatch(start.stderr(), /Violation/)
  }, 240_000)

  it("refuses an address before anything has begun, and does not repeat it", async () => {
    const ended = await chaussettes(["start", "--dir", join(folder, "bad"), "--notify", "ntfy://h/a/hunter2"])
    assert.strictEqual(ended.code, 2)
    assert.match(ended.stderr, /^--notify has to be ntfy:\/\/HOST\/TOPIC/)
    assert.notInclude(ended.output, "hunter2")
  })
})
