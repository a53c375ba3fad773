import { keyToken } from "@chaussettes/domain"
import { type Program, until } from "@chaussettes/testing"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { notify } from "./support/command.ts"
import { type FakeReceiver, startReceiver } from "./support/receiver.ts"
import { type Failing, startWorld, type World } from "./support/world.ts"

/* The service as a process, against a real server and a receiver that misbehaves. */

let world: World
let receiver: FakeReceiver
let running: Array<Program>

beforeEach(async () => {
  world = await startWorld()
  receiver = await startReceiver()
  running = []
})
afterEach(async () => {
  for (const one of running) await one.stop("SIGKILL")
  await receiver.close()
  await world.stop()
})

const start = (...args: ReadonlyArray<string>): Program => {
  const one = notify(world.server.url, args)
  running.push(one)
  return one
}

const startWebhook = async (): Promise<Program> => {
  const one = start("--webhook", `${receiver.url}/hook`, "--page-url", "http://page.example/")
  await until("it to be at its work", () => one.stderr().includes("Notifying"), { seen: one.stderr })
  return one
}

const ip = (key: string, errors = 40): Failing => ["ip", key, errors]
const keys = () => receiver.taken.map(({ headers }) => headers["idempotency-key"])
const states = () => receiver.taken.map(({ body }) => `${body.ip ?? body.url ?? "all"} ${body.state}`)
/** By identity: what was told again is the same. */
const distinctStates = () => [
  ...new Map(
    receiver.taken.map(({ headers, body }) => [
      headers["idempotency-key"],
      `${body.ip ?? body.url ?? "all"} ${body.state}`
    ])
  ).values()
]
/** Killed only when it has remembered what it told. */
const remembered = (windowsSeq: number) =>
  until("the position", async () => {
    const text = await world.position(`webhook.${keyToken(`${receiver.url}/hook`)}`)
    const position = text === undefined ? undefined : JSON.parse(text)
    return position?.windows_seq === windowsSeq && !position.unheard
  })
const taken = (n: number, one: Program) =>
  until(`${n} changes to be told`, () => receiver.taken.length >= n, {
    seen: () => `${states()}\n${one.stderr()}`
  })

describe("a webhook", { timeout: 60_000 }, () => {
  it("is told of each change once, in order, with what happened, a link and an identity", async () => {
    const one = await startWebhook()
    await world.windows([[0], [1, ip("10.0.0.1"), ["url", "/a b", 60]], [2, ip("10.0.0.1", 90)], [3], [4], [5], [6]])
    await taken(5, one)
    assert.deepStrictEqual(states(), [
      "10.0.0.1 opened",
      "/a b opened",
      "10.0.0.1 escalated",
      "/a b closed",
      "10.0.0.1 closed"
    ])
    const { body, headers, path } = receiver.taken[4]!
    assert.strictEqual(path, "/hook")
    assert.strictEqual(headers["idempotency-key"], `${body.id}.closed`)
    assert.match(body.id, /^ip\.20260105T100010Z-10s\.[0-9a-f]{16}$/)
    assert.deepInclude(body, {
      schema: "chaussettes.incident.v1",
      dimension: "ip",
      severity: "HIGH",
      opened: "2026-01-05T10:00:10Z",
      last: "2026-01-05T10:00:30Z",
      alerts: 2,
      total_requests: 200,
      errors: 130,
      summary: "IP 10.0.0.1: 130 of 200 requests failed (65.0 %)",
      page: `http://page.example/alerts/${body.id}`
    })
    assert.strictEqual(body.worst.value, 0.9)
  })

  it("is told all of it when alerts come behind records that run ahead, and nothing before its window is whole", async () => {
    const one = await startWebhook()
    for (const n of [0, 1, 2, 3, 4, 5, 6]) await world.record(n, n === 1 || n === 3 ? [ip("10.0.0.1")] : [])
    await world.alerts(1, [ip("10.0.0.1")])
    await taken(1, one)
    await world.alerts(3, [ip("10.0.0.1")])
    await taken(2, one)
    // One incident: that four later records were there did not close it before its second alert came.
    assert.deepStrictEqual(
      receiver.taken.map(({ body }) => [body.state, body.alerts]),
      [
        ["opened", 1],
        ["closed", 2]
      ]
    )
  })

  it("goes on with the next window where alerts that a record speaks of never come", async () => {
    const one = await startWebhook()
    await world.record(0, [ip("10.0.0.1")])
    await world.windows([[1, ip("10.0.0.2")]])
    await taken(1, one)
    assert.deepStrictEqual(states(), ["10.0.0.2 opened"])
  })

  it.each([
    ["answers 500", { status: 500 }, /webhook at 127\.0\.0\.1:\d+ does not accept notifications: it answers 500/],
    ["drops connections", "drops", /does not accept notifications: /]
  ] as const)("that %s is told when it takes again, and health says so meanwhile", async (_, manner, said) => {
    const one = start("--webhook", `${receiver.url}/hook`, "--http-port", "0")
    const port = await until("its port", () => /Health and metrics on http:\/\/[^:]+:(\d+)/.exec(one.stderr())?.[1], {
      seen: one.stderr
    })
    const readyz = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).json() as Promise<{ ready: boolean }>
    await until("it to be ready", async () => (await readyz()).ready)
    receiver.behave(manner)
    await world.windows([[0, ip("10.0.0.1")]])
    await until("it to say why it waits", () => said.test(one.stderr()), { seen: one.stderr })
    const unready = (await readyz()) as { ready: boolean; not_ready?: { webhook?: string } }
    assert.isFalse(unready.ready)
    assert.match(unready.not_ready?.webhook ?? "", said)
    receiver.behave("takes")
    await taken(1, one)
    await until("it to be ready again", async () => (await readyz()).ready)
    assert.deepStrictEqual(states(), ["10.0.0.1 opened"])
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    assert.match(metrics, /chaussettes_notify_changes_total\{[^}]*receiver="webhook"[^}]*state="opened"[^}]*\} 1/)
    assert.match(metrics, /chaussettes_notify_failures_total\{[^}]*receiver="webhook"[^}]*\} [1-9]/)
  })

  it("that answers 404 is not asked again at once, and the sentence says what it answered", async () => {
    receiver.behave({ status: 404, body: "no such\u001b[31m\nhook" })
    const one = await startWebhook()
    await world.windows([[0, ip("10.0.0.1")]])
    await until("it to say why", () => one.stderr().includes("does not accept notifications"))
    assert.include(one.stderr(), "it answers 404: no such [31m hook. Check its address and settings")
    const before = receiver.seen()
    // Another receiver's worth of work goes by meanwhile.
    await world.windows([[1], [2]])
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    assert.strictEqual(receiver.seen(), before)
  })

  it("hears the same changes with the same identities and bodies however often the notifier is killed", {
    timeout: 120_000
  }, async () => {
    const one = await startWebhook()
    await world.windows([[0, ip("10.0.0.1")]])
    await taken(1, one)
    // Killed while the receiver hangs on a change: it has seen it, and nobody knows.
    receiver.behave("hangs")
    const before = receiver.seen()
    await world.windows([[1, ip("10.0.0.1", 95), ip("10.0.0.2")], [2], [3]])
    await until("a request under way", () => receiver.seen() > before)
    await one.stop("SIGKILL")
    receiver.behave("takes")
    // And killed again as soon as it has told one more.
    const two = await startWebhook()
    await taken(2, two)
    await two.stop("SIGKILL")
    const three = await startWebhook()
    await world.windows([[4], [5], [6, ip("10.0.0.1")]])
    await until("the last one", () => states().at(-1) === "10.0.0.1 opened" && receiver.taken.length > 5, {
      seen: () => `${states()}\n${three.stderr()}`
    })
    const bodies = new Map<string, string>()
    for (const { headers, body } of receiver.taken) {
      const key = headers["idempotency-key"] as string
      assert.strictEqual(bodies.get(key) ?? JSON.stringify(body), JSON.stringify(body))
      bodies.set(key, JSON.stringify(body))
    }
    const window = (n: number) => `2026-01-05T10:00:${n}0Z`
    const told = [...bodies.values()].map((text) => JSON.parse(text))
    assert.deepStrictEqual(
      told.map(({ ip, state, opened }) => [ip, state, opened]).sort(),
      [
        ["10.0.0.1", "opened", window(0)],
        ["10.0.0.1", "escalated", window(0)],
        ["10.0.0.1", "closed", window(0)],
        ["10.0.0.1", "opened", "2026-01-05T10:01:00Z"],
        ["10.0.0.2", "opened", window(1)],
        ["10.0.0.2", "closed", window(1)]
      ].sort()
    )
    // Nothing that was told and remembered comes again.
    assert.strictEqual(keys().filter((key) => key === keys()[0]).length, 1)
  })

  it("hears of what closed while the notifier was away, and of nothing that was over before it was first told", {
    timeout: 60_000
  }, async () => {
    await world.windows([[0, ip("before")], [1], [2], [3], [4], [5, ip("on")]])
    const one = await startWebhook()
    await taken(1, one)
    assert.deepStrictEqual(states(), ["on opened"])
    await one.stop("SIGKILL")
    await world.windows([[6], [7, ["global", "", 40]], [8], [9], [10], [11]])
    const two = await startWebhook()
    await until("all of it", () => distinctStates().length >= 4, { seen: two.stderr })
    assert.deepStrictEqual(distinctStates(), ["on opened", "all opened", "on closed", "all closed"])
  })

  it("is told on when the NATS server was killed under the notifier", { timeout: 60_000 }, async () => {
    const one = await startWebhook()
    await world.windows([[0, ip("10.0.0.1")]])
    await taken(1, one)
    await world.server.kill()
    await world.server.restart()
    await world.windows([[1], [2], [3], [4, ip("10.0.0.2")]])
    await taken(3, one)
    assert.deepStrictEqual(states(), ["10.0.0.1 opened", "10.0.0.1 closed", "10.0.0.2 opened"])
  })

  it("begins anew where WINDOWS was made anew", { timeout: 60_000 }, async () => {
    const one = await startWebhook()
    await world.windows([[0], [1, ip("10.0.0.1")]])
    await taken(1, one)
    await remembered(2)
    await one.stop("SIGKILL")
    const { Connection, applyTopology } = await import("@chaussettes/jetstream")
    const { Effect } = await import("effect")
    await world.run(
      Effect.gen(function* () {
        const { jsm } = yield* Connection
        for (const stream of ["WINDOWS", "ALERTS"]) yield* Effect.promise(() => jsm.streams.delete(stream))
        yield* applyTopology()
      })
    )
    await world.windows([[20], [21, ip("10.0.0.9")], [22]])
    const two = await startWebhook()
    await taken(2, two)
    assert.deepStrictEqual(states(), ["10.0.0.1 opened", "10.0.0.9 opened"])
    assert.include(two.stderr(), "WINDOWS has changed")
  })
})

describe("the command", { timeout: 60_000 }, () => {
  it("ends with one clear sentence where it cannot do what is asked", async () => {
    const cases = [
      [[], 2, /^No receiver: name one with --to, .*\n$/],
      [
        ["--webhook", "localhost:9093/secret"],
        2,
        /^--webhook has to be an address that begins with http:\/\/ or https:\/\/.*\n$/
      ],
      [["--alertmanager", "ftp://x"], 2, /^--alertmanager has to be an address.*\n$/],
      [["--webhook", "http://x", "--page-url", "page"], 2, /^--page-url has to be an address.*\n$/],
      [["--webhook", "http://x", "--quiet", "0"], 2, /quiet/],
      [["--webhook", "http://x", "--refresh", "1ms"], 2, /between 1s and 1h/]
    ] as const
    for (const [args, code, sentence] of cases) {
      const one = start(...args)
      assert.strictEqual(await one.ended, code, args.join(" "))
      assert.match(one.stderr(), sentence)
    }
  })

  it("says to run init where the streams are not there", async () => {
    const { Connection } = await import("@chaussettes/jetstream")
    const { Effect } = await import("effect")
    await world.run(Effect.flatMap(Connection, ({ jsm }) => Effect.promise(() => jsm.streams.delete("KV_notify"))))
    const one = start("--webhook", "http://127.0.0.1:1")
    assert.strictEqual(await one.ended, 1)
    assert.match(one.stderr().trim().split("\n").at(-1)!, /chaussettes init/)
  })
})
