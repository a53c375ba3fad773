import { chaussettes, succeeded } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type ConfiguredServer, initialized, startConfigured } from "./support/server.ts"

let server: ConfiguredServer
beforeAll(async () => {
  server = await startConfigured()
  await initialized(server)
}, 60_000)
afterAll(() => server.stop())

interface StatusJson {
  readonly ignore: { readonly rules: number; readonly revision: number; readonly refused: string | null } | null
}
const status = async () =>
  JSON.parse(await succeeded(chaussettes(["status", "--json", "--context", server.context("dashboard")]))) as StatusJson
const ignore = (...args: ReadonlyArray<string>) =>
  chaussettes(["ignore", ...args, "--context", server.context("operator")])

describe("chaussettes ignore, as the operator of deploy/nats.conf", () => {
  it("adds rules, lists them, and removes them; the page's user sees them", async () => {
    assert.strictEqual((await status()).ignore, null)
    const added = await ignore("add", "health", "path=/internal/* client=10.0.0.0/8")
    assert.match(added.stderr, /^Ignored now, revision 1: health; path=\/internal\/\* client=10\.0\.0\.0\/8\. .*\n$/)
    assert.deepStrictEqual((await status()).ignore?.rules, 2)
    assert.strictEqual(await succeeded(ignore("list")), "health\npath=/internal/* client=10.0.0.0/8\n")
    const removed = JSON.parse(await succeeded(ignore("remove", "health", "--json")))
    assert.deepStrictEqual(removed, { changed: true, revision: 2, rules: ["path=/internal/* client=10.0.0.0/8"] })
    assert.deepInclude((await status()).ignore, { rules: 1, revision: 2, refused: null })
  })

  it.each([
    [["add", "helth"], /a rule such as health or path=\/internal\/\*; "helth" is neither a preset/],
    [["remove", "bots"], /^There is no rule "bots": there are path=\/internal\/\* client=10\.0\.0\.0\/8\.\n$/]
  ] as ReadonlyArray<[ReadonlyArray<string>, RegExp]>)("refuses %j as wrong usage", async (args, sentence) => {
    const ended = await ignore(...args)
    assert.strictEqual(ended.code, 2)
    assert.match(ended.stderr, sentence)
  })

  it("is followed by detector and thresholds, each as its own user", async () => {
    const asUser = (who: "replay" | "detector" | "thresholds") => ["--context", server.context(who)]
    const line = (second: number, path: string, status: number) =>
      `192.0.2.1 - - [05/Jan/2026:10:00:${`${second}`.padStart(2, "0")} +0000] "GET ${path} HTTP/1.1" ${status} 1\n`
    const log = Array.from({ length: 30 }, (_, s) => line(s, "/ping", 500) + line(s, "/shop", 200)).join("")
    const replay = ["replay", "--source", "web1", ...asUser("replay"), "-"]
    assert.strictEqual((await chaussettes(replay, { input: log })).code, 0)
    const { revision } = JSON.parse(await succeeded(ignore("add", "path=/ping", "--json")))
    const detected = await chaussettes(["detect", "--until-caught-up", "--json", ...asUser("detector")])
    assert.strictEqual(detected.code, 0, detected.stderr)
    const learnt = await succeeded(
      chaussettes(["thresholds", "--method", "percentile_99", "--dry-run", "--json", ...asUser("thresholds")])
    )
    assert.deepInclude(JSON.parse(learnt).metadata, {
      total_logs_analyzed: 30,
      total_errors: 0,
      rules_revision: revision
    })
    const now = JSON.parse(await succeeded(chaussettes(["status", "--json", "--context", server.context("dashboard")])))
    assert.deepInclude(now.lastHour, { errors: 0, ignored: 30 })
  })

  it("may not be changed by who only looks", async () => {
    const ended = await chaussettes(["ignore", "add", "bots", "--context", server.context("dashboard")])
    assert.strictEqual(ended.code, 1)
    assert.match(ended.stderr, /not allowed|permission/i)
  })
})
