import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { type RunningServer, startServer } from "@chaussettes/jetstream/testing"
import { chaussettes, until } from "@chaussettes/testing"
import { afterAll, afterEach, assert, beforeAll, beforeEach, describe, it } from "@effect/vitest"
import { startPart } from "./parts.ts"

/* OTLP: what a collector hears of a detector, and that nobody hears anything who was not asked for. */

interface Heard {
  readonly path: string
  readonly body: string
  readonly authorization: string | undefined
}

describe("OTLP", () => {
  let nats: RunningServer
  let collector: Server
  let heard: Array<Heard> = []
  const endpoint = () => `http://127.0.0.1:${(collector.address() as AddressInfo).port}`
  const env = (more: NodeJS.ProcessEnv) => ({
    NATS_URL: nats.url,
    NATS_CONTEXT: "",
    OTEL_EXPORTER_OTLP_ENDPOINT: "",
    ...more
  })

  beforeAll(async () => {
    nats = await startServer()
    const made = await chaussettes(["init"], { env: { NATS_URL: nats.url, NATS_CONTEXT: "" } })
    assert.strictEqual(made.code, 0, made.stderr)
    collector = createServer((request, response) => {
      let body = ""
      request.setEncoding("utf8").on("data", (text: string) => {
        body += text
      })
      request.on("end", () => {
        heard.push({ path: request.url ?? "", body, authorization: request.headers.authorization })
        response.setHeader("content-type", "application/json").end("{}")
      })
    })
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve))
  })
  afterAll(async () => {
    collector?.close()
    await nats?.stop()
  })
  beforeEach(() => {
    heard = []
  })

  describe("where an endpoint is set", () => {
    let part: ReturnType<typeof startPart>
    beforeEach(() => {
      part = startPart(
        ["detect"],
        env({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint(), OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20word" })
      )
    })
    afterEach(() => part.stop())

    it("sends traces, metrics and logs, and names the service", async () => {
      await until("it detects", () => part.stderr().includes("Detecting"), { seen: part.stderr })
      assert.strictEqual(await part.stop(), 0)
      const bodyOf = (path: string) =>
        heard
          .filter((each) => each.path === path)
          .map(({ body }) => body)
          .join("\n")
      assert.include(bodyOf("/v1/logs"), "Detecting")
      assert.include(bodyOf("/v1/metrics"), "chaussettes_detector_lines_total")
      assert.include(bodyOf("/v1/traces"), '"recover"')
      for (const each of heard) {
        assert.include(each.body, '"chaussettes-detector"')
        assert.strictEqual(each.authorization, "Bearer word")
      }
    })
  })

  it("sends nothing where none is set", async () => {
    const part = startPart(["detect"], env({ OTEL_SERVICE_NAME: "named", OTEL_METRIC_EXPORT_INTERVAL: "100" }))
    await until("it detects", () => part.stderr().includes("Detecting"), { seen: part.stderr })
    assert.strictEqual(await part.stop(), 0)
    assert.deepStrictEqual(heard, [])
  })

  it("detects on and ends well where nobody listens at the endpoint", async () => {
    const part = startPart(["detect", "--http-port", "0"], env({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" }))
    const url = await part.url()
    await until("it is ready", async () => (await fetch(`${url}/readyz`)).status === 200, {
      seen: part.stderr
    })
    assert.strictEqual(await part.stop(), 0)
  })
})
