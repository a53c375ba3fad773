import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connect } from "@nats-io/transport-node"
import { syntheticLog } from "../support/data.ts"
import { residentOf, task } from "../support/program.ts"
import { processorMsOf, startShip } from "../support/ship.ts"
import { openSite, type Site } from "../support/site.ts"
import { interleaved, type Measured, type Row } from "./row.ts"

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** With a server of its own and a folder for logs. */
const within = async (measure: (site: Site, folder: string) => Promise<Measured>): Promise<Measured> => {
  const folder = mkdtempSync(join(tmpdir(), "chaussettes-bench-ship-"))
  const site = await openSite()
  try {
    return await measure(site, folder)
  } finally {
    await site.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const warmLines = 200_000

const oneFile: Row = {
  id: "ship",
  what: "ship of lines that come into one file, all acknowledged",
  against: "publishing the same payloads as replay cuts them and nothing else",
  // One message of a source is under way at a time.
  goal: { of: "ratio", atLeast: 0.5 },
  quick: true,
  measure: ({ quick }) =>
    within(async (site, folder) => {
      const lines = quick ? 500_000 : 2_000_000
      const file = await syntheticLog(lines)
      const warm = readFileSync(await syntheticLog(warmLines))
      let made = 0
      const once = async () => {
        const log = join(folder, `${made++}.log`)
        writeFileSync(log, warm)
        const ship = startShip(site.url, `bench-${made}`, [log])
        await ship.stored(warm.length)
        const all = readFileSync(file)
        // It comes at once, as after a time in which the server was away.
        const startedMs = performance.now()
        appendFileSync(log, all)
        const ms = (await ship.stored(warm.length + all.length)) - startedMs
        await ship.stop()
        rmSync(log)
        return lines / (ms / 1000)
      }
      const theirs = async () => {
        const { ms } = await task<{ ms: number }>("publish", site.url, file)
        return lines / (ms / 1000)
      }
      return { ...(await interleaved(quick ? 3 : 5, once, theirs)), unit: "lines/s" }
    })
}

const files = 200

/** A ship that has sent many files, all of which were there before it. */
const caughtUp = async (site: Site, folder: string) => {
  const file = await syntheticLog(10_000)
  for (let i = 0; i < files; i++) copyFileSync(file, join(folder, `${i}.log`))
  const ship = startShip(site.url, "bench", [join(folder, "*.log")])
  await ship.stored(files * statSync(file).size)
  return ship
}

const idle: Row = {
  id: "ship-idle",
  what: `processor time of ship that follows ${files} files, nobody writes`,
  against: "—",
  goal: { of: "ours", atMost: 2 },
  quick: false,
  measure: () =>
    within(async (site, folder) => {
      const ship = await caughtUp(site, folder)
      await wait(2_000)
      const [beforeMs, startedMs] = [processorMsOf(ship.pid), performance.now()]
      await wait(20_000)
      const share = (processorMsOf(ship.pid) - beforeMs) / (performance.now() - startedMs)
      await ship.stop()
      return { ours: [share * 100], theirs: [], unit: "% of a processor" }
    })
}

const memory: Row = {
  id: "ship-memory",
  what: `memory of ship after ${files} files of 1 MB each, all behind at once`,
  against: "—",
  goal: { of: "ours", atMost: 250 },
  quick: false,
  measure: () =>
    within(async (site, folder) => {
      const ship = await caughtUp(site, folder)
      const resident = residentOf(ship.pid)
      await ship.stop()
      return { ours: [resident], theirs: [], unit: "MiB" }
    })
}

const p99 = (sorted: ReadonlyArray<number>): number => sorted[Math.floor(sorted.length * 0.99)]!

const latency: Row = {
  id: "ship-latency",
  what: "a line's way from the file to LOGS at 100 lines/s, p99",
  against: "—",
  goal: { of: "ours", atMost: 50 },
  quick: true,
  measure: ({ quick }) =>
    within(async (site, folder) => {
      const log = join(folder, "access.log")
      writeFileSync(log, "begin\n")
      const ship = startShip(site.url, "bench", [log])
      await ship.stored(1)
      const connection = await connect({ servers: site.url })
      const seen: Array<number> = []
      // Who listens to the subject hears a message when the server has it.
      connection.subscribe("logs.bench", {
        callback: (_, message) => {
          const nowMs = performance.now()
          for (const line of message.string().split("\n")) seen.push(nowMs - Number(line))
        }
      })
      await connection.flush()
      const lines = quick ? 300 : 1_000
      for (let i = 0; i < lines; i++) {
        appendFileSync(log, `${performance.now()}\n`)
        await wait(10 * (0.5 + ((i * 7) % 10) / 10))
      }
      while (seen.length < lines) await wait(10)
      await connection.close()
      await ship.stop()
      seen.sort((a, b) => a - b)
      const [middle, most] = [seen[seen.length >> 1]!, seen.at(-1)!]
      return {
        ours: [p99(seen)],
        theirs: [],
        unit: "ms",
        note: `median ${middle.toFixed(1)} ms, most ${most.toFixed(1)} ms`
      }
    })
}

export const ship: ReadonlyArray<Row> = [oneFile, latency, memory, idle]
