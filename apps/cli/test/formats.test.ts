import { chaussettes, succeeded } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type ConfiguredServer, initialized, startConfigured } from "./support/server.ts"

let server: ConfiguredServer
beforeAll(async () => {
  server = await startConfigured()
  await initialized(server)
}, 60_000)
afterAll(() => server.stop())

const asUser = (who: "replay" | "detector" | "dashboard" | "operator") => ["--context", server.context(who)]
const formats = (...args: ReadonlyArray<string>) => chaussettes(["formats", ...args, ...asUser("operator")])
const declared = '$remote_addr $server_addr [$time_local] "$request" $status'

describe("chaussettes formats, as the operator of deploy/nats.conf", () => {
  it("declares formats by source, which the detector follows as its own user; lists them, and takes them back", async () => {
    const set = await formats("set", "edge", declared)
    assert.strictEqual(
      set.stderr,
      "Lines of edge are read in this format, revision 1, from the first line that no record counts yet.\n"
    )
    assert.strictEqual(await succeeded(formats("list")), `edge ${declared}\n`)
    const log = Array.from(
      { length: 30 },
      (_, s) => `192.0.2.1 10.0.0.9 [05/Jan/2026:10:00:${`${s}`.padStart(2, "0")} +0000] "GET /a HTTP/1.1" 200\n`
    ).join("")
    for (const source of ["edge", "web1"]) {
      await chaussettes(["replay", "--source", source, ...asUser("replay"), "-"], { input: log })
    }
    const detected = await chaussettes(["detect", "--until-caught-up", "--json", ...asUser("detector")])
    assert.strictEqual(detected.code, 0, detected.stderr)
    const status = JSON.parse(await succeeded(chaussettes(["status", "--json", ...asUser("dashboard")])))
    assert.deepInclude(status.lastHour, { requests: 30 })
    assert.deepStrictEqual(JSON.parse(await succeeded(formats("unset", "edge", "--json"))), {
      changed: true,
      revision: 2,
      by: {}
    })
  })

  it.each([
    [["set", "edge", "nothing"], /a format's name such as combined/],
    [["set", "a.b", "combined"], /a source such as web1/],
    [["unset", "web9"], /^No format is declared for "web9": there is none\.\n$/]
  ] as ReadonlyArray<[ReadonlyArray<string>, RegExp]>)("refuses %j as wrong usage", async (args, sentence) => {
    const ended = await formats(...args)
    assert.strictEqual(ended.code, 2)
    assert.match(ended.stderr, sentence)
  })
})
