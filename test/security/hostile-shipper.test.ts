import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chaussettes, hasNatsCli, heapInContainer, nats, projectFolder, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { type ConfiguredServer, startConfigured } from "../../apps/cli/test/support/server.ts"
import { buildPage } from "../browser/stack.ts"
import { fetchText, type Part, seriesValue, startPart } from "../metrics/parts.ts"
import { accessLine, attacks, connectAs, inStatuses, send } from "./hostile.ts"

/*
 * A shipper that is not trusted: deploy/nats.conf with one more user, as its comment says, that may publish `logs.evil` (and, so that it can
 * try a thousand sources, below it). Beside it an honest source sends a line every 200 ms to a real detector.
 */

const word = "p-hostile"
const containerMib = 512
const mostMemoryBytes = containerMib * 1024 * 1024
const windowMs = 1_000

/** deploy/nats.conf with the shipper in it. */
const withHostile = (folder: string): string => {
  const shipped = readFileSync(join(projectFolder, "deploy", "nats.conf"), "utf8")
  const user = `{ user: evil, password: "${word}", permissions: { publish: ["logs.evil", "logs.evil.>"], subscribe: ["_INBOX_evil.>"] } }`
  const changed = shipped.replace(/(SHIPPERS \{[^[]+users: \[)/, `$1\n${user}\n`)
  assert.notStrictEqual(changed, shipped)
  const file = join(folder, "nats.conf")
  writeFileSync(file, changed)
  return file
}

describe.skipIf(!hasNatsCli)("a hostile shipper", () => {
  let folder: string
  let server: ConfiguredServer
  let detector: Part
  let evil: NatsConnection
  let honest: NatsConnection
  let operator: NatsConnection
  let sending: NodeJS.Timeout
  const metrics = async () => fetchText(`${await detector.url()}/metrics`)
  const metric = async (series: string) => seriesValue(await metrics(), series)

  beforeAll(async () => {
    buildPage()
    folder = mkdtempSync(join(tmpdir(), "chaussettes-hostile-"))
    server = await startConfigured(withHostile(folder))
    const made = await chaussettes(["init", "--context", server.context("operator")])
    assert.strictEqual(made.code, 0, made.stderr)
    // After each attack its source is silent and holds windows back until it is idle.
    const times = ["--window", "1s", "--allowed-lateness", "500ms", "--idle", "4s"]
    detector = startPart(["detect", ...times, "--http-port", "0", "--context", server.context("detector")], {
      NODE_OPTIONS: heapInContainer(containerMib).join(" ")
    })
    await detector.url()
    evil = await connectAs(server.url, "evil", word)
    honest = await connectAs(server.url, "shipper", server.passwords.shipper)
    operator = await connectAs(server.url, "operator", server.passwords.operator)
    sending = setInterval(() => honest.publish("logs.web", accessLine(Date.now(), "198.51.100.7", "/honest")), 200)
  })
  afterAll(async () => {
    clearInterval(sending)
    await Promise.all([evil, honest, operator].map((nc) => nc?.close()))
    await detector?.stop()
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const asEvil = (...args: ReadonlyArray<string>) =>
    nats([
      "--server",
      server.url,
      "--user",
      "evil",
      "--password",
      word,
      "--timeout=1s",
      "--inbox-prefix=_INBOX_evil",
      ...args
    ])

  describe("may not", () => {
    it.concurrent.each([
      ["send lines as another source", ["pub", "logs.web", "line"]],
      ["forge a window", ["pub", "windows.decided", "{}"]],
      ["forge an alert", ["pub", "alerts.ip.high", "{}"]],
      ["forge a reject", ["pub", "rejects.time", "{}"]],
      ["set a threshold", ["pub", "$KV.seuils.ip", "1"]],
      ["move the checkpoint", ["pub", "$KV.detector.checkpoint", "{}"]],
      ["take the lead", ["pub", "$KV.detector.lease", "{}"]],
      ["ask how much LOGS holds", ["req", "$JS.API.STREAM.INFO.LOGS", ""]],
      ["get a line", ["req", "$JS.API.DIRECT.GET.LOGS", '{"seq":1}']],
      ["read lines", ["req", "$JS.API.CONSUMER.CREATE.LOGS.c", "{}"]],
      ["make a stream", ["req", "$JS.API.STREAM.CREATE.MINE", "{}"]],
      ["empty LOGS", ["req", "$JS.API.STREAM.PURGE.LOGS", ""]],
      ["delete a line", ["req", "$JS.API.STREAM.MSG.DELETE.LOGS", '{"seq":1}']],
      ["acknowledge in the detector's place", ["pub", "$JS.ACK.LOGS.detector.1.1.1.1.1", ""]],
      ["ask who is there", ["req", "$SRV.PING", ""]],
      ["hear lines", ["sub", "logs.>", "--wait=100ms", "--count=1"]],
      ["hear everything", ["sub", ">", "--wait=100ms", "--count=1"]],
      ["hear others' answers", ["sub", "_INBOX_detector.>", "--wait=100ms", "--count=1"]]
    ] as ReadonlyArray<[string, ReadonlyArray<string>]>)("%s", async (_, args) => {
      assert.match((await asEvil(...args)).output, /permissions violation/i)
    })

    it("have an answer stored as an alert: naming its subject for the reply changes nothing", async () => {
      const jsm = await jetstreamManager(operator)
      const lastSeqs = async () => [
        (await jsm.streams.info("ALERTS")).state.last_seq,
        (await jsm.streams.info("KV_seuils")).state.last_seq
      ]
      const before = await lastSeqs()
      evil.publish("logs.evil", "x", { reply: "alerts.ip.high" })
      evil.publish("logs.evil", "x", { reply: "$KV.seuils.ip" })
      await evil.flush()
      await until("LOGS holds them", async () =>
        (await jsm.streams.info("LOGS", { subjects_filter: "logs.evil" })).state.subjects?.["logs.evil"] === 2
          ? true
          : undefined
      )
      assert.deepStrictEqual(await lastSeqs(), before)
    })
  })

  it.each(Object.keys(attacks))(
    "sends %s: the detector goes on deciding, within its memory",
    async (name) => {
      const sentMs = Date.now()
      for (const payload of attacks[name]!(sentMs)) send(evil, "logs.evil", payload)
      await evil.flush()
      await until(
        "windows behind the attack are decided",
        async () => {
          const through = await metric("chaussettes_detector_decided_through_timestamp_seconds")
          return through !== undefined && through * 1000 > sentMs + windowMs
        },
        { seen: detector.stderr }
      )
      assert.strictEqual(detector.child.exitCode, null)
      assert.strictEqual(await metric("chaussettes_detector_restarts_total"), 0, detector.stderr())
      assert.isBelow((await metric("process_resident_memory_bytes"))!, mostMemoryBytes)
    },
    60_000
  )

  it("sends lines in messages with statuses of the server's: each is counted like any other", async () => {
    const client = "203.0.113.88"
    const payloads = inStatuses(Date.now(), client)
    for (const payload of payloads) send(evil, "logs.evil", payload)
    await evil.flush()
    const asked = ["alerts", "--json", "--context", server.context("operator")]
    const alert = await until(
      "its alert is there",
      async () => {
        const { stdout } = await chaussettes(asked)
        return stdout.split("\n").find((json) => json.includes(client))
      },
      { seen: detector.stderr }
    )
    assert.strictEqual((JSON.parse(alert) as { readonly errors: number }).errors, payloads.length)
  })

  it("makes no line of another source late, nor rejects one", async () => {
    const jsm = await jetstreamManager(operator)
    const { last_seq: lastSeq } = (await jsm.streams.info("WINDOWS")).state
    const late: Record<string, number> = {}
    for (let seq = 1; seq <= lastSeq; seq++) {
      const record = (await jsm.direct.getMessage("WINDOWS", { seq }))!.json<{
        since_last: { late_by_source: Record<string, number> }
      }>()
      for (const [source, count] of Object.entries(record.since_last.late_by_source))
        late[source] = (late[source] ?? 0) + count
    }
    assert.notProperty(late, "web")
    assert.isAbove(Object.keys(late).length, 100, "the late lines of the thousand sources are counted")
    const { messages } = (await jsm.streams.info("REJECTS")).state
    assert.isAbove(messages, 0)
    const rejects = await nats([
      "--context",
      server.context("operator"),
      "req",
      "$JS.API.DIRECT.GET.REJECTS",
      '{"batch":100000,"seq":1}',
      "--replies=0",
      "--raw"
    ])
    assert.notInclude(rejects.output, '"source":"web"')
  })

  it("is shown without its control characters", async () => {
    const atMs = Date.now()
    const line = accessLine(atMs, "203.0.113.66", "/\u202e<script>alert(1)</script>\u0085", 500)
    for (let i = 0; i < 12; i++) evil.publish("logs.evil", line)
    await evil.flush()
    const shown = await until(
      "its alert is there",
      async () => {
        const { stdout } = await chaussettes(["alerts", "--context", server.context("operator")])
        return stdout.includes("203.0.113.66") && stdout.includes("script") ? stdout : undefined
      },
      { seen: detector.stderr }
    )
    const status = await chaussettes(["status", "--context", server.context("operator")])
    assert.notMatch(shown + status.stdout, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
  })

  it("is data to the page: JSON that no browser takes for anything else, under a policy without foreign scripts", async () => {
    const page = startPart(["dashboard", "--port", "0", "--context", server.context("dashboard")])
    try {
      const url = await page.url()
      const response = await until(
        "the page knows the alert",
        async () => {
          const span = `from=${Date.now() - 3_600_000}&to=${Date.now() + 3_600_000}`
          const answer = await fetch(`${url}/api/v1/alerts?${span}&dimension=ip&key=203.0.113.66`)
          return answer.status === 200 && (await answer.clone().text()).includes("203.0.113.66") ? answer : undefined
        },
        { seen: page.stderr }
      )
      assert.match(response.headers.get("content-type") ?? "", /^application\/json/)
      assert.strictEqual(response.headers.get("x-content-type-options"), "nosniff")
      assert.isObject(JSON.parse(await response.text()))
      const policy = (await fetch(`${url}/`)).headers.get("content-security-policy") ?? ""
      assert.include(policy, "default-src")
      assert.notMatch(policy, /script-src[^;]*('unsafe-inline'|'unsafe-eval'|\*)/)
    } finally {
      await page.stop()
    }
  })

  it("leaves everything such that it can be derived again", async () => {
    clearInterval(sending)
    const verified = await chaussettes(["verify", "--context", server.context("operator")])
    assert.strictEqual(verified.code, 0, verified.stdout + verified.stderr)
  }, 120_000)

  it("fills LOGS up to its limit and no further, and the detector says what was gone", async () => {
    const limit = 8 * 1024 * 1024
    const jsm = await jetstreamManager(operator)
    await jsm.streams.update("LOGS", { max_bytes: limit })
    detector.child.kill("SIGSTOP")
    const junk = new Uint8Array(256 * 1024).fill(120)
    for (let i = 0; i < 200; i++) {
      evil.publish("logs.evil", junk)
      if (i % 20 === 0) await evil.flush()
    }
    await evil.flush()
    await until("the flood is stored", async () => (await jsm.streams.info("LOGS")).state.bytes > limit / 2)
    assert.isAtMost((await jsm.streams.info("LOGS")).state.bytes, limit)
    detector.child.kill("SIGCONT")
    evil.publish("logs.evil", accessLine(Date.now()))
    await until("the gap is counted", async () => ((await metric("chaussettes_detector_gap_messages_total")) ?? 0) > 0)
    assert.isBelow((await metric("process_resident_memory_bytes"))!, mostMemoryBytes)
  }, 60_000)
})
