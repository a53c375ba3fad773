import { spawn } from "node:child_process"
import { pipeline, type Readable } from "node:stream"
import * as zlib from "node:zlib"
import { type PackedName, programs } from "./packed.ts"

/** What is packed in this way is damaged, or ends too early. */
export class Damaged extends Error {
  /** It ends in the middle, as a file that is still being written or copied does. */
  readonly isTruncated: boolean
  /** What unpacks as much as is whole. */
  readonly program: string

  constructor(name: PackedName, isTruncated: boolean, cause?: unknown) {
    super(`its ${name} data is damaged or cut off`, { cause })
    this.isTruncated = isTruncated
    this.program = programs[name]
  }
}

/** Of what is unpacked at a time. */
const chunkSize = 1024 * 1024

/** Unpacks bytes, one part behind the other where there are several. Node knows gzip and, from 22.15 on, zstd; for the others their own program is run. */
export const unpack = (name: PackedName, bytes: () => AsyncIterable<Uint8Array>): AsyncIterable<Buffer> => {
  // What the unpacking meets, or the reading, is met by whoever reads the unpacked bytes.
  if (name === "gzip")
    return named(
      name,
      pipeline(bytes, zlib.createGunzip({ chunkSize }), () => {})
    )
  if (name === "zstd" && "createZstdDecompress" in zlib) return named(name, zstdFrames(bytes))
  return byProgram(name, bytes)
}

async function* named(name: PackedName, unpacked: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* unpacked
  } catch (cause) {
    const code = (cause as { code?: string }).code ?? ""
    throw /^(?:Z_|ZSTD_|ERR_BUFFER_TOO_LARGE)/.test(code) ? new Damaged(name, code === "Z_BUF_ERROR", cause) : cause
  }
}

/** All frames, one behind the other as `zstd … >> file` writes them: Node's stream ends with the first one. */
async function* zstdFrames(bytes: () => AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const chunks = bytes()[Symbol.asyncIterator]()
  let left: Uint8Array | undefined
  do {
    const unpack = zlib.createZstdDecompress({ chunkSize })
    let given = 0
    let last: Uint8Array = left ?? new Uint8Array(0)
    // One piece at a time, so that what is behind the frame's end is in the last one. Its answer never comes then.
    const feed = async () => {
      for (let piece = left; ; piece = undefined) {
        piece ??= ((await chunks.next()).value as Uint8Array | undefined) ?? undefined
        if (piece === undefined) return void unpack.end()
        last = piece
        given += piece.length
        await new Promise((taken) => unpack.write(last, taken))
      }
    }
    feed().catch((error: Error) => unpack.destroy(error))
    yield* unpack
    const behind = given - unpack.bytesWritten
    left = behind > 0 ? last.subarray(last.length - behind) : undefined
  } while (left !== undefined)
}

async function* byProgram(name: PackedName, bytes: () => AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const child = spawn(name, ["-dc"], { stdio: ["pipe", "pipe", "ignore"] })
  const ended = new Promise<number | Error>((resolve) => {
    child.once("error", resolve)
    child.once("close", (code) => resolve(code ?? 1))
  })
  let failure: Error | undefined
  // A program that has ended early takes no more; its own code says why.
  pipeline(bytes, child.stdin, (error) => {
    if (error !== null && error !== undefined && (error as { code?: string }).code !== "EPIPE") failure = error
  })
  try {
    yield* child.stdout as Readable as AsyncIterable<Buffer>
    const code = await ended
    if (code instanceof Error) throw new Error(`the program ${name}, which unpacks it, cannot be run (${code.message})`)
    if (failure !== undefined) throw failure
    if (code !== 0) throw new Damaged(name, false)
  } finally {
    child.kill()
  }
}
