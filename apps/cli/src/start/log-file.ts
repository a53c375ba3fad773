import { createWriteStream, type WriteStream } from "node:fs"
import { reasonOf } from "@chaussettes/service"
import { rotate } from "./state.ts"

/**
 * The log of a part. A part without its log is better than none: the disk may only be full for a while, or not at all where the part's data
 * is. What comes meanwhile is not kept; it is said once, and the log goes on when it can.
 */
export class LogFile {
  readonly #path: string
  readonly #say: (text: string) => void
  /** Between two tries to open it again. */
  readonly #retryMs: number
  #stream: WriteStream | undefined
  #failedMs: number | undefined

  constructor(path: string, say: (text: string) => void, retryMs = 10_000) {
    this.#retryMs = retryMs
    this.#path = path
    this.#say = say
    rotate(path)
    this.#open()
  }

  #open(): void {
    const stream = createWriteStream(this.#path, { flags: "a", mode: 0o600 })
    stream.on("error", (error) => {
      if (this.#failedMs === undefined) this.#say(`Cannot write ${this.#path} for now: ${reasonOf(error)}.`)
      this.#failedMs = performance.now()
      if (this.#stream === stream) this.#stream = undefined
    })
    this.#stream = stream
  }

  write(line: string): void {
    if (this.#stream === undefined && performance.now() - (this.#failedMs ?? 0) >= this.#retryMs) this.#open()
    this.#stream?.write(`${line}\n`, (error) => {
      if (error === null || error === undefined) this.#failedMs = undefined
    })
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      const stream = this.#stream
      if (stream === undefined) return resolve()
      stream.once("close", () => resolve())
      stream.end()
    })
  }
}
