import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { type Program, until } from "@chaussettes/testing"
import { afterAll, afterEach, assert, beforeAll, describe, it } from "@effect/vitest"
import { type LogsServer, start, startLogs } from "../process/tools.ts"
import { random } from "../ship/writer.ts"

/* `ship --journald` as a process, with a stand-in for journalctl over a file that the test writes. */

let server: LogsServer
let folder: string
let source: string
let journal: string
let made = 0
const ships: Array<Program> = []

beforeAll(async () => {
  server = await startLogs()
})
afterEach(async () => {
  for (const ship of ships.splice(0)) await ship.stop("SIGKILL")
  rmSync(folder, { recursive: true, force: true })
})
afterAll(() => server.stop())

const place = () => {
  folder = mkdtempSync(join(tmpdir(), "chaussettes-journal-"))
  source = `journal${process.pid}-${made++}`
  journal = join(folder, "journal")
  writeFileSync(journal, "")
  mkdirSync(join(folder, "bin"))
  copyFileSync(join(import.meta.dirname, "journalctl.mjs"), join(folder, "bin", "journalctl"))
}

const row = (n: number, message: unknown, unit = "nginx.service") =>
  `${JSON.stringify({ __CURSOR: `s=a;i=${n};b=c`, MESSAGE: message, _SYSTEMD_UNIT: unit })}\n`
const line = (n: number) => `10.0.0.1 - - [05/Jan/2026:10:00:00 +0000] "GET /page/${n} HTTP/1.1" 200 12`
const write = (...rows: ReadonlyArray<string>) => appendFileSync(journal, rows.join(""))

const ship = (args: ReadonlyArray<string> = [], env: Record<string, string> = {}): Program => {
  const program = start(["ship", "--journald", "--source", source, ...args], server.url, {
    PATH: `${join(folder, "bin")}:${dirname(process.execPath)}:${process.env.PATH}`,
    JOURNAL: journal,
    ...env
  })
  ships.push(program)
  return program
}
const killed = async (program: Program) => {
  program.child.kill("SIGKILL")
  await program.ended
}
const holds = (...numbers: ReadonlyArray<number>) => {
  let seen = ""
  return until(
    "LOGS holds the lines",
    async () => {
      seen = await server.heldOf(source)
      return seen === numbers.map((n) => `${line(n)}\n`).join("")
    },
    { limitMs: 20_000, seen: () => `${seen}${ships.at(-1)?.stderr()}` }
  )
}

describe("ship --journald", () => {
  it("sends what the journal holds and gets, of the units that are named", async () => {
    place()
    write(row(1, line(1)), row(2, "Started.", "other.service"), row(3, `${line(2)}\n${line(3)}\n`))
    ship(["--unit", "nginx"])
    await holds(1, 2, 3)
    write(row(4, null), row(5, line(4)), row(6, line(9), "other.service"))
    await holds(1, 2, 3, 4)
  })

  it("goes on where it was when it was killed, and reads what was written meanwhile", async () => {
    place()
    write(row(1, line(1)), row(2, line(2)))
    const first = ship()
    await holds(1, 2)
    await killed(first)
    write(row(3, line(3)))
    ship()
    await holds(1, 2, 3)
  })

  it("begins with what comes with --from end, and remembers that before the first new line", async () => {
    place()
    write(row(1, line(1)))
    const first = ship(["--from", "end"])
    await until("it is kept", async () => (await server.lastOf(source)) !== undefined, { seen: first.stderr })
    await killed(first)
    write(row(2, line(2)))
    ship(["--from", "end"])
    await holds(2)
  })

  it("goes on with the next entry where the journal has dropped the one that was sent last, and says so", async () => {
    place()
    write(row(1, line(1)), row(2, line(2)))
    const first = ship()
    await holds(1, 2)
    await killed(first)
    writeFileSync(journal, row(4, line(4)) + row(5, line(5)))
    const second = ship()
    await holds(1, 2, 4, 5)
    assert.match(second.stderr(), /the journal has deleted it, or --unit has changed/)
  })

  it("sends each line once while it, journalctl and the server are killed", { timeout: 120_000 }, async () => {
    place()
    const next = random(7)
    let [n, entry] = [0, 0]
    let isOver = false
    const writing = (async () => {
      while (!isOver) {
        const message = Array.from({ length: 1 + Math.floor(next() * 5) }, () => line(n++)).join("\n")
        write(row(++entry, message))
        await delay(next() * 8)
      }
    })()
    let program = ship()
    for (let kill = 0; kill < 6; kill++) {
      const since = await server.lastSeq()
      await until("something is stored", async () => (await server.lastSeq()) > since, {
        limitMs: 60_000,
        seen: program.stderr
      })
      await delay(next() * 300)
      if (kill % 4 === 1) {
        await server.kill()
        await delay(next() * 200)
        await server.restart()
      } else if (kill % 4 === 2) {
        const children = readFileSync(`/proc/${program.pid}/task/${program.pid}/children`, "utf8").trim().split(" ")
        for (const pid of children) if (pid !== "") process.kill(Number(pid), "SIGKILL")
      } else {
        await killed(program)
        program = ship()
      }
    }
    isOver = true
    await writing
    await holds(...Array.from({ length: n }, (_, i) => i))
  })

  it("says what journalctl says where it cannot read, and tries again", async () => {
    place()
    const program = ship([], { JOURNAL_BROKEN: "1" })
    await until("it says so", () =>
      /journalctl ended with exit code 1: No journal files were found\.\. Restarting it\./.test(program.stderr())
    )
  })

  it("says that there is no journalctl", async () => {
    place()
    const program = ship([], { PATH: dirname(process.execPath) })
    assert.strictEqual(await program.ended, 1)
    assert.match(
      program.stderr(),
      /journalctl cannot be run: .*ENOENT.* --journald needs systemd's journal on this machine\.\n$/
    )
  })

  it("refuses a source that something else wrote last", async () => {
    place()
    await server.publish(source, line(1), {})
    const program = ship()
    assert.strictEqual(await program.ended, 1)
    assert.match(program.stderr(), /was not written by ship --journald, so ship cannot tell where to resume/)
  })

  it("is not mixed with files, and --unit is nothing without it", async () => {
    place()
    for (const [args, why] of [
      [["ship", "--journald", "a.log"], /One ship sends either files, or --journald,/],
      [["ship", "--unit", "nginx", "a.log"], /--unit belongs to --journald/]
    ] as const) {
      const program = start(args, server.url)
      assert.strictEqual(await program.ended, 2)
      assert.match(program.stderr(), why)
    }
  })
})
