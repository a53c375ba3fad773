import { keyToken } from "@chaussettes/domain"
import { type Program, until } from "@chaussettes/testing"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { notify } from "./support/command.ts"
import { acknowledgement, changed, closed, grew, idOf, opened, silence } from "./support/events.ts"
import { type FakeReceiver, startReceiver } from "./support/receiver.ts"
import { startWorld, type World } from "./support/world.ts"

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

const high = { severity: "HIGH" } as const
const keys = () => receiver.taken.map(({ headers }) => headers["idempotency-key"])
const states = () => receiver.taken.map(({ body }) => `${body.url ?? "all"} ${body.state}`)
/** By identity: what was told again is the same. */
const distinctStates = () => [
  ...new Map(
    receiver.taken.map(({ headers, body }) => [headers["idempotency-key"], `${body.url ?? "all"} ${body.state}`])
  ).values()
]
/** Killed only when it has remembered what it told. */
const remembered = (incidentsSeq: number) =>
  until("the position", async () => {
    const text = await world.position(`webhook.${keyToken(`${receiver.url}/hook`)}`)
    const position = text === undefined ? undefined : JSON.parse(text)
    return position?.incidents_seq === incidentsSeq && position.waiting === undefined
  })
const taken = (n: number, one: Program) =>
  until(`${n} changes to be told`, () => receiver.taken.length >= n, {
    seen: () => `${states()}\n${one.stderr()}`
  })

describe("a webhook", { timeout: 60_000 }, () => {
  it("is told of each change once, in order, with what happened, a link and an identity", async () => {
    const one = await startWebhook()
    await world.windows([
      [0],
      [1, opened("a"), opened("b"), opened("scan", { severity: "LOW" })],
      [2, grew("a", high)],
      [3, grew("a", { ...high, errors: 900 }), changed("b", { cause: { key: "/other" } })],
      [4, closed("scan", { severity: "LOW" })],
      [5, closed("b", { cause: { key: "/other" } }), closed("a", { ...high, requests: 200, errors: 130 })]
    ])
    await taken(6, one)
    assert.deepStrictEqual(states(), [
      "/a opened",
      "/b opened",
      "/a grew",
      "/other changed-cause",
      "/other closed",
      "/a closed"
    ])
    const { body, headers, path } = receiver.taken[5]!
    assert.strictEqual(path, "/hook")
    assert.strictEqual(headers["idempotency-key"], `${idOf("a")}.closed`)
    assert.strictEqual(keys()[2], `${idOf("a")}.grew.20260105T100030Z`)
    assert.deepInclude(body, {
      schema: "chaussettes.notification.v2",
      id: idOf("a"),
      kind: "server-errors",
      dimension: "url",
      severity: "HIGH",
      opened: "2026-01-05T10:00:00Z",
      last: "2026-01-05T10:01:00Z",
      closed: "2026-01-05T10:01:00Z",
      closed_why: "recovered",
      total_requests: 200,
      errors: 130,
      summary: "URL /a: 130 requests failed with server errors (5xx), 40.0 % where 1.0 % is usual",
      page: `http://page.example/incidents/${body.id}`
    })
    assert.deepStrictEqual(body.cause, { dimension: "url", keys: ["/a"], key_count: 1, share: 1 })
    assert.strictEqual(receiver.taken[2]!.body.severity_before, "MEDIUM")
  })

  it("is told neither of what is silenced nor of what happens to what somebody takes care of, but who that is", async () => {
    const one = await startWebhook()
    await world.act(silence("s", "quiet", 0, 4))
    await world.windows([[1, opened("a"), opened("quiet")]])
    await taken(1, one)
    await world.act(acknowledgement("x", "a"))
    await taken(2, one)
    await world.windows([[2, grew("a", high)], [3, closed("a", high)], [4]])
    await taken(4, one)
    assert.deepStrictEqual(states(), ["/a opened", "/a acknowledged", "/a closed", "/quiet opened"])
    assert.deepStrictEqual(receiver.taken[1]!.body.acknowledged, { by: "anna", at: "2026-01-05T10:00:10Z" })
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
    await world.windows([[0, opened("a")]])
    await until("it to say why it waits", () => said.test(one.stderr()), { seen: one.stderr })
    const unready = (await readyz()) as { ready: boolean; not_ready?: { webhook?: string } }
    assert.isFalse(unready.ready)
    assert.match(unready.not_ready?.webhook ?? "", said)
    receiver.behave("takes")
    await taken(1, one)
    await until("it to be ready again", async () => (await readyz()).ready)
    assert.deepStrictEqual(states(), ["/a opened"])
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    assert.match(metrics, /chaussettes_notify_changes_total\{[^}]*receiver="webhook"[^}]*state="opened"[^}]*\} 1/)
    assert.match(metrics, /chaussettes_notify_open_incidents\{[^}]*kind="server-errors"[^}]*\} 1/)
    assert.match(metrics, /chaussettes_notify_failures_total\{[^}]*receiver="webhook"[^}]*\} [1-9]/)
  })

  it("that answers 404 is not asked again at once, and the sentence says what it answered", async () => {
    receiver.behave({ status: 404, body: "no such\u001b[31m\nhook" })
    const one = await startWebhook()
    await world.windows([[0, opened("a")]])
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
    await world.windows([[0, opened("a")]])
    await taken(1, one)
    // Killed while the receiver hangs on a change: it has seen it, and nobody knows.
    receiver.behave("hangs")
    const before = receiver.seen()
    await world.windows([[1, grew("a", high), opened("b")], [2], [3]])
    await until("a request under way", () => receiver.seen() > before)
    await one.stop("SIGKILL")
    receiver.behave("takes")
    // And killed again as soon as it has told one more.
    const two = await startWebhook()
    await taken(2, two)
    await two.stop("SIGKILL")
    const three = await startWebhook()
    await world.windows([[4, closed("a", high), closed("b")], [5], [6, opened("c")]])
    await until("the last one", () => states().at(-1) === "/c opened" && receiver.taken.length > 5, {
      seen: () => `${states()}\n${three.stderr()}`
    })
    const bodies = new Map<string, string>()
    for (const { headers, body } of receiver.taken) {
      const key = headers["idempotency-key"] as string
      assert.strictEqual(bodies.get(key) ?? JSON.stringify(body), JSON.stringify(body))
      bodies.set(key, JSON.stringify(body))
    }
    const told = [...bodies.values()].map((text) => JSON.parse(text))
    assert.deepStrictEqual(
      told.map(({ url, state }) => `${url} ${state}`),
      ["/a opened", "/a grew", "/b opened", "/a closed", "/b closed", "/c opened"]
    )
    // Nothing that was told and remembered comes again.
    assert.strictEqual(keys().filter((key) => key === keys()[0]).length, 1)
  })

  it("hears of what closed while the notifier was away, and of nothing that was over before it was first told", {
    timeout: 60_000
  }, async () => {
    await world.windows([
      [0, opened("before")],
      [3, closed("before")],
      [5, opened("on")]
    ])
    const one = await startWebhook()
    await taken(1, one)
    assert.deepStrictEqual(states(), ["/on opened"])
    await one.stop("SIGKILL")
    const all = { cause: { dimension: "global", key: null } } as const
    await world.windows([[6], [7, opened("all", all)], [8, closed("on")], [11, closed("all", all)]])
    const two = await startWebhook()
    await until("all of it", () => distinctStates().length >= 4, { seen: two.stderr })
    assert.deepStrictEqual(distinctStates(), ["/on opened", "all opened", "/on closed", "all closed"])
  })

  it("is told on when the NATS server was killed under the notifier", { timeout: 60_000 }, async () => {
    const one = await startWebhook()
    await world.windows([[0, opened("a")]])
    await taken(1, one)
    await world.server.kill()
    await world.server.restart()
    await world.windows([
      [3, closed("a")],
      [4, opened("b")]
    ])
    await taken(3, one)
    assert.deepStrictEqual(states(), ["/a opened", "/a closed", "/b opened"])
  })

  it("begins anew where INCIDENTS was made anew", { timeout: 60_000 }, async () => {
    const one = await startWebhook()
    await world.windows([[0], [1, opened("a")]])
    await taken(1, one)
    await remembered(1)
    await one.stop("SIGKILL")
    const { Connection, applyTopology } = await import("@chaussettes/jetstream")
    const { Effect } = await import("effect")
    await world.run(
      Effect.gen(function* () {
        const { jsm } = yield* Connection
        for (const stream of ["WINDOWS", "INCIDENTS"]) yield* Effect.promise(() => jsm.streams.delete(stream))
        yield* applyTopology()
      })
    )
    await world.windows([[20], [21, opened("z")], [22]])
    const two = await startWebhook()
    await taken(2, two)
    assert.deepStrictEqual(states(), ["/a opened", "/z opened"])
    assert.include(two.stderr(), "INCIDENTS has changed")
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
      [["--webhook", "http://x", "--least-severity", "none"], 2, /least-severity/],
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
