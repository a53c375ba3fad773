import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chaussettes, projectFolder } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type ConfiguredServer, startConfigured } from "./support/server.ts"

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0
const folder = mkdtempSync(join(tmpdir(), "chaussettes-tls-"))
const file = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeAll(() => {
  if (!hasOpenssl) return
  const made = spawnSync(join(projectFolder, "deploy", "tls", "make-certificates.sh"), [folder, "logs.example.org"])
  assert.strictEqual(made.status, 0, String(made.stderr))
})

/** `init` as the operator of a server with TLS, with the flags of one who connects. */
const connect = async (server: ConfiguredServer, ...flags: ReadonlyArray<string>) => {
  const ended = await chaussettes(["init", "--context", server.context("operator"), "--wait", "0s", ...flags])
  return { code: ended.code, said: ended.stderr.trim() }
}

describe.skipIf(!hasOpenssl).each([
  ["TLS", "false"],
  ["mutual TLS", "true"]
])("deploy/tls with %s", (_, verify) => {
  let server: ConfiguredServer
  beforeAll(async () => {
    server = await startConfigured(join(projectFolder, "deploy", "tls", "nats.conf"), {
      CHAUSSETTES_TLS_CERT: file("server.pem"),
      CHAUSSETTES_TLS_KEY: file("server.key"),
      CHAUSSETTES_TLS_CA: file("ca.pem"),
      CHAUSSETTES_TLS_VERIFY: verify
    })
  })
  afterAll(() => server.stop())

  const certificate = ["--tlscert", file("client.pem"), "--tlskey", file("client.key")]

  it("lets in who trusts the authority and has credentials", async () => {
    const asked = await connect(server, "--tlsca", file("ca.pem"), ...certificate)
    assert.deepStrictEqual(asked, { code: 0, said: "" })
  })

  it("asks for a certificate only where that is wanted", async () => {
    const asked = await connect(server, "--tlsca", file("ca.pem"))
    assert.strictEqual(asked.code, verify === "true" ? 1 : 0, asked.said)
  })

  it("is not believed by who does not know the authority", async () => {
    const asked = await connect(server, ...certificate)
    assert.strictEqual(asked.code, 1)
    assert.match(asked.said, /TLS/)
  })

  it("turns away who has no credentials", async () => {
    const asked = await chaussettes([
      ...["init", "--wait", "0s", "--server", server.url, "--tlsca", file("ca.pem"), ...certificate]
    ])
    assert.strictEqual(asked.code, 1)
    assert.match(asked.stderr, /the server rejected the credentials, or requires some/)
  })
})
