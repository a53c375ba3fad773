import {
  appendFileSync,
  closeSync,
  copyFileSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { basename, dirname, join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { gzipSync, zstdCompressSync } from "node:zlib"

/** A web server that writes its log, and what rotates it. Each line carries its log and a number, so that what came into LOGS can be counted. */

/** Small and repeatable: mulberry32. */
export const random = (seed: number) => {
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

/** Lets others have their turn between two steps of a rotation. */
export type Pause = () => Promise<void> | undefined

export type Kind = "create" | "nocreate" | "copytruncate" | "gzip" | "zstd" | "date" | "date-gzip"

const shifted = async (log: string, pause: Pause): Promise<void> => {
  const folder = dirname(log)
  const name = basename(log)
  const numbers = readdirSync(folder).flatMap((file) => {
    const match = /^(.+)\.(\d+)(\.gz|\.zst)?$/.exec(file)
    return match !== null && match[1] === name ? [{ file, number: Number(match[2]), ending: match[3] ?? "" }] : []
  })
  for (const { file, number, ending } of numbers.sort((a, b) => b.number - a.number)) {
    await pause()
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
const packed = async (path: string, ending: ".gz" | ".zst", pause: Pause): Promise<void> => {
  const bytes = readFileSync(path)
  const { atime, mtime } = statSync(path)
  const target = `${path}${ending}`
  const whole = ending === ".gz" ? gzipSync(bytes) : zstdCompressSync(bytes)
  // In two pieces, so that somebody may see half of it.
  writeFileSync(target, whole.subarray(0, whole.length >> 1))
  await pause()
  appendFileSync(target, whole.subarray(whole.length >> 1))
  await pause()
  utimesSync(target, atime, mtime)
  await pause()
  rmSync(path)
}

/** A log, and a web server that writes to it. */
export class Writer {
  readonly log: string
  readonly name: string
  readonly #kinds: ReadonlyArray<Kind>
  readonly #random: () => number
  readonly #pause: Pause
  readonly counts: { [kind: string]: number } = {}
  #fd: number
  #next = 0
  #rest = ""
  #rotations = 0
  readonly #lineTimeMs = Date.parse("2026-01-05T10:00:00Z")

  constructor(
    log: string,
    name: string,
    kinds: ReadonlyArray<Kind>,
    next: () => number,
    pause: Pause = () => undefined
  ) {
    this.log = log
    this.name = name
    this.#kinds = kinds
    this.#random = next
    this.#pause = pause
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

  get isAtLineEnd(): boolean {
    return this.#rest === ""
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
      await shifted(this.log, this.#pause)
      copyFileSync(this.log, `${this.log}.1`)
      await this.#pause()
      truncateSync(this.log, 0)
      return
    }
    const isDated = kind.startsWith("date")
    if (isDated) forgetOldest(this.log)
    else await shifted(this.log, this.#pause)
    await this.#pause()
    const target = isDated ? `${this.log}-${1_767_600_000 + this.#rotations++}` : `${this.log}.1`
    renameSync(this.log, target)
    await this.#pause()
    if (kind !== "nocreate") writeFileSync(this.log, "")
    await stragglers()
    this.#reopen()
    if (kind === "gzip" || kind === "date-gzip") await packed(target, ".gz", this.#pause)
    if (kind === "zstd") await packed(target, ".zst", this.#pause)
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

export const outcomeOf = (held: Buffer, writers: ReadonlyArray<Writer>) => {
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
