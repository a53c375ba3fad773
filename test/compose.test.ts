import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { projectFolder } from "@chaussettes/testing"
import { assert, describe, it } from "@effect/vitest"

/* The compose files with all their profiles, as `docker compose config` reads them. .ci/compose.sh and .ci/compose-cluster.sh start them. */

interface Service {
  readonly image: string
  readonly command?: ReadonlyArray<string> | null
  readonly user?: string
  readonly read_only?: boolean
  readonly cap_drop?: ReadonlyArray<string>
  readonly security_opt?: ReadonlyArray<string>
  readonly mem_limit?: string
  readonly pids_limit?: number
  readonly profiles?: ReadonlyArray<string>
  readonly depends_on?: { readonly [service: string]: { readonly condition: string } }
  readonly environment?: { readonly [name: string]: string }
  readonly ports?: ReadonlyArray<{ readonly host_ip?: string }>
  readonly volumes?: ReadonlyArray<{
    readonly type: string
    readonly source: string
    readonly target: string
    readonly read_only?: boolean
  }>
}

const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(CHAUSSETTES|COMPOSE|NATS)_/.test(name))
)
const hasCompose = spawnSync("docker", ["compose", "version"]).status === 0
if (!hasCompose) console.warn("docker compose is not on PATH: what needs it is skipped.")

const servicesOf = (file: string): ReadonlyArray<readonly [string, Service]> => {
  if (!hasCompose) return []
  const { status, stdout, stderr } = spawnSync(
    "docker",
    ["compose", "--file", file, "--profile", "*", "config", "--format", "json"],
    { cwd: projectFolder, env: { ...env, CHAUSSETTES_TLS_DIR: projectFolder }, encoding: "utf8" }
  )
  if (status !== 0) throw new Error(stderr)
  return Object.entries((JSON.parse(stdout) as { readonly services: Record<string, Service> }).services)
}

const services = servicesOf("docker-compose.yml")
const cluster = servicesOf("deploy/cluster/compose.yml")

describe.skipIf(!hasCompose).each([
  ["docker-compose.yml", services],
  ["deploy/cluster/compose.yml", cluster]
])("%s", (_file, services) => {
  it.each(services)("runs %s without root, capabilities and a writable root, within limits", (_, service) => {
    assert.match(service.user ?? "", /^[1-9]\d*:\d+$/)
    assert.strictEqual(service.read_only, true)
    assert.deepStrictEqual(service.cap_drop, ["ALL"])
    assert.deepStrictEqual(service.security_opt, ["no-new-privileges:true"])
    assert.isAbove(Number(service.mem_limit), 0)
    assert.isAbove(service.pids_limit ?? 0, 0)
  })

  it.each(services)(
    "names the version of %s's image exactly, and publishes it for this machine alone",
    (_, service) => {
      assert.match(service.image, /:v?\d+\.\d+\.\d+(?:-\w+)?$/)
      for (const { host_ip } of service.ports ?? []) assert.strictEqual(host_ip, "127.0.0.1")
    }
  )

  it("mounts files of the repository that there are, and to read only", () => {
    for (const [name, { volumes = [] }] of services) {
      for (const { type, source, read_only } of volumes) {
        if (type !== "bind") continue
        assert.isTrue(existsSync(source), `${name}: ${source}`)
        assert.strictEqual(read_only, true, `${name}: ${source}`)
      }
    }
  })
})

describe.skipIf(!hasCompose)("deploy/cluster/compose.yml", () => {
  it("has two of each part that must not stop, alike, and waits for no server to be healthy", () => {
    const of = (name: string) => cluster.find(([own]) => own === name)![1]
    for (const part of ["detector", "dashboard", "notify"]) {
      const [one, two] = [of(`${part}-1`), of(`${part}-2`)]
      assert.deepStrictEqual({ ...one, ports: [] }, { ...two, ports: [] })
    }
    const waits = cluster.flatMap(([, { depends_on = {} }]) => Object.values(depends_on))
    assert.isTrue(waits.every(({ condition }) => condition === "service_completed_successfully"))
  })
})

describe.skipIf(!hasCompose)("docker-compose.yml", () => {
  it("lets Prometheus ask the page for its metrics by the name that it scrapes", () => {
    const scraped = readFileSync(join(projectFolder, "deploy/prometheus/prometheus.yml"), "utf8")
    const [, host] = /targets: \["([\w-]+):8080"\]/.exec(scraped)!
    const command = services.find(([name]) => name === host)![1].command!
    assert.strictEqual(command[command.indexOf("--allowed-host") + 1], host)
  })

  it("gives Grafana its dashboards and nobody to log in, and starts neither without the profile", () => {
    const of = (name: string) => services.find(([own]) => own === name)![1]
    const grafana = of("grafana")
    const { environment = {}, volumes = [] } = grafana
    assert.deepStrictEqual([grafana.profiles, of("prometheus").profiles], [["grafana"], ["grafana"]])
    assert.isTrue(volumes.some(({ target }) => target === environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH))
    assert.strictEqual(environment.GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION, "true")
    assert.strictEqual(environment.GF_AUTH_DISABLE_LOGIN_FORM, "true")
    assert.strictEqual(environment.GF_AUTH_ANONYMOUS_ORG_ROLE, "Viewer")
    assert.isUndefined(of("prometheus").ports)
  })
})
