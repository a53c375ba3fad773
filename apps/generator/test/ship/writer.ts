import { basename, dirname, join } from "node:path"
import { gzipSync, zstdCompressSync } from "node:zlib"
import type { Disk } from "./disk.ts"

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

/** Where others may have their turn within a rotation; at `wait` some time passes. */
type Moment = "step" | "wait"
type Moments = Generator<Moment, void, void>

export type Kind = "create" | "nocreate" | "copytruncate" | "gzip" | "zstd" | "date" | "date-gzip"

function* shifted(disk: Disk, log: string, kept: number): Moments {
  const folder = dirname(log)
  const name = basename(log)
  const numbers = disk.names(folder).flatMap((file) => {
    const match = /^(.+)\.(\d+)(\.gz|\.zst)?$/.exec(file)
    return match !== null && match[1] === name ? [{ file, number: Number(match[2]), ending: match[3] ?? "" }] : []
  })
  for (const { file, number, ending } of numbers.sort((a, b) => b.number - a.number)) {
    yield "step"
    if (number >= kept) disk.remove(join(folder, file))
    else disk.rename(join(folder, file), join(folder, `${name}.${number + 1}${ending}`))
  }
}

/** Removes the oldest dated files. */
const forgetOldest = (disk: Disk, log: string, kept: number): void => {
  const dated = disk.names(dirname(log)).filter((file) => file.startsWith(`${basename(log)}-`))
  for (const file of dated.sort().slice(0, -kept)) disk.remove(join(dirname(log), file))
}

/** Packs a file as gzip and zstd do: the time of the last change stays, the file itself goes. */
function* packed(disk: Disk, path: string, ending: ".gz" | ".zst"): Moments {
  const bytes = disk.read(path)
  const target = `${path}${ending}`
  const whole = ending === ".gz" ? gzipSync(bytes) : zstdCompressSync(bytes)
  // In two pieces, so that somebody may see half of it.
  disk.write(target, whole.subarray(0, whole.length >> 1))
  yield "step"
  disk.append(target, whole.subarray(whole.length >> 1))
  yield "step"
  disk.keepTime(path, target)
  yield "step"
  disk.remove(path)
}

/** A log, and a web server that writes to it. */
export class Writer {
  readonly log: string
  readonly name: string
  readonly #kinds: ReadonlyArray<Kind>
  readonly #random: () => number
  readonly #disk: Disk
  readonly #kept: number
  readonly counts: { [kind: string]: number } = {}
  #file: ReturnType<Disk["appender"]>
  #next = 0
  #rest = ""
  #rotations = 0
  readonly #lineTimeMs = Date.parse("2026-01-05T10:00:00Z")

  /** @param kept rotated files that are kept: as many that no line is removed before it could be sent */
  constructor(disk: Disk, log: string, name: string, kinds: ReadonlyArray<Kind>, next: () => number, kept: number) {
    this.#disk = disk
    this.#kept = kept
    this.log = log
    this.name = name
    this.#kinds = kinds
    this.#random = next
    this.#file = disk.appender(log)
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
    this.#file.write(text)
  }

  get isAtLineEnd(): boolean {
    return this.#rest === ""
  }

  finishLine(): void {
    if (this.#rest !== "") this.#file.write(this.#rest)
    this.#rest = ""
  }

  #reopen(): void {
    this.finishLine()
    this.#file.close()
    this.#file = this.#disk.appender(this.log)
  }

  *#stragglers(): Moments {
    for (let i = Math.floor(this.#random() * 4); i > 0; i--) {
      this.write(5)
      yield "wait"
    }
  }

  *rotate(): Moments {
    const kind = this.#kinds[Math.floor(this.#random() * this.#kinds.length)]!
    this.counts[kind] = (this.counts[kind] ?? 0) + 1
    // As the real path, where the log is a symbolic link: logrotate is told that one.
    if (kind === "copytruncate") {
      this.finishLine()
      yield* shifted(this.#disk, this.log, this.#kept)
      yield* this.#copied(`${this.log}.1`)
      this.#disk.truncate(this.log)
      return
    }
    const isDated = kind.startsWith("date")
    if (isDated) forgetOldest(this.#disk, this.log, this.#kept)
    else yield* shifted(this.#disk, this.log, this.#kept)
    yield "step"
    const target = isDated ? `${this.log}-${1_767_600_000 + this.#rotations++}` : `${this.log}.1`
    this.#disk.rename(this.log, target)
    yield "step"
    if (kind !== "nocreate") this.#disk.write(this.log, new Uint8Array(0))
    yield* this.#stragglers()
    this.#reopen()
    if (kind === "gzip" || kind === "date-gzip") yield* packed(this.#disk, target, ".gz")
    if (kind === "zstd") yield* packed(this.#disk, target, ".zst")
  }

  /** In two pieces, too. */
  *#copied(target: string): Moments {
    const bytes = this.#disk.read(this.log)
    this.#disk.write(target, bytes.subarray(0, bytes.length >> 1))
    yield "step"
    this.#disk.append(target, bytes.subarray(bytes.length >> 1))
    yield "step"
  }

  close(): void {
    this.finishLine()
    this.#file.close()
  }
}

/** Numbers of the lines that are there, by log. */
export const numbersOf = (held: Buffer): Map<string, Array<number>> => {
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
