import { createWriteStream, renameSync, statSync, type WriteStream } from "node:fs"
import { reasonOf } from "@chaussettes/service"

const mostBytes = 10 * 2 ** 20
/** What waits to be written where the disk is slower than the part; beyond it lines are left out. */
const mostWaitingBytes = 2 ** 20
/** Between two tries to open it again. */
const retryMs = 10_000

export interface LogFileLimits {
  readonly mostBytes?: number
  readonly retryMs?: number
}

/**
 * The log of a part: what is large becomes `.1`, while it is written, too, and the `.1` of before is gone. A part without its log is better
 * than none: the disk may only be full for a while, or not at all where the part's data is. What comes meanwhile is not kept; it is said
 * once, and the log goes on when it can.
 */
export class LogFile {
  readonly #path: string
  readonly #mostBytes: number
  readonly #retryMs: number
  readonly #say: (text: string) => void
  #stream: WriteStream | undefined
  #bytes = 0
  #failedMs: number | undefined

  constructor(path: string, say: (text: string) => void, limits: LogFileLimits = {}) {
    this.#path = path
    this.#say = say
    this.#mostBytes = limits.mostBytes ?? mostBytes
    this.#retryMs = limits.retryMs ?? retryMs
    this.#open()
  }

  write(line: string): void {
    if (this.#stream === undefined && performance.now() - (this.#failedMs ?? 0) >= this.#retryMs) this.#open()
    if (this.#stream === undefined || this.#stream.writableLength > mostWaitingBytes) return
    if (this.#bytes > this.#mostBytes) {
      this.#stream.end()
      this.#open()
    }
    this.#stream?.write(`${line}\n`, (error) => {
      if (error === null || error === undefined) this.#failedMs = undefined
    })
    this.#bytes += Buffer.byteLength(line) + 1
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      const stream = this.#stream
      if (stream === undefined) return resolve()
      stream.once("close", () => resolve())
      stream.end()
    })
  }

  #open(): void {
    this.#stream = undefined
    try {
      this.#makeRoom()
    } catch (error) {
      this.#failed(error)
      return
    }
    const stream = createWriteStream(this.#path, { flags: "a", mode: 0o600 })
    stream.on("error", (error) => {
      this.#failed(error)
      if (this.#stream === stream) this.#stream = undefined
    })
    this.#stream = stream
  }

  #failed(error: unknown): void {
    if (this.#failedMs === undefined) this.#say(`Cannot write ${this.#path} for now: ${reasonOf(error)}.`)
    this.#failedMs = performance.now()
  }

  #makeRoom(): void {
    const known = statSync(this.#path, { throwIfNoEntry: false })
    const isFile = known?.isFile() === true
    // Before what was written is on the disk its size is only known here.
    const bytes = isFile ? Math.max(known.size, this.#bytes) : 0
    const isFull = bytes > this.#mostBytes
    if (isFull) renameSync(this.#path, `${this.#path}.1`)
    this.#bytes = isFull ? 0 : bytes
  }
}
