import { join } from "node:path"
import { startServer } from "@chaussettes/jetstream/testing"
import { chaussettes, hasNatsCli, nats, projectFolder, succeeded } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"

/* The main job as its commands do it, from a real log to the bytes that stand in ALERTS. */

const log = join(projectFolder, "testdata", "elastic-apache-10k.log")
let server: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const command = (...args: ReadonlyArray<string>) => succeeded(chaussettes([...args, "--server", server.url]))

/** The bodies of a stream's messages, as they are stored. */
const stored = async (stream: string): Promise<ReadonlyArray<string>> => {
  const nc = await connect({ servers: server.url })
  const { messages } = (await (await jetstreamManager(nc)).streams.info(stream)).state
  const bodies: Array<string> = []
  if (messages > 0) {
    const consumer = await jetstream(nc).consumers.get(stream)
    for await (const message of await consumer.fetch({ max_messages: messages, expires: 10_000 })) {
      bodies.push(message.string())
    }
  }
  await nc.close()
  return bodies
}

/** An alert less what a file and LOGS do not share: where its lines are, and the revision of its threshold. */
const shared = (alert: string) => alert.replace(/,"seuils_revision":\d+/, "").replace(/,"lines":\{[^}]*\}/, "")

describe("the real log", { timeout: 120_000 }, () => {
  it("gives the same alerts, byte for byte, through replay and detect as through analyze", async () => {
    const analyzed = (await succeeded(chaussettes(["analyze", log]))).trimEnd().split("\n")
    await command("init")
    await command("replay", log, "--source", "web")
    const stdout = await command("detect", "--allowed-lateness", "60s", "--until-caught-up", "--json")
    assert.deepInclude(JSON.parse(stdout), {
      lines: 10_000,
      rejected: 1,
      late: 0,
      errors: 220,
      windows: 504,
      alerts: 22
    })

    const alerts = await stored("ALERTS")
    assert.deepStrictEqual(alerts.map(shared), analyzed.map(shared))
    const of = (type: string) => alerts.filter((alert) => JSON.parse(alert).type === type).length
    assert.deepStrictEqual(["GLOBAL_ERROR_RATE", "IP_ERROR_RATE", "URL_ERROR_RATE"].map(of), [20, 2, 0])
    for (const alert of alerts)
      assert.match(alert, /"seuils_revision":[1-9].*"lines":\{"first_seq":\d+,"last_seq":\d+\}/)
    for (const alert of analyzed) {
      assert.notInclude(alert, "seuils_revision")
      assert.match(alert, /"lines":\{"first_line":\d+,"last_line":\d+\}/)
    }
    assert.lengthOf(await stored("WINDOWS"), 504)
  })

  it("gives the original's thresholds, out of LOGS", async () => {
    const stdout = await command("thresholds", "--method", "percentile_99", "--json")
    const { seuils } = JSON.parse(stdout) as { seuils: { [dimension: string]: unknown } }
    assert.deepStrictEqual(seuils, { global: 0.05, ip: 0.413, url: 1 })
  })

  it.skipIf(!hasNatsCli)("is judged by what the stock CLI put", async () => {
    await succeeded(nats(["--server", server.url, "kv", "put", "seuils", "ip", "0.9"]))
    const revision = (await stored("KV_seuils")).length
    await command("replay", log, "--source", "later", "--rebase", "now")
    await command("detect", "--until-caught-up", "--allowed-lateness", "60s", "--json")
    const last = JSON.parse((await stored("WINDOWS")).at(-1)!) as { seuils: { ip: unknown } }
    assert.deepStrictEqual(last.seuils.ip, { value: 0.9, revision })
  })
})
