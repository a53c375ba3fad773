import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type RunningCluster, startCluster } from "@chaussettes/jetstream/testing"
import { chaussettes, type Program, startChaussettes, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it, onTestFinished } from "@effect/vitest"

/* Parts that are started while a cluster of three servers has no quorum: no stream has a leader. */

const folder = mkdtempSync(join(tmpdir(), "chaussettes-waiting-"))
const log = join(folder, "access.log")
let cluster: RunningCluster

const init = (...args: ReadonlyArray<string>) => ["init", "--server", cluster.urls.join(), "--wait", "120s", ...args]

beforeAll(async () => {
  writeFileSync(log, '192.0.2.1 - - [05/Jan/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1\n')
  cluster = await startCluster()
  const { code, stderr } = await chaussettes(init("--replicas", "3"))
  assert.strictEqual(code, 0, stderr)
}, 60_000)
afterAll(async () => {
  await cluster.stop()
  rmSync(folder, { recursive: true })
})

const beginning = (args: ReadonlyArray<string>): Program => {
  const program = startChaussettes(args, { env: { LOG_FORMAT: "json" }, input: "open" })
  onTestFinished(() => void program.child.kill("SIGKILL"))
  return program
}

const isReady = (program: Program) =>
  until(
    "it is ready",
    async () => {
      const url = /(?:Health and metrics|The page is) on (http:\/\/[\d.]+:\d+)/.exec(program.stderr())?.[1]
      return url !== undefined && (await fetch(`${url}/readyz`)).ok ? true : undefined
    },
    { seen: program.output, limitMs: 60_000 }
  )

const http = ["--http-port", "0"]
const waiting = /Waiting for (?:the stream|reading|the bucket) \w+: /

/** Each part, and how it says that it waits. */
const parts = (): ReadonlyArray<readonly [words: RegExp, command: string, ...args: ReadonlyArray<string>]> => [
  [waiting, "detect", ...http],
  [waiting, "thresholds", ...http, "--every", "1h"],
  [/Waiting for the state of the streams: /, "dashboard", "--port", "0"],
  [waiting, "notify", ...http, "--webhook", "http://127.0.0.1:9/"],
  [waiting, "generate", ...http, "--output", "nats"],
  [waiting, "replay", ...http, "--source", "replayed", "-"],
  [/waiting; its lines stay in the files\./, "ship", ...http, "--source", "shipped", "--from", "start", log]
]

describe("a cluster that cannot elect", () => {
  it("is waited for by every part, which says for what, and goes on when it can", async () => {
    const [there, ...away] = cluster.urls
    // The first addresses that a part knows answer nobody.
    const server = [...away, there].join()
    await Promise.all([0, 1, 2].map(cluster.kill))
    // By itself: one that led before it was alone would answer for a while as if it still did.
    cluster.restart(0)
    const started = parts().map(([words, command, ...args]) => ({
      words,
      program: beginning([command, "--server", server, ...args])
    }))
    const again = beginning(init())
    await Promise.all(
      [...started, { words: waiting, program: again }].map(({ words, program }) =>
        until(`it says ${words}`, () => words.test(program.stderr()) || undefined, {
          seen: program.output,
          limitMs: 60_000
        })
      )
    )
    for (const index of [1, 2]) cluster.restart(index)
    // A webhook that nobody listens on makes no notifier ready.
    await Promise.all(
      started.map(({ program }) =>
        /"Notifying"/.test(program.stderr()) ? undefined : Promise.race([isReady(program), notifies(program)])
      )
    )
    for (const { program } of started) assert.isNull(program.child.exitCode, program.output())
    assert.strictEqual(await again.ended, 0, again.output())
    assert.notMatch(again.stdout(), /num_replicas|updated/, "init without --replicas keeps them")
  }, 120_000)

  it("does not keep a stream that is missing from being told", async () => {
    const env = { CHAUSSETTES_PREFIX: "other" }
    const { code, stderr } = await chaussettes(["detect", "--server", cluster.urls[0]!, ...http], { env })
    assert.strictEqual(code, 1)
    assert.match(stderr, /^The stream other_LOGS was refused: stream not found\. Run `chaussettes init`/m)
  }, 60_000)
})

const notifies = (program: Program) =>
  until("it notifies", () => /"Notifying"/.test(program.stderr()) || undefined, {
    seen: program.output,
    limitMs: 60_000
  })
