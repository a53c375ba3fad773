import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connect, type SecureContextOptions } from "node:tls"
import { serverProgram } from "@chaussettes/jetstream/testing"
import { allKilled, chaussettes, freePort, projectFolder, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { serverEnvironment, viewersEnvironment, writeServerFiles } from "../../apps/cli/src/credentials/server-files.ts"
import { passwordsIn, writeContexts } from "../../apps/cli/src/credentials/store.ts"

/* deploy/cluster/nats.conf as it is shipped: roles, certificates of each side, and one viewers' server for all three. */

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0
const folder = mkdtempSync(join(tmpdir(), "chaussettes-clustered-"))
const credentials = join(folder, "credentials")
const tls = (name: string) => join(folder, "tls", name)
const children: Array<ChildProcess> = []
const servers: Array<ChildProcess> = []

let ports: ReadonlyArray<number>
const context = (role: string) => ["--context", join(credentials, `${role}.json`)]

const serve = (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv): ChildProcess => {
  const child = spawn(serverProgram(), args, { stdio: "ignore", env: { ...process.env, ...env } })
  children.push(child)
  return child
}
/** The server that the viewers' server is told of; it hears of the others from there. */
const namedForViewers = 1

beforeAll(async () => {
  if (!hasOpenssl) return
  const made = spawnSync(join(projectFolder, "deploy/tls/make-certificates.sh"), [join(folder, "tls"), "127.0.0.1"])
  assert.strictEqual(made.status, 0, String(made.stderr))
  const passwords = passwordsIn(credentials)
  const { viewers, clustered } = writeServerFiles(credentials)
  ports = await Promise.all(Array.from({ length: 9 }, freePort))
  const routes = ports.slice(3, 6).map((port) => `nats://127.0.0.1:${port}`)
  for (const index of [0, 1, 2]) {
    servers[index] = serve(
      [
        ...["--config", clustered, "--addr", "127.0.0.1", "--port", `${ports[index]}`],
        ...["--store_dir", join(folder, `${index}`)]
      ],
      {
        ...serverEnvironment(passwords, `127.0.0.1:${ports[6 + index]}`),
        CHAUSSETTES_SERVER_NAME: `nats-${index + 1}`,
        CHAUSSETTES_CLUSTER_LISTEN: `127.0.0.1:${ports[3 + index]}`,
        CHAUSSETTES_CLUSTER_ROUTES: `[${routes.join(", ")}]`,
        CHAUSSETTES_ROUTE_CERT: tls("route.pem"),
        CHAUSSETTES_ROUTE_KEY: tls("route.key"),
        CHAUSSETTES_ROUTE_CA: tls("ca.pem")
      }
    )
  }
  serve(
    ["--config", viewers, "--store_dir", join(folder, "viewers")],
    viewersEnvironment(passwords, `127.0.0.1:${ports[6 + namedForViewers]}`)
  )
  const urls = ports.slice(0, 3).map((port) => `nats://127.0.0.1:${port}`)
  writeContexts(credentials, passwords, urls.join())
})
afterAll(async () => {
  await allKilled(children)
  rmSync(folder, { recursive: true, force: true })
})

/** The first words of a server at its cluster's port to who shows this certificate; undefined where it hangs up instead. */
const heard = (own: SecureContextOptions): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ port: ports[3]!, host: "127.0.0.1", rejectUnauthorized: false, ...own })
    socket.on("error", () => resolve(undefined))
    socket.on("close", () => resolve(undefined))
    socket.on("data", (data) => {
      resolve(String(data))
      socket.destroy()
    })
  })

describe.skipIf(!hasOpenssl)("deploy/cluster/nats.conf", () => {
  it("makes three servers one, on which init copies everything and the operator sees it", async () => {
    const made = await chaussettes([
      "init",
      ...context("operator"),
      "--replicas",
      "3",
      "--wait",
      "60s",
      "--wait-for-viewers"
    ])
    assert.strictEqual(made.code, 0, made.output)
    assert.match(made.stdout, /copies for viewers: WINDOWS created/)
    const status = await until("all copies are complete", async () => {
      const { stdout } = await chaussettes(["status", ...context("operator")], { env: { LANG: "C" } })
      return stdout.includes("complete") && !/ [12] of 3|no server leads/.test(stdout) ? stdout : undefined
    })
    for (const [, name] of made.stdout.matchAll(/^(\S+) +created$/gm)) {
      assert.match(status, new RegExp(`^  ${name} +nats-[123] leads, 3 of 3 copies complete$`, "m"))
    }
  }, 90_000)

  it("lets each role do its work through any of them", async () => {
    const count = ["--count", "2000", "--rate", "max", "--per-second", "20", "--start", "2026-01-05T10:00:00Z"]
    const sent = await chaussettes(["generate", ...context("shipper"), "--output", "nats", ...count])
    assert.strictEqual(sent.code, 0, sent.output)
    const decided = await chaussettes(["detect", ...context("detector"), "--until-caught-up"])
    assert.strictEqual(decided.code, 0, decided.output)
    const verified = await chaussettes(["verify", ...context("operator")])
    assert.strictEqual(verified.code, 0, verified.output)
  }, 60_000)

  it("shows its alerts without credentials, whichever server is asked", async () => {
    for (const port of ports.slice(0, 3)) {
      const { code, output } = await chaussettes(["alerts", "--server", `nats://127.0.0.1:${port}`])
      assert.strictEqual(code, 0, output)
    }
  }, 60_000)

  it("goes on showing new alerts without credentials when the server dies that the viewers' server is connected to", async () => {
    const asked = ports[(namedForViewers + 1) % 3]
    const shown = async () => (await chaussettes(["alerts", "--json", "--server", `nats://127.0.0.1:${asked}`])).stdout
    assert.notInclude(await shown(), "2026-01-05T11:")
    servers[namedForViewers]!.kill("SIGKILL")
    const later = ["--count", "2000", "--rate", "max", "--per-second", "20", "--start", "2026-01-05T11:00:00Z"]
    const sent = await chaussettes(["generate", ...context("shipper"), "--output", "nats", ...later])
    assert.strictEqual(sent.code, 0, sent.output)
    await until("a last detector decided them", async () => {
      const { code } = await chaussettes(["detect", ...context("detector"), "--until-caught-up"])
      return code === 0
    })
    await until("new alerts are shown", async () => (await shown()).includes("2026-01-05T11:"))
  }, 60_000)

  it("lets nobody in as a server who has no certificate of its authority", async () => {
    assert.isUndefined(await heard({}))
    const own = { cert: readFileSync(tls("route.pem")), key: readFileSync(tls("route.key")) }
    assert.match((await heard(own)) ?? "", /^INFO /)
  })
})
