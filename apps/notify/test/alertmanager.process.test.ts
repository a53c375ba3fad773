import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chaussettes, freePort, hasProgram, type Program, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { notify } from "./support/command.ts"
import { changed, closed, grew, idOf, opened } from "./support/events.ts"
import { type FakeReceiver, startReceiver } from "./support/receiver.ts"
import { startWorld, type World } from "./support/world.ts"

/* The real Alertmanager: Debian's package `prometheus-alertmanager`. CI has it; elsewhere these tests say that they need it. */

const program = ["prometheus-alertmanager", "alertmanager"].find(hasProgram)
const isAbsent = program === undefined && process.env.CI === undefined
if (isAbsent) process.stderr.write("Alertmanager's tests are skipped: apt-get install prometheus-alertmanager\n")

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
  group_by: [kind]
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

  const shown = async (): Promise<ReadonlyArray<Shown>> => (await fetch(`${url}/api/v2/alerts`)).json() as never
  const nameOf = ({ incident = "" }: Record<string, string>) => incident.slice(incident.lastIndexOf(".") + 1)
  const said = () =>
    told.taken.flatMap(({ body }) =>
      (body.alerts as ReadonlyArray<{ status: string; labels: Record<string, string> }>).map(
        ({ status, labels }) => `${status} ${nameOf(labels)} ${labels.severity}`
      )
    )
  const all = (status: string) => ["a", "b", 'c"é'].every((key) => said().includes(`${status} ${key} medium`))
  const seen = () => `${said().join("\n")}\n${one.stderr()}\n${log}`

  it("shows an incident as a firing alert, with its labels, words and a link, and groups by them", async () => {
    await world.windows([[0, opened("a"), opened("b"), opened('c"é', { kind: "client-errors" })]])
    await until("both groups", () => new Set(said()).size >= 3, { seen })
    const alert = (await shown()).find(({ labels }) => nameOf(labels) === "a")!
    assert.deepStrictEqual(alert.labels, {
      alertname: "INCIDENT_SERVER_ERRORS",
      source: "chaussettes",
      kind: "server-errors",
      severity: "medium",
      incident: idOf("a")
    })
    assert.strictEqual(alert.startsAt, "2026-01-05T10:00:00.000Z")
    assert.strictEqual(alert.status.state, "active")
    assert.strictEqual(alert.generatorURL, `http://page.example/incidents/${alert.labels.incident}`)
    const group = told.taken.find(({ body }) => body.groupLabels.kind === "server-errors")!.body
    assert.strictEqual(group.alerts.length, 2)
    const other = (await shown()).find(({ labels }) => labels.kind === "client-errors")!
    assert.strictEqual(other.annotations.cause, '/c"é')
  })

  it("keeps it firing as long as the incident goes on, and drops it when nobody tells it any more", {
    timeout: 60_000
  }, async () => {
    const asked = async () => (await shown()).filter(({ labels }) => nameOf(labels) === "a").length
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

  it("resolves an incident that is over, and takes one that grows for another that follows the first", {
    timeout: 60_000
  }, async () => {
    told.taken.length = 0
    // Another cause is no other alert.
    await world.windows([[1, changed("a", { cause: { key: "/other" } })]])
    const cause = async () => (await shown()).find(({ labels }) => nameOf(labels) === "a")?.annotations.cause
    await until("the other cause", async () => (await cause()) === "/other", { seen })
    assert.strictEqual((await shown()).length, 3)
    await world.windows([[2, grew("a", { severity: "HIGH" })]])
    await until("the high one to fire", () => said().includes("firing a high"), { seen })
    await until("the medium one to be resolved", () => said().includes("resolved a medium"), {
      seen
    })
    await world.windows([[3, closed("a"), closed("b"), closed('c"é', { kind: "client-errors" })]])
    for (const gone of ["resolved a high", "resolved b medium", 'resolved c"é medium']) {
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
