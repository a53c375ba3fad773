import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type ServerOptions, startServer } from "@chaussettes/jetstream/testing"
import { chaussettes, projectFolder, succeeded } from "@chaussettes/testing"
import { afterAll, assert, describe, it, onTestFinished } from "@effect/vitest"

const folder = mkdtempSync(join(tmpdir(), "chaussettes-context-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const contextOf = (fields: object): string => {
  const path = join(folder, `${Object.keys(fields).join("-")}.json`)
  writeFileSync(path, JSON.stringify(fields))
  return path
}

const server = async (options: ServerOptions) => {
  const started = await startServer(options)
  onTestFinished(() => started.stop())
  return started
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })

/** Two windows and a line that decides them; all of the first fails. */
const lines = [0, 1, 2, 10, 11, 40]
  .map((second) => `10.0.0.1 - - [05/Jan/2026:10:00:${`${second}`.padStart(2, "0")} +0000] "GET / HTTP/1.1" 500 1\n`)
  .join("")

describe("a context of the nats CLI", () => {
  it("leads to the streams of another JetStream domain, over a leaf node without any", async () => {
    const port = await freePort()
    const hub = await server({ jetstream: "domain: hub", config: `leafnodes { listen: "127.0.0.1:${port}" }` })
    const leaf = await server({ plain: true, config: `leafnodes { remotes: [{ url: "nats://127.0.0.1:${port}" }] }` })
    const context = contextOf({ url: leaf.url, jetstream_domain: "hub" })
    const run = (command: string, ...args: ReadonlyArray<string>) =>
      succeeded(chaussettes([command, ...args, "--context", context]))
    const log = join(folder, "access.log")
    writeFileSync(log, lines)
    assert.match(await run("init"), /^LOGS +created$/m)
    await run("replay", "--source", "web", log)
    await run("detect", "--until-caught-up")
    await run("verify")
    await run("thresholds", "set", "ip", "0.4")
    const status = JSON.parse(await run("status", "--json")) as { seuils: { ip: { rate: number } } }
    assert.strictEqual(status.seuils.ip.rate, 0.4)
    assert.match(await succeeded(chaussettes(["init", "--server", hub.url])), /^LOGS +unchanged$/m)
  }, 120_000)

  it.skipIf(spawnSync("openssl", ["version"]).status !== 0)(
    "begins with the TLS handshake, and finds its files at home",
    async () => {
      const made = spawnSync(join(projectFolder, "deploy", "tls", "make-certificates.sh"), [folder, "logs.example.org"])
      assert.strictEqual(made.status, 0, String(made.stderr))
      const [cert, key] = ["server.pem", "server.key"].map((name) => JSON.stringify(join(folder, name)))
      const tls = await server({ config: `tls { cert_file: ${cert}, key_file: ${key}, handshake_first: true }` })
      const context = contextOf({ url: tls.url, tls_first: true, ca: "~/ca.pem" })
      const init = ["init", "--wait", "0s", "--context", context]
      await succeeded(chaussettes(init, { env: { HOME: folder } }))
      const late = await chaussettes([...init, "--no-tlsfirst"], { env: { HOME: folder } })
      assert.strictEqual(late.code, 1)
    },
    60_000
  )

  it("says where a file at home is missing", async () => {
    const context = contextOf({ url: "nats://127.0.0.1:1", creds: "~/none.creds" })
    const ended = await chaussettes(["status", "--context", context], { env: { HOME: folder } })
    assert.strictEqual(ended.code, 1)
    assert.match(ended.stderr, /the credentials file ~\/none\.creds cannot be read/)
  })

  it("names one place of JetStream, not two", async () => {
    const both = { url: "nats://127.0.0.1:1", jetstream_domain: "hub", jetstream_api_prefix: "hub.api" }
    const ended = await chaussettes(["status", "--context", contextOf(both)])
    assert.strictEqual(ended.code, 1)
    assert.match(ended.stderr, /both a JetStream domain and a prefix of its API are given.*Leave one of them out\./)
  })
})
