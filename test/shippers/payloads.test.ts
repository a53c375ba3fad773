import { type RunningServer, startServer } from "@chaussettes/jetstream/testing"
import { chaussettes, hasNatsCli, nats, succeeded } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { startConfigured } from "../../apps/cli/test/support/server.ts"
import { stateOf } from "../backup/support.ts"
import { lineAt, publishRaw } from "./support.ts"

/* What each shipper of docs/shippers.md puts into LOGS, through a real server and the real detector. */

const json = (value: unknown) => JSON.stringify(value)

/** Six lines of a minute of their own, in each shipper's form: what goes into which messages. */
const forms: ReadonlyArray<readonly [name: string, payloads: (lines: ReadonlyArray<string>) => ReadonlyArray<string>]> =
  [
    ["bare lines, several a message", (lines) => [lines.join("\n"), ""].slice(0, 1)],
    ["Vector, codec text", (lines) => lines],
    [
      "Vector, codec json",
      (lines) =>
        lines.map((message) =>
          json({
            file: "/var/log/nginx/access.log",
            host: "web-1",
            message,
            source_type: "file",
            timestamp: "2026-01-05T10:00:00Z"
          })
        )
    ],
    ["Vector, framed by newlines", (lines) => [lines.map((message) => json({ message, host: "web-1" })).join("\n")]],
    [
      "Fluent Bit's nats output",
      (lines) => [json(lines.map((log, i) => [1_767_607_200 + i, { tag: "logs.web", log }]))]
    ],
    ["Fluent Bit, one record", (lines) => lines.map((log) => json([1_767_607_200.5, { tag: "logs.web", log }]))],
    ["Fluent Bit, json_lines", (lines) => [lines.map((log) => json({ date: 1_767_607_200.5, log })).join("\n")]],
    [
      "Docker's json-file",
      (lines) => lines.map((line) => json({ log: `${line}\n`, stream: "stdout", time: "2026-01-05T10:00:00Z" }))
    ]
  ]

describe.skipIf(!hasNatsCli)("a shipper", () => {
  let server: RunningServer
  const env = () => ({ NATS_URL: server.url })

  beforeAll(async () => {
    server = await startServer()
    await succeeded(chaussettes(["init"], { env: env() }))
  })
  afterAll(() => server?.stop())

  it("of any form is counted line by line", { timeout: 60_000 }, async () => {
    for (const [i, [, payloads]] of forms.entries()) {
      const lines = Array.from({ length: 6 }, (_, n) => lineAt(i * 60 + n))
      for (const payload of payloads(lines)) {
        assert.notInclude(await publishRaw(server.port, "logs.web", payload), "-ERR")
      }
    }
    // Its end, as `replay` says it.
    await succeeded(nats(["pub", "logs.web", "", "-H", "Chaussettes-Watermark: end"], { env: env() }))
    const said = JSON.parse(await succeeded(chaussettes(["detect", "--until-caught-up", "--json"], { env: env() })))
    assert.strictEqual(said.lines, forms.length * 6)
    assert.strictEqual(said.rejected ?? 0, 0)
    const { last_seq } = await stateOf("WINDOWS", env())
    assert.strictEqual(last_seq, forms.length)
    for (const [i, [name]] of forms.entries()) {
      const record = JSON.parse(
        Buffer.from(
          JSON.parse(await succeeded(nats(["stream", "get", "WINDOWS", `${i + 1}`, "--json"], { env: env() }))).data,
          "base64"
        ).toString()
      )
      assert.deepInclude(record, { total: 6, errors: 2 }, name)
      assert.deepEqual(record.keys, { ip: 5, url: 6 }, name)
    }
  })

  it("as Fluent Bit is not let in where the server wants a login, and stores nothing", {
    timeout: 60_000
  }, async () => {
    const configured = await startConfigured()
    try {
      await succeeded(chaussettes(["init"], { env: { NATS_CONTEXT: configured.context("operator") } }))
      const said = await publishRaw(Number(new URL(configured.url).port), "logs.web", lineAt(0))
      assert.match(said, /-ERR 'Permissions Violation for Publish to "logs\.web"'/)
      assert.strictEqual((await stateOf("LOGS", { NATS_CONTEXT: configured.context("operator") })).messages, 0)
    } finally {
      await configured.stop()
    }
  })

  it("as Fluent Bit hands its lines to replay, which says its source and its end", async () => {
    const before = (await stateOf("LOGS", env())).last_seq
    const lines = Array.from({ length: 5 }, (_, n) => lineAt(3_000 + n))
    const input = lines.map((log) => `${json({ date: 1_767_607_200.5, log })}\n`).join("")
    await succeeded(chaussettes(["replay", "-", "--source", "bit", "--json"], { env: env(), input }))
    const said = JSON.parse(await succeeded(chaussettes(["detect", "--until-caught-up", "--json"], { env: env() })))
    assert.strictEqual(said.lines, 5)
    assert.isAbove((await stateOf("LOGS", env())).last_seq, before)
  })
})
