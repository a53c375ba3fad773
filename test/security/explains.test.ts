import { readFileSync } from "node:fs"
import { hasNatsCli, heapInContainer, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { type ConfiguredServer, initialized, startConfigured } from "../../apps/cli/test/support/server.ts"
import { type Part, startPart } from "../metrics/parts.ts"
import { accessLine, connectAs } from "./hostile.ts"

/* Many ask at once why a large alert was raised: what the page needs for it is what one question needs. */

const requests = 300_000
const linesAMessage = 1_000
/** What docker-compose.yml gives the page's container. */
const containerMib = 192

const residentMib = (pid: number) =>
  Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024

describe.skipIf(!hasNatsCli)("ten explanations at once of an alert with 300,000 requests", () => {
  let server: ConfiguredServer
  let detector: Part
  let page: Part
  let operator: NatsConnection
  let id: string

  beforeAll(async () => {
    server = await startConfigured()
    await initialized(server)
    const shipper = await connectAs(server.url, "shipper", server.passwords.shipper)
    const atMs = Math.floor(Date.now() / 10_000) * 10_000 - 60_000
    const payload = `${accessLine(atMs, "203.0.113.9", "/x", 500)}\n`.repeat(linesAMessage)
    for (let i = 0; i < requests / linesAMessage; i++) shipper.publish("logs.web", payload)
    shipper.publish("logs.web", accessLine(atMs + 30_000))
    await shipper.flush()
    await shipper.close()
    detector = startPart(["detect", "--idle", "2s", "--http-port", "0", "--context", server.context("detector")])
    page = startPart(["dashboard", "--port", "0", "--context", server.context("dashboard")], {
      NODE_OPTIONS: heapInContainer(containerMib).join(" ")
    })
    operator = await connectAs(server.url, "operator", server.passwords.operator)
    const jsm = await jetstreamManager(operator)
    const alert = await until(
      "the alert is raised",
      async () => (await jsm.direct.getMessage("ALERTS", { last_by_subj: "alerts.ip.high" })) ?? undefined,
      { seen: detector.stderr }
    )
    const body = alert.json<{ readonly id: string; readonly total_requests: number }>()
    assert.strictEqual(body.total_requests, requests)
    id = body.id
  }, 120_000)
  afterAll(async () => {
    await operator?.close()
    await page?.stop()
    await detector?.stop()
    await server?.stop()
  })

  it("stay within the container's memory, are all answered, and keep no other question waiting", async () => {
    const url = await page.url()
    await until("the page has read what was decided", async () => (await fetch(`${url}/readyz`)).ok, {
      seen: page.stderr
    })
    let [asking, mostMib, slowestMs] = [true, 0, 0]
    const watching = (async () => {
      while (asking) {
        const begun = performance.now()
        assert.strictEqual((await fetch(`${url}/api/v1/status`)).status, 200)
        slowestMs = Math.max(slowestMs, performance.now() - begun)
        mostMib = Math.max(mostMib, residentMib(page.pid))
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    })()
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        fetch(`${url}/api/v1/alerts/${id}?lines=2000`).then(async (response) => ({
          status: response.status,
          body: (await response.json()) as {
            readonly lines: { readonly total: number; readonly shown: Array<unknown> }
          }
        }))
      )
    )
    asking = false
    await watching
    for (const { status, body } of answers) {
      assert.strictEqual(status, 200)
      assert.strictEqual(body.lines.total, requests)
      assert.strictEqual(body.lines.shown.length, 2_000)
    }
    assert.isBelow(mostMib, containerMib)
    assert.isBelow(slowestMs, 2_000)
  }, 120_000)

  it("and counting lines for what-if leave no violation in the server's log, and no consumer of LOGS", async () => {
    const url = await page.url()
    const [from, to] = [Date.now() - 3_600_000, Date.now()]
    const counted = await fetch(`${url}/api/v1/what-if?from=${from}&to=${to}&count=lines`)
    assert.strictEqual(counted.status, 200)
    const jsm = await jetstreamManager(operator)
    await until("the readers' consumers are gone", async () => {
      const { consumer_count } = (await jsm.streams.info("LOGS")).state
      // The detector's own one stays.
      return consumer_count <= 1
    })
    assert.notMatch(server.log(), /violation/i)
  }, 30_000)
})
