import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  chaussettes,
  hasNatsCli,
  mainFile,
  nats,
  type Program,
  start as startProgram,
  until
} from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { type Started, started } from "../../apps/cli/test/support/started.ts"
import { buildPage } from "../browser/stack.ts"
import { accessLine } from "./hostile.ts"
import { listeningOf } from "./ports.ts"
import { attacks } from "./viewer-attacks.ts"
import { asOperator, folderBytes, isReady, mostLateMs, mostSilentMs, portOf, watch, watchedParts } from "./watch.ts"

/*
 * Whoever reaches the server's port without credentials, against `start` as it is shipped. Each attack is a process of its own; meanwhile the
 * operator watches the detector, and asks what an operator asks.
 */

const attackMs = 6_000
/** What a container of docker-compose.yml gives the server. */
const serverMib = 256
const windowMs = 1_000
const historyWindows = 20_000
/** A window is decided when its lines may not come any more. */
const latenessMs = 500

describe.skipIf(!hasNatsCli)("a viewer", () => {
  const folder = mkdtempSync(join(tmpdir(), "chaussettes-viewer-"))
  const dir = join(folder, "state")
  let running: Started
  let generator: Program
  let receiver: Server
  let notify: Program
  let operator: NatsConnection
  let port: number
  let server: number
  const context = (role: string) => join(dir, "credentials", `${role}.json`)
  const anonymous = (...args: ReadonlyArray<string>) => nats(["--server", `nats://127.0.0.1:${port}`, ...args])

  beforeAll(async () => {
    buildPage()
    running = started(dir, ["--no-generator"], {
      CHAUSSETTES_DETECT_WINDOW: `${windowMs}ms`,
      CHAUSSETTES_DETECT_ALLOWED_LATENESS: `${latenessMs}ms`
    })
    await until("it runs", () => /Running\./.test(running.stderr()), { limitMs: 60_000, seen: running.output })
    port = portOf(context("operator"))
    operator = await asOperator(context("operator"))
    server = running.processes().find(({ args }) => / --config .*\/nats\.conf /.test(args))!.pid
    // Something to exhaust the server with: hours of windows.
    const history = join(folder, "history.log")
    const firstMs = Date.now() - (historyWindows + 600) * windowMs
    writeFileSync(
      history,
      Array.from({ length: historyWindows }, (_, i) => `${accessLine(firstMs + i * windowMs)}\n`).join("")
    )
    const replayed = await chaussettes(["replay", "--context", context("replay"), "--source", "history", history])
    assert.strictEqual(replayed.code, 0, replayed.stderr)
    const jsm = await jetstreamManager(operator)
    await until(
      "its windows are decided",
      async () => (await jsm.streams.info("WINDOWS")).state.messages >= historyWindows,
      { limitMs: 60_000, seen: running.output }
    )
    const generate = ["generate", "--output", "nats", "--rate", "100", "--context", context("shipper")]
    generator = startProgram(process.execPath, [mainFile, ...generate])
    await until(
      "the traffic's windows are decided",
      async () => (await jsm.streams.info("WINDOWS")).state.messages > historyWindows + 3,
      { limitMs: 30_000, seen: generator.output }
    )
    receiver = createServer((request, response) => request.resume().on("end", () => response.writeHead(204).end()))
    await new Promise((resolve) => receiver.listen(0, "127.0.0.1", () => resolve(undefined)))
    const webhook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
    notify = startProgram(process.execPath, [mainFile, "notify", "--webhook", webhook, "--context", context("notify")])
    for (const part of [...watchedParts, "notify"] as const)
      await until(`${part} is ready`, () => isReady(operator, part), { seen: () => notify.output() })
  }, 180_000)
  afterAll(async () => {
    await operator?.close()
    await Promise.all([generator?.stop(), notify?.stop()])
    receiver?.close()
    await running?.stop("SIGINT")
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  })

  it.each(Object.keys(attacks))(
    "%s, and costs nobody else anything",
    async (name) => {
      const stop = watch(operator, { serverPid: server })
      const attacker = startProgram(process.execPath, [
        join(import.meta.dirname, "viewer-attacks.ts"),
        name,
        `${port}`,
        `${attackMs}`
      ])
      // In the middle of it the operator looks, on new connections.
      const looked = await chaussettes(["alerts", "--context", context("dashboard")])
      const status = await chaussettes(["status", "--json", "--context", context("dashboard")])
      await attacker.ended
      const seen = await stop()
      assert.strictEqual(looked.code, 0, looked.stderr)
      assert.strictEqual(status.code, 0, status.stderr)
      assert.isAtLeast(seen.decisions, 3, JSON.stringify(seen))
      assert.isBelow(seen.silent.ms, mostSilentMs, seen.silent.part)
      assert.isBelow(seen.latestDecisionMs, windowMs + latenessMs + mostLateMs)
      assert.isBelow(seen.mostResidentMib, serverMib)
      assert.notMatch(running.stderr(), /nats-server ended|detector ended/)
      assert.isBelow(folderBytes(join(dir, "logs")), 64 * 2 ** 20)
      // And others may look again soon: what it took is given back, or was a process of the viewers' own.
      await until(
        "another viewer sees a threshold",
        async () => (await anonymous("--timeout=2s", "kv", "get", "seuils", "global", "--raw")).code === 0,
        { limitMs: 30_000, seen: running.output }
      )
    },
    60_000
  )

  it("reaches no port beyond this machine, and none that tells of connections", async () => {
    const ports = listeningOf(running.processes().map(({ pid }) => pid))
    assert.isAtLeast(ports.length, 4, "two servers, the page, the detector's health")
    for (const { address, port } of ports) {
      assert.strictEqual(address, "127.0.0.1", `port ${port}`)
      for (const path of ["/varz", "/connz", "/subsz", "/jsz?consumers=true"]) {
        const shown = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(2_000) })
          .then((response) => response.text())
          .catch(() => "")
        assert.notMatch(shown, /"(server_id|num_connections|num_subscriptions|streams)"/, `port ${port}`)
      }
    }
  })

  it("has made consumers of the copies alone", async () => {
    const jsm = await jetstreamManager(operator)
    for (const stream of ["ALERTS", "WINDOWS", "KV_seuils"]) {
      assert.isBelow((await jsm.streams.info(stream)).state.consumer_count, 10, stream)
    }
  })
})
