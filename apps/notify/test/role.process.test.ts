import { chaussettes, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Redacted } from "effect"
import { type ConfiguredServer, startConfigured } from "../../cli/test/support/server.ts"
import { notify } from "./support/command.ts"
import { acknowledgement, closed, opened } from "./support/events.ts"
import { startReceiver } from "./support/receiver.ts"
import { worldOn } from "./support/world.ts"

describe("on the server as it is shipped", () => {
  let server: ConfiguredServer
  beforeAll(async () => {
    server = await startConfigured()
    const made = await chaussettes(["init", "--context", server.context("operator")])
    assert.strictEqual(made.code, 0, made.stderr)
  })
  afterAll(() => server.stop())

  it("the role notify suffices, and a restart finds its position", { timeout: 60_000 }, async () => {
    const world = worldOn({
      servers: [server.url],
      name: "test",
      user: "operator",
      password: Redacted.make(server.passwords.operator),
      inboxPrefix: "_INBOX_operator"
    })
    const receiver = await startReceiver()
    const start = () => notify(server.url, ["--context", server.context("notify"), "--webhook", receiver.url])
    const one = start()
    try {
      await until("it to be at its work", () => one.stderr().includes("Notifying"), { seen: one.stderr })
      await world.windows([[0, opened("a")]])
      await until("one change", () => receiver.taken.length === 1, { seen: one.stderr })
      one.child.kill("SIGTERM")
      assert.strictEqual(await one.ended, 0)
      await world.act(acknowledgement("x", "a"))
      await world.windows([[1, closed("a")]])
      const two = start()
      try {
        await until("its end", () => receiver.taken.at(-1)?.body.state === "closed", { seen: two.stderr })
        assert.strictEqual(receiver.taken.at(-1)?.body.acknowledged.by, "anna")
      } finally {
        await two.stop("SIGKILL")
      }
      assert.notMatch(one.stderr(), /permission|violation/i)
    } finally {
      await one.stop("SIGKILL")
      await receiver.close()
    }
  })
})
