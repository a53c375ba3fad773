import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chaussettes, until } from "@chaussettes/testing"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { isAlive, type Started, started } from "./support/started.ts"

const folder = mkdtempSync(join(tmpdir(), "chaussettes-start-"))
const running = new Set<Started>()
afterAll(async () => {
  // What a failed test left: the parts end with their `start`, the server does not.
  for (const left of running) {
    const parts = left.processes()
    left.child.kill("SIGKILL")
    for (const { pid } of parts) if (isAlive(pid)) process.kill(pid, "SIGKILL")
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
})

/** Where the file with the process's number should be stands a folder. */
const inTheWay = join(folder, "in-the-way")
mkdirSync(join(inTheWay, "start.pid"), { recursive: true })

const begin = (dir: string, args: ReadonlyArray<string> = []): Started => {
  const start = started(dir, args)
  running.add(start)
  void start.ended.then(() => running.delete(start))
  return start
}

const alertLines = (start: Started) =>
  start.stdout().match(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}(HIGH|MEDIUM) .*$/gm) ?? []
const alert = (start: Started, beyond = 0) =>
  until("another alert", () => (alertLines(start).length > beyond ? alertLines(start).at(-1) : undefined), {
    limitMs: 60_000,
    seen: start.output
  })
const part = (start: Started, name: RegExp) =>
  until(`${name} runs`, () => start.processes().find(({ args }) => name.test(args)), {
    limitMs: 60_000,
    seen: start.output
  })

describe("chaussettes start", () => {
  it("brings everything up, prints alerts, survives the death of a part, and leaves nothing behind on Ctrl-C", async () => {
    const dir = join(folder, "one")
    const start = begin(dir, ["--rate", "100"])
    const line = await alert(start)
    assert.match(line, /All traffic: \d+ of \d+ requests failed|IP |URL /)
    await until("how to look closer", () =>
      /look closer: npx chaussettes explain .* (global|ip|url)\./.test(start.stdout())
    )
    assert.match(start.stderr(), /Running\. The page is on http:\/\/localhost:\d+/)

    const second = await chaussettes(["start", "--dir", dir, "--nats-port", "0", "--port", "0", "--metrics-port", "0"])
    assert.strictEqual(second.code, 1)
    assert.match(
      second.stderr,
      /^Chaussettes is already running with its state in .*one \(process \d+\)\. .*--dir.*\n$/
    )

    const detector = await part(start, / detect /)
    process.kill(detector.pid, "SIGKILL")
    await until("its death is told", () => /detector ended by SIGKILL/.test(start.stderr()), {
      seen: start.output
    })
    await alert(start, alertLines(start).length)

    const pids = start.processes().map(({ pid }) => pid)
    assert.isAtLeast(pids.length, 4)
    start.child.kill("SIGINT")
    assert.strictEqual(await start.ended, 0, start.output())
    assert.deepStrictEqual(pids.filter(isAlive), [])
    assert.match(start.stderr(), /Stopped; the next start resumes here\.\n$/)
    assert.notMatch(start.stderr(), /Violation/, "a part asked for something that its role may not")
  }, 180_000)

  it("goes on from the state that it kept, for this user's eyes only", async () => {
    const dir = join(folder, "one")
    for (const kept of [dir, join(dir, "credentials")]) assert.strictEqual(statSync(kept).mode & 0o077, 0)
    assert.strictEqual(statSync(join(dir, "credentials", "nats.env")).mode & 0o777, 0o600)
    const before = readFileSync(join(dir, "credentials", "nats.env"), "utf8")
    const start = begin(dir, ["--no-generator"])
    await part(start, / detect /)
    await until("it runs", () => /Running\./.test(start.stderr()), {
      limitMs: 60_000,
      seen: start.output
    })
    assert.isUndefined(start.processes().find(({ args }) => / generate /.test(args)))
    const context = join(dir, "credentials", "operator.json")
    const init = await chaussettes(["init", "--context", context, "--json"])
    const streams = (JSON.parse(init.stdout) as { streams: ReadonlyArray<{ done: string }> }).streams
    assert.deepStrictEqual([...new Set(streams.map(({ done }) => done))], ["unchanged"])
    assert.strictEqual(readFileSync(join(dir, "credentials", "nats.env"), "utf8"), before)
    start.child.kill("SIGTERM")
    assert.strictEqual(await start.ended, 0)
  }, 180_000)

  it("ends the servers of a start that was killed, and takes over", async () => {
    const dir = join(folder, "killed")
    const start = begin(dir, ["--no-generator"])
    await until("it runs", () => /Running\./.test(start.stderr()), {
      limitMs: 60_000,
      seen: start.output
    })
    const isServer = ({ args }: { args: string }) => /nats-server|nats-viewers/.test(args)
    const servers = start.processes().filter(isServer)
    const parts = start.processes().filter((process) => !isServer(process))
    assert.strictEqual(servers.length, 2)
    start.child.kill("SIGKILL")
    await start.ended
    await until("the parts end with it", () => (parts.some(({ pid }) => isAlive(pid)) ? undefined : true))
    assert.deepStrictEqual(
      servers.map(({ pid }) => isAlive(pid)),
      [true, true]
    )
    const next = begin(dir, ["--no-generator"])
    await until("it runs", () => /Running\./.test(next.stderr()), {
      limitMs: 60_000,
      seen: next.output
    })
    assert.deepStrictEqual(
      servers.map(({ pid }) => isAlive(pid)),
      [false, false]
    )
    assert.match(next.stderr(), /(Ending the nats-server \d+ that an earlier start left behind\n){2}/)
    next.child.kill("SIGINT")
    assert.strictEqual(await next.ended, 0)
  }, 180_000)

  it("follows log files in place of simulated traffic, and status says how far they are", async () => {
    const dir = join(folder, "logs-state")
    const log = join(folder, "access.log")
    const now = new Date().toUTCString().split(/[ ,]+/)
    writeFileSync(log, `10.0.0.1 - - [${now[1]}/${now[2]}/${now[3]}:${now[4]} +0000] "GET / HTTP/1.1" 200 12\n`)
    const start = begin(dir, ["--logs", join(folder, "*.log")])
    await until("it runs", () => /Running\./.test(start.stderr()), { limitMs: 60_000, seen: start.output })
    assert.isEmpty(start.processes().filter(({ args }) => args.includes(" generate ")))
    const status = await until(
      "status shows the file",
      async () => {
        const { stdout } = await chaussettes([
          "status",
          "--json",
          "--context",
          join(dir, "credentials", "dashboard.json")
        ])
        const { ships } = JSON.parse(stdout || "{}") as { ships?: ReadonlyArray<{ files: ReadonlyArray<object> }> }
        return ships?.[0]?.files
      },
      { limitMs: 60_000, seen: start.output }
    )
    const size = statSync(log).size
    assert.deepStrictEqual(status, [{ path: log, sent_bytes: size, lag_bytes: 0, lag_seconds: 0 }])
    start.child.kill("SIGINT")
    assert.strictEqual(await start.ended, 0)
  }, 180_000)

  it("ends like on Ctrl-C when its terminal is closed, and leaves no process behind", async () => {
    const start = begin(join(folder, "hang-up"), ["--no-generator"])
    await until("it runs", () => /Running\./.test(start.stderr()), { limitMs: 60_000, seen: start.output })
    const pids = start.processes().map(({ pid }) => pid)
    assert.isAtLeast(pids.length, 4)
    start.child.kill("SIGHUP")
    assert.strictEqual(await start.ended, 0, start.output())
    assert.deepStrictEqual(pids.filter(isAlive), [])
  }, 120_000)

  it("hands flags on to the generator, which refuses what it cannot use", async () => {
    const ended = await chaussettes([
      "start",
      "--dir",
      join(folder, "bad"),
      "--nats-port",
      "0",
      "--port",
      "0",
      "--metrics-port",
      "0",
      "--rate",
      "many"
    ])
    assert.strictEqual(ended.code, 1)
    assert.match(ended.stderr, /generator cannot run: .*"many"\. Expected: a number of lines a second/)
  }, 120_000)

  it.each([["--nats-port"], ["--port"], ["--metrics-port"]])("says which port is in use: %s", async (flag) => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve))
    const { port } = taken.address() as { port: number }
    const others = ["--nats-port", "--port", "--metrics-port"]
      .filter((name) => name !== flag)
      .flatMap((name) => [name, "0"])
    const ended = await chaussettes(["start", "--dir", join(folder, "taken"), ...others, flag, `${port}`])
    taken.close()
    assert.strictEqual(ended.code, 1)
    assert.strictEqual(
      ended.stderr,
      `Cannot listen on 127.0.0.1:${port}: the port is in use. Stop what listens there, or give another port with ${flag}.\n`
    )
  })

  it.each([
    ["its folder cannot be made", "/dev/null/x", "a part of its path is not a directory"],
    ["something in it cannot be written", inTheWay, "it is a directory"]
  ])("says when it cannot keep its state: %s", async (_, dir, why) => {
    const ended = await chaussettes(["start", "--dir", dir, "--nats-port", "0", "--port", "0", "--metrics-port", "0"])
    assert.strictEqual(ended.code, 1)
    assert.strictEqual(
      ended.stderr,
      `Cannot store state in ${dir}: ${why}. Make room, or give another folder with --dir.\n`
    )
  })
})
