import { execFileSync } from "node:child_process"
import { createSocket } from "node:dgram"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { connect, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { type ConnectionOptions, connect as connectTls } from "node:tls"
import { gzipSync, zstdCompressSync } from "node:zlib"
import { count } from "@chaussettes/service"
import { type Program, projectFolder, until } from "@chaussettes/testing"
import { afterAll, afterEach, assert, beforeAll, describe, it } from "@effect/vitest"
import { type LogsServer, start, startLogs } from "../process/tools.ts"

let server: LogsServer
let certificates: string
let source = ""
let made = 0
const ships: Array<Program> = []

beforeAll(async () => {
  server = await startLogs()
  certificates = mkdtempSync(join(tmpdir(), "chaussettes-tls-"))
  execFileSync(join(projectFolder, "deploy/tls/make-certificates.sh"), [certificates, "localhost"])
})
afterEach(async () => {
  for (const ship of ships.splice(0)) await ship.stop("SIGKILL")
})
afterAll(async () => {
  rmSync(certificates, { recursive: true, force: true })
  await server.stop()
})

const two = (n: number) => `${n}`.padStart(2, "0")
const line = (n: number) =>
  `10.0.0.1 - - [05/Jan/2026:10:${two(Math.floor(n / 60) % 60)}:${two(n % 60)} +0000] "GET /page/${n} HTTP/1.1" 200 12`
const frame = (n: number) => `<190>Jan  5 10:00:00 web-1 nginx: ${line(n)}`
const counted = (text: string) => `${Buffer.byteLength(text)} ${text}`
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)
const text = (lines: ReadonlyArray<string>) => lines.map((one) => `${one}\n`).join("")

interface Listening {
  readonly program: Program
  /** The port of a protocol. */
  readonly port: (protocol: string) => number
}

const ship = async (args: ReadonlyArray<string>, env: Record<string, string> = {}): Promise<Listening> => {
  source = `receive${process.pid}-${made++}`
  const program = start(["ship", "--source", source, ...args], server.url, env)
  ships.push(program)
  await until("it listens", () => program.stderr().includes("taking lines on"), { seen: program.stderr })
  return {
    program,
    port: (protocol) => Number(new RegExp(`${protocol}://[^\\s,]+:(\\d+)`).exec(program.stderr())?.[1])
  }
}
/** What it says where it cannot run. */
const refused = async (...args: ReadonlyArray<string>): Promise<string> => {
  const program = start(["ship", ...args], server.url)
  ships.push(program)
  assert.strictEqual(await program.ended, 2)
  return program.stderr()
}

const holds = async (expected: string, limitMs = 30_000) => {
  let seen = ""
  const isHeld = async () => {
    seen = await server.heldOf(source)
    return seen.length >= expected.length
  }
  await until("LOGS holds all", isHeld, { limitMs, seen: () => `${seen.length} of ${expected.length} bytes` })
  assert.strictEqual(await server.heldOf(source), expected)
}

const opened = (socket: Socket, event: "connect" | "secureConnect" = "connect"): Promise<Socket> =>
  new Promise((resolve, reject) => socket.once(event, () => resolve(socket)).once("error", reject))
const sent = (socket: Socket, bytes: string): Promise<void> =>
  new Promise((resolve) => socket.write(bytes, () => resolve()))

describe("ship --syslog", () => {
  it("takes datagrams, and connections whose frames are counted or ended by a line feed", {
    timeout: 60_000
  }, async () => {
    const { port } = await ship(["--syslog", ":0"])
    const udp = createSocket("udp4")
    for (const n of numbers(20)) await new Promise((resolve) => udp.send(frame(n), port("udp"), "127.0.0.1", resolve))
    udp.close()
    await holds(text(numbers(20).map(frame)))
    const tcp = await opened(connect(port("tcp"), "127.0.0.1"))
    await sent(tcp, `${counted(frame(20))}${frame(21)}\n${frame(22)}`)
    tcp.end()
    await holds(text(numbers(23).map(frame)))
  })

  it("takes TLS from whoever has a certificate, and nothing from anybody else", { timeout: 60_000 }, async () => {
    const tls = (name: string) => join(certificates, name)
    const { port } = await ship([
      ...["--syslog", "tls://0.0.0.0:0", "--listen-cert", tls("server.pem"), "--listen-key", tls("server.key")],
      ...["--listen-client-ca", tls("ca.pem")]
    ])
    const options = { host: "127.0.0.1", servername: "localhost", port: port("tls"), ca: readFileSync(tls("ca.pem")) }
    const certified: ConnectionOptions = {
      ...options,
      cert: readFileSync(tls("client.pem")),
      key: readFileSync(tls("client.key"))
    }
    const stranger = connectTls(options)
    stranger.write(`${frame(7)}\n`)
    await new Promise((resolve) => stranger.once("error", resolve).once("close", resolve))
    const plain = await opened(connect(options.port, "127.0.0.1"))
    plain.end(`${frame(8)}\n`)
    const known = await opened(connectTls(certified), "secureConnect")
    await sent(known, counted(frame(0)))
    await holds(text([frame(0)]))
    known.destroy()
  })

  it("lets senders wait while the server takes nothing, and loses none of their lines", {
    timeout: 120_000
  }, async () => {
    const { port } = await ship(["--syslog", "tcp://:0"])
    const lines = numbers(120_000).map((n) => `${frame(n)} ${"x".repeat(200)}`)
    const tcp = await opened(connect(port("tcp"), "127.0.0.1"))
    server.pause()
    let handed = 0
    const all = text(lines)
    const sending = (async () => {
      for (let at = 0; at < all.length; at += 65_536) {
        await sent(tcp, all.slice(at, at + 65_536))
        handed = at
      }
    })()
    await delay(3_000)
    const waits = handed
    assert.isBelow(waits, all.length - 4_000_000, "a sender is held back")
    await delay(500)
    assert.strictEqual(handed, waits)
    server.resume()
    await sending
    tcp.end()
    await holds(all, 60_000)
  })

  it("stores all over kills of the server, in order and once", { timeout: 120_000 }, async () => {
    const { port } = await ship(["--syslog", "tcp://:0"])
    const tcp = await opened(connect(port("tcp"), "127.0.0.1"))
    for (const round of [0, 1, 2]) {
      for (const n of numbers(500)) {
        await sent(tcp, counted(frame(round * 500 + n)))
        if (n === 200) await server.kill()
        if (n === 400) await server.restart()
      }
    }
    tcp.end()
    await holds(text(numbers(1_500).map(frame)), 60_000)
  })

  it("stores what it has taken before it ends", { timeout: 60_000 }, async () => {
    const { port, program } = await ship(["--syslog", "tcp://:0"])
    const tcp = await opened(connect(port("tcp"), "127.0.0.1"))
    await sent(tcp, text(numbers(2_000).map(frame)))
    await until("some are stored", async () => (await server.heldOf(source)).length > 0)
    await program.stop("SIGTERM")
    const stored = (await server.heldOf(source)).split("\n").slice(0, -1)
    assert.deepEqual(stored, numbers(stored.length).map(frame))
    assert.include(program.stderr(), `${count(stored.length)} lines, `)
  })

  it("does not listen beyond this machine for everybody, nor beside files", { timeout: 60_000 }, async () => {
    assert.match(await refused("--syslog", "0.0.0.0:0"), /Refusing to accept lines from every client .* give --allow/)
    assert.match(await refused("--http", "0.0.0.0:0"), /give --token-file \(CHAUSSETTES_SHIP_TOKEN\) or --allow/)
    assert.match(await refused("--syslog", ":0", "access.log"), /start one for each, with a --source of its own/)
    assert.match(await refused("--syslog", "tls://:0"), /needs --listen-cert and --listen-key/)
    assert.match(await refused("--syslog", ":0", "--pseudonymize"), /--pseudonymize cannot be used with --syslog/)
    assert.match(await refused(), /Nothing to ship/)
  })
})

describe("ship --http", () => {
  const token = "9f2c4be1a07d53862a1c"
  const post = (
    at: number,
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {}
  ) => fetch(`http://127.0.0.1:${at}${path}`, { method: "POST", body, headers })

  it("answers when the lines are stored, and not before", { timeout: 60_000 }, async () => {
    const { port } = await ship(["--http", ":0"])
    assert.deepEqual(await (await post(port("http"), "/", text([line(0), line(1)]))).json(), { lines: 2 })
    assert.strictEqual(await server.heldOf(source), text([line(0), line(1)]))
    server.pause()
    let status: number | undefined
    const answered = post(port("http"), "/", line(2)).then((response) => {
      status = response.status
    })
    await delay(1_000)
    assert.isUndefined(status)
    server.resume()
    await answered
    assert.strictEqual(status, 200)
    assert.strictEqual(await server.heldOf(source), text([line(0), line(1), line(2)]))
  })

  it("answers 503 where the server takes too long, and takes lines again when it is back", {
    timeout: 90_000
  }, async () => {
    const { port } = await ship(["--http", ":0"])
    await server.kill()
    const { status, headers } = await post(port("http"), "/", line(0))
    assert.strictEqual(status, 503)
    assert.strictEqual(headers.get("retry-after"), "5")
    await server.restart()
    await until("it takes lines again", async () => (await post(port("http"), "/", line(1))).ok)
    assert.include(await server.heldOf(source), line(1))
  })

  it("takes Vector's arrays, JSON lines, and bodies packed with gzip and zstd", { timeout: 60_000 }, async () => {
    const { port } = await ship(["--http", ":0"])
    const asJson = { "content-type": "application/json" }
    const array = JSON.stringify([{ message: line(0), host: "web-1" }, { message: line(1) }])
    assert.isTrue((await post(port("http"), "/", array, asJson)).ok)
    const rows = `${JSON.stringify({ message: line(2) })}\n${JSON.stringify({ log: `${line(3)}\n` })}\n`
    assert.isTrue((await post(port("http"), "/", gzipSync(rows), { "content-encoding": "gzip" })).ok)
    assert.isTrue((await post(port("http"), "/", zstdCompressSync(line(4)), { "content-encoding": "zstd" })).ok)
    await holds(text(numbers(5).map(line)))
  })

  it("takes OTLP in JSON, and tells of what it cannot take", { timeout: 60_000 }, async () => {
    const { port } = await ship(["--http", ":0"])
    const body = {
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: line(0) } }, {}] }] }]
    }
    const answer = await post(port("http"), "/v1/logs", JSON.stringify(body), { "content-type": "application/json" })
    assert.deepEqual(await answer.json(), {
      partialSuccess: { rejectedLogRecords: "1", errorMessage: "1 records have no body: put the line there" }
    })
    const bad = await post(port("http"), "/v1/logs", "{", { "content-type": "application/json" })
    assert.strictEqual(bad.status, 400)
    assert.match(((await bad.json()) as { message: string }).message, /^not an ExportLogsServiceRequest/)
    assert.strictEqual((await post(port("http"), "/v1/logs", "x", { "content-type": "text/plain" })).status, 415)
    await holds(text([line(0)]))
  })

  it("takes lines from whoever has the token, and from no page of a browser", { timeout: 60_000 }, async () => {
    const secured = await ship(["--http", "0.0.0.0:0"], { CHAUSSETTES_SHIP_TOKEN: token })
    const at = secured.port("http")
    assert.strictEqual((await post(at, "/", line(9))).status, 401)
    assert.strictEqual((await post(at, "/", line(9), { authorization: `Bearer ${token}x` })).status, 401)
    assert.isTrue((await post(at, "/", line(0), { authorization: `Bearer ${token}` })).ok)
    const basic = Buffer.from(`vector:${token}`).toString("base64")
    assert.isTrue((await post(at, "/", line(1), { authorization: `Basic ${basic}` })).ok)
    await holds(text([line(0), line(1)]))
    assert.notInclude(secured.program.output(), token)
    const local = await ship(["--http", ":0"])
    assert.strictEqual((await post(local.port("http"), "/", line(9), { origin: "https://example.org" })).status, 403)
  })

  it("refuses what is too large, packed or not, and what it does not know", { timeout: 60_000 }, async () => {
    const { port } = await ship(["--http", ":0"])
    const at = port("http")
    assert.strictEqual(
      (await post(at, "/", gzipSync(Buffer.alloc(9_000_000, 65)), { "content-encoding": "gzip" })).status,
      413
    )
    assert.strictEqual((await post(at, "/", "a\n".repeat(100_001))).status, 413)
    assert.strictEqual((await post(at, "/", "a", { "content-encoding": "snappy" })).status, 415)
    assert.strictEqual((await post(at, "/", "a", { "content-encoding": "gzip" })).status, 400)
    assert.strictEqual((await post(at, "/", "[7]")).status, 400)
    assert.strictEqual((await post(at, "/elsewhere", "a")).status, 404)
    assert.strictEqual((await fetch(`http://127.0.0.1:${at}/`)).status, 405)
    assert.strictEqual(await server.heldOf(source), "")
    assert.isTrue((await post(at, "/", line(0))).ok)
  })
})
