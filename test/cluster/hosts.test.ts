import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chaussettes, type Program, projectFolder, startChaussettes, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"

/* Three hosts as docs/scale.md sets them up: each has a folder for /etc/chaussettes and an address of its own on the loopback network. */

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0
const folder = mkdtempSync(join(tmpdir(), "chaussettes-hosts-"))
const shipped = (path: string) => readFileSync(join(projectFolder, "deploy", path), "utf8")
const network = `127.${1 + ((process.pid >> 8) & 127)}.${process.pid & 255}`
const addresses = [1, 2, 3].map((host) => `${network}.${host}`)
const urls = addresses.map((address) => `tls://${address}:4222`)
const settings = (host: number, ...path: ReadonlyArray<string>) =>
  join(folder, `host-${host}`, "etc/chaussettes", ...path)
const servers: Array<Program> = []

const valuesOf = (unit: string, name: string): ReadonlyArray<string> =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value]) => value!)

const variablesIn = (text: string): { readonly [name: string]: string } =>
  Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]))

/** Starts the server of a host as systemd does with its unit and the file that makes it one of three. */
const start = (host: number): Program => {
  const unit = `${shipped("systemd/chaussettes-server.service")}\n${shipped("cluster/systemd.conf")}`
  const given = join(folder, `host-${host}`, "credentials")
  const path = (text: string) => text.replace("/etc/chaussettes", settings(host))
  mkdirSync(given)
  for (const [name, from] of valuesOf(unit, "LoadCredential").map((value) => value.split(":"))) {
    copyFileSync(path(from!), join(given, name!))
  }
  const env = {
    ...Object.assign(
      {},
      ...valuesOf(unit, "EnvironmentFile").map((file) => variablesIn(readFileSync(path(file), "utf8")))
    ),
    ...variablesIn(
      valuesOf(unit, "Environment").join("\n").replaceAll("/run/credentials/chaussettes-server.service", given)
    ),
    // Here the three share one loopback address.
    CHAUSSETTES_MIRROR_LISTEN: `${addresses[host]}:7422`
  }
  const [, ...args] = valuesOf(unit, "ExecStart").at(-1)!.split(" ")
  const places = { CREDENTIALS_DIRECTORY: given, STATE_DIRECTORY: join(folder, `host-${host}`, "state") }
  return startChaussettes(
    args.map((arg) => arg.replace(/\$\{(\w+)\}/, (_, name: keyof typeof places) => places[name])),
    { env }
  )
}

/** The first line that a server sends to whoever connects. */
const greeting = (host: string): Promise<{ readonly tls_required?: boolean; readonly auth_required?: boolean }> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port: 4222 })
    socket.once("error", reject)
    socket.once("data", (data) => {
      socket.destroy()
      resolve(JSON.parse(String(data).split("\r\n")[0]!.slice("INFO ".length)))
    })
  })

beforeAll(async () => {
  if (!hasOpenssl) return
  const certificates = join(folder, "certificates")
  const made = spawnSync(join(projectFolder, "deploy/tls/make-certificates.sh"), [certificates, ...addresses])
  assert.strictEqual(made.status, 0, String(made.stderr))
  const first = settings(0, "credentials")
  const written = await chaussettes(["credentials", "--dir", first, "--url", urls.join()])
  assert.strictEqual(written.code, 0, written.output)
  for (const host of [0, 1, 2]) {
    mkdirSync(settings(host, "cluster"), { recursive: true })
    if (host > 0) spawnSync("cp", ["-a", first, settings(host, "credentials")])
    for (const name of ["ca.pem", "route.pem", "route.key", "server.pem", "server.key"]) {
      copyFileSync(join(certificates, name), settings(host, "cluster", name))
    }
    const own = shipped("cluster/hosts.conf").replace("0.0.0.0", addresses[host]!)
    writeFileSync(settings(host, "cluster/hosts.conf"), own)
    writeFileSync(
      settings(host, "cluster/env"),
      `CHAUSSETTES_SERVER_NAME=host-${host}
CHAUSSETTES_CLUSTER_LISTEN=${addresses[host]}:6222
CHAUSSETTES_CLUSTER_ROUTES=[${addresses.map((address) => `nats://${address}:6222`).join()}]
`
    )
    servers.push(start(host))
  }
}, 30_000)
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()))
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(!hasOpenssl)("deploy/cluster/systemd.conf and hosts.conf", () => {
  const seen = () => servers.map((server) => server.output()).join("\n")
  const env = { NATS_CA: join(folder, "certificates/ca.pem"), LANG: "C" }
  const operator = ["--context", settings(2, "credentials/operator.json")]

  it("make three services one cluster, which init copies everything on", async () => {
    const made = await chaussettes(["init", ...operator, "--replicas", "3", "--wait", "60s"], { env })
    assert.strictEqual(made.code, 0, made.output + seen())
    await until(
      "three copies of LOGS are complete",
      async () => {
        const { stdout } = await chaussettes(["status", ...operator], { env })
        return /^ {2}LOGS +host-[012] leads, 3 of 3 copies complete$/m.test(stdout)
      },
      { seen }
    )
  }, 90_000)

  it("ask clients of other machines for TLS and for credentials", async () => {
    for (const address of addresses) {
      const { tls_required, auth_required } = await greeting(address)
      assert.deepStrictEqual({ tls_required, auth_required }, { tls_required: true, auth_required: true })
    }
  })
})
