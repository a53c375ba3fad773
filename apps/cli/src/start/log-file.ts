import { createWriteStream, renameSync, statSync, type WriteStream } from "node:fs"

const mostBytes = 10 * 2 ** 20
/** What waits to be written where the disk is slower than the part; beyond it lines are left out. */
const mostWaitingBytes = 2 ** 20

/** The log of a part: what is large becomes `.1`, while it is written, too, and the `.1` of before is gone. */
export class LogFile {
  readonly #path: string
  readonly #most: number
  readonly #failed: (error: Error) => void
  #stream: WriteStream
  #bytes = 0
  #hasFailed = false

  /** @param failed is told of the first error; what is written after it is lost */
  constructor(path: string, failed: (error: Error) => void, most = mostBytes) {
    this.#path = path
    this.#most = most
    this.#failed = failed
    this.#stream = this.#open()
  }

  write(line: string): void {
    if (this.#hasFailed || this.#stream.writableLength > mostWaitingBytes) return
    if (this.#bytes > this.#most) {
      this.#stream.end()
      this.#stream = this.#open()
    }
    this.#stream.write(`${line}\n`)
    this.#bytes += Buffer.byteLength(line) + 1
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#stream.end(() => resolve()))
  }

  #open(): WriteStream {
    const known = statSync(this.#path, { throwIfNoEntry: false })
    // Before what was written is on the disk its size is only known here.
    const bytes = Math.max(known?.isFile() === true ? known.size : 0, this.#bytes)
    const isFull = known?.isFile() === true && bytes > this.#most
    if (isFull) renameSync(this.#path, `${this.#path}.1`)
    this.#bytes = isFull || known?.isFile() !== true ? 0 : bytes
    const stream = createWriteStream(this.#path, { flags: "a", mode: 0o600 })
    stream.on("error", (error) => {
      if (!this.#hasFailed) this.#failed(error)
      this.#hasFailed = true
    })
    return stream
  }
}
