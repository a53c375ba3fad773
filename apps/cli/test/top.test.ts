import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chaussettes, succeeded, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { hasPty, type OnTerminal, startOnTerminal } from "./support/pty.ts"
import { type ConfiguredServer, initialized, startConfigured } from "./support/server.ts"

/* `chaussettes top` on the server that is shipped, on a real terminal and without one. */

let server: ConfiguredServer
const folder = mkdtempSync(join(tmpdir(), "chaussettes-top-"))
const running: Array<OnTerminal> = []

beforeAll(async () => {
  server = await startConfigured()
  await initialized(server)
  const { context } = server
  await succeeded(
    chaussettes([
      ...["generate", "--rate", "max", "--start", "2026-01-05T03:00:00Z", "--count", "3000", "--per-second", "20"],
      ...["--seed", "3", "--error-rate", "3", "--output", "nats", "--context", context("shipper")],
      ...["--incident", "ip:192.168.1.200@+1m/1m,rate=0.8,requests=5/s"]
    ])
  )
  await succeeded(chaussettes(["detect", "--until-caught-up", "--context", context("detector")]))
}, 60_000)

afterAll(async () => {
  await Promise.all(running.map((program) => program.stop("SIGKILL")))
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const live = (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}) => {
  const name = join(folder, `tty-${running.length}`)
  const program = startOnTerminal(["top", ...args, "--every", "500ms"], { columns: 100, rows: 30 }, name, env)
  running.push(program)
  return program
}

const shows = (program: OnTerminal, pattern: RegExp) =>
  until(`the screen shows ${pattern}`, () => pattern.test(program.screen().join("\n")), {
    seen: () => program.screen().join("\n") + program.stderr()
  })

/** The screen of its own is left and the cursor is there again, whatever is said after that. */
const given = (program: OnTerminal) =>
  assert.match(program.stdout().slice(program.stdout().lastIndexOf("\u001b[H")), /\u001b\[\?25h\u001b\[\?1049l/)

describe("top without a terminal", () => {
  it("prints once what the screen shows, and ends", async () => {
    const printed = await succeeded(chaussettes(["top", "--context", server.context("operator")]))
    assert.match(printed, /^Chaussettes – /)
    assert.match(printed, /[○●] .* Client 192\.168\.1\.200/)
    assert.notMatch(printed, /\u001b|Without credentials/)
    for (const line of printed.split("\n")) assert.isAtMost(line.length, 80)
  })

  it("prints it for a client without credentials, too, and says what that cannot see", async () => {
    const printed = await succeeded(chaussettes(["top", "--server", server.url], { env: { COLUMNS: "120" } }))
    assert.match(printed, /Without credentials: decided windows and alerts only/)
    assert.match(printed, /Client 192\.168\.1\.200/)
  })

  it("prints it as JSON, with the incidents of `incidents --json`", async () => {
    const json = JSON.parse(await succeeded(chaussettes(["top", "--server", server.url, "--json"])))
    assert.strictEqual(json.schema, "chaussettes.top.v2")
    assert.strictEqual(json.public_only, true)
    assert.strictEqual(json.top.ip[0].key, "192.168.1.200")
    const { incidents } = JSON.parse(
      await succeeded(chaussettes(["incidents", "--server", server.url, "--since", "1h", "--json"]))
    )
    assert.deepStrictEqual(
      new Set(json.incidents.map(({ id }: { id: string }) => id)),
      new Set(incidents.map(({ id }: { id: string }) => id))
    )
  })
})

describe.skipIf(!hasPty)("top on a terminal", { timeout: 60_000 }, () => {
  it("goes from key to explanation and back, and gives the terminal back at q", async () => {
    const top = live(["--context", server.context("operator")])
    await shows(top, /Incidents 1\/\d+[\s\S]*▸ [\s\S]*[○●] .*192\.168\.1\.200/)
    top.press("?")
    await shows(top, /explain the worst alert/)
    top.press("\u001b")
    await shows(top, /Incidents 1\//)
    top.press("\t/168.1.200\r")
    await shows(top, /IPs 1\/1\b/)
    top.press("\r")
    await shows(top, /requests failed: \d+[\s\S]*! 192\.168\.1\.200 - /)
    top.press("\u001b[B")
    top.press("\u001b")
    await shows(top, /IPs 1\/1\b/)
    assert.match(top.stdout(), /^\S*\u001b\[\?1049h/)
    assert.notMatch(top.stdout(), /\u001b\[\d+m/, "NO_COLOR is kept")
    top.press("q")
    assert.strictEqual(await top.ended, 0)
    given(top)
  })

  it("is drawn again when the terminal changes its size, and says what has no room", async () => {
    const top = live(["--server", server.url])
    await shows(top, /Incidents 1\//)
    top.resize(40, 24)
    await shows(top, /Not enough room for: since/)
    for (const line of top.screen()) assert.isAtMost([...line].length, 40)
    top.press("\u0003")
    assert.strictEqual(await top.ended, 0)
    given(top)
  })

  it("tells a client without credentials that it may not see the lines", async () => {
    const top = live(["--server", server.url])
    await shows(top, /Without credentials/)
    // It was refused at its first look, and asks for nothing of that kind again.
    const refusals = () => server.log().split("Violation").length - 1
    const before = refusals()
    assert.isAbove(before, 0)
    const seen = top.screen()[0]
    await until("it has looked again", () => top.screen()[0] !== seen)
    assert.strictEqual(refusals(), before)
    top.press("\r")
    await shows(top, /requires credentials/)
    top.press("q")
    assert.strictEqual(await top.ended, 0)
  })

  it("says that the connection is lost, goes on when it is back, and ends in order when it is asked to", async () => {
    const top = live(["--context", server.context("operator")], { NO_COLOR: "" })
    await shows(top, /Incidents 1\//)
    process.kill(server.pid(), "SIGKILL")
    await shows(top, /Connection lost at \d\d:\d\d:\d\d: .*[\s\S]*192\.168\.1\.200/)
    await server.restart()
    await until("it is back", () => !/Connection lost/.test(top.screen().join("\n")), {
      seen: () => top.screen().join("\n")
    })
    assert.match(top.stdout(), /\u001b\[\d+m/)
    assert.notMatch(top.stdout(), /timestamp=|level=/, "no line of a log stands across the screen")
    process.kill(programOn(top), "SIGTERM")
    await top.ended
    given(top)
  })
})

/** The process that `script` has started: its child, not itself. */
const programOn = (top: OnTerminal): number => {
  return Number(readFileSync(`/proc/${top.pid}/task/${top.pid}/children`, "utf8").trim().split(" ")[0])
}
