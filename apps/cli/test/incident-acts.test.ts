import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { encodeIncident, incidentSubject } from "@chaussettes/domain"
import { chaussettes, hasNatsCli, nats, startChaussettes, succeeded, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { eventOf } from "../../../libs/domain/test/acts/event.ts"
import { recordOf } from "../../../libs/readmodel/test/records.ts"
import { type ConfiguredServer, initialized, startConfigured } from "./support/server.ts"

/* What people say about incidents, from the command line, on a server with the users of deploy/nats.conf. */

const windowMs = Date.UTC(2026, 10, 28, 10)
const broken = eventOf()
const scanner = eventOf({
  id: "client-errors.ip.20261128T100000Z-10s.8899aabbccddeeff",
  kind: "client-errors",
  dimension: "ip",
  keys: ["203.0.113.7"]
})

describe.skipIf(!hasNatsCli)("acts on incidents", () => {
  let server: ConfiguredServer
  const as = (role: "operator" | "dashboard", ...args: ReadonlyArray<string>) =>
    chaussettes([...args, "--context", server.context(role)])
  const say = async (...args: ReadonlyArray<string>) =>
    JSON.parse(await succeeded(as("operator", "incidents", ...args, "--json", "--by", "anne")))
  const listed = async (): Promise<ReadonlyArray<Record<string, unknown>>> =>
    JSON.parse(await succeeded(as("operator", "incidents", "--json"))).incidents
  const publish = (subject: string, text: string) =>
    succeeded(nats(["--context", server.context("operator"), "pub", subject, text]))

  beforeAll(async () => {
    server = await startConfigured()
    await initialized(server)
    await publish("windows.decided", JSON.stringify(recordOf(windowMs)))
    for (const event of [broken, scanner]) await publish(incidentSubject(event), encodeIncident(event))
  })
  afterAll(() => server?.stop())

  it("are said, shown at the incidents they are about, and taken back", async () => {
    await say("ack", broken.id, "--note", "Rolling back")
    await say("note", broken.id, "It was 4.2.1")
    const silence = await say(
      ...["silence", "--kind", "client-errors", "--key", "203.0.113.0/24"],
      ...["--from", "2026-11-28T10:00:00Z", "--until", "2026-11-28T12:00:00Z"]
    )
    assert.deepInclude(silence, { type: "silence", by: "anne", until: "2026-11-28T12:00:00Z" })
    const byId = new Map((await listed()).map((incident) => [incident.id, incident]))
    assert.deepInclude(byId.get(broken.id)!.acknowledged, { by: "anne", text: "Rolling back" })
    assert.strictEqual((byId.get(broken.id)!.notes as ReadonlyArray<unknown>).length, 1)
    assert.isUndefined(byId.get(broken.id)!.silenced)
    assert.deepInclude(byId.get(scanner.id)!.silenced, { id: silence.id })
    const text = await succeeded(as("operator", "incidents"))
    assert.match(text, /\/broken: 42 requests failed\. {2}acknowledged by anne {2}1 note/)
    assert.match(text, / silenced until 2026-11-28 /)

    const acts = JSON.parse(await succeeded(as("dashboard", "incidents", "acts", "--json"))).acts
    assert.deepStrictEqual(
      acts.map(({ type }: { type: string }) => type),
      ["acknowledge", "note", "silence"]
    )
    await say("lift", acts[0].id)
    assert.isUndefined((await listed()).find(({ id }) => id === broken.id)!.acknowledged)
  }, 30_000)

  it("are said through the page's operator's door as the operator, while the page itself may say nothing", async () => {
    const token = "Zq7-vK2mWx9.bT4hRc0s"
    const tokenFile = join(server.folder, "operator-token")
    writeFileSync(tokenFile, `${token}\n`)
    const page = startChaussettes([
      ...["dashboard", "--port", "0", "--context", server.context("dashboard")],
      ...["--operator-token-file", tokenFile, "--operator-credentials", server.context("operator")]
    ])
    try {
      const url = await until(
        "the page to say where it is",
        () => /The page is on (http:\S+)\//.exec(page.output())?.[1]
      )
      const post = (path: string, body: object) =>
        fetch(`${url}/api/v1/${path}`, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            "x-chaussettes-operator": "1",
            authorization: `Bearer ${token}`
          },
          body: JSON.stringify(body)
        })
      const said = await post("acts", { type: "acknowledge", by: "bob", incident: broken.id })
      const act = (await said.json()) as { readonly id: string }
      assert.strictEqual(said.status, 200, JSON.stringify(act))
      assert.deepInclude((await listed()).find(({ id }) => id === broken.id)!.acknowledged, { by: "bob" })
      const seen = (await fetch(`${url}/api/v1/status`).then((r) => r.json())) as {
        readonly seuils: { readonly ip: { readonly revision: number } }
      }
      const { revision } = seen.seuils.ip
      assert.strictEqual((await post("thresholds", { dimension: "ip", threshold: 0.4, revision })).status, 200)
      assert.strictEqual((await post("thresholds", { dimension: "ip", threshold: 0.5, revision })).status, 409)
      const inForce = await succeeded(
        nats(["--context", server.context("operator"), "kv", "get", "seuils", "ip", "--raw"])
      )
      assert.strictEqual(inForce.trim(), "0.4")
      assert.strictEqual((await post("acts", { type: "lift", by: "bob", lifts: act.id })).status, 200)
      assert.isUndefined((await listed()).find(({ id }) => id === broken.id)!.acknowledged)
      assert.notInclude(server.log(), "Permissions Violation")
    } finally {
      await page.stop()
    }
  }, 30_000)

  it("answer what people would have been told of, by the stored evidence and by the lines", async () => {
    const whatIf = async (...args: ReadonlyArray<string>) =>
      JSON.parse(await succeeded(as("dashboard", "incidents", "what-if", "--json", ...args)))
    assert.deepInclude(await whatIf("--without-acts"), {
      by: "evidence",
      as_it_was: { incidents: 2, told: 1, silenced: 1 },
      as_tried: { incidents: 2, told: 2, silenced: 0 }
    })
    assert.deepInclude(await whatIf("--lines"), { by: "lines", as_tried: { incidents: 0, told: 0, silenced: 0 } })
  })

  it("are shown to nobody without credentials, who sees the incidents all the same", async () => {
    const { code, stdout, stderr } = await chaussettes(["incidents", "--json", "--server", server.url])
    assert.strictEqual(code, 0, stderr)
    const { incidents } = JSON.parse(stdout)
    assert.strictEqual(incidents.length, 2)
    assert.notInclude(stdout, "anne")
  })

  it.concurrent.each<[RegExp, 1 | 2, "operator" | "dashboard", ReadonlyArray<string>]>([
    [/There is no incident "server-errors.*prints their ids/, 2, "operator", ["ack", `${broken.id}0`]],
    [/either --key|either the id of one incident, or --key/, 2, "operator", ["silence", "--for", "1h"]],
    [/text: expected 1 to 1000/, 2, "operator", ["note", broken.id, "a".repeat(1_001)]],
    [/There is no act "silence\.1"/, 2, "operator", ["lift", "silence.1"]],
    [/permission denied/, 1, "dashboard", ["ack", broken.id]]
  ])("fail with %s", async (says, code, role, args) => {
    const ran = await as(role, "incidents", ...args)
    assert.strictEqual(ran.code, code, ran.output)
    assert.match(ran.stderr, says)
  })

  it("and incidents that name a client are erased, in the viewers' copy, too", async () => {
    await say("note", broken.id, "203.0.113.7 called us")
    const copied = () => nats(["--server", server.url, "stream", "get", "INCIDENTS", "2"])
    await until("the viewers' server has copied it", async () => (await copied()).output.includes("203.0.113.7"))
    const { messages } = JSON.parse(await succeeded(as("operator", "erase", "203.0.113.7", "--yes", "--json")))
    assert.deepStrictEqual(
      messages.map(({ stream }: { stream: string }) => stream),
      ["INCIDENTS", "ACTS"]
    )
    assert.notInclude((await copied()).output, "203.0.113.7")
    assert.deepStrictEqual(
      (await listed()).map(({ id }) => id),
      [broken.id]
    )
  }, 30_000)
})
