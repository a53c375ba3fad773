import { appendFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { chaussettes, type Program, startChaussettes, succeeded, until } from "@chaussettes/testing"
import { afterAll, afterEach, assert, beforeAll, describe, it } from "@effect/vitest"
import { type ConfiguredServer, startConfigured } from "../../apps/cli/test/support/server.ts"
import { linesOfSource } from "./programs.ts"
import { lineAt } from "./support.ts"

/* `ship` on another machine: as a user that `credentials --add` made, at the server as it is shipped. */

let server: ConfiguredServer
let running: Program | undefined

const contexts = new Map<string, string>()

beforeAll(async () => {
  server = await startConfigured()
  await succeeded(chaussettes(["init"], { env: { NATS_CONTEXT: server.context("operator") } }))
  for (const [name, ...flags] of [["resumes", "--may-resume"], ["only-sends"]] as const) {
    const dir = join(server.folder, "credentials")
    const args = ["credentials", "--dir", dir, "--add", name, "--source", name, "--url", server.url, ...flags]
    contexts.set(name, join(server.folder, `${name}.json`))
    writeFileSync(contexts.get(name)!, await succeeded(chaussettes(args)), { mode: 0o600 })
  }
  await server.restart()
}, 60_000)
afterEach(() => running?.stop("SIGKILL"))
afterAll(() => server.stop())

const ship = (name: string, log: string): Program => {
  running = startChaussettes(["ship", "--context", contexts.get(name)!, "--source", name, log])
  return running
}

describe("ship as a user of one source", () => {
  it("sends, and goes on where it was killed, with the right to read its own last message", {
    timeout: 60_000
  }, async () => {
    const log = join(server.folder, "resumes.log")
    const holds = (count: number) =>
      until("LOGS holds the lines", async () => {
        const held = await linesOfSource("resumes", server.url, server.passwords.operator)
        return held.length === count && held.every((line, n) => line === lineAt(n))
      })
    writeFileSync(log, [0, 1, 2].map((n) => `${lineAt(n)}\n`).join(""))
    const first = ship("resumes", log)
    await holds(3)
    first.child.kill("SIGKILL")
    await first.ended
    appendFileSync(log, `${lineAt(3)}\n`)
    ship("resumes", log)
    await holds(4)
  })

  it("says how to get that right where it lacks it, and sends nothing", { timeout: 60_000 }, async () => {
    const log = join(server.folder, "only-sends.log")
    writeFileSync(log, `${lineAt(0)}\n`)
    const program = ship("only-sends", log)
    await until("it says so", () => /only-sends: waiting/.test(program.stderr()), { seen: program.stderr })
    assert.match(
      program.stderr(),
      /permission denied: publish to \$JS\.API\.DIRECT\.GET\.LOGS\.logs\.only-sends\. Grant the permission: chaussettes credentials --add NAME --source only-sends --may-resume\./
    )
    assert.deepStrictEqual(await linesOfSource("only-sends", server.url, server.passwords.operator), [])
  })
})
