import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { gzipSync, zstdCompressSync } from "node:zlib"
import { askShip } from "@chaussettes/service"
import { type Program, until } from "@chaussettes/testing"
import { afterAll, afterEach, assert, beforeAll, describe, it } from "@effect/vitest"
import { type LogsServer, start, startLogs } from "../process/tools.ts"

let server: LogsServer
let folder: string
let source: string
let log: string
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

const two = (n: number) => `${n}`.padStart(2, "0")
const line = (n: number) =>
  `10.0.0.1 - - [05/Jan/2026:10:${two(Math.floor(n / 60) % 60)}:${two(n % 60)} +0000] "GET /page/${n} HTTP/1.1" 200 12\n`
const lines = (from: number, count: number) => Array.from({ length: count }, (_, i) => line(from + i)).join("")

/** A folder with a log, and a source of their own. */
const place = () => {
  folder = mkdtempSync(join(tmpdir(), "chaussettes-ship-"))
  source = `ship${process.pid}-${made++}`
  log = join(folder, "access.log")
}
const ship = (...args: ReadonlyArray<string>): Program => {
  const program = start(["ship", "--source", source, ...args], server.url)
  ships.push(program)
  return program
}
const follows = (program: Program) =>
  until("it follows", () => program.stderr().includes("following"), { seen: program.stderr })

/** All lines of the source, in the order of LOGS. */
const held = (): Promise<string> => server.heldOf(source)
const holds = async (text: string) => {
  let seen = ""
  const isHeld = async () => {
    seen = await held()
    return seen === text
  }
  await until("the lines", isHeld, { limitMs: 15_000, seen: () => `${seen}\n${ships.at(-1)?.stderr()}` })
}
const killed = async (program: Program) => {
  program.child.kill("SIGKILL")
  await program.ended
}

describe("ship", () => {
  it("sends what is there and what is written, and goes on after a kill where LOGS ends", async () => {
    place()
    writeFileSync(log, lines(0, 10))
    const first = ship(log)
    await holds(lines(0, 10))
    appendFileSync(log, lines(10, 5))
    await holds(lines(0, 15))
    await killed(first)
    appendFileSync(log, lines(15, 5))
    ship(log)
    await holds(lines(0, 20))
  })

  it("sends a line only with its end, wherever it is cut", async () => {
    place()
    writeFileSync(log, `${lines(0, 1)}${line(1).slice(0, 30)}`)
    ship(log)
    await holds(lines(0, 1))
    await delay(200)
    appendFileSync(log, line(1).slice(30))
    await holds(lines(0, 2))
  })

  it.each([
    ["renamed and packed with gzip", ".1.gz", gzipSync],
    ["renamed and packed with zstd", ".1.zst", zstdCompressSync],
    ["renamed", ".1", (bytes: Buffer) => bytes]
  ] as const)("reads what was written to a file that was %s while it was away", async (_, ending, pack) => {
    place()
    writeFileSync(log, lines(0, 10))
    const first = ship(log)
    await holds(lines(0, 10))
    await killed(first)
    appendFileSync(log, lines(10, 2_000))
    writeFileSync(`${log}${ending}`, pack(readFileSync(log)))
    writeFileSync(log, lines(2_010, 3))
    ship(log)
    await holds(lines(0, 2_013))
  })

  it("says in each message how its columns are named, where a file has named them once, also after a kill", async () => {
    place()
    const other = join(folder, "other.log")
    const names = "#Fields: date time c-ip cs-method cs-uri-stem sc-status"
    const otherNames = "#Fields: date time cs-uri-stem cs-method sc-status c-ip"
    const row = (n: number) => `2026-10-10 13:55:${two(n)} 203.0.113.7 GET /a 200\n`
    const otherRow = (n: number) => `2026-10-10 13:55:${two(n)} /a GET 200 203.0.113.7\n`
    writeFileSync(log, `${names}\n${row(1)}`)
    const first = ship(log, other)
    const declared = async () => (await server.lastOf(source))?.headers["Chaussettes-Format"]
    let sent = `${names}\n${row(1)}`
    const grows = async (path: string, text: string) => {
      appendFileSync(path, text)
      sent += text
      await holds(sent)
    }
    await holds(sent)
    await grows(log, row(2))
    assert.strictEqual(await declared(), names)
    await grows(other, `${otherNames}\n${otherRow(3)}`)
    assert.isUndefined(await declared())
    await grows(other, otherRow(4))
    assert.strictEqual(await declared(), otherNames)
    await killed(first)
    ship(log, other)
    await grows(log, row(5))
    assert.strictEqual(await declared(), names)
    await grows(other, otherRow(6))
    assert.strictEqual(await declared(), otherNames)
  })

  it("reads files that came and were rotated while it was away, the oldest first, and none that it has sent", async () => {
    place()
    writeFileSync(`${log}.1`, "an older line\n")
    await delay(1_100)
    writeFileSync(log, lines(0, 10))
    const first = ship(log)
    await holds(lines(0, 10))
    await killed(first)
    renameSync(`${log}.1`, `${log}.4`)
    appendFileSync(log, lines(10, 1))
    renameSync(log, `${log}.3`)
    writeFileSync(`${log}.2.gz`, gzipSync(lines(11, 500)))
    writeFileSync(`${log}.1`, lines(511, 5))
    writeFileSync(log, lines(516, 5))
    ship(log)
    await holds(lines(0, 521))
  })

  it("follows a file that was renamed while its writer still writes to it, and the new one beside it", async () => {
    place()
    writeFileSync(log, lines(0, 3))
    ship(log)
    await holds(lines(0, 3))
    renameSync(log, `${log}.1`)
    appendFileSync(`${log}.1`, lines(3, 2))
    await holds(lines(0, 5))
    writeFileSync(log, lines(5, 2))
    await holds(lines(0, 7))
    appendFileSync(`${log}.1`, lines(7, 1))
    await holds(lines(0, 8))
  })

  it("takes from the copy what was not read before a file was cut (copytruncate)", async () => {
    place()
    writeFileSync(log, lines(0, 3))
    const first = ship(log)
    await holds(lines(0, 3))
    first.child.kill("SIGSTOP")
    appendFileSync(log, lines(3, 5))
    copyFileSync(log, `${log}.1`)
    truncateSync(log, 0)
    appendFileSync(log, lines(8, 50))
    first.child.kill("SIGCONT")
    await holds(lines(0, 58))
  })

  it("takes from the copy a file that was cut before any of it was read", async () => {
    place()
    writeFileSync(log, lines(0, 3))
    const first = ship(log)
    await holds(lines(0, 3))
    first.child.kill("SIGSTOP")
    renameSync(log, `${log}.2`)
    writeFileSync(log, lines(3, 5))
    copyFileSync(log, `${log}.1`)
    truncateSync(log, 0)
    appendFileSync(log, lines(8, 2))
    first.child.kill("SIGCONT")
    await holds(lines(0, 10))
  })

  it("follows a pattern's files that appear later, through a symbolic link, too, and by polling", async () => {
    place()
    const program = ship("--poll", join(folder, "*.log"))
    await follows(program)
    writeFileSync(log, lines(0, 2))
    await holds(lines(0, 2))
    const target = join(folder, "elsewhere")
    writeFileSync(target, lines(2, 2))
    symlinkSync(target, join(folder, "linked.log"))
    await holds(lines(0, 4))
    appendFileSync(target, lines(4, 1))
    await holds(lines(0, 5))
  })

  it("brings what is behind in several files in the order of the lines' times", async () => {
    place()
    writeFileSync(join(folder, "a.log"), Array.from({ length: 100 }, (_, i) => line(2 * i)).join(""))
    writeFileSync(join(folder, "b.log"), Array.from({ length: 100 }, (_, i) => line(2 * i + 1)).join(""))
    ship(join(folder, "*.log"))
    await holds(lines(0, 200))
  })

  it("begins behind old lines with --from end, and remembers that before the first new one", async () => {
    place()
    writeFileSync(log, lines(0, 10))
    const first = ship("--from", "end", log)
    await until("it is kept", async () => (await server.lastOf(source)) !== undefined, { seen: first.stderr })
    await killed(first)
    appendFileSync(log, lines(10, 2))
    ship("--from", "end", log)
    await holds(lines(10, 2))
  })

  it("holds lines in their files while the server is away, and says so", async () => {
    place()
    writeFileSync(log, lines(0, 3))
    const program = ship(log)
    await holds(lines(0, 3))
    await server.kill()
    appendFileSync(log, lines(3, 1))
    await until("it says so", () => program.stderr().includes("waiting; its lines stay in the files"))
    renameSync(log, `${log}.1`)
    writeFileSync(log, lines(4, 3))
    await server.restart()
    await holds(lines(0, 7))
    assert.match(program.stderr(), /resuming\./)
  })

  it("leaves in the files what a server that stands still does not take, and not in memory", async () => {
    place()
    writeFileSync(log, lines(0, 3))
    const program = ship(log)
    await holds(lines(0, 3))
    const residentMiB = () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${program.child.pid}/status`, "latin1"))![1]) / 1024
    server.pause()
    const before = residentMiB()
    const text = lines(3, 1_000)
    const bytes = 96 * 1024 * 1024
    let written = 0
    for (; written < bytes; written += text.length) appendFileSync(log, text)
    await until("it sees them", async () => ((await askShip(source))?.files[0]?.lag_bytes ?? 0) >= written, {
      limitMs: 15_000
    })
    await delay(500)
    assert.isBelow(residentMiB() - before, 48)
    server.resume()
    await until("all is stored", async () => (await askShip(source))?.files[0]?.lag_bytes === 0, { limitMs: 30_000 })
    assert.strictEqual((await held()).length, written + lines(0, 3).length)
  }, 60_000)

  it("waits for a server that is not there yet", async () => {
    place()
    writeFileSync(log, lines(0, 3))
    await server.kill()
    const program = ship(log)
    await until("it waits", () => program.stderr().includes("Waiting for"), { seen: program.stderr })
    await server.restart()
    await holds(lines(0, 3))
  })

  it("is alone on its machine with its source, and says how far each file is", async () => {
    place()
    writeFileSync(log, lines(0, 3))
    ship(log)
    await holds(lines(0, 3))
    const second = ship(log)
    assert.strictEqual(await second.ended, 1)
    assert.match(second.stderr(), /Another ship on this machine already sends the source/)
    const state = await askShip(source)
    assert.deepStrictEqual(state?.files, [{ path: log, sent_bytes: lines(0, 3).length, lag_bytes: 0, lag_seconds: 0 }])
  })

  it("ends where another ship, that it cannot see, has written to its source", async () => {
    place()
    writeFileSync(log, lines(0, 3))
    const program = ship(log)
    await holds(lines(0, 3))
    const places = (await server.lastOf(source))!.headers["Chaussettes-Places"]!
    const headers = { "Chaussettes-Ship": "another.1", "Chaussettes-Host": "web2", "Chaussettes-Places": places }
    await server.publish(source, "a line of another\n", headers)
    appendFileSync(log, lines(3, 1))
    assert.strictEqual(await program.ended, 1)
    assert.match(program.stderr(), /Another ship, on web2, already sends the source/)
  })

  it("does not guess where to go on behind a message that no ship wrote", async () => {
    place()
    writeFileSync(log, lines(0, 3))
    await server.publish(source, "a line\n", {})
    const refused = ship(log)
    assert.strictEqual(await refused.ended, 1)
    assert.match(refused.stderr(), /was not written by ship.*--source.*--from start or --from end/)
  })

  it("gives each log a source of its own where the name says so", async () => {
    place()
    writeFileSync(join(folder, "shop.log"), lines(0, 3))
    const template = `${source}-{name}`
    ships.push(start(["ship", "--source", template, join(folder, "*.log")], server.url))
    await until("the first", async () => (await server.heldOf(`${source}-shop`)) === lines(0, 3))
    writeFileSync(join(folder, "blog.log"), lines(3, 3))
    await until("the second", async () => (await server.heldOf(`${source}-blog`)) === lines(3, 3))
  })

  it("replaces clients on the way, without losing its place", async () => {
    place()
    const key = join(folder, "key")
    writeFileSync(key, "Zq7vK2mWx9bT4hRc0sLd8PfA3nJe6YuG")
    writeFileSync(log, lines(0, 3))
    const args = ["--pseudonymize", "--pseudonym-key-file", key, log]
    const first = ship(...args)
    await until("three lines", async () => (await held()).split("\n").length === 4, { seen: first.stderr })
    await killed(first)
    appendFileSync(log, lines(3, 2))
    ship(...args)
    await until("five lines", async () => (await held()).split("\n").length === 6)
    assert.notMatch(await held(), /10\.0\.0\.1/)
  })

  it.each(["SIGTERM", "SIGINT"] as const)(
    "ends at %s while it waits for a server that is not there",
    async (signal) => {
      place()
      const waiting = start(["ship", join(folder, "none.log")])
      ships.push(waiting)
      await until("it waits", () => waiting.stderr().includes("Waiting for"), { seen: waiting.stderr })
      waiting.child.kill(signal)
      const ended = await Promise.race([waiting.ended, delay(10_000, "it goes on")])
      assert.notStrictEqual(ended, "it goes on")
    }
  )
})
