import { readFileSync } from "node:fs"
import { connect, type Socket } from "node:net"
import { type Program, startChaussettes, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type Stack, startStack } from "./stack.ts"
import { openStreams, type Streams } from "./streams.ts"

const viewers = 200
const stuckViewers = 20

/** Resident memory of a process in MB. */
const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024

describe.skipIf(process.platform !== "linux")("200 viewers at once, over the real parts", { timeout: 90_000 }, () => {
  let stack: Stack
  let streams: Streams
  let live: Program

  beforeAll(async () => {
    stack = await startStack()
    streams = await openStreams(stack.server.url)
    live = startChaussettes(
      ["generate", "--rate", "500", "--seed", "3", "--error-rate", "20", "--source", "live", "--output", "nats"],
      { env: stack.env }
    )
    await until("windows are decided", async () => (await streams.records()).length > 0)
  }, 90_000)

  afterAll(async () => {
    await live?.stop()
    await streams?.close()
    await stack?.stop()
  }, 60_000)

  it("all hear each window soon, those that do not read cost nothing, and the detector keeps its pace", async () => {
    const before = residentMb(stack.pagePid())
    const abort = new AbortController()
    const heard = Array.from({ length: viewers }, () => ({ windows: new Set<number>(), connected: false }))
    const readers = heard.map(async (viewer) => {
      const response = await fetch(`${stack.url}/api/v1/events`, { signal: abort.signal })
      viewer.connected = response.ok
      let text = ""
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk
        const events = text.split("\n\n")
        text = events.pop()!
        for (const event of events) {
          const seq = /^event: window\ndata: \{"seq":(\d+)/m.exec(event)?.[1]
          if (seq !== undefined) viewer.windows.add(Number(seq))
        }
      }
    })
    const { port } = new URL(stack.url)
    const stuck: ReadonlyArray<Socket> = Array.from({ length: stuckViewers }, () => {
      const socket = connect(Number(port), "127.0.0.1")
      socket.on("error", () => {})
      socket.pause()
      socket.write("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
      return socket
    })
    try {
      await until("all are connected", () => heard.every((v) => v.connected))
      const from = (await streams.records()).length
      await until("five more windows are decided", async () => (await streams.records()).length >= from + 5)
      const decidedMs = performance.now()
      const wanted = Array.from({ length: 4 }, (_, i) => from + 2 + i)
      await until("all heard of them", () => heard.every((v) => wanted.every((seq) => v.windows.has(seq))))
      assert.isBelow(performance.now() - decidedMs, 2_000)
      const status = (await fetch(`${stack.url}/api/v1/status`).then((r) => r.json())) as { lagMessages: number }
      assert.strictEqual(status.lagMessages, 0)
      const grown = residentMb(stack.pagePid()) - before
      assert.isBelow(grown, 150, `${grown} MB more for ${viewers + stuckViewers} viewers`)
    } finally {
      abort.abort()
      for (const socket of stuck) socket.destroy()
      await Promise.allSettled(readers)
    }
  })
})
