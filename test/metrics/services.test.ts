import { hostname } from "node:os"
import { type RunningServer, startServer } from "@chaussettes/jetstream/testing"
import { chaussettes, hasNatsCli, nats, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type ConfiguredServer, startConfigured } from "../../apps/cli/test/support/server.ts"
import { type Part, startPart } from "./parts.ts"

/* The parts as NATS services (ADR-32), asked with the stock CLI, on the server as it is shipped. */

const detector = "chaussettes-detector"
const names = [detector, "chaussettes-thresholds", "chaussettes-dashboard", "chaussettes-notify"]

describe.skipIf(!hasNatsCli)("the parts as NATS services", () => {
  let server: ConfiguredServer
  let parts: ReadonlyArray<Part> = []
  const asOperator = (args: ReadonlyArray<string>) => nats(["--context", server.context("operator"), ...args])

  beforeAll(async () => {
    server = await startConfigured()
    const made = await chaussettes(["init", "--context", server.context("operator")])
    assert.strictEqual(made.code, 0, made.stderr)
    parts = [
      startPart(["detect", "--context", server.context("detector")]),
      startPart(["thresholds", "--every", "1h", "--context", server.context("thresholds")]),
      startPart(["dashboard", "--port", "0", "--context", server.context("dashboard")]),
      startPart(["notify", "--webhook", "http://127.0.0.1:9/", "--context", server.context("notify")])
    ]
    await until(
      "all answer",
      async () => {
        const { stdout } = await asOperator(["micro", "ls"])
        return names.every((name) => stdout.includes(name))
      },
      { seen: () => parts.map((part) => part.stderr()).join("\n") }
    )
  })
  afterAll(async () => {
    await Promise.all(parts.map((part) => part.stop()))
    await server?.stop()
  })

  it("are told by nats micro info, each with its endpoint and the machine that it runs on", async () => {
    for (const name of names) {
      const told = await asOperator(["micro", "info", name])
      assert.strictEqual(told.code, 0, told.output)
      assert.include(told.output, name)
      assert.include(told.output, `${name.replace("-", ".")}.ready`)
      assert.match(told.output, new RegExp(`host: ${hostname()}`))
    }
  })

  it("say whether they are ready, and count who asked (nats micro stats)", async () => {
    const answer = await until("it is ready", async () => {
      const { stdout } = await asOperator(["req", "chaussettes.detector.ready", "", "--raw"])
      return stdout.includes('{"ready":true}') ? stdout : undefined
    })
    assert.include(answer, "ready")
    const { stdout } = await asOperator(["req", `$SRV.STATS.${detector}`, "", "--raw"])
    const stats = JSON.parse(stdout) as { type: string; endpoints: ReadonlyArray<{ num_requests: number }> }
    assert.strictEqual(stats.type, "io.nats.micro.v1.stats_response")
    assert.isAbove(stats.endpoints[0]!.num_requests, 0)
    const shown = await asOperator(["micro", "stats", detector])
    assert.strictEqual(shown.code, 0, shown.output)
  })

  it("tell the page why the detector cannot do its work, in its own words", async () => {
    const settings = ["--max-msg-size", "10", "--force"]
    const edited = await asOperator(["stream", "edit", "WINDOWS", ...settings])
    assert.strictEqual(edited.code, 0, edited.output)
    const line = `192.0.2.1 - - [05/Jan/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 2`
    await asOperator(["pub", "logs.web", line])
    await asOperator(["pub", "logs.web", "", "-H", "Chaussettes-Watermark: end"])
    const reasonIn = (status: unknown) =>
      (status as { detector: { notReady: ReadonlyArray<string> } }).detector.notReady[0]
    const page = `${await parts[2]!.url()}/api/v1/status`
    const shown = await until("the page to know", async () => reasonIn(await (await fetch(page)).json()))
    assert.match(shown, /^WINDOWS does not accept writes: /)
    const { stdout } = await chaussettes(["status", "--json", "--context", server.context("dashboard")])
    assert.strictEqual(reasonIn(JSON.parse(stdout)), shown)
  })

  it.each(["detector", "thresholds", "shipper", "dashboard", "notify"] as const)(
    "are nobody's but the operator's to ask: %s may not",
    async (role) => {
      // The page asks whether the detector can do its work, and shows it.
      const others = role === "dashboard" ? ["chaussettes.notify.ready"] : ["chaussettes.detector.ready"]
      for (const subject of ["$SRV.PING", ...others]) {
        const asked = await nats(["--context", server.context(role), "--timeout=1s", "req", subject, ""])
        assert.match(asked.output, /permissions violation/i)
      }
    }
  )

  it("publish their answers where they were asked to, and to nothing else", async () => {
    const refused = await nats(["--context", server.context("detector"), "--timeout=1s", "pub", "elsewhere", "text"])
    assert.match(refused.output, /permissions violation/i)
  })
})

describe("a server that does not allow the services", () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({
      config: `authorization: { users: [{ user: u, password: p, permissions: {
        publish: ">", subscribe: { allow: [">"], deny: ["$SRV.>", "chaussettes.>"] } } }] }`
    })
    const made = await chaussettes(["init", "--user", "u"], { env: { NATS_URL: server.url, NATS_PASSWORD: "p" } })
    assert.strictEqual(made.code, 0, made.stderr)
  })
  afterAll(() => server?.stop())

  it("stops no part from doing its work", async () => {
    const part = startPart(["detect", "--http-port", "0", "--user", "u"], { NATS_URL: server.url, NATS_PASSWORD: "p" })
    const url = await part.url()
    await until("it is ready", async () => (await fetch(`${url}/readyz`)).status === 200, {
      seen: part.stderr
    })
    assert.strictEqual(await part.stop(), 0)
  })
})
