import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { gzipSync, zstdCompressSync } from "node:zlib"
import { type Program, until } from "@chaussettes/testing"
import { type LogsServer, start, startLogs } from "../process/tools.ts"

/*
 * Logs that are written and rotated in every way, while the ship that follows them, and the server, are killed and paused at random
 * moments. Each line carries its log and a number, so that what came into LOGS can be counted.
 */

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

/** Small and repeatable: mulberry32. */
const random = (seed: number) => {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Rotated files that are kept: no line is removed before it could be sent. */
const keptFiles = 150

type Kind = "create" | "nocreate" | "copytruncate" | "gzip" | "zstd" | "date" | "date-gzip"

const shifted = (log: string): void => {
  const folder = dirname(log)
  const name = basename(log)
  const numbers = readdirSync(folder).flatMap((file) => {
    const match = /^(.+)\.(\d+)(\.gz|\.zst)?$/.exec(file)
    return match !== null && match[1] === name ? [{ file, number: Number(match[2]), ending: match[3] ?? "" }] : []
  })
  for (const { file, number, ending } of numbers.sort((a, b) => b.number - a.number)) {
    if (number >= keptFiles) rmSync(join(folder, file))
    else renameSync(join(folder, file), join(folder, `${name}.${number + 1}${ending}`))
  }
}

/** Removes the oldest dated files. */
const forgetOldest = (log: string): void => {
  const dated = readdirSync(dirname(log)).filter((file) => file.startsWith(`${basename(log)}-`))
  for (const file of dated.sort().slice(0, -keptFiles)) rmSync(join(dirname(log), file))
}

/** Packs a file as gzip and zstd do: the time of the last change stays, the file itself goes. */
const packed = (path: string, ending: ".gz" | ".zst"): void => {
  const bytes = readFileSync(path)
  const { atime, mtime } = statSync(path)
  const target = `${path}${ending}`
  const whole = ending === ".gz" ? gzipSync(bytes) : zstdCompressSync(bytes)
  // In two pieces, so that somebody may see half of it.
  writeFileSync(target, whole.subarray(0, whole.length >> 1))
  appendFileSync(target, whole.subarray(whole.length >> 1))
  utimesSync(target, atime, mtime)
  rmSync(path)
}

/** A log, and a web server that writes to it. */
class Writer {
  readonly log: string
  readonly name: string
  readonly #kinds: ReadonlyArray<Kind>
  readonly #random: () => number
  readonly counts: { [kind: string]: number } = {}
  #fd: number
  #next = 0
  #rest = ""
  #rotations = 0
  readonly #lineTimeMs = Date.parse("2026-01-05T10:00:00Z")

  constructor(log: string, name: string, kinds: ReadonlyArray<Kind>, next: () => number) {
    this.log = log
    this.name = name
    this.#kinds = kinds
    this.#random = next
    this.#fd = openSync(log, "a")
  }

  get written(): number {
    return this.#next
  }

  #line(): string {
    const n = this.#next++
    const time = new Date(this.#lineTimeMs + n * 10).toISOString().slice(11, 19)
    return `10.0.0.${(n % 5) + 1} - - [05/Jan/2026:${time} +0000] "GET /${this.name}/${n} HTTP/1.1" 200 12 "-" "${"x".repeat(n % 90)}"\n`
  }

  /** Some lines, now and then cut in the middle of one. */
  write(most: number): void {
    const count = 1 + Math.floor(this.#random() * most)
    let text = this.#rest
    for (let i = 0; i < count; i++) text += this.#line()
    this.#rest = ""
    if (this.#random() < 0.2) {
      const at = text.length - 1 - Math.floor(this.#random() * 40)
      this.#rest = text.slice(at)
      text = text.slice(0, at)
    }
    writeSync(this.#fd, text)
  }

  finishLine(): void {
    if (this.#rest !== "") writeSync(this.#fd, this.#rest)
    this.#rest = ""
  }

  #reopen(): void {
    this.finishLine()
    closeSync(this.#fd)
    this.#fd = openSync(this.log, "a")
  }

  async rotate(): Promise<void> {
    const kind = this.#kinds[Math.floor(this.#random() * this.#kinds.length)]!
    this.counts[kind] = (this.counts[kind] ?? 0) + 1
    const stragglers = async () => {
      for (let i = Math.floor(this.#random() * 4); i > 0; i--) {
        this.write(5)
        await delay(this.#random() * 15)
      }
    }
    // As the real path, where the log is a symbolic link: logrotate is told that one.
    if (kind === "copytruncate") {
      this.finishLine()
      shifted(this.log)
      copyFileSync(this.log, `${this.log}.1`)
      truncateSync(this.log, 0)
      return
    }
    const isDated = kind.startsWith("date")
    if (isDated) forgetOldest(this.log)
    else shifted(this.log)
    const target = isDated ? `${this.log}-${1_767_600_000 + this.#rotations++}` : `${this.log}.1`
    renameSync(this.log, target)
    if (kind !== "nocreate") writeFileSync(this.log, "")
    await stragglers()
    this.#reopen()
    if (kind === "gzip" || kind === "date-gzip") packed(target, ".gz")
    if (kind === "zstd") packed(target, ".zst")
  }

  close(): void {
    this.finishLine()
    closeSync(this.#fd)
  }
}

/** Numbers of the lines that are there, by log. */
const numbersOf = (held: Buffer): Map<string, Array<number>> => {
  const numbers = new Map<string, Array<number>>()
  for (const line of held.toString("latin1").split("\n")) {
    if (line === "") continue
    const match = /"GET \/(\w+)\/(\d+) HTTP\/1\.1" 200 12 "-" "(x*)"$/.exec(line)
    if (match === null || match[3]!.length !== Number(match[2]) % 90) throw new Error(`not a whole line: ${line}`)
    const own = numbers.get(match[1]!) ?? []
    own.push(Number(match[2]))
    numbers.set(match[1]!, own)
  }
  return numbers
}

const outcomeOf = (held: Buffer, writers: ReadonlyArray<Writer>) => {
  const numbers = numbersOf(held)
  let [lost, twice] = [0, 0]
  for (const { name, written } of writers) {
    const own = numbers.get(name) ?? []
    const distinct = new Set(own)
    twice += own.length - distinct.size
    lost += written - distinct.size
  }
  return { lost, twice }
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
      new Writer(join(folder, "numbered.log"), "numbered", numbered, next),
      new Writer(join(folder, "dated.log"), "dated", ["date", "date-gzip"], next),
      new Writer(join(elsewhere, "linked.log"), "linked", numbered, next)
    ]
    const run = () => start(["ship", "--source", "storm", join(folder, "*.log")], server!.url)
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
          await writer.rotate()
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
