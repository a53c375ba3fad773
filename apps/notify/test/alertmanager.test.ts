import { parseRfc3339 } from "@chaussettes/domain"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { alertmanager, postedAlerts } from "../src/alertmanager.ts"
import { waitAfterMs } from "../src/deliver.ts"
import { addressOf, NotTaken, post } from "../src/post.ts"

describe("addressOf", () => {
  it("takes a % in a user or password for itself where it encodes nothing", () => {
    const { headers } = addressOf("https://100%:p%zz@receiver.example/hook")!
    assert.strictEqual(headers.authorization, `Basic ${Buffer.from("100%:p%zz").toString("base64")}`)
  })
})

import { changeIn, idOf } from "./support/events.ts"
import { startReceiver } from "./support/receiver.ts"

const nowMs = parseRfc3339("2026-01-05T10:05:00Z")!
const shape = { language: "en" as const, pageUrl: "http://page.example/x/", refreshMs: 60_000, nowMs }

const anna = { id: "x", by: "anna", at: "2026-01-05T10:03:00Z" }

describe("what Alertmanager is told", () => {
  it("of an open incident: it fires from when it opened until four refreshes from now", () => {
    const [alert] = postedAlerts([changeIn("opened", { name: 'a?b="c"' })], shape)
    assert.deepStrictEqual(alert!.labels, {
      alertname: "INCIDENT_SERVER_ERRORS",
      source: "chaussettes",
      kind: "server-errors",
      severity: "medium",
      incident: idOf('a?b="c"')
    })
    assert.strictEqual(alert!.startsAt, "2026-01-05T10:00:00Z")
    assert.strictEqual(alert!.endsAt, "2026-01-05T10:09:00Z")
    assert.strictEqual(alert!.generatorURL, `http://page.example/x/incidents/${encodeURIComponent(idOf('a?b="c"'))}`)
    assert.deepInclude(alert!.annotations, { dimension: "url", cause: '/a?b="c"' })
    assert.match(alert!.annotations.summary!, /40 requests failed with server errors/)
  })

  it("of one that is over: it ended with the window that said so", () => {
    const [alert] = postedAlerts([changeIn("closed", { name: "a" })], shape)
    assert.strictEqual(alert!.endsAt, "2026-01-05T10:00:10Z")
  })

  it("of one that grew: the medium alert is over, the high one fires", () => {
    const grew = { ...changeIn("grew", { name: "a", severity: "HIGH" }), before: "MEDIUM" as const }
    assert.deepStrictEqual(
      postedAlerts([grew], shape).map(({ labels, endsAt }) => [
        labels.severity,
        endsAt < "2026-01-05T10:05:00Z" ? "over" : "fires"
      ]),
      [
        ["medium", "over"],
        ["high", "fires"]
      ]
    )
  })

  it("of another cause, or of who acknowledged it, as the same alert with other annotations", () => {
    const [first, other, acknowledged] = postedAlerts(
      [
        changeIn("opened", { name: "a" }),
        // The severity that it was told stays, whatever the new cause is worth.
        {
          ...changeIn("changed-cause", { name: "a", severity: "LOW", cause: { dimension: "ip", key: "192.0.2.1" } }),
          severity: "MEDIUM"
        },
        { ...changeIn("acknowledged", { name: "a" }), acknowledged: anna }
      ],
      shape
    )
    assert.deepStrictEqual(other!.labels, first!.labels)
    assert.deepInclude(other!.annotations, { dimension: "ip", cause: "192.0.2.1" })
    assert.deepStrictEqual(acknowledged!.labels, first!.labels)
    assert.strictEqual(acknowledged!.annotations.acknowledged_by, "anna")
    assert.strictEqual(acknowledged!.endsAt, first!.endsAt)
  })

  it("never of an end before the beginning, whatever the clocks say", () => {
    const early = { ...shape, nowMs: parseRfc3339("2026-01-05T09:00:00Z")! }
    const [alert] = postedAlerts([changeIn("closed", { name: "a" })], early)
    assert.isAtMost(Date.parse(alert!.startsAt), Date.parse(alert!.endsAt))
  })

  it("in requests of a hundred alerts, below the path of its address, with its user as a header", async () => {
    const receiver = await startReceiver()
    try {
      const address = addressOf(`${receiver.url.replace("//", "//me:secret@")}/am/`)!
      assert.notInclude(address.url + address.shown, "secret")
      const target = alertmanager({
        name: "alertmanager",
        address,
        language: "en",
        pageUrl: undefined,
        refreshMs: 60_000
      })
      const open = Array.from({ length: 150 }, (_, i) => changeIn("opened", { name: `${i}` }))
      await Effect.runPromise(target.refresh!.tell(open))
      await Effect.runPromise(target.refresh!.tell([]))
      assert.deepStrictEqual(
        receiver.taken.map(({ body }) => body.length),
        [100, 50, 0]
      )
      assert.strictEqual(receiver.taken[0]!.path, "/am/api/v2/alerts")
      assert.strictEqual(receiver.taken[0]!.headers.authorization, `Basic ${btoa("me:secret")}`)
    } finally {
      await receiver.close()
    }
  })
})

describe("a request that is not taken", () => {
  it.each([
    [{ status: 500 }, "busy", /answers 500/],
    [{ status: 429 }, "busy", /answers 429/],
    [{ status: 400, body: "bad label" }, "refused", /answers 400: bad label/],
    [{ status: 302, location: "http://elsewhere/" }, "refused", /sends elsewhere \(http:\/\/elsewhere\/\)/],
    ["drops", "busy", /./]
  ] as const)("%j is %s", async (manner, kind, why) => {
    const receiver = await startReceiver()
    try {
      receiver.behave(manner)
      const failure = await Effect.runPromise(Effect.flip(post(addressOf(receiver.url)!, "{}")))
      assert.strictEqual(failure.kind, kind)
      assert.match(failure.why, why)
    } finally {
      await receiver.close()
    }
  })

  it("is given up after ten seconds without an answer", { timeout: 20_000 }, async () => {
    const receiver = await startReceiver()
    try {
      receiver.behave("hangs")
      const failure = await Effect.runPromise(Effect.flip(post(addressOf(receiver.url)!, "{}")))
      assert.strictEqual(failure.why, "it did not answer within 10 s")
    } finally {
      await receiver.close()
    }
  })

  it("is tried again after twice as long each time, up to a minute; a refusal after a minute at once", () => {
    const busy = new NotTaken({ kind: "busy", why: "" })
    assert.deepStrictEqual(
      [0, 1, 2, 5, 6, 1_000].map((n) => waitAfterMs(n, busy)),
      [1_000, 2_000, 4_000, 32_000, 60_000, 60_000]
    )
    assert.strictEqual(waitAfterMs(0, new NotTaken({ kind: "refused", why: "" })), 60_000)
    assert.strictEqual(waitAfterMs(0, new NotTaken({ kind: "busy", why: "", retryAfterMs: 90_000 })), 90_000)
    assert.strictEqual(waitAfterMs(0, new NotTaken({ kind: "busy", why: "", retryAfterMs: 1e12 })), 600_000)
  })
})
