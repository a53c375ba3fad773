import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import type { Alert, WindowRecord } from "@chaussettes/domain"
import { type RunningServer, startServer } from "@chaussettes/jetstream/testing"
import { chaussettes, type Program, startChaussettes, succeeded, until } from "@chaussettes/testing"
import { assert, describe, it } from "@effect/vitest"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"

/*
 * Lines that come late, early and disordered, through the commands as they are: each second of a case stands for ten in the defaults, which
 * libs/domain/test/detection-late.test.ts plays with the same times.
 */

const fast = ["--window", "1s", "--allowed-lateness", "500ms", "--idle", "3s", "--max-behind", "3s", "--horizon", "1m"]

const two = (n: number) => `${n}`.padStart(2, "0")
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

const line = (timeMs: number, status = 200, url = "/"): string => {
  const t = new Date(timeMs)
  const date = `${two(t.getUTCDate())}/${months[t.getUTCMonth()]}/${t.getUTCFullYear()}`
  const time = `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}`
  return `198.51.100.7 - - [${date}:${time} +0000] "GET ${url} HTTP/1.1" ${status} 12\n`
}

interface Site {
  readonly server: RunningServer
  readonly source: (name: string) => { readonly write: (text: string) => void; readonly end: () => Promise<void> }
  readonly read: <A>(stream: string) => Promise<ReadonlyArray<A>>
  /** Waits until all that was sent stands in records, and answers how the lines are accounted for. */
  readonly accounted: (lines: number) => Promise<{
    readonly inTime: number
    readonly revised: number
    readonly late: number
    readonly rejected: number
  }>
  readonly detector: Program
}

/** How many sources LOGS has messages of. */
const sourcesIn = async (url: string): Promise<number> => {
  const nc = await connect({ servers: url })
  const { state } = await (await jetstreamManager(nc)).streams.info("LOGS", { subjects_filter: ">" })
  await nc.close()
  return Object.keys(state.subjects ?? {}).length
}

/** A server, a detector beside it, and pipes of lines, as a site has them. */
const onSite = async (body: (site: Site) => Promise<void>): Promise<void> => {
  const server = await startServer()
  const programs: Array<Program> = []
  const begin = (...args: ReadonlyArray<string>): Program => {
    const program = startChaussettes([...args, "--server", server.url], { input: "open" })
    programs.push(program)
    return program
  }
  try {
    await succeeded(chaussettes(["init", "--server", server.url]))
    const detector = begin("detect", ...fast)
    await until("the detector leads", () => /Detecting/.test(detector.output()), { seen: detector.output })
    const read: Site["read"] = async <A>(stream: string) => {
      const nc = await connect({ servers: server.url })
      try {
        const { messages } = (await (await jetstreamManager(nc)).streams.info(stream)).state
        const bodies: Array<A> = []
        if (messages === 0) return bodies
        const consumer = await jetstream(nc).consumers.get(stream)
        for await (const message of await consumer.fetch({ max_messages: messages, expires: 5_000 })) {
          bodies.push(message.json<A>())
        }
        return bodies
      } finally {
        await nc.close()
      }
    }
    const accounted: Site["accounted"] = (lines) =>
      until(
        `${lines} lines are accounted for`,
        async () => {
          const sum = { inTime: 0, revised: 0, late: 0, rejected: 0 }
          for (const { total, revision, since_last } of await read<WindowRecord>("WINDOWS")) {
            if (revision === undefined) sum.inTime += total
            else sum.revised += revision.added.total
            sum.late += since_last.late
            for (const n of Object.values(since_last.rejected)) sum.rejected += n
          }
          return sum.inTime + sum.revised + sum.late + sum.rejected >= lines && sum
        },
        { seen: detector.output, limitMs: 90_000 }
      )
    const source: Site["source"] = (name) => {
      const program = begin("replay", "-", "--source", name)
      return {
        write: (text) => void program.child.stdin!.write(text),
        end: async () => {
          program.child.stdin!.end()
          await program.ended
        }
      }
    }
    await body({ server, source, read, accounted, detector })
    await succeeded(chaussettes(["verify", "--server", server.url]))
  } finally {
    await Promise.all(programs.map((program) => program.stop()))
    await server.stop()
  }
}

/** Calls at a steady pace until `seconds` have passed; answers how often. */
const steadily = async (seconds: number, everyMs: number, call: (n: number) => void): Promise<number> => {
  const startMs = performance.now()
  let n = 0
  for (; performance.now() - startMs < seconds * 1_000; n++) {
    call(n)
    await delay(Math.max(0, startMs + (n + 1) * everyMs - performance.now()))
  }
  return n
}

describe.concurrent("no line is without a verdict", { timeout: 120_000 }, () => {
  it("after a line that is four minutes ahead of the clock", () =>
    onSite(async ({ source, accounted, read }) => {
      const web = source("web")
      web.write(line(Date.now() + 240_000))
      const sent = await steadily(8, 100, () => web.write(line(Date.now())))
      await web.end()
      const sum = await accounted(sent)
      assert.deepInclude(sum, { late: 0, rejected: 0 })
      assert.lengthOf(await read("ALERTS"), 0)
    }))

  it("where requests are slow: errors that are logged when they end are told within two windows", () =>
    onSite(async ({ server, source, accounted, read }) => {
      const web = source("web")
      // Lines that wait for their pipe to begin would all come at once, before their windows are decided.
      web.write(line(Date.now()))
      await until("the pipe has begun", async () => (await sourcesIn(server.url)) === 1)
      const begunMs = Date.now()
      let firstAlertMs = 0
      const watching = until("an alert of the slow requests", async () => (await read<Alert>("ALERTS"))[0]).then(
        (alert) => {
          firstAlertMs = Date.now()
          return alert
        }
      )
      const sent = await steadily(8, 100, (n) => {
        web.write(line(Date.now()))
        if (n % 2 === 0) web.write(line(Date.now() - 6_000, 504, "/slow"))
      })
      await web.end()
      const alert = await watching
      assert.strictEqual(alert.url ?? "all", "all")
      // A process has to start on what may be a busy machine; that it takes two windows is held in libs/domain/test/detection-late.test.ts.
      assert.isBelow(firstAlertMs - begunMs, 15_000)
      const sum = await accounted(1 + sent + Math.ceil(sent / 2))
      assert.deepInclude(sum, { late: 0, rejected: 0 })
      assert.isAbove(sum.revised, sent / 5)
    }))

  it("after the server was away: whoever comes back last is not late", () =>
    onSite(async ({ server, source, accounted }) => {
      const sources = ["web1", "web2", "web3"].map(source)
      const send = () => {
        for (const { write } of sources) write(line(Date.now()))
      }
      send()
      // A pipe that has not met the server yet would end where it is away.
      await until("all three have sent", async () => (await sourcesIn(server.url)) === 3)
      let sent = 1 + (await steadily(3, 100, send))
      await server.kill()
      sent += await steadily(5, 100, send)
      await server.restart()
      sent += await steadily(4, 100, send)
      await Promise.all(sources.map(({ end }) => end()))
      assert.deepInclude(await accounted(sent * 3), { late: 0, rejected: 0 })
    }))

  it("from a shipper that sends every four seconds and a host whose clock is slow, beside a live one that waits for neither", () =>
    onSite(async ({ source, accounted, read }) => {
      const [live, batch, slow] = ["live", "batch", "slow"].map(source) as [
        ReturnType<Site["source"]>,
        ReturnType<Site["source"]>,
        ReturnType<Site["source"]>
      ]
      let waiting = ""
      const sent = await steadily(14, 100, (n) => {
        const nowMs = Date.now()
        live.write(line(nowMs))
        slow.write(line(nowMs - 30_000))
        waiting += line(nowMs)
        if (n % 40 !== 39) return
        batch.write(waiting)
        waiting = ""
      })
      batch.write(waiting)
      await Promise.all([live.end(), batch.end(), slow.end()])
      assert.deepInclude(await accounted(sent * 3), { late: 0, rejected: 0 })
      const punctual = (await read<WindowRecord>("WINDOWS")).filter(
        ({ revision, closed_by }) => revision === undefined && closed_by === "watermark"
      )
      assert.isAtLeast(punctual.length, 8)
    }))

  it("in a file with one line of the next day in it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "late-"))
    try {
      const startMs = Date.UTC(2026, 0, 5)
      const lines = Array.from({ length: 3_600 }, (_, i) => line(startMs + (i === 600 ? 86_400_000 : i * 1_000)))
      await writeFile(join(folder, "access.log"), lines.join(""))
      const ran = await chaussettes(["analyze", join(folder, "access.log"), "--allowed-lateness", "5s", "--json"])
      assert.strictEqual(ran.code, 0)
      assert.deepInclude(JSON.parse(ran.stdout), { lines: 3_600, late: 0, errors: 0 })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
