import { closeSync, createReadStream, fstatSync, openSync, readSync } from "node:fs"
import { createGunzip } from "node:zlib"
import { type FailureCode, reasonOf, UserFailure } from "./failure.ts"

/** Whole lines: bytes[start, end) ends with an LF, unless the file ends without one. Valid until the next one is asked for. */
export interface LineChunk {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  /** Compressed or plain bytes of the file that were read so far: for a progress bar. */
  readonly bytesRead: number
}

const chunkBytes = 256 * 1024
/** A line without an end is handed on when it is so long, and its rest is skipped: whoever scans it rejects it as too long. */
const longestLineBytes = 256 * 1024

const fileFailure = (name: string, cause: unknown, exitCode: FailureCode = 1): UserFailure => {
  const code = (cause as { code?: string }).code ?? ""
  const why =
    code.startsWith("Z_") || code === "ERR_BUFFER_TOO_LARGE" ? "its gzip data is damaged or cut off" : reasonOf(cause)
  return new UserFailure({
    message: `Cannot read ${name}: ${why}. Name a readable log file, or - for standard input.`,
    exitCode,
    cause
  })
}

/** Cuts a stream of bytes at the line ends. */
class Lines {
  #buffer = Buffer.allocUnsafe(chunkBytes + longestLineBytes)
  #kept = 0
  #skipping = false

  /** Room for the next bytes, behind what is kept of an unfinished line. */
  room(): Buffer {
    return this.#buffer.subarray(this.#kept, this.#kept + chunkBytes)
  }

  /** `filled` bytes stand in the room now: the whole lines among them, or nothing. */
  *take(filled: number, bytesRead: number): Generator<LineChunk> {
    const end = this.#kept + filled
    let start = 0
    if (this.#skipping) {
      const at = this.#buffer.indexOf(10, this.#kept)
      if (at < 0 || at >= end) {
        this.#kept = 0
        return
      }
      start = at + 1
      this.#skipping = false
    }
    let cut = this.#buffer.lastIndexOf(10, end - 1) + 1
    if (cut <= start) {
      if (end - start > longestLineBytes) {
        yield { bytes: this.#buffer, start, end, bytesRead }
        this.#skipping = true
        this.#kept = 0
        return
      }
      cut = start
    } else yield { bytes: this.#buffer, start, end: cut, bytesRead }
    this.#buffer.copyWithin(0, cut, end)
    this.#kept = end - cut
  }

  *last(bytesRead: number): Generator<LineChunk> {
    if (this.#kept > 0 && !this.#skipping) yield { bytes: this.#buffer, start: 0, end: this.#kept, bytesRead }
  }
}

const isGzip = (head: Uint8Array, length: number): boolean => length >= 2 && head[0] === 0x1f && head[1] === 0x8b

function* plainFile(fd: number, head: Buffer, headLength: number): Generator<LineChunk> {
  const lines = new Lines()
  let bytesRead = headLength
  lines.room().set(head.subarray(0, headLength))
  yield* lines.take(headLength, bytesRead)
  for (;;) {
    const n = readSync(fd, lines.room())
    if (n === 0) break
    bytesRead += n
    yield* lines.take(n, bytesRead)
  }
  yield* lines.last(bytesRead)
}

async function* pieces(stream: AsyncIterable<Buffer>, bytesRead: () => number): AsyncGenerator<LineChunk> {
  const lines = new Lines()
  for await (const piece of stream) {
    for (let at = 0; at < piece.length; ) {
      const room = lines.room()
      const n = Math.min(room.length, piece.length - at)
      room.set(piece.subarray(at, at + n))
      at += n
      yield* lines.take(n, bytesRead())
    }
  }
  yield* lines.last(bytesRead())
}

async function* standardInput(): AsyncGenerator<LineChunk> {
  let bytesRead = 0
  async function* counted() {
    for await (const piece of process.stdin as AsyncIterable<Buffer>) {
      bytesRead += piece.length
      yield piece
    }
  }
  yield* pieces(counted(), () => bytesRead)
}

/**
 * The lines of a log file, plain or gzip (told by its content), or of standard input for `-`, in chunks of whole lines.
 * Throws a `UserFailure` that names the file and says what is the matter with it.
 */
export async function* readLogFile(name: string): AsyncGenerator<LineChunk> {
  if (name === "-") return yield* standardInput()
  let fd: number
  try {
    fd = openSync(name, "r")
  } catch (cause) {
    throw fileFailure(name, cause)
  }
  try {
    if (fstatSync(fd).isDirectory()) throw Object.assign(new Error("it is a directory"), { code: "EISDIR" })
    const head = Buffer.allocUnsafe(64 * 1024)
    const headLength = readSync(fd, head)
    if (!isGzip(head, headLength)) return yield* plainFile(fd, head, headLength)
    const file = createReadStream(name)
    const gunzip = createGunzip()
    file.on("error", (error) => gunzip.destroy(error))
    yield* pieces(file.pipe(gunzip), () => file.bytesRead)
  } catch (cause) {
    throw cause instanceof UserFailure ? cause : fileFailure(name, cause)
  } finally {
    closeSync(fd)
  }
}

/** How many bytes the files have together; 0 when that cannot be told, as of standard input. */
export const sizeOf = (names: ReadonlyArray<string>): number => {
  let bytes = 0
  for (const name of names) {
    if (name === "-") return 0
    try {
      const fd = openSync(name, "r")
      bytes += fstatSync(fd).size
      closeSync(fd)
    } catch {
      return 0
    }
  }
  return bytes
}
