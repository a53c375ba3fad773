import { type RunningServer, startServer } from "@chaussettes/jetstream/testing"
import { chaussettes, hasNatsCli, nats, succeeded } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { stateOf, verify } from "./support.ts"

/* Erasing one client's lines, and what that does: docs/operations.md. */

const two = (n: number) => `${n}`.padStart(2, "0")
const line = (client: string, second: number, status = 200) =>
  `${client} - - [05/Jan/2026:10:00:${two(second)} +0000] "GET /a HTTP/1.1" ${status} 12`

describe.skipIf(!hasNatsCli)("erasing a client", () => {
  let server: RunningServer
  const env = () => ({ NATS_URL: server.url })
  const erase = (...args: ReadonlyArray<string>) => chaussettes(["erase", ...args], { env: env() })
  const raw = () => succeeded(nats(["sub", "--stream", "LOGS", "--all", "--terminate-at-end", "--raw"], { env: env() }))

  beforeAll(async () => {
    server = await startServer()
    await succeeded(chaussettes(["init"], { env: env() }))
    // Three windows: one without the client, one with it alone in a message, one in which it shares a message with others.
    const messages = [
      [line("10.0.0.2", 1), line("10.0.0.12", 2)],
      Array.from({ length: 6 }, (_, i) => line("10.0.0.1", 10 + i, 500)),
      [line("10.0.0.3", 21), line("10.0.0.1", 22), line("10.0.0.4", 23)],
      ["10.0.0.1 is no line of a log"]
    ]
    for (const message of messages) await succeeded(nats(["pub", "logs.web", message.join("\n")], { env: env() }))
    await succeeded(nats(["pub", "logs.web", "", "-H", "Chaussettes-Watermark: end"], { env: env() }))
    await succeeded(chaussettes(["detect", "--until-caught-up"], { env: env() }))
    assert.isTrue((await verify(env())).ok)
  })
  afterAll(() => server?.stop())

  it("refuses what is no address", async () => {
    const { code, stderr } = await erase("10.0.0.1; rm", "--yes")
    assert.strictEqual(code, 2)
    assert.match(stderr, /is not an address/)
  })

  it("says first what would go, and that others go with it, and erases nothing", async () => {
    const said = await succeeded(erase("10.0.0.1"))
    assert.deepStrictEqual(said.trim().split("\n"), [
      "LOGS 2: 6 of 6 lines",
      "LOGS 3: 1 of 3 lines",
      "LOGS 4: 1 of 1 lines",
      "REJECTS 1: 1 of 1 lines"
    ])
    assert.strictEqual((await stateOf("LOGS", env())).messages, 5)
  })

  it("erases each message that names it, and none that only names one that looks like it", async () => {
    await succeeded(erase("10.0.0.1", "--yes"))
    const rest = await raw()
    assert.notMatch(rest, /10\.0\.0\.1 /)
    assert.include(rest, "10.0.0.12")
    assert.strictEqual((await stateOf("LOGS", env())).messages, 2)
    assert.strictEqual((await stateOf("REJECTS", env())).messages, 0)
    assert.strictEqual(await succeeded(erase("10.0.0.1")), "")
  })

  it("leaves what was decided, and verify says of which windows the lines are gone", async () => {
    assert.strictEqual((await stateOf("WINDOWS", env())).messages, 3)
    const verified = await verify(env())
    assert.isFalse(verified.ok)
    // What was decided from lines that are gone is told as extra or different; nothing that lines still give is missing.
    assert.strictEqual(verified.windows.lost + verified.alerts.lost, 0)
    assert.strictEqual(verified.windows.extra, 2)
    assert.strictEqual(verified.alerts.extra, 3)
  })

  it("does not keep the detector from going on", async () => {
    await succeeded(nats(["pub", "logs.web", [line("10.0.0.5", 31), line("10.0.0.5", 50)].join("\n")], { env: env() }))
    await succeeded(nats(["pub", "logs.web", "", "-H", "Chaussettes-Watermark: end"], { env: env() }))
    await succeeded(chaussettes(["detect", "--until-caught-up"], { env: env() }))
    assert.strictEqual((await stateOf("WINDOWS", env())).messages, 5)
  })
})
