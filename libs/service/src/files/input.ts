import { type FileHandle, open } from "node:fs/promises"
import { Readable } from "node:stream"
import { BufferPool } from "./buffer-pool.ts"
import { kindOf, zstdMagic } from "./packed.ts"
import { unpack } from "./unpack.ts"

/** Bytes of a file or of standard input, unpacked where they are gzip or zstd: told by their first bytes, not by a name. */
export interface Input {
  /** As it was named; `standard input` for `-`. */
  readonly name: string
  /**
   * The next bytes; `undefined` at the end. Never twice at the same time, and only when the piece before has been sent but for the line
   * that goes on in this one: its memory may be used again once it is stored. Rejects with the system's error or with `Damaged`.
   */
  readonly next: () => Promise<Uint8Array | undefined>
  /** So many bytes before each of these pieces, in its buffer, are free to be written to. */
  readonly roomBefore: number
  /** How many bytes of the file itself were read, packed as it may be. */
  readonly readBytes: () => number
  readonly close: () => Promise<void>
}

const chunkBytes = 1024 * 1024
/** Room for what is left of the piece before, so that two pieces are joined without copying the larger. */
const roomBefore = 256 * 1024
/** As long as the longest magic of what is unpacked here, zstd's. */
const magicBytes = 4
/** What these bytes begin, of what is unpacked here. */
const packingOf = (first: Uint8Array): "gzip" | "zstd" | undefined => {
  const kind = kindOf(first.subarray(0, magicBytes))
  return kind?._tag === "Packed" && (kind.name === "gzip" || kind.name === "zstd") ? kind.name : undefined
}
/** More of the first bytes have to come before it is known: a pipe's are not waited for where these say enough. */
const isUndecided = (first: Uint8Array): boolean =>
  first.length < 2 || (first.length < magicBytes && first.every((byte, i) => zstdMagic[i] === byte))

/**
 * Opens a file and goes to `offset` of its unpacked bytes. A pipe or a device is read as it comes and has no offset but 0.
 * @param stored see `BufferPool`; without it no memory is used again
 */
export const openFile = async (
  path: string,
  offset: number,
  stored: () => Promise<unknown> = never
): Promise<Input> => {
  const handle = await open(path, "r")
  try {
    const stat = await handle.stat()
    if (stat.isDirectory()) throw Object.assign(new Error("it is a directory"), { code: "EISDIR" })
    const packed = () => handle.createReadStream({ highWaterMark: chunkBytes, autoClose: false })
    const close = () => handle.close()
    if (!stat.isFile()) return streamInput(path, packed(), close)
    const first = Buffer.alloc(magicBytes)
    await handle.read(first, 0, magicBytes, 0)
    if (packingOf(first) === undefined) return plainFile(path, handle, offset, stored)
    return skipping(streamInput(path, packed(), close), offset)
  } catch (error) {
    await handle.close().catch(() => {})
    throw error
  }
}

/** A file that is open, as far as it is read. */
interface Readings {
  readonly read: (
    buffer: Buffer,
    offset: number,
    length: number,
    position: number
  ) => Promise<{ readonly bytesRead: number }>
}

/** A regular file that is open already and stays so: whatever becomes of its name meanwhile, and of other inputs from it. */
export const inputFrom = async (name: string, handle: Readings, offset: number): Promise<Input> => {
  const first = Buffer.alloc(magicBytes)
  await handle.read(first, 0, magicBytes, 0)
  const packed = packingOf(first) !== undefined
  const start = packed ? 0 : offset
  const input = streamInput(name, Readable.from(bytesOf(handle, start), { objectMode: false }))
  return packed ? skipping(input, offset) : input
}

/** A stream of the handle's own would close it at its end. */
async function* bytesOf(handle: Readings, start: number): AsyncGenerator<Uint8Array, void, void> {
  for (let at = start; ; ) {
    const buffer = Buffer.allocUnsafeSlow(chunkBytes)
    const { bytesRead } = await handle.read(buffer, 0, chunkBytes, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** Standard input. */
export const openStandardInput = (stream: Readable = process.stdin): Input => streamInput("standard input", stream)

/** Reads in big pieces; the next one is on its way while this one is worked on. */
const plainFile = (name: string, handle: FileHandle, offset: number, stored: () => Promise<unknown>): Input => {
  let at = offset
  const pool = new BufferPool(roomBefore + chunkBytes, stored)
  /** The pieces that were handed out: the last one, and the one before, of which a line may still be wanted. */
  const handed: Array<Buffer<ArrayBuffer>> = []
  const read = async (): Promise<Buffer<ArrayBuffer> | undefined> => {
    const buffer = pool.take()
    const { bytesRead } = await handle.read(buffer, roomBefore, chunkBytes, at)
    at += bytesRead
    return bytesRead === 0 ? undefined : buffer.subarray(roomBefore, roomBefore + bytesRead)
  }
  let ahead: Promise<Buffer<ArrayBuffer> | undefined> | undefined
  return {
    name,
    next: async () => {
      const bytes = await (ahead ?? read())
      if (bytes !== undefined) {
        handed.push(bytes)
        if (handed.length > 2) pool.sent(wholeOf(handed.shift()!))
        ahead = read()
        // Who waits for it hears of it.
        ahead.catch(() => {})
      }
      return bytes
    },
    roomBefore,
    readBytes: () => at,
    close: async () => {
      await ahead?.catch(() => {})
      await handle.close()
    }
  }
}

const wholeOf = (piece: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> => Buffer.from(piece.buffer)
const never = (): Promise<unknown> => Promise.reject(new Error("nothing is sent"))

/** A stream, unpacked where it begins as gzip or zstd does. */
const streamInput = (name: string, source: Readable, close: () => Promise<void> = async () => {}): Input => {
  let readBytes = 0
  const counted = async function* (): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      readBytes += chunk.length
      yield chunk
    }
  }
  const bytes = unpacked(counted())
  return {
    name,
    next: async () => {
      const step = await bytes.next()
      return step.done === true ? undefined : step.value
    },
    roomBefore: 0,
    readBytes: () => readBytes,
    close: async () => {
      source.destroy()
      // Its end is waited for by nobody: an iterator that still waits for bytes would wait for ever.
      bytes.return(undefined).catch(() => {})
      await close()
    }
  }
}

async function* unpacked(chunks: AsyncGenerator<Uint8Array, void, void>): AsyncGenerator<Uint8Array, void, void> {
  let first: Uint8Array = Buffer.alloc(0)
  while (isUndecided(first)) {
    const step = await chunks.next()
    if (step.done === true) break
    first = first.length === 0 ? step.value : Buffer.concat([first, step.value])
  }
  const all = async function* () {
    if (first.length > 0) yield first
    yield* chunks
  }
  const packing = packingOf(first)
  yield* packing === undefined ? all() : unpack(packing, all)
}

/** The input without its first `offset` bytes. */
const skipping = (input: Input, offset: number): Input => {
  let left = offset
  return {
    ...input,
    next: async () => {
      for (;;) {
        const bytes = await input.next()
        if (bytes === undefined || left === 0) return bytes
        const skip = Math.min(left, bytes.length)
        left -= skip
        if (skip < bytes.length) return bytes.subarray(skip)
      }
    }
  }
}

/** Whether a file begins as what is unpacked here does. */
export const isPackedFile = async (path: string): Promise<boolean> => {
  const handle = await open(path, "r")
  try {
    const first = Buffer.alloc(magicBytes)
    await handle.read(first, 0, magicBytes, 0)
    return packingOf(first) !== undefined
  } finally {
    await handle.close()
  }
}

/** The first bytes of a file, unpacked; fewer than `bytes` only where it has no more. */
export const headOf = async (path: string, bytes: number): Promise<Uint8Array> => {
  const input = await openFile(path, 0)
  try {
    let head: Uint8Array = Buffer.alloc(0)
    while (head.length < bytes) {
      const next = await input.next()
      if (next === undefined) break
      head = Buffer.concat([head, next])
    }
    return Uint8Array.from(head.subarray(0, bytes))
  } finally {
    await input.close()
  }
}
