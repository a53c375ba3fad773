import { chaussettes, hasNatsCli, nats, succeeded } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type ConfiguredServer, initialized, startConfigured } from "./support/server.ts"

let server: ConfiguredServer
beforeAll(async () => {
  server = await startConfigured()
  await initialized(server)
}, 60_000)
afterAll(() => server.stop())

interface StatusJson {
  readonly seuils: { readonly ip: { readonly rate: number; readonly revision: number } }
  readonly unknownKeys: ReadonlyArray<{ readonly bucket: string; readonly key: string }>
}
const status = async () =>
  JSON.parse(await succeeded(chaussettes(["status", "--json", "--context", server.context("dashboard")]))) as StatusJson
const thresholds = (...args: ReadonlyArray<string>) =>
  chaussettes(["thresholds", ...args, "--context", server.context("thresholds")])

describe("chaussettes thresholds set and unset, as the roles of deploy/nats.conf", () => {
  it("puts a threshold in force and takes it back", async () => {
    const { ip } = (await status()).seuils
    const set = JSON.parse(await succeeded(thresholds("set", "ip", "40%", "--json")))
    assert.deepInclude(set, { key: "ip", value: 0.4, before: ip.rate })
    assert.deepInclude((await status()).seuils.ip, { rate: 0.4, revision: set.revision })
    const unset = await thresholds("unset", "ip")
    assert.match(unset.stderr, /^ip alerts above 30% again, revision \d+; .*\n$/)
    assert.strictEqual((await status()).seuils.ip.rate, ip.rate)
  })

  it.each([
    [["set", "urls", "0.1"], /urls/],
    [["set", "ip", "4"], /a rate from 0 to 1 like 0\.4 or 40%/],
    [["unset", "urls"], /^There is no threshold urls: there are global, ip, url, site\.\n$/]
  ] as ReadonlyArray<[ReadonlyArray<string>, RegExp]>)("refuses %j as wrong usage", async (args, sentence) => {
    const ended = await thresholds(...args)
    assert.strictEqual(ended.code, 2)
    assert.match(ended.stderr, sentence)
  })

  it.skipIf(!hasNatsCli)("names a key that was put beside the thresholds, and removes it", async () => {
    await succeeded(nats(["--context", server.context("operator"), "kv", "put", "seuils", "urls", "0.1"]))
    assert.deepStrictEqual((await status()).unknownKeys, [{ bucket: "seuils", key: "urls" }])
    const text = await succeeded(chaussettes(["status", "--context", server.context("dashboard")]))
    assert.match(text, /Unknown keys +urls, in the bucket seuils/)
    assert.match((await thresholds("unset", "urls")).stderr, /urls, which nothing reads, is removed/)
    assert.deepStrictEqual((await status()).unknownKeys, [])
  })
})
