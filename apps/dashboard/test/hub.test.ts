import { request } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Hub, maxViewersAPlace, placeOf } from "../src/live/hub.ts"
import { makeServer } from "./fixture.ts"
import { running } from "./server.ts"

describe("placeOf", () => {
  it.each([
    ["a machine's own addresses", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]],
    ["the addresses of an IPv6 network", ["2001:db8:1:2::1", "2001:DB8:1:2:ffff:0:0:9", "2001:db8:1:2:0:0:0:0"]],
    ["the spellings of an IPv4 address", ["192.0.2.1", "::ffff:192.0.2.1"]]
  ])("takes %s for one", (_, addresses) => {
    assert.strictEqual(new Set(addresses.map(placeOf)).size, 1)
  })

  it("tells others apart", () => {
    const others = ["192.0.2.1", "192.0.2.2", "2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8::1", "::1", "fe80::1"]
    assert.strictEqual(new Set(others.map(placeOf)).size, others.length)
  })
})

describe("a viewer that opens all the event streams that it can", () => {
  it.effect("leaves room for others", () =>
    Effect.gen(function* () {
      const hub = new Hub()
      for (let i = 0; i < 1_000; i++) {
        const address = `2001:db8:1:2::${i.toString(16)}`
        if (!hub.isFullFor(address))
          yield* hub.subscribe(
            address,
            () => [],
            () => {}
          )
      }
      assert.strictEqual(hub.viewers, maxViewersAPlace)
      assert.isTrue(hub.isFullFor("2001:db8:1:2::ffff"))
      assert.isFalse(hub.isFullFor("192.0.2.1"))
    }).pipe(Effect.scoped)
  )

  it.live("is turned away by the server, and a viewer whom the proxy names otherwise is not", () =>
    Effect.gen(function* () {
      const page = yield* running(yield* makeServer, { access: { _tag: "Proxy" } })
      const open = (forwarded: string) =>
        new Promise<number>((resolve, reject) => {
          const sent = request(`${page.url}/api/v1/events`, { agent: false, headers: { "x-forwarded-for": forwarded } })
          sent.on("response", (response) => resolve(response.statusCode!)).on("error", reject)
          sent.end()
        })
      yield* Effect.promise(async () => {
        // What a client says of itself in front of what the proxy adds counts for nothing.
        const statuses = await Promise.all(
          Array.from({ length: maxViewersAPlace + 5 }, (_, i) => open(`192.0.2.${i % 250}, 198.51.100.1`))
        )
        assert.strictEqual(statuses.filter((status) => status === 200).length, maxViewersAPlace)
        assert.strictEqual(statuses.filter((status) => status === 429).length, 5)
        assert.strictEqual(await open("198.51.100.1, 203.0.113.5"), 200)
      })
    }).pipe(Effect.scoped)
  )
})
