import { chaussettes, startChaussettes, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type ConfiguredServer, initialized, startConfigured } from "./support/server.ts"

/* What each command says to who gives no credentials, wrong ones, or another role's, on a server with the users of deploy/nats.conf. */

let server: ConfiguredServer
beforeAll(async () => {
  server = await startConfigured()
  await initialized(server)
})
afterAll(() => server.stop())

const none =
  /the server requires credentials, and none were given\. Give a role's credentials with --context FILE, or with NATS_USER/

/** `shown`: it looks at what everybody may see. */
const commands: ReadonlyArray<readonly [string, RegExp | "shown"]> = [
  ["status", none],
  ["status --json", none],
  ["incidents", "shown"],
  ["alerts", "shown"],
  ["top", "shown"],
  ["thresholds history", "shown"],
  ["verify", none],
  ["init", none],
  ["detect --until-caught-up", none],
  ["thresholds", none],
  ["thresholds what-if --ip 0.4", none],
  ["thresholds set ip 0.4", none],
  ["formats list", none],
  ["formats set web combined", none],
  ["formats unset web", none],
  ["ignore list", none],
  ["ignore add path=/health", none],
  ["erase 10.0.0.1", none],
  ["incidents maintenance --for 1h", none],
  ["notify --webhook http://127.0.0.1:9/", none],
  ["replay --source web testdata/elastic-apache-10k.log", none],
  ["generate --count 3", none]
]

const isOneSentenceOrTwo = (stderr: string) =>
  assert.isAtMost(stderr.trim().split("\n").length, 1, `one line, and not:\n${stderr}`)

describe("without credentials", () => {
  it.concurrent.each(commands)("%s", async (command, says) => {
    const ran = await chaussettes([...command.split(" "), "--server", server.url])
    assert.strictEqual(ran.code, says === "shown" ? 0 : 1, ran.output)
    if (says === "shown") return
    assert.match(ran.stderr, says)
    isOneSentenceOrTwo(ran.stderr)
  })

  it("ship says it while it goes on, since the server may yet be set right", async () => {
    const ship = startChaussettes([
      "ship",
      "--source",
      "web",
      "--server",
      server.url,
      "testdata/elastic-apache-10k.log"
    ])
    await until("it says so", () => none.test(ship.stderr()), { seen: ship.output })
    await ship.stop("SIGINT")
  })
})

describe("with a wrong password", () => {
  it.concurrent.each(commands)("%s", async (command) => {
    const ran = await chaussettes([...command.split(" "), "--server", server.url, "--user", "operator"], {
      env: { NATS_PASSWORD: "wrong" }
    })
    assert.strictEqual(ran.code, 1, ran.output)
    assert.match(ran.stderr, /the server rejected the credentials.*Check --context, or NATS_USER and NATS_PASSWORD,/)
    isOneSentenceOrTwo(ran.stderr)
  })
})

describe("with another role's context", () => {
  it.concurrent.each(commands.filter(([command, says]) => says === none && !/^notify/.test(command)))(
    "%s",
    async (command) => {
      const ran = await chaussettes([...command.split(" "), "--context", server.context("notify")])
      assert.strictEqual(ran.code, 1, ran.output)
      assert.match(ran.stderr, /permission denied: \S+ to \S+\. Connect as a user of the right role \(--context FILE/)
      isOneSentenceOrTwo(ran.stderr)
    }
  )
})
