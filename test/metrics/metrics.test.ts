import { readFileSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { type RunningServer, startServer } from "@chaussettes/jetstream/testing"
import { chaussettes, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import {
  fetchText,
  hasPromtool,
  type Part,
  parseExposition,
  promtool,
  seriesValue,
  startPart,
  type Told
} from "./parts.ts"

/*
 * Every service as a process of its own on a real server: what it answers, and that docs/metrics.md says just that.
 * `UPDATE_DOCS=1 npx vitest run test/metrics` writes the tables anew.
 */

const operations = ["--http-port", "0"]
const commands = {
  detect: ["detect", "--window", "1s", "--allowed-lateness", "0s", ...operations],
  // What is told to the receiver is an incident.
  generate: ["generate", "--output", "nats", "--rate", "100", "--incident", "outage@+3s/10m,rate=1", ...operations],
  replay: ["replay", "--source", "web1", "-", ...operations],
  ship: ["ship", "--source", "metrics", "--from", "end", "README.md", ...operations],
  "ship --syslog": ["ship", "--source", "listening", "--syslog", ":0", ...operations],
  thresholds: ["thresholds", "--every", "1h", ...operations],
  dashboard: ["dashboard", "--port", "0"],
  notify: ["notify", ...operations]
} as const
type Name = keyof typeof commands
const names = Object.keys(commands) as ReadonlyArray<Name>

const docs = new URL("../../docs/metrics.md", import.meta.url)

const table = (told: ReadonlyArray<Told>): string =>
  [
    "| name | type | labels | |",
    "|---|---|---|---|",
    ...told.map(
      ({ name, type, labels, help }) =>
        `| \`${name}\` | ${type} | ${labels.map((l) => `\`${l}\``).join(" ")} | ${help} |`
    )
  ].join("\n")

/** The table between the marks of a service. */
const section = (name: string) => new RegExp(`(<!-- ${name} -->\\n)([\\s\\S]*?)(\\n<!-- end -->)`)

describe("the metrics of every service", () => {
  let server: RunningServer
  let receiver: Server
  const parts = new Map<Name, Part>()
  const text = async (name: Name) => fetchText(`${await parts.get(name)!.url()}/metrics`)

  beforeAll(async () => {
    server = await startServer()
    const env = { NATS_URL: server.url, NATS_CONTEXT: "" }
    const made = await chaussettes(["init"], { env })
    assert.strictEqual(made.code, 0, made.stderr)
    receiver = createServer((request, response) => {
      request.resume().on("end", () => response.end())
    })
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve))
    const webhook = ["--webhook", `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`]
    for (const name of names) {
      parts.set(name, startPart([...commands[name], ...(name === "notify" ? webhook : [])], env))
    }
    const detector = async (series: string) =>
      until(`the detector counts ${series}`, async () => (seriesValue(await text("detect"), series) ?? 0) > 0, {
        seen: () => parts.get("detect")!.stderr()
      })
    await detector("chaussettes_detector_commit_duration_seconds_count")
    // Long decided, and none.
    const [late, rejected] = ["17/May/2015", "99/May/2015"].map(
      (day) => `192.0.2.1 - - [${day}:10:05:03 +0000] "GET / HTTP/1.1" 200 2\n`
    )
    parts.get("replay")!.child.stdin!.write(`${late}${rejected}`)
    await detector("chaussettes_detector_late_lines_total")
    await until("the thresholds have had their round", async () =>
      (await text("thresholds")).includes("last_run_timestamp")
    )
    await until("the page shows a window", async () => (await text("dashboard")).includes("last_window_timestamp"))
    await until("the receiver has taken an incident", async () =>
      (await text("notify")).includes("last_taken_timestamp")
    )
  }, 120_000)
  afterAll(async () => {
    await Promise.all([...parts.values()].map((part) => part.stop()))
    receiver?.close()
    await server?.stop()
  })

  describe.each(names)("%s", (name) => {
    it("is alive and ready", async () => {
      const url = await parts.get(name)!.url()
      assert.strictEqual((await fetch(`${url}/healthz`)).status, 200)
      const ready = await until("it is ready", async () => {
        const response = await fetch(`${url}/readyz`)
        return response.status === 200 ? response.json() : undefined
      })
      assert.deepStrictEqual(ready, { ready: true })
      assert.strictEqual(seriesValue(await text(name), "chaussettes_ready"), 1)
    })

    it.skipIf(!hasPromtool)("keeps to Prometheus' conventions (promtool check metrics)", async () => {
      assert.deepStrictEqual(promtool(["check", "metrics"], await text(name)), { code: 0, output: "" })
    })

    it("says what docs/metrics.md lists, no more and no less (else: UPDATE_DOCS=1 npx vitest run test/metrics)", async () => {
      const told = table(parseExposition(await text(name)))
      const document = readFileSync(docs, "utf8")
      const found = section(name).exec(document)
      assert.isNotNull(found, `docs/metrics.md has no place for ${name}`)
      if (process.env.UPDATE_DOCS === "1") {
        writeFileSync(
          docs,
          document.replace(section(name), (_, before, _old, after) => before + told + after)
        )
      } else assert.strictEqual(found![2], told)
    })
  })

  it("counts rejects by their reason", async () => {
    const told = await text("detect")
    assert.strictEqual(seriesValue(told, 'chaussettes_detector_rejected_lines_total{reason="time"}'), 1, told)
    assert.strictEqual(seriesValue(told, 'chaussettes_detector_rejected_lines_total{reason="control"}'), 0)
  })

  it("counts what was sent, and what was read of it", async () => {
    assert.strictEqual(seriesValue(await text("replay"), "chaussettes_replay_lines_total"), 2)
    const sent = seriesValue(await text("generate"), "chaussettes_generator_lines_total")!
    assert.isAbove(sent, 0)
    await until(
      "the detector has read them",
      async () => seriesValue(await text("detect"), "chaussettes_detector_lines_total")! >= sent + 2
    )
  })

  it("counts responses by the class of their status, each class from the start", async () => {
    await until("windows are decided", async () => {
      const told = await text("detect")
      return seriesValue(told, 'chaussettes_detector_responses_total{class="2xx"}')! > 0
    })
    const told = await text("detect")
    for (const name of ["1xx", "2xx", "3xx", "4xx", "5xx", "other"]) {
      assert.isDefined(seriesValue(told, `chaussettes_detector_responses_total{class="${name}"}`), name)
    }
  })

  it("knows the seuils in force, their revisions and their age", async () => {
    const told = await text("detect")
    assert.strictEqual(seriesValue(told, 'chaussettes_detector_seuil_ratio{dimension="ip"}'), 0.3)
    assert.isAbove(seriesValue(told, 'chaussettes_detector_seuil_revision{dimension="url"}')!, 0)
    const put = seriesValue(told, 'chaussettes_detector_seuil_timestamp_seconds{dimension="global"}')!
    assert.closeTo(put, Date.now() / 1000, 120)
  })

  it("never makes a label of a source, a client or a URL", async () => {
    for (const name of names) assert.notMatch(await text(name), /web1|192\.0\.2\.1|produit/)
  })
})
