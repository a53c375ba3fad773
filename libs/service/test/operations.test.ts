import { until } from "@chaussettes/testing"
import { assert, describe, it } from "@effect/vitest"
import { listening, ran, start } from "./program.ts"

const served = async (env: NodeJS.ProcessEnv = {}) => {
  const program = start(["serve", "--http-port", "0"], { env })
  const url = await until("its port is told", () => /on (http:\/\/[^"]+)"/.exec(program.stderr())?.[1])
  return { ...program, url }
}

describe("the operations server", () => {
  it("is alive at once, and ready when all its conditions are", async () => {
    const program = await served()
    assert.strictEqual((await fetch(`${program.url}/healthz`)).status, 200)
    const before = await fetch(`${program.url}/readyz`)
    assert.strictEqual(before.status, 503)
    assert.deepStrictEqual(await before.json(), { ready: false, not_ready: { nats: "it is starting" } })
    program.child.stdin?.write("go\n")
    const after = await until("it is ready", async () => {
      const response = await fetch(`${program.url}/readyz`)
      return response.status === 200 ? response.json() : undefined
    })
    assert.deepStrictEqual(after, { ready: true })
    program.child.kill("SIGTERM")
    assert.strictEqual(await program.ended, 0)
  })

  it("gives metrics as Prometheus reads them, and only to this machine", async () => {
    const program = await served()
    assert.match(program.url, /127\.0\.0\.1/)
    const response = await fetch(`${program.url}/metrics`)
    assert.match(response.headers.get("content-type") ?? "", /^text\/plain/)
    program.child.kill("SIGTERM")
    await program.ended
  })

  it("says which port is in use and what to do", async () => {
    const { server, port } = await listening()
    const ended = await ran(["serve"], { env: { HTTP_PORT: `${port}` } })
    server.close()
    assert.strictEqual(ended.code, 1)
    assert.match(
      ended.stderr,
      new RegExp(
        `Cannot listen on 127\\.0\\.0\\.1:${port}: the port is in use\\. Give another port with --http-port\\.\n$`
      )
    )
  })

  it("sends what it logs by OTLP where an endpoint is named", async () => {
    const seen: Array<string> = []
    const { server, port } = await listening((request, response) => {
      seen.push(request.url ?? "")
      request.resume().on("end", () => response.end("{}"))
    })
    const program = await served({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` })
    program.child.kill("SIGTERM")
    assert.strictEqual(await program.ended, 0)
    server.close()
    assert.include(seen, "/v1/logs")
  })
})
