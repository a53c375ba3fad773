import { readFileSync } from "node:fs"
import { join } from "node:path"
import { chaussettes, hasNatsCli, nats } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { connect, headers, type NatsConnection } from "@nats-io/transport-node"
import { type ConfiguredServer, initialized, startConfigured } from "../../apps/cli/test/support/server.ts"
import { messageIds } from "../../libs/jetstream/src/logs/outgoing.ts"

/* Two shippers that `credentials --add` made, one of them hostile, and the honest one's lines. */

describe.skipIf(!hasNatsCli)("a shipper of one source", () => {
  let server: ConfiguredServer
  const credentials = () => join(server.folder, "credentials")
  const add = async (name: string, source: string, ...more: ReadonlyArray<string>) => {
    const args = ["credentials", "--dir", credentials(), "--url", server.url]
    const added = await chaussettes([...args, "--add", name, "--source", source, ...more])
    assert.strictEqual(added.code, 0, added.stderr)
    return JSON.parse(added.stdout) as { readonly user: string; readonly password: string }
  }
  /** As other programs' JetStream outputs do it: with the client's own inboxes. */
  const connected = ({ user, password }: { readonly user: string; readonly password: string }) =>
    connect({ servers: server.url, user, pass: password, reconnect: false })
  type User = { readonly user: string; readonly password: string }
  let users: { readonly vector: User; readonly evil: User }
  let web: NatsConnection
  let evil: NatsConnection

  beforeAll(async () => {
    server = await startConfigured()
    await initialized(server)
    users = { vector: await add("vector", "web", "--may-resume", "--may-ask"), evil: await add("evil", "evil") }
    await server.restart()
    web = await connected(users.vector)
    evil = await connected(users.evil)
  })
  afterAll(async () => {
    await Promise.all([web, evil].map((nc) => nc?.close()))
    await server?.stop()
  })

  it("sends its lines with acknowledgements, sees how much LOGS holds where it may ask, and finds its own last message where it may resume", async () => {
    const jsm = await jetstreamManager(web, { checkAPI: false })
    assert.strictEqual((await jsm.streams.info("LOGS")).config.name, "LOGS")
    const ack = await jetstream(web).publish("logs.web", "a line")
    assert.strictEqual(ack.stream, "LOGS")
    const last = await jsm.direct.getMessage("LOGS", { last_by_subj: "logs.web" })
    assert.strictEqual(last?.string(), "a line")
  })

  it.each([
    ["get a line by its number", "$JS.API.DIRECT.GET.LOGS", '{"seq":1}'],
    ["get its own last line without --may-resume", "$JS.API.DIRECT.GET.LOGS.logs.evil", ""],
    ["see how much LOGS holds without --may-ask", "$JS.API.STREAM.INFO.LOGS", ""],
    ["get another's last line", "$JS.API.DIRECT.GET.LOGS.logs.web", ""],
    ["get another's last line by a wildcard", "$JS.API.DIRECT.GET.LOGS.logs.>", ""],
    ["get a batch of lines", "$JS.API.DIRECT.GET.LOGS", '{"batch":10,"seq":1}'],
    ["read lines by a consumer", "$JS.API.CONSUMER.CREATE.LOGS.c", "{}"],
    ["see what was decided", "$JS.API.DIRECT.GET.WINDOWS", '{"seq":1}'],
    ["send as another source", "logs.web", "line"],
    ["send as a source below its own", "logs.evil.below", "line"]
  ])("may not %s", async (_, subject, body) => {
    const refused = await evil.request(subject, body, { timeout: 2_000 }).then(
      () => "answered",
      (error: Error) => `${error.message} ${(error.cause as Error | undefined)?.message ?? ""}`
    )
    assert.match(refused, /permission/i)
  })

  it("does not hear others' answers, though it listens wherever answers may arrive", async () => {
    const heard: Array<string> = []
    const listening = evil.subscribe("_INBOX.>", { callback: (_, msg) => void heard.push(msg.subject) })
    await evil.flush()
    const jsm = await jetstreamManager(web, { checkAPI: false })
    for (let i = 0; i < 20; i++) await jsm.direct.getMessage("LOGS", { last_by_subj: "logs.web" })
    await evil.flush()
    listening.unsubscribe()
    assert.deepStrictEqual(heard, [])
  })

  it("cannot keep another's lines out by sending their identities first: they are 96 bits at random", async () => {
    const next = messageIds()
    const seen = Array.from({ length: 2_000 }, next)
    for (const id of seen) assert.match(id, /^[\w-]{16}$/)
    assert.strictEqual(new Set(seen).size, seen.length)
    // What a counter would leave alike: each character of an identity differs from the one before it in nearly every place.
    const alike = seen.slice(1).reduce((sum, id, i) => sum + [...id].filter((c, at) => c === seen[i]![at]).length, 0)
    assert.isBelow(alike / (seen.length - 1), 1)
    // It sends all that it could have learnt from what it saw: what comes next is stored all the same.
    for (const id of seen) {
      const h = headers()
      h.set("Nats-Msg-Id", id)
      evil.publish("logs.evil", "x", { headers: h })
    }
    await evil.flush()
    const stored = await Promise.all(
      Array.from({ length: 200 }, (_, i) => jetstream(web).publish("logs.web", `line ${i}`, { msgID: next() }))
    )
    assert.isTrue(stored.every(({ duplicate }) => duplicate === false))
  })

  it("goes with --remove, and nobody else does", async () => {
    const removed = await chaussettes(["credentials", "--dir", credentials(), "--remove", "evil"])
    assert.strictEqual(removed.code, 0, removed.stderr)
    await server.restart()
    await (await connected(users.vector)).close()
    const refused = await connected(users.evil).catch((error: Error) => error.message)
    assert.match(String(refused), /authorization/i)
    assert.notInclude(readFileSync(join(credentials(), "nats.conf"), "utf8"), "SHIPPER_evil")
  })

  it.each([
    ["a role's name", ["--add", "detector", "--source", "web"], /cannot be a shipper's name/],
    ["a name that is configuration", ["--add", 'x" } ] }', "--source", "web"], /cannot be a shipper's name/],
    ["a source that is a wildcard", ["--add", "x", "--source", ">"], /--source ">"/],
    ["no source", ["--add", "x"], /belong together/],
    [
      "another source for a shipper that is there",
      ["--add", "vector", "--source", "b"],
      /already sends the source web/
    ],
    ["--may-resume for nobody", ["--may-resume"], /the shipper of --add/],
    ["--may-ask for nobody", ["--may-ask"], /the shipper of --add/],
    ["one that is not there", ["--remove", "nobody"], /no such shipper/]
  ])("is refused in a sentence: %s", async (_, args, why) => {
    const ended = await chaussettes(["credentials", "--dir", credentials(), ...args])
    assert.strictEqual(ended.code, 2)
    assert.match(ended.stderr, why)
  })

  it("is what the stock CLI can be, too", async () => {
    const { user, password } = await add("vector", "web", "--may-resume", "--may-ask")
    const as = ["--server", server.url, "--user", user, "--password", password]
    const sent = await nats([...as, "pub", "--jetstream", "logs.web", "by hand"])
    assert.match(sent.output, /Stored in Stream: LOGS/)
  })
})
