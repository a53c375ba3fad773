import { startServer } from "@chaussettes/jetstream/testing"
import { chaussettes, hasNatsCli, nats, succeeded, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type Part, seriesValue, startPart } from "../../../test/metrics/parts.ts"
import { type FakeReceiver, startReceiver } from "../../notify/test/support/receiver.ts"
import { initialized, startConfigured } from "./support/server.ts"

/*
 * Two whole systems on one server, in one account, under a prefix each, with different traffic: all services of both run side by side, and
 * neither hears anything of the other.
 */

const two = (n: number) => `${n}`.padStart(2, "0")
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const logTime = (ms: number) => {
  const at = new Date(ms)
  const clock = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(":")
  return `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}:${clock} +0000`
}

interface System {
  readonly name: "shop" | "blog"
  /** What no other system has in its lines. */
  readonly client: string
  readonly url: string
  readonly status: number
  /** Seconds of the log, with two lines in each. */
  readonly seconds: number
  readonly source: string
  readonly parts: Map<string, Part>
  receiver: FakeReceiver
}

const systems: ReadonlyArray<System> = [
  { name: "shop", client: "10.1.1.1", url: "/basket", status: 500, seconds: 240, source: "tills" },
  { name: "blog", client: "10.2.2.2", url: "/post", status: 404, seconds: 150, source: "quill" }
].map((one) => ({ ...one, parts: new Map(), receiver: undefined as unknown as FakeReceiver })) as ReadonlyArray<System>
const [shop, blog] = systems as [System, System]
const others = (system: System) => (system === shop ? blog : shop)

let server: Awaited<ReturnType<typeof startServer>>

const flagsOf = ({ name }: System) => ["--server", server.url, "--prefix", name]
const on = (system: System, ...args: ReadonlyArray<string>) => succeeded(chaussettes([...args, ...flagsOf(system)]))
const startOn = (system: System, name: string, ...args: ReadonlyArray<string>) => {
  const part = startPart([name, ...args, ...flagsOf(system)])
  system.parts.set(name, part)
  return part
}
const textOf = async (part: Part, path: string) => (await fetch(`${await part.url()}${path}`)).text()
const partOf = (system: System, name: string) => system.parts.get(name)!
const linesOf = ({ client, url, status, seconds }: System, agoMs = 400_000) => {
  const beganMs = Math.floor(Date.now() / 10_000) * 10_000 - agoMs
  return Array.from({ length: 2 * seconds }, (_, i) => {
    const time = logTime(beganMs + Math.floor(i / 2) * 1_000)
    return `${client} - - [${time}] "GET ${url}/${i % 3} HTTP/1.1" ${i % 4 === 0 ? 200 : status} 12\n`
  }).join("")
}

/** That something is said of this system, and nothing of the other. */
const isOwn = (system: System, what: string, text: string) => {
  assert.include(text, system.client, `${what} of ${system.name}`)
  for (const foreign of [others(system).client, `${others(system).url}/`, others(system).source]) {
    assert.notInclude(text, foreign, `${what} of ${system.name}`)
  }
}

beforeAll(async () => {
  server = await startServer({ jetstream: "max_file_store: 1TB" })
  for (const system of systems) {
    system.receiver = await startReceiver()
    await on(system, "init")
    startOn(system, "detect", "--http-port", "0", "--allowed-lateness", "2s")
    startOn(system, "thresholds", "--every", "1h", "--http-port", "0")
    startOn(
      system,
      "notify",
      "--webhook",
      `${system.receiver.url}/${system.name}`,
      "--least-severity",
      "low",
      "--http-port",
      "0"
    )
    startOn(system, "dashboard", "--port", "0")
    for (const part of system.parts.values()) await part.url()
    const { stderr } = partOf(system, "notify")
    await until("it notifies", () => stderr().includes("Notifying"), { seen: stderr })
  }
  for (const system of systems) {
    const ran = await chaussettes(["replay", "-", "--source", system.source, ...flagsOf(system)], {
      input: linesOf(system)
    })
    assert.strictEqual(ran.code, 0, ran.output)
  }
  for (const system of systems) {
    const detector = partOf(system, "detect")
    await until(
      "all its lines are decided",
      async () =>
        seriesValue(await textOf(detector, "/metrics"), "chaussettes_detector_lines_total") === 2 * system.seconds,
      { seen: detector.stderr }
    )
    await until("its receiver is told", () => system.receiver.taken.length > 0, {
      seen: () => `${JSON.stringify(system.receiver.taken)}\n${partOf(system, "notify").stderr()}`
    })
  }
}, 120_000)
afterAll(async () => {
  for (const { parts, receiver } of systems) {
    for (const part of parts.values()) await part.stop("SIGKILL")
    await receiver?.close()
  }
  await server?.stop()
})

describe.each(systems)("of two systems on one server, $name", { timeout: 60_000 }, (system) => {
  it("raises alerts of its own lines alone", async () => {
    isOwn(system, "alerts", await on(system, "alerts", "--json"))
    isOwn(system, "incidents", await on(system, "incidents", "--alerts", "--json"))
    const verified = JSON.parse(await on(system, "verify", "--json"))
    assert.deepInclude(verified, { ok: true, lines: 2 * system.seconds })
  })

  it("tells its own receivers alone", () => {
    const { taken } = system.receiver
    // One answers 5xx, the other 4xx.
    const kind = system.status < 500 ? "client-errors" : "server-errors"
    assert.deepStrictEqual([...new Set(taken.map(({ body }) => body.kind))], [kind])
    assert.notInclude(JSON.stringify(taken), others(system).url)
    assert.notInclude(JSON.stringify(taken), others(system).client)
    assert.deepStrictEqual([...new Set(taken.map(({ path }) => path))], [`/${system.name}`])
  })

  it("shows on its page what is its own", async () => {
    const page = partOf(system, "dashboard")
    const span = `from=${Date.now() - 3_600_000}&to=${Date.now()}`
    isOwn(system, "the page's alerts", await textOf(page, `/api/v1/alerts?${span}`))
    isOwn(system, "the page's incidents", await textOf(page, `/api/v1/incidents?${span}`))
    isOwn(system, "the page's top keys", await textOf(page, `/api/v1/top?${span}`))
    const status = await textOf(page, "/api/v1/status")
    assert.include(status, system.source)
    assert.notInclude(status, others(system).source)
  })

  it("counts its own lines in the metrics of its parts", async () => {
    const detector = await textOf(partOf(system, "detect"), "/metrics")
    assert.strictEqual(seriesValue(detector, "chaussettes_detector_lines_total"), 2 * system.seconds)
    const notify = await textOf(partOf(system, "notify"), "/metrics")
    assert.include(notify, "chaussettes_notify_")
    for (const name of ["detect", "notify", "thresholds"]) {
      const ready = await fetch(`${await partOf(system, name).url()}/readyz`)
      assert.strictEqual(ready.status, 200, name)
    }
  })

  it("has thresholds, rules and positions of its own", async () => {
    await on(system, "thresholds", "set", "ip", system === shop ? "0.41" : "0.42")
    await on(system, "ignore", "add", `path=/health-of-${system.name}`)
    await on(system, "formats", "set", system.source, system === shop ? "combined" : "common")
    const other = others(system)
    const seen = await on(other, "thresholds", "history", "--json")
    assert.notInclude(seen, system === shop ? "0.41" : "0.42")
    assert.notInclude(await on(other, "ignore", "list"), `/health-of-${system.name}`)
    assert.notInclude(await on(other, "formats", "list"), system.source)
  })

  it.skipIf(!hasNatsCli)("has consumers and positions on its own streams alone", async () => {
    const cli = (...args: ReadonlyArray<string>) => succeeded(nats(["--server", server.url, ...args]))
    const streams = JSON.parse(await cli("stream", "ls", "--all", "--json")) as ReadonlyArray<string>
    assert.sameMembers(
      streams.filter((name) => name.includes(system.name)),
      [
        ...["LOGS", "WINDOWS", "ALERTS", "INCIDENTS", "ACTS", "REJECTS"].map((name) => `${system.name}_${name}`),
        ...["seuils", "rules", "incidents", "detector", "notify"].map((name) => `KV_${system.name}_${name}`)
      ]
    )
    assert.strictEqual(streams.length, 22, "and nothing without a prefix")
    const info = JSON.parse(await cli("consumer", "info", `${system.name}_LOGS`, "detector", "--json"))
    assert.strictEqual(info.num_pending, 0)
    const positions = await cli("kv", "ls", `${system.name}_notify`)
    const receivers = positions.split("\n").filter((key) => key.startsWith("webhook."))
    assert.strictEqual(receivers.length, 1, positions)
  })
})

describe("a system with a prefix on the server of deploy/nats.conf", { timeout: 60_000 }, () => {
  it("makes no copies for viewers, who cannot ask for them, and takes no room from those of the system without", async () => {
    const configured = await startConfigured()
    try {
      const operator = ["--context", configured.context("operator")]
      const prefixed = await succeeded(chaussettes(["init", "--prefix", "shop", ...operator]))
      assert.include(prefixed, "no copies for viewers: they see the system without a prefix")
      assert.include(prefixed, "first thresholds written")
      await initialized(configured)
      assert.match(
        await succeeded(chaussettes(["init", ...operator])),
        /copies for viewers: WINDOWS unchanged, ALERTS unchanged, INCIDENTS unchanged, KV_seuils unchanged/
      )
    } finally {
      await configured.stop()
    }
  })
})

describe("of two systems on one server", { timeout: 60_000 }, () => {
  it("one goes on when the other's detector is gone, whose status alone says so", async () => {
    assert.strictEqual(await partOf(blog, "detect").stop("SIGTERM"), 0)
    const stateOf = async (system: System) =>
      JSON.parse((await chaussettes(["status", "--json", ...flagsOf(system)])).stdout).detector.state
    await until("the blog's has ended", async () => (await stateOf(blog)) !== "running")
    assert.strictEqual(await stateOf(shop), "running")
  })

  it("what is said about an incident of one reaches only its own receiver, also when both wait", async () => {
    const before = blog.receiver.taken.length
    await on(shop, "incidents", "ack", shop.receiver.taken[0]!.body.id, "--by", "anna")
    const who = () => shop.receiver.taken.map(({ body }) => body.acknowledged?.by)
    await until("the shop's receiver is told", () => who().includes("anna"), {
      seen: () => JSON.stringify(shop.receiver.taken.at(-1))
    })
    assert.strictEqual(blog.receiver.taken.length, before)
  })
})
