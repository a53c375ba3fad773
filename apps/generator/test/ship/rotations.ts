import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { type Program, until } from "@chaussettes/testing"
import { type LogsServer, start, startLogs } from "../process/tools.ts"
import { machineDisk } from "./disk.ts"
import { type Kind, outcomeOf, random, Writer } from "./writer.ts"

/*
 * Logs that are written and rotated in every way, while the ship that follows them, and the server, are killed and paused at random
 * moments.
 */

/** No line is removed before it could be sent. */
const keptFiles = 150

export interface Storm {
  readonly rotations: number
  /** Of the ship, at random moments; the server is killed or paused once for every five of them. */
  readonly kills: number
  readonly seed: number
  readonly say?: (text: string) => void
}

export interface Outcome {
  readonly written: number
  readonly lost: number
  readonly twice: number
  /** Lines that came before one that was written earlier to the same file; kept apart, since stragglers cross a rotation by right. */
  readonly messages: number
  readonly kinds: { readonly [kind: string]: number }
  readonly kills: number
  readonly serverFaults: number
  readonly seconds: number
  readonly log: string
}

export const storm = async ({ rotations, kills, seed, say = () => {} }: Storm): Promise<Outcome> => {
  const startedMs = performance.now()
  const next = random(seed)
  const folder = mkdtempSync(join(tmpdir(), "chaussettes-storm-"))
  let server: LogsServer | undefined
  let ship: Program | undefined
  let log = ""
  try {
    server = await startLogs()
    const elsewhere = join(folder, "elsewhere")
    mkdirSync(elsewhere)
    writeFileSync(join(elsewhere, "linked.log"), "")
    symlinkSync(join(elsewhere, "linked.log"), join(folder, "linked.log"))
    const numbered: ReadonlyArray<Kind> = ["create", "nocreate", "copytruncate", "gzip", "zstd"]
    const writers = [
      new Writer(machineDisk, join(folder, "numbered.log"), "numbered", numbered, next, keptFiles),
      new Writer(machineDisk, join(folder, "dated.log"), "dated", ["date", "date-gzip"], next, keptFiles),
      new Writer(machineDisk, join(elsewhere, "linked.log"), "linked", numbered, next, keptFiles)
    ]
    const run = () => start(["ship", "--source", `storm-${process.pid}`, join(folder, "*.log")], server!.url)
    const heard = (program: Program) => {
      log += program.stderr()
    }
    // What was rotated before anything was sent is none of the ship's business: the storm begins when it has begun.
    for (const writer of writers) writer.write(1)
    ship = run()
    await until("the first lines", async () => (await server!.lastSeq()) > 0, {
      limitMs: 60_000,
      seen: () => ship!.stderr()
    })
    let isOver = false
    const lastSeq = () => server!.lastSeq()
    let [killed, faults] = [0, 0]
    const killing = (async () => {
      while (!isOver && killed < kills) {
        // Most lives store something, so that the storm moves on; the others end while they begin.
        if (next() < 0.75) {
          const since = await lastSeq()
          const hasStored = async () => isOver || (await lastSeq()) > since
          await until("the ship to store something", hasStored, { limitMs: 120_000, seen: () => ship!.stderr() })
        }
        await delay(next() * 800)
        if (isOver) break
        const before = ship!
        before.child.kill("SIGKILL")
        await before.ended
        heard(before)
        killed++
        if (next() < 0.5) await delay(next() * 300)
        ship = run()
        if (killed % 5 === 0) {
          faults++
          await delay(next() * 500)
          if (next() < 0.5) {
            await server!.kill()
            await delay(next() * 300)
            await server!.restart()
          } else {
            server!.pause()
            await delay(200 + next() * 800)
            server!.resume()
          }
        }
      }
    })()
    const each = Math.max(1, Math.floor(rotations / writers.length))
    await Promise.all(
      writers.map(async (writer) => {
        for (let i = 0; i < each; i++) {
          for (let n = 3 + Math.floor(next() * 6); n > 0; n--) {
            writer.write(40)
            await delay(next() * 60)
          }
          for (const moment of writer.rotate()) if (moment === "wait") await delay(next() * 15)
          if (i % 50 === 49) say(`${writer.name}: ${i + 1} of ${each} rotations, ${killed} kills`)
        }
        writer.write(40)
        writer.close()
      })
    )
    isOver = true
    await killing
    const written = writers.reduce((sum, writer) => sum + writer.written, 0)
    // Until all is there, or nothing has come for a while.
    let [outcome, count, quietMs] = [outcomeOf(await server.held(), writers), -1, performance.now()]
    while (outcome.lost > 0 && performance.now() - quietMs < 12_000) {
      await delay(250)
      const seq = await server.lastSeq()
      if (seq === count) continue
      count = seq
      quietMs = performance.now()
      outcome = outcomeOf(await server.held(), writers)
    }
    // What comes twice may come late.
    await delay(500)
    outcome = outcomeOf(await server.held(), writers)
    heard(ship)
    const counts: { [kind: string]: number } = {}
    for (const writer of writers) {
      for (const [kind, n] of Object.entries(writer.counts)) counts[kind] = (counts[kind] ?? 0) + n
    }
    if (outcome.lost + outcome.twice > 0 && process.env.STORM_KEEP !== undefined) {
      const kept = `${process.env.STORM_KEEP}-${seed}`
      writeFileSync(`${kept}.held`, await server.held())
      writeFileSync(`${kept}.log`, log)
      if (existsSync(folder)) say(readdirSync(folder).join(" "))
    }
    return {
      written,
      ...outcome,
      messages: await server.lastSeq(),
      kinds: counts,
      kills: killed,
      serverFaults: faults,
      seconds: (performance.now() - startedMs) / 1000,
      log
    }
  } finally {
    await ship?.stop("SIGKILL")
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
