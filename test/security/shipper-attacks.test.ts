import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chaussettes, mainFile, type Program, start as startProgram, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { type Started, started } from "../../apps/cli/test/support/started.ts"
import { buildPage } from "../browser/stack.ts"
import { attacks } from "./shipper-attacks.ts"
import { asOperator, folderBytes, isReady, mostLateMs, mostSilentMs, portOf, watch, watchedParts } from "./watch.ts"

/* A shipper of one source that means no good, against `start` as it is shipped, beside the traffic of an honest one. */

const attackMs = 6_000
/** What a container of docker-compose.yml gives the server. */
const serverMib = 256
const windowMs = 1_000
const latenessMs = 500

describe("a shipper of one source that attacks", () => {
  const folder = mkdtempSync(join(tmpdir(), "chaussettes-shipper-"))
  const dir = join(folder, "state")
  let running: Started
  let generator: Program
  let operator: NatsConnection
  let port: number
  let evil: NodeJS.ProcessEnv
  const context = (role: string) => join(dir, "credentials", `${role}.json`)
  const serverPid = () => running.processes().find(({ args }) => / --config .*\/nats\.conf /.test(args))?.pid

  beforeAll(async () => {
    buildPage()
    running = started(dir, ["--no-generator"], {
      CHAUSSETTES_DETECT_WINDOW: `${windowMs}ms`,
      CHAUSSETTES_DETECT_ALLOWED_LATENESS: `${latenessMs}ms`
    })
    await until("it runs", () => /Running\./.test(running.stderr()), { limitMs: 60_000, seen: running.output })
    const before = serverPid()
    const added = await chaussettes([
      "credentials",
      "--dir",
      join(dir, "credentials"),
      "--add",
      "evil",
      "--source",
      "evil"
    ])
    assert.strictEqual(added.code, 0, added.stderr)
    const { user, password } = JSON.parse(added.stdout) as { readonly user: string; readonly password: string }
    evil = { EVIL_USER: user, EVIL_PASSWORD: password, EVIL_SOURCE: "evil" }
    await until("the server has started again", () => serverPid() !== undefined && serverPid() !== before)
    port = portOf(context("operator"))
    operator = await until("the operator is let in", () => asOperator(context("operator")).catch(() => undefined))
    const generate = ["generate", "--output", "nats", "--rate", "100", "--context", context("shipper")]
    generator = startProgram(process.execPath, [mainFile, ...generate])
    const jsm = await jetstreamManager(operator)
    await until(
      "the traffic's windows are decided",
      async () => (await jsm.streams.info("WINDOWS")).state.messages > 3,
      { limitMs: 30_000, seen: generator.output }
    )
    for (const part of watchedParts) await until(`${part} is ready`, () => isReady(operator, part))
  }, 180_000)
  afterAll(async () => {
    await operator?.close()
    await generator?.stop()
    await running?.stop("SIGINT")
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  })

  it.each(Object.keys(attacks))(
    "%s: parts, decisions and the others' lines go on",
    async (name) => {
      const jsm = await jetstreamManager(operator)
      const honest = async () => (await jsm.direct.getMessage("LOGS", { last_by_subj: "logs.generator" }))?.seq ?? 0
      const pid = serverPid()!
      const stop = watch(operator, { serverPid: pid })
      const attacker = startProgram(
        process.execPath,
        [join(import.meta.dirname, "shipper-attacks.ts"), name, `${port}`, `${attackMs}`],
        { env: evil }
      )
      const before = await honest()
      await attacker.ended
      const seen = await stop()
      assert.isAtLeast(seen.decisions, 3, JSON.stringify(seen))
      assert.isBelow(seen.latestDecisionMs, windowMs + latenessMs + mostLateMs)
      assert.isAbove(await honest(), before)
      assert.isBelow(seen.silent.ms, mostSilentMs, seen.silent.part)
      assert.isBelow(seen.mostResidentMib, serverMib)
      assert.strictEqual(serverPid(), pid, "the server is the one of before")
      assert.notMatch(running.stderr(), /(detector|thresholds|dashboard) ended/)
      assert.isBelow(folderBytes(join(dir, "logs")), 64 * 2 ** 20)
    },
    60_000
  )

  it("has taken none of the honest one's lines: all are stored, and what was decided can be derived again", async () => {
    assert.strictEqual(await generator.stop(), 0, generator.output())
    const jsm = await jetstreamManager(operator)
    // The generator ends well only if each message was acknowledged; that none was taken for a duplicate shows in its last one's place.
    const upTo = Number(/logs\.generator up to sequence (\d+)/.exec(generator.stderr())?.[1])
    assert.strictEqual((await jsm.direct.getMessage("LOGS", { last_by_subj: "logs.generator" }))?.seq, upTo)
    const verified = await chaussettes(["verify", "--context", context("operator")])
    assert.strictEqual(verified.code, 0, verified.output)
  }, 60_000)
})
