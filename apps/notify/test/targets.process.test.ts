import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { keyToken } from "@chaussettes/domain"
import { chaussettes, type Program, startChaussettes, until } from "@chaussettes/testing"
import { afterAll, afterEach, assert, beforeAll, beforeEach, describe, it } from "@effect/vitest"
import { closed, grew, opened } from "./support/events.ts"
import { hasOpenssl, type MailReceiver, password, readMail, startMail, user } from "./support/mail.ts"
import { type FakeReceiver, startReceiver } from "./support/receiver.ts"
import { startWorld, type World } from "./support/world.ts"

/* All receivers as they are named on the command line, against a web server and a real mail server on this machine. */

if (!hasOpenssl && process.env.CI === undefined) process.stderr.write("Tests of mail are skipped: they need openssl\n")

const login = `${user}:${encodeURIComponent(password)}`
const mailTo = (port: number, more = "") =>
  `smtp://${login}@localhost:${port}/?from=chaussettes@ops.example&to=night@ops.example,day+x@ops.example${more}`

let receiver: FakeReceiver
let folder: string
beforeEach(async () => {
  receiver = await startReceiver()
  folder = mkdtempSync(join(tmpdir(), "chaussettes-targets-"))
})
afterEach(async () => {
  await receiver.close()
  rmSync(folder, { recursive: true, force: true })
})

const host = () => new URL(receiver.url).host
const test = (to: ReadonlyArray<string>, args: ReadonlyArray<string> = [], certificate?: string) =>
  chaussettes(["notify", "--test", ...args], {
    env: {
      CHAUSSETTES_NOTIFY_TO: to.join(" "),
      ...(certificate === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificate })
    }
  })

describe("notify --test", { timeout: 60_000 }, () => {
  it("sends one message to each, without any server, and says what each answered", async () => {
    const ran = await test([
      `slack+http://${host()}/services/a/b/c`,
      `teams+http://${host()}/workflows/1?sig=secret`,
      `ntfy+http://:tk_secret@${host()}/topic`,
      `alertmanager+http://${host()}/am`,
      `http://${host()}/hook?secret`
    ])
    assert.strictEqual(ran.code, 0, ran.output)
    const kinds = ["slack", "teams", "ntfy", "alertmanager", "webhook"]
    assert.strictEqual(ran.stdout, kinds.map((kind) => `${kind} at ${host()}: accepted\n`).join(""))
    assert.notInclude(ran.output, "secret")
    const got = (path: string) => receiver.taken.filter((one) => one.path === path)
    assert.strictEqual(receiver.taken.length, 5)
    assert.match(got("/services/a/b/c")[0]!.body.text, /^Test message from Chaussettes$/)
    assert.strictEqual(got("/workflows/1?sig=secret")[0]!.body.type, "message")
    assert.strictEqual(got("/")[0]!.headers.authorization, "Bearer tk_secret")
    assert.deepInclude(got("/")[0]!.body, { topic: "topic", title: "Test message from Chaussettes" })
    assert.strictEqual(got("/am/api/v2/alerts")[0]!.body[0].labels.alertname, "CHAUSSETTES_TEST")
    assert.strictEqual(got("/hook?secret")[0]!.body.schema, "chaussettes.test.v1")
  })

  it("fails where one does not take it, with the reason, and follows no redirect", async () => {
    receiver.behave({ status: 302, location: "http://169.254.169.254/latest/meta-data" })
    const gone = await startReceiver()
    await gone.close()
    const ran = await test([`ntfy+${gone.url}/topic`, `slack+http://${host()}/hook`])
    assert.strictEqual(ran.code, 1)
    assert.match(
      ran.stdout,
      /^ntfy at 127\.0\.0\.1:\d+: failed, connection refused\nslack at .*: failed, it answers 302 and sends elsewhere/
    )
    assert.match(ran.stderr, /^2 of 2 receivers did not accept the test message\..*\n$/)
    assert.strictEqual(receiver.seen(), 1)
  })

  it("shows a template as it will be, in French where that is wanted, and prints JSON", async () => {
    const file = join(folder, "body.json")
    writeFileSync(file, '{"content": "{{heading}}: {{list}}", "n": {{count}}}\n')
    const ran = await test(
      [`http://${host()}/discord`, `ntfy+http://${host()}/topic`],
      ["--template", file, "--template", "« {{heading}} »", "--language", "fr", "--json"]
    )
    assert.strictEqual(ran.code, 0, ran.output)
    assert.deepStrictEqual(JSON.parse(ran.stdout), [
      { receiver: "webhook", at: host(), taken: true },
      { receiver: "ntfy", at: host(), taken: true }
    ])
    const bodies = receiver.taken.map(({ body }) => body)
    assert.deepStrictEqual(
      bodies.find((body) => "n" in body),
      {
        content: "Message d’essai de Chaussettes: Les notifications d’incidents arriveront ici.",
        n: 1
      }
    )
    assert.strictEqual(bodies.find((body) => "topic" in body).message, "« Message d’essai de Chaussettes »")
  })

  it.each([
    [["--to", "slak://a/b/c"], /^--to knows no slak:\/\/ \(did you mean slack:\/\/\?\)/],
    [
      ["--to", "ntfy://h/t", "--template", "{{sumary}}"],
      /^The template cannot be used: there is no field sumary \(did you mean summary\?\)/
    ],
    [["--to", "ntfy://h/t", "--template", "/nowhere"], /^Cannot read the template \/nowhere: it does not exist\./],
    [["--to", "ntfy://h/t", "--template", '{"a": "{{summary}}"}'], /^A JSON template is the body of a webhook/],
    [["--to", "http://h/t", "--template", "{{summary}}"], /^A template that is not JSON is for Slack/],
    [
      ["--to", "ntfy://h/t", "--template", "a {{key}}", "--template", "b {{key}}"],
      /^There are two templates of one kind/
    ],
    [["--alertmanager", "http://h", "--digest", "5m"], /^--digest and --at-most do not apply to Alertmanager/],
    [["--to", "ntfy://h/t", "--at-most", "1000/h"], /a number up to 100 and a span up to 24h/],
    [["--to", "ntfy://h/t", "--digest", "2d"], /between 1s and 24h/]
  ])("is refused before anything is sent: %j", async (args, sentence) => {
    const ran = await chaussettes(["notify", ...args])
    assert.strictEqual(ran.code, 2, ran.output)
    assert.match(ran.stderr, sentence)
  })
})

describe.skipIf(!hasOpenssl && process.env.CI === undefined)("mail", { timeout: 60_000 }, () => {
  let mail: MailReceiver
  beforeEach(async () => {
    mail = await startMail()
  })
  afterEach(() => mail.close())

  it("goes over STARTTLS with the user's name to all who read it, as plain text", async () => {
    const ran = await test([mailTo(mail.port)], [], mail.certificate)
    assert.strictEqual(ran.code, 0, ran.output)
    const [got] = mail.taken
    assert.deepInclude(got, { from: "chaussettes@ops.example", secure: true, user })
    assert.deepStrictEqual(got!.to, ["night@ops.example", "day+x@ops.example"])
    const { headers, text } = readMail(got!.raw)
    assert.strictEqual(headers.get("subject"), "Test message from Chaussettes")
    assert.strictEqual(headers.get("auto-submitted"), "auto-generated")
    assert.match(headers.get("content-type")!, /^text\/plain/)
    assert.match(text, /^Notifications of incidents will arrive here\./)
  })

  it("goes over TLS from the first byte", async () => {
    const tls = await startMail({ implicit: true })
    try {
      const ran = await test([mailTo(tls.port).replace("smtp:", "smtps:")], [], tls.certificate)
      assert.strictEqual(ran.code, 0, ran.output)
      assert.isTrue(tls.taken[0]!.secure)
    } finally {
      await tls.close()
    }
  })

  it.each([
    ["a server without STARTTLS", { starttls: false }, login, /failed, it offers no STARTTLS \(500 .*smtps:\/\//],
    [
      "a certificate that nobody vouches for",
      {},
      login,
      /failed, its certificate is not trusted \(self-signed certificate\): NODE_EXTRA_CA_CERTS/
    ],
    ["a wrong password", {}, `${user}:wrong-hunter2`, /failed, it answers 535/]
  ] as const)("is not sent to %s, and no password is shown", async (what, options, as, why) => {
    const other = await startMail(options)
    try {
      const ran = await test(
        [mailTo(other.port).replace(login, as)],
        [],
        what.startsWith("a certificate") ? undefined : other.certificate
      )
      assert.strictEqual(ran.code, 1)
      assert.match(ran.stdout, why)
      assert.notInclude(ran.output, "hunter2")
      assert.deepStrictEqual(other.taken, [])
    } finally {
      await other.close()
    }
  })

  it("goes to a relay without TLS only where that is asked for", async () => {
    const relay = await startMail({ starttls: false, login: false })
    try {
      const to = `smtp://localhost:${relay.port}/?from=a@x.example&to=b@x.example`
      assert.strictEqual((await test([to])).code, 1)
      assert.deepStrictEqual(relay.taken, [])
      const ran = await test([`${to}&tls=none`])
      assert.strictEqual(ran.code, 0, ran.output)
      assert.isFalse(relay.taken[0]!.secure)
    } finally {
      await relay.close()
    }
  })

  it("that one of its readers cannot get is taken, and the log says for whom it is not", async () => {
    const to = mailTo(mail.port).replace("night@", "nobody@")
    const ran = await test([to], [], mail.certificate)
    assert.strictEqual(ran.code, 0, ran.output)
    assert.deepStrictEqual(mail.taken[0]!.to, ["day+x@ops.example"])
    assert.match(ran.stderr, /accepts mail, but not for nobody@ops\.example/)
  })
})

describe.skipIf(!hasOpenssl && process.env.CI === undefined)("the service", { timeout: 90_000 }, () => {
  let world: World
  let mail: MailReceiver
  let running: Array<Program> = []
  beforeAll(async () => {
    world = await startWorld()
    mail = await startMail()
  })
  afterEach(async () => {
    for (const one of running) await one.stop("SIGKILL")
    running = []
  })
  afterAll(async () => {
    await mail.close()
    await world.stop()
  })

  const start = async (to: ReadonlyArray<string>, ...args: ReadonlyArray<string>): Promise<Program> => {
    const one = startChaussettes(
      ["notify", "--server", world.server.url, "--page-url", "http://page.example", ...args],
      {
        env: { CHAUSSETTES_NOTIFY_TO: to.join("\n"), NODE_EXTRA_CA_CERTS: mail.certificate, LOG_LEVEL: "debug" }
      }
    )
    running.push(one)
    const seen = () => one.stderr()
    await until("all of them to be at work", () => one.stderr().split("Notifying").length > to.length, { seen })
    return one
  }
  const told = (part: string) =>
    receiver.taken.filter(({ path, body }) => `${path} ${JSON.stringify(body)}`.includes(part))

  const titles = ["MEDIUM opened", "HIGH worse", "HIGH over"].map((what) => `${what}: URL /a, server errors (5xx)`)

  it("tells each receiver on its own: one that is down holds up none, and hears all when it is back", async () => {
    mail.refuse({ code: 451, text: "try\u001b[31m again later" })
    const one = await start([mailTo(mail.port), `slack+http://${host()}/slack/hunter3`, `ntfy+http://${host()}/night`])
    await world.windows([
      [0, opened("a")],
      [1, grew("a", { severity: "HIGH" })],
      [2, closed("a", { severity: "HIGH" })]
    ])
    const seen = () => `${receiver.taken.map(({ body }) => JSON.stringify(body))}\n${one.stderr()}`
    await until("Slack", () => told("/slack/").length === 3, { seen })
    await until("ntfy", () => told("night").length === 3, { seen })
    assert.deepStrictEqual(
      told("/slack/").map(({ body }) => body.blocks[0].text.text),
      titles
    )
    assert.deepStrictEqual(
      told("night").map(({ body }) => [body.priority, body.click.replace(/server.*/, "")]),
      [4, 5, 3].map((priority) => [priority, "http://page.example/incidents/"])
    )
    await until(
      "why mail waits",
      () => /smtp at localhost:\d+ does not accept notifications: it answers 451/.test(one.stderr()),
      { seen }
    )
    assert.deepStrictEqual(mail.taken, [])
    mail.refuse(undefined)
    await until("mail", () => mail.taken.length === 3, { seen })
    const read = mail.taken.map(({ raw }) => readMail(raw))
    assert.deepStrictEqual(
      read.map(({ headers }) => headers.get("subject")),
      titles
    )
    assert.strictEqual(new Set(read.map(({ headers }) => headers.get("message-id"))).size, 3)
    assert.strictEqual(new Set(read.map(({ headers }) => headers.get("references"))).size, 1)
    assert.match(read[0]!.text, /Open the page: http:\/\/page\.example\/incidents\/server-errors\./)
    for (const secret of ["hunter2", "hunter3", "night"]) assert.notInclude(one.stderr(), secret)
    assert.notInclude(one.stderr(), "\u001b")
  })

  it("lets no URL of a log write a header or a link", async () => {
    mail.taken.length = 0
    const one = await start([mailTo(mail.port), `slack+http://${host()}/hook`])
    const key = "/<!channel>\r\nBcc: victim@example\r\n\r\nno more"
    await world.windows([[20, opened("hostile", { cause: { key } })]])
    const seen = one.stderr
    await until("mail", () => mail.taken.some(({ raw }) => raw.includes("channel")), { seen })
    await until("Slack", () => told("channel").length > 0, { seen })
    const { raw, to } = mail.taken.find((one) => one.raw.includes("channel"))!
    assert.deepStrictEqual(to, ["night@ops.example", "day+x@ops.example"])
    const { headers, names } = readMail(raw)
    assert.notInclude(names, "bcc")
    assert.include(headers.get("subject"), "Bcc: victim@example")
    assert.notInclude(told("channel")[0]!.body.text, "<!channel>")
  })

  it("sends a digest with how many and the worst, and the limit's summary after it", async () => {
    const to = `http://${host()}/digest`
    const one = await start([to], "--digest", "1s", "--at-most", "1/5s")
    const seen = () => `${JSON.stringify(receiver.taken.map(({ body }) => body))}\n${one.stderr()}`
    // What is open already is told first, by itself.
    await until("what is open", () => told("/digest").length === 1, { seen })
    await world.windows([
      [40, opened("d1"), opened("d2", { severity: "HIGH" })],
      [41, opened("d3")]
    ])
    await until("the digest", () => told("/digest").length === 2, { seen })
    const { body, headers } = told("/digest")[1]!
    assert.match(headers["idempotency-key"] as string, /^digest\.[0-9a-f]{16}$/)
    assert.deepInclude(body, { schema: "chaussettes.digest.v2", held_for: "limit", opened: 3, unlisted: 0 })
    assert.deepInclude(body.changes[0], { url: "/d2", severity: "HIGH" })
  })

  it("is told by the next one what one that was killed held back, as one message", async () => {
    const to = `http://${host()}/killed`
    const one = await start([to], "--digest", "3s")
    await until("what is open", () => told("/killed").length === 1, { seen: one.stderr })
    await world.windows([
      [60, opened("k1")],
      [61, opened("k2")]
    ])
    const key = `webhook.${keyToken(to)}`
    const noted = async () => JSON.parse((await world.position(key)) ?? "{}").waiting?.changes.length === 2
    await until("it to be noted that they wait", noted, { seen: one.stderr })
    await one.stop("SIGKILL")
    await world.windows([[62, opened("k3")]])
    const two = await start([to], "--digest", "3s")
    const seen = () => `${JSON.stringify(receiver.taken.map(({ body }) => body))}\n${two.stderr()}`
    await until("the digest", () => told("/k3").length === 1, { seen })
    assert.strictEqual(told("/killed").length, 2)
    const urls = told("/k3")[0]!.body.changes.map((change: { url?: string }) => change.url)
    assert.includeMembers(urls, ["/k1", "/k2", "/k3"])
  })
})
