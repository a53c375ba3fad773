import { readSync, statSync } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import { setImmediate } from "node:timers/promises"
import { failed, reasonOf, UserFailure } from "../failure.ts"
import { cannotRead, checkUnpacked, headBytes, kindOf, longHeadBytes } from "./packed.ts"
import { Damaged, unpack } from "./unpack.ts"

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

/** Why a file cannot be read, as the sentence for the user. */
export const fileFailure = (name: string, cause: unknown): UserFailure => {
  return cause instanceof Damaged
    ? failed(
        `Cannot read ${name} to its end: ${cause.message}. Copy it again, or pipe what can be unpacked (\`${cause.program} FILE | chaussettes … -\`).`,
        cause
      )
    : failed(`Cannot read ${name}: ${reasonOf(cause)}. Name a readable log file, or - for standard input.`, cause)
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

/** Reading a file does not wait for anything, so it lets others have their turn (a Ctrl-C, above all) after so many pieces. */
const piecesATurn = 16

/** A file that can be read without waiting, from its beginning. */
async function* plainFile(fd: number): AsyncGenerator<LineChunk> {
  const lines = new Lines()
  let bytesRead = 0
  for (let piece = 1; ; piece++) {
    const n = readSync(fd, lines.room(), { position: bytesRead })
    if (n === 0) break
    bytesRead += n
    yield* lines.take(n, bytesRead)
    if (piece % piecesATurn === 0) await setImmediate()
  }
  yield* lines.last(bytesRead)
}

/** Bytes as they come, unpacked where they are packed. */
async function* streamed(name: string, source: AsyncIterable<Buffer>): AsyncGenerator<LineChunk> {
  let bytesRead = 0
  const counted = (async function* () {
    for await (const piece of source) {
      bytesRead += piece.length
      yield piece
    }
  })()
  let head: Buffer = Buffer.alloc(0)
  while (head.length < headBytes) {
    const { done, value } = await counted.next()
    if (done === true) break
    head = Buffer.concat([head, value])
  }
  const all = async function* () {
    yield head
    yield* counted
  }
  const lines = new Lines()
  const kind = kindOf(head)
  if (kind?._tag === "Other") throw cannotRead(name, kind)
  let isFirst = kind !== undefined
  for await (const piece of kind === undefined ? all() : unpack(kind.name, all)) {
    if (isFirst) checkUnpacked(name, piece)
    isFirst = false
    for (let at = 0; at < piece.length; ) {
      const room = lines.room()
      const n = Math.min(room.length, piece.length - at)
      room.set(piece.subarray(at, at + n))
      at += n
      yield* lines.take(n, bytesRead)
    }
  }
  yield* lines.last(bytesRead)
}

/**
 * The lines of a log file or pipe, or of standard input for `-`, plain or packed (told by its content), in chunks of whole lines.
 * Throws a `UserFailure` that names the file and says what is the matter with it.
 */
export async function* readLogFile(name: string): AsyncGenerator<LineChunk> {
  let file: FileHandle | undefined
  try {
    if (name === "-") return yield* streamed(name, process.stdin)
    // Not `openSync`: a named pipe is not open before somebody writes to it.
    file = await open(name, "r")
    const stat = await file.stat()
    if (stat.isDirectory()) throw Object.assign(new Error("it is a directory"), { code: "EISDIR" })
    const head = Buffer.alloc(longHeadBytes)
    const plain = stat.isFile() && kindOf(head.subarray(0, readSync(file.fd, head, { position: 0 }))) === undefined
    yield* plain ? plainFile(file.fd) : streamed(name, file.createReadStream({ autoClose: false }))
  } catch (cause) {
    throw cause instanceof UserFailure ? cause : fileFailure(name, cause)
  } finally {
    await file?.close()
  }
}

/** How many bytes the files have together; 0 when that cannot be told, as of a pipe. */
export const sizeOf = (names: ReadonlyArray<string>): number => {
  let bytes = 0
  for (const name of names) {
    const stat = name === "-" ? undefined : statSync(name, { throwIfNoEntry: false })
    if (stat === undefined || !stat.isFile()) return 0
    bytes += stat.size
  }
  return bytes
}
