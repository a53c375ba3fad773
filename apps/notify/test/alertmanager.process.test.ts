import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chaussettes, hasProgram, type Program, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { notify } from "./support/command.ts"
import { type FakeReceiver, startReceiver } from "./support/receiver.ts"
import { type Failing, startWorld, type World } from "./support/world.ts"

/* The real Alertmanager: Debian's package `prometheus-alertmanager`. CI has it; elsewhere these tests say that they need it. */

const program = ["prometheus-alertmanager", "alertmanager"].find(hasProgram)
const isAbsent = program === undefined && process.env.CI === undefined
if (isAbsent) process.stderr.write("Alertmanager's tests are skipped: apt-get install prometheus-alertmanager\n")

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

interface Shown {
  readonly labels: Record<string, string>
  readonly annotations: Record<string, string>
  readonly generatorURL: string
  readonly startsAt: string
  readonly status: { readonly state: string }
}

describe.skipIf(isAbsent)("Alertmanager", () => {
  let world: World
  let told: FakeReceiver
  let folder: string
  let child: ChildProcess
  let url: string
  let one: Program
  let log = ""

  beforeAll(async () => {
    world = await startWorld()
    told = await startReceiver()
    folder = mkdtempSync(join(tmpdir(), "chaussettes-alertmanager-"))
    writeFileSync(
      join(folder, "alertmanager.yml"),
      `route:
  receiver: test
  group_by: [dimension]
  group_wait: 100ms
  group_interval: 300ms
  repeat_interval: 1h
receivers:
  - name: test
    webhook_configs: [{ url: "${told.url}/told", send_resolved: true }]
`
    )
    url = `http://127.0.0.1:${await freePort()}`
    child = spawn(
      program!,
      [
        `--config.file=${join(folder, "alertmanager.yml")}`,
        `--storage.path=${join(folder, "data")}`,
        `--web.listen-address=${new URL(url).host}`,
        "--cluster.listen-address="
      ],
      { stdio: ["ignore", "ignore", "pipe"] }
    )
    child.stderr!.on("data", (chunk: Buffer) => {
      log += chunk
    })
    await until(
      "Alertmanager to be ready",
      () =>
        fetch(`${url}/-/ready`).then(
          (r) => r.ok,
          () => undefined
        ),
      { seen: () => log }
    )
    one = notify(world.server.url, ["--alertmanager", url, "--page-url", "http://page.example", "--refresh", "1s"])
    await until("the notifier", () => one.stderr().includes("Notifying"), { seen: one.stderr })
  })
  afterAll(async () => {
    await one?.stop("SIGKILL")
    child?.kill("SIGKILL")
    await told?.close()
    await world?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const ip = (key: string, errors = 40): Failing => ["ip", key, errors]
  const shown = async (): Promise<ReadonlyArray<Shown>> => (await fetch(`${url}/api/v2/alerts`)).json() as never
  const said = () =>
    told.taken.flatMap(({ body }) =>
      (body.alerts as ReadonlyArray<{ status: string; labels: Record<string, string> }>).map(
        ({ status, labels }) => `${status} ${labels.ip ?? labels.url ?? "all"} ${labels.severity}`
      )
    )
  const all = (status: string) =>
    ["10.0.0.1", "10.0.0.2", '/a b"é'].every((key) => said().includes(`${status} ${key} medium`))
  const seen = () => `${said().join("\n")}\n${one.stderr()}\n${log}`

  it("shows an incident as a firing alert, with its labels, words and a link, and groups by them", async () => {
    await world.windows([[0, ip("10.0.0.1"), ip("10.0.0.2"), ["url", '/a b"é', 60]]])
    await until("both groups", () => new Set(said()).size >= 3, { seen })
    const alert = (await shown()).find(({ labels }) => labels.ip === "10.0.0.1")!
    assert.deepStrictEqual(alert.labels, {
      alertname: "IP_ERROR_RATE",
      source: "chaussettes",
      dimension: "ip",
      severity: "medium",
      ip: "10.0.0.1"
    })
    assert.strictEqual(alert.startsAt, "2026-01-05T10:00:00.000Z")
    assert.strictEqual(alert.status.state, "active")
    assert.strictEqual(alert.generatorURL, `http://page.example/alerts/${alert.annotations.incident}`)
    const group = told.taken.find(({ body }) => body.groupLabels.dimension === "ip")!.body
    assert.strictEqual(group.alerts.length, 2)
    assert.strictEqual((await shown()).find(({ labels }) => labels.dimension === "url")!.labels.url, '/a b"é')
  })

  it("keeps it firing as long as the incident goes on, and drops it when nobody tells it any more", {
    timeout: 60_000
  }, async () => {
    const asked = async () => (await shown()).filter(({ labels }) => labels.ip === "10.0.0.1").length
    // Refreshed each second, it would be dropped after four.
    const endMs = Date.now() + 6_000
    await until("six seconds of firing", async () => {
      assert.strictEqual(await asked(), 1)
      return Date.now() > endMs
    })
    told.taken.length = 0
    await one.stop("SIGKILL")
    await until("all to be dropped", () => all("resolved"), { seen })
    // And they fire again when the notifier is back, which knows what is open.
    one = notify(world.server.url, ["--alertmanager", url, "--page-url", "http://page.example", "--refresh", "1s"])
    await until("all to fire again", () => all("firing"), { seen })
  })

  it("resolves an incident that is over, and takes one that rises for another that follows the first", {
    timeout: 60_000
  }, async () => {
    told.taken.length = 0
    await world.windows([[1, ip("10.0.0.1", 90)]])
    await until("the high one to fire", () => said().includes("firing 10.0.0.1 high"), { seen })
    await until("the medium one to be resolved", () => said().includes("resolved 10.0.0.1 medium"), {
      seen
    })
    await world.windows([[2], [3], [4]])
    for (const gone of ["resolved 10.0.0.1 high", "resolved 10.0.0.2 medium", 'resolved /a b"é medium']) {
      await until(gone, () => said().includes(gone), { seen })
    }
    assert.deepStrictEqual(await shown(), [])
  })

  it("takes a test message, as an alert that ends by itself", { timeout: 60_000 }, async () => {
    const ran = await chaussettes(["notify", "--test", "--to", `alertmanager+${url}`, "--refresh", "1s"])
    assert.strictEqual(ran.code, 0, ran.output)
    assert.strictEqual(ran.stdout, `alertmanager at ${new URL(url).host}: accepted\n`)
    await until(
      "it to be told on",
      () => told.taken.some(({ body }) => body.alerts[0].labels.alertname === "CHAUSSETTES_TEST"),
      {
        seen
      }
    )
    await until("it to be over", async () => (await shown()).length === 0, { seen })
  })
})
