import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { gunzipSync, zstdDecompressSync } from "node:zlib"
import { type Program, until } from "@chaussettes/testing"
import { type LogsServer, start, startLogs } from "../process/tools.ts"
import { machineDisk } from "./disk.ts"
import { type Kind, numbersOf, outcomeOf, random, Writer } from "./writer.ts"

/*
 * Logs that are written and rotated in every way, while the ship that follows them, and the server, are killed and paused at random
 * moments.
 */

/** Rotated files of each log that are kept. */
const keptFiles = 150
/** A rotation waits until so many of the oldest kept files are in LOGS whole. */
const sentAheadFiles = 5

export interface Storm {
  readonly rotations: number
  /** Of the ship, at random moments; the server is killed or paused once for every five of them. */
  readonly kills: number
  readonly seed: number
  readonly kept?: number
  /** Rotated files are removed though their lines may not have been sent: what `ship` cannot make good. */
  readonly isHasty?: boolean
  readonly say?: (text: string) => void
}

export interface Outcome {
  readonly written: number
  readonly lost: number
  /** Those of the lost lines that stood in a file when it was removed. */
  readonly removed: number
  readonly twice: number
  /** Rotations that waited, since the oldest files were not sent yet. */
  readonly waits: number
  readonly messages: number
  readonly kinds: { readonly [kind: string]: number }
  readonly kills: number
  readonly serverFaults: number
  readonly seconds: number
  readonly log: string
}

/** A disk that knows the lines of what was removed for good; a file that was packed is removed, too, but not its lines. */
const rememberingDisk = () => {
  const removed = new Map<string, Set<number>>()
  const remove = (path: string) => {
    if (![".gz", ".zst"].some((ending) => existsSync(`${path}${ending}`))) {
      const bytes = readFileSync(path)
      const text = path.endsWith(".gz") ? gunzipSync(bytes) : path.endsWith(".zst") ? zstdDecompressSync(bytes) : bytes
      for (const [, name, number] of text.toString("latin1").matchAll(/GET \/(\w+)\/(\d+) /g)) {
        removed.set(name!, (removed.get(name!) ?? new Set()).add(Number(number)))
      }
    }
    machineDisk.remove(path)
  }
  return { disk: { ...machineDisk, remove }, removed }
}

/** Holds a log's rotations back while what the next one removes is not in LOGS: the operator keeps rotated files until they are read. */
const keeping = (server: LogsServer, kept: number) => {
  const sent = new Map<string, Set<number>>()
  let throughSeq = 0
  const update = async () => {
    const lastSeq = await server.lastSeq()
    for (const [name, numbers] of numbersOf(await server.held(throughSeq + 1))) {
      const own = sent.get(name) ?? new Set()
      for (const number of numbers) own.add(number)
      sent.set(name, own)
    }
    throughSeq = Math.max(throughSeq, lastSeq)
  }
  /** How many of a log's lines were written before each of its rotations. */
  const before = new Map<string, Array<number>>()
  return async (writer: Writer): Promise<boolean> => {
    const began = before.get(writer.name) ?? []
    before.set(writer.name, began)
    const most = began.at(-(kept - sentAheadFiles)) ?? 0
    const isSent = () => {
      const own = sent.get(writer.name)
      return Array.from({ length: most }, (_, n) => n).every((n) => own?.has(n))
    }
    let hasWaited = false
    while (!isSent()) {
      // The server may be away: it is asked again.
      await update().catch(() => undefined)
      if (isSent()) break
      hasWaited = true
      await delay(250)
    }
    began.push(writer.written)
    return hasWaited
  }
}

export const storm = async ({
  rotations,
  kills,
  seed,
  kept = keptFiles,
  isHasty = false,
  say = () => {}
}: Storm): Promise<Outcome> => {
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
    const { disk, removed } = rememberingDisk()
    const writers = [
      new Writer(disk, join(folder, "numbered.log"), "numbered", numbered, next, kept),
      new Writer(disk, join(folder, "dated.log"), "dated", ["date", "date-gzip"], next, kept),
      new Writer(disk, join(elsewhere, "linked.log"), "linked", numbered, next, kept)
    ]
    const untilKept = keeping(server, kept)
    let waits = 0
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
          if (!isHasty && (await untilKept(writer))) waits++
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
    const held = await server.held()
    outcome = outcomeOf(held, writers)
    const numbers = numbersOf(held)
    const lostOf = ({ name }: Writer) => [...(removed.get(name) ?? [])].filter((n) => !numbers.get(name)?.includes(n))
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
      removed: writers.reduce((sum, writer) => sum + lostOf(writer).length, 0),
      waits,
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
