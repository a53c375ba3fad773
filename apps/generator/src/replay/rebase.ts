import { open } from "node:fs/promises"
import { openFile } from "@chaussettes/service"
import type { ReplayFile } from "./files.ts"
import { greatestTimeMs } from "./rewrite.ts"

/** Enough for some hundred lines: a log's greatest time stands near its end. */
const tailBytes = 256 * 1024

/** The greatest event time near the end of a file, ms since the epoch. Rejects as `openFile` does. */
export const lastTimeMs = async (file: ReplayFile, format?: string): Promise<number | undefined> =>
  greatestTimeMs(
    wholeLines(file.bytes === undefined ? await packedTail(file.path) : await plainTail(file.path, file.bytes)),
    format,
    file.head
  )

const plainTail = async (path: string, bytes: number): Promise<Uint8Array> => {
  const handle = await open(path, "r")
  try {
    const length = Math.min(tailBytes, bytes)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, bytes - length)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** Gzip has to be unpacked from its beginning. */
const packedTail = async (path: string): Promise<Uint8Array> => {
  const input = await openFile(path, 0)
  try {
    let tail = Buffer.alloc(0)
    for (let next = await input.next(); next !== undefined; next = await input.next()) {
      tail = Buffer.concat([tail, next])
      if (tail.length > 4 * tailBytes) tail = Buffer.from(tail.subarray(-tailBytes))
    }
    return tail
  } finally {
    await input.close()
  }
}

/** Without the first line, which the cut may have gone through; harmless where it did not. */
const wholeLines = (bytes: Uint8Array): Uint8Array =>
  bytes.length < tailBytes ? bytes : bytes.subarray(bytes.indexOf(10) + 1)

/** By how much times are shifted so that `timeMs` becomes now: whole seconds, as lines tell no finer. */
export const shiftToNow = (timeMs: number, nowMs: number): number => Math.floor((nowMs - timeMs) / 1000) * 1000
