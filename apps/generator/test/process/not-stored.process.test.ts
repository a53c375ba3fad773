import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { startServer } from "@chaussettes/jetstream/testing"
import { until } from "@chaussettes/testing"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { trafficBytes } from "../traffic/helpers.ts"
import { start, startLogs } from "./tools.ts"

const dir = mkdtempSync(join(tmpdir(), "chaussettes-not-stored-"))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const path = join(dir, "access.log")
writeFileSync(path, trafficBytes({}, 1_000))

describe("lines that cannot be stored", () => {
  it("end in exit code 1 and what to do, where the server has no streams", { timeout: 60_000 }, async () => {
    const server = await startServer()
    const runs = [
      start(["replay", path, "--source", "x"], server.url),
      start(["generate", "--output", "nats", "--count", "3", "--source", "x"], server.url)
    ]
    for (const run of runs) {
      assert.strictEqual(await run.ended, 1, run.stderr())
      assert.match(
        run.stderr(),
        /^Writing to LOGS was refused: no stream takes logs\.x\. Run `chaussettes init`, .*\n$/
      )
    }
    await server.stop()
  })

  it("end in exit code 1 where Ctrl-C comes while nobody takes them", { timeout: 60_000 }, async () => {
    const server = await startLogs()
    const piped = start(["replay", "-", "--source", "piped", "--json"], server.url)
    const [first, second] = trafficBytes({}, 2)
      .toString()
      .split(/(?<=\n)/)
    piped.child.stdin!.write(first)
    await until("the first line", async () => (await server.lastSeq()) > 0)
    const runs = [piped, start(["generate", "--output", "nats", "--rate", "20", "--json"], server.url)]
    await until("generated lines", async () => (await server.lastSeq()) > 5)
    await server.kill()
    piped.child.stdin!.write(second)
    await delay(500)
    for (const { child } of runs) child.kill("SIGINT")
    for (const run of runs) {
      assert.strictEqual(await run.ended, 1, run.stderr())
      assert.match(
        run.stderr(),
        /^(?:piped: reading standard input\.\n)?The NATS server is unreachable: .* sent again when it is back\.\nThe server has not acknowledged the last lines: .*\n$/
      )
      assert.isNull(JSON.parse(run.stdout()).last_seq)
    }
    await server.stop()
  })
})
