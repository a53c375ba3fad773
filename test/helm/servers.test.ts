import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { serverProgram } from "@chaussettes/jetstream/testing"
import { allKilled, chaussettes, freePort, projectFolder, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { serverEnvironment } from "../../apps/cli/src/credentials/server-files.ts"
import { passwordsIn } from "../../apps/cli/src/credentials/store.ts"
import { chartWith, hasHelm, hasNatsChart, type Manifest, render, valueSets } from "./chart.ts"
import { natsName, natsOf } from "./nats-chart.ts"

/*
 * The servers that deploy/helm describes, as processes: their configuration, three of them together, and the Job that makes the streams.
 * With the NATS chart itself where it is there.
 */

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0
const folder = mkdtempSync(join(tmpdir(), "chaussettes-helm-servers-"))
const children: Array<ChildProcess> = []
/** The Secret that `nats.env` of `chaussettes credentials` becomes. */
const secret = serverEnvironment(passwordsIn(join(folder, "credentials")), "127.0.0.1:7422")
const rendered = new Map<string, ReadonlyArray<Manifest>>()

beforeAll(() => {
  if (!hasHelm || !hasOpenssl) return
  const chart = chartWith(join(folder, "chart"), hasNatsChart ? "its own" : "stand-in")
  for (const [name, values] of valueSets) if (name !== "external") rendered.set(name, render(chart, ...values))
  const certificates = join(folder, "certificates")
  spawnSync(join(projectFolder, "deploy/tls/make-certificates.sh"), [certificates, "127.0.0.1"])
  for (const [from, to] of Object.entries({ "route.pem": "tls.crt", "route.key": "tls.key", "ca.pem": "ca.crt" })) {
    renameSync(join(certificates, from), join(certificates, to))
  }
})
afterAll(async () => {
  await allKilled(children)
  rmSync(folder, { recursive: true, force: true })
})

const named = (set: string, kind: string, name: string): Manifest =>
  rendered.get(set)!.find((object) => object.kind === kind && object.metadata.name === name)

/** The files of a server's pod, below a folder in place of the root. */
const mounted = (set: string, root: string, edit: (conf: string) => string): string => {
  const { data } = named(set, "ConfigMap", "logs-server")
  const files = {
    "etc/nats-config/nats.conf": edit(natsOf(rendered.get(set)!).conf)
      .replace(/\/etc\/nats-certs\/(cluster|nats)/g, join(folder, "certificates"))
      .replace("/var/run/nats", root),
    "etc/chaussettes/nats.conf": data["nats.conf"],
    "etc/chaussettes-kubernetes/kubernetes.conf": data["kubernetes.conf"].replace("/data", join(root, "data"))
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return join(root, "etc/nats-config/nats.conf")
}

/** The variables of a container: those that it is given, and what its Secret holds. */
const environment = ({ env, envFrom = [] }: Manifest, pod: string): { readonly [name: string]: string } => {
  const own: { [name: string]: string } = {}
  for (const { name, value, valueFrom } of env as ReadonlyArray<Manifest>) {
    if (valueFrom?.fieldRef?.fieldPath === "metadata.name") own[name] = pod
    else if (valueFrom?.secretKeyRef !== undefined) own[name] = secret[valueFrom.secretKeyRef.key]!
    else own[name] = value.replace(/\$\((\w+)\)/g, (_: string, other: string) => own[other])
  }
  return { ...(envFrom.length > 0 && secret), ...own }
}

const start = (args: ReadonlyArray<string>, env: { readonly [name: string]: string }) => {
  children.push(spawn(serverProgram(), args, { stdio: "ignore", env: { PATH: process.env.PATH, ...env } }))
}

const monitored = async (port: number, path: string): Promise<Manifest> => {
  const answer = await fetch(`http://127.0.0.1:${port}/${path}`)
  return answer.ok ? answer.json() : undefined
}

/** What the server says to a client that says nothing of itself. */
const withoutCredentials = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("CONNECT {}\r\nPING\r\n"))
    let heard = ""
    socket.on("error", reject)
    socket.on("data", (data) => {
      heard += data
      const [, last] = /\r\n(PONG|-ERR .*)\r\n/.exec(heard) ?? []
      if (last === undefined) return
      resolve(last)
      socket.destroy()
    })
  })

const canRun = hasHelm && hasOpenssl

describe.skipIf(!canRun)("the configuration of a rendered server", () => {
  it.each(valueSets.map(([name]) => name).filter((name) => name !== "external"))("with the values %s is one", (set) => {
    const config = mounted(set, join(folder, `test-${set}`), (conf) => conf)
    const { containers } = natsOf(rendered.get(set)!).servers.spec.template.spec
    const { status, stderr } = spawnSync(serverProgram(), ["-t", "--config", config], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, ...environment(containers[0], `${natsName}-0`) }
    })
    assert.strictEqual(status, 0, stderr)
    assert.match(stderr, /is valid/)
  })

  it("lets nobody in without credentials where there is no viewers' server", async () => {
    const [port, cluster] = [await freePort(), await freePort()]
    const root = join(folder, "secrets")
    const config = mounted("secrets", root, (conf) =>
      conf
        .replace('"port": 6222', `"port": ${cluster}`)
        .replace(/"routes": \[.*?\]/s, `"routes": ["tls://127.0.0.1:${cluster}"]`)
    )
    const { containers } = natsOf(rendered.get("secrets")!).servers.spec.template.spec
    const env = { ...environment(containers[0], "alone"), CHAUSSETTES_MIRROR_LISTEN: "127.0.0.1:-1" }
    const flags = ["--addr", "127.0.0.1", "--port", `${port}`, "--http_port", `${await freePort()}`]
    start(["--config", config, ...flags], env)
    const said = await until("the server answers", () => withoutCredentials(port).catch(() => undefined))
    assert.strictEqual(said, "-ERR 'Authorization Violation'")
  })
})

describe.skipIf(!canRun)("three rendered servers, the viewers' server and the Job", () => {
  let ports: ReadonlyArray<number>
  const at = (kind: "client" | "route" | "monitor" | "leaf", index: number) =>
    ports[["client", "route", "monitor", "leaf"].indexOf(kind) * 3 + index]!

  beforeAll(async () => {
    ports = await Promise.all(Array.from({ length: 13 }, freePort))
    const { replicas, template } = natsOf(rendered.get("default")!).servers.spec
    const [container] = template.spec.containers
    for (let index = 0; index < replicas; index++) {
      const pod = `${natsName}-${index}`
      const config = mounted("default", join(folder, pod), (conf) =>
        conf
          .replace('"port": 6222', `"port": ${at("route", index)}`)
          .replace(
            /tls:\/\/logs-nats-(\d)\.logs-nats-headless:6222/g,
            (_, other) => `tls://127.0.0.1:${at("route", Number(other))}`
          )
      )
      const flags = [
        "--addr",
        "127.0.0.1",
        "--port",
        `${at("client", index)}`,
        "--http_port",
        `${at("monitor", index)}`
      ]
      start(["--config", config, ...flags], {
        ...environment(container, pod),
        CHAUSSETTES_MIRROR_LISTEN: `127.0.0.1:${at("leaf", index)}`
      })
    }
    const viewers = named("default", "StatefulSet", "logs-viewers").spec.template.spec.containers[0]
    const config = join(folder, "nats-viewers.conf")
    writeFileSync(config, named("default", "ConfigMap", "logs-viewers").data["nats-viewers.conf"])
    const args = viewers.args
      .map((arg: string) => (arg === "/etc/chaussettes/nats-viewers.conf" ? config : arg))
      .map((arg: string) => (arg === "/data" ? join(folder, "viewers") : arg === "8222" ? `${ports[12]}` : arg))
    const env = environment(viewers, "logs-viewers-0")
    const url = env.CHAUSSETTES_MIRROR_URL!.replace("@logs-nats:7422", `@127.0.0.1:${at("leaf", 1)}`)
    start(args, { ...env, CHAUSSETTES_MIRROR_URL: url })
  })

  it("make every stream and every viewers' copy", async () => {
    const job = rendered.get("default")!.find(({ kind }) => kind === "Job")
    const [container] = job.spec.template.spec.containers
    const { NATS_USER, NATS_PASSWORD, NATS_URL } = environment(container, job.metadata.name)
    assert.strictEqual(
      NATS_URL,
      [0, 1, 2].map((index) => `nats://${natsName}-${index}.${natsName}-headless:4222`).join()
    )
    const args = container.args.map((arg: string) => arg.replace(/^\/app\//, `${projectFolder}/`))
    const urls = [0, 1, 2].map((index) => `nats://127.0.0.1:${at("client", index)}`).join()
    const made = await chaussettes(args, {
      env: { NATS_USER: NATS_USER!, NATS_PASSWORD: NATS_PASSWORD!, NATS_URL: urls }
    })
    assert.strictEqual(made.code, 0, made.output)
    assert.match(made.stdout, /copies for viewers: WINDOWS created/)
    const { streams, cluster_size } = await monitored(at("monitor", 0), "jsz").then((jsz) => ({
      streams: jsz.streams,
      cluster_size: jsz.meta_cluster.cluster_size
    }))
    assert.strictEqual(cluster_size, 3)
    assert.isAtLeast(streams, 10)
  }, 60_000)

  it("count as started, as their probe sees it, once their streams have caught up", async () => {
    const [{ startupProbe }] = natsOf(rendered.get("default")!).servers.spec.template.spec.containers
    const { pathname, search, hostname } = new URL(startupProbe.exec.command.at(-1))
    assert.strictEqual(hostname, "127.0.0.1")
    for (const index of [0, 1, 2]) {
      await until(`server ${index} has caught up`, () =>
        monitored(at("monitor", index), `${pathname.slice(1)}${search}`)
      )
    }
  })

  it("have the accounts, names and limits of deploy/nats.conf", async () => {
    const { accounts } = await monitored(at("monitor", 1), "accountz")
    const declared = [...readFileSync(join(projectFolder, "deploy/nats.conf"), "utf8").matchAll(/^ {2}([A-Z]+) \{$/gm)]
    assert.includeMembers(
      accounts,
      declared.map(([, name]) => name!)
    )
    const { server_name, max_connections, host, jetstream } = await monitored(at("monitor", 1), "varz")
    // Of its own block, where the NATS chart's says otherwise.
    assert.deepStrictEqual([jetstream.config.max_memory, jetstream.config.max_storage], [64 * 2 ** 20, 64 * 2 ** 30])
    assert.deepStrictEqual([server_name, max_connections, host], [`${natsName}-1`, 1000, "127.0.0.1"])
  })

  it("answer clients without credentials, and the viewers' server is ready as its probe sees it", async () => {
    const [container] = named("default", "StatefulSet", "logs-viewers").spec.template.spec.containers
    const [, words] = /grep -q '(.*)'/.exec(container.readinessProbe.exec.command.at(-1))!
    const leaves = await fetch(`http://127.0.0.1:${ports[12]}/leafz`)
    assert.include(await leaves.text(), words!)
    assert.strictEqual(await withoutCredentials(at("client", 2)), "PONG")
  })
})
