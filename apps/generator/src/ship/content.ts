import { Damaged, type Input, inputFrom } from "@chaussettes/service"
import type { OpenFile } from "./files.ts"
import { advanced, beginning, type Mark, markAt, telling } from "./mark.ts"
import type { Member } from "./members.ts"

/** Reads bytes at a place; fewer where the file ends. */
export type ReadAt = (at: number, length: number) => Promise<Uint8Array>

export const readerOf =
  (handle: OpenFile): ReadAt =>
  async (at, length) => {
    const buffer = Buffer.allocUnsafe(length)
    const { bytesRead } = await handle.read(buffer, 0, length, at)
    return buffer.subarray(0, bytesRead)
  }

/** A file that is open: what it holds does not depend on what it is called by now. */
export interface Content {
  readonly path: string
  readonly packing: Member["packing"]
  readonly handle: OpenFile
}

/** Its bytes, unpacked. */
export const inputOf = ({ path, handle }: Content, offset: number): Promise<Input> => inputFrom(path, handle, offset)

/** Reads what is packed until `take` answers true, or to its end. */
const unpackedUntil = async (content: Content, take: (bytes: Uint8Array) => boolean): Promise<void> => {
  const input = await inputOf(content, 0)
  try {
    for (;;) {
      const bytes = await input.next()
      if (bytes === undefined || take(bytes)) return
    }
  } finally {
    await input.close()
  }
}

/**
 * The place `offset` of a file, unpacked where it is packed; undefined where it is shorter. Rejects with `Damaged` where a packed one is not
 * whole: whoever went on in it would take its end for the file's.
 */
export const markIn = async (content: Content, offset: number): Promise<Mark | undefined> => {
  if (offset === 0) return beginning
  if (content.packing === "plain") return markAt(offset, readerOf(content.handle))
  let mark = beginning
  await unpackedUntil(content, (bytes) => {
    if (mark.offset < offset) mark = advanced(mark, bytes.subarray(0, offset - mark.offset))
    return false
  })
  return mark.offset === offset ? mark : undefined
}

/** A file's first bytes, unpacked: as many as tell it from others. Rejects with `Damaged`, too, where there are fewer. */
export const headIn = async (content: Content): Promise<Uint8Array> => {
  if (content.packing === "plain") return readerOf(content.handle)(0, telling)
  let head: Uint8Array = new Uint8Array(0)
  await unpackedUntil(content, (bytes) => {
    head = Buffer.concat([head, bytes.subarray(0, telling - head.length)])
    return head.length === telling
  })
  return head
}

/** Where the columns of a file are named: at its beginning, and again where its server was started anew. */
const namesFirstBytes = 64 * 1024
const namesNearBytes = 1024 * 1024

/** What stands before the place `offset` of a file and may name the columns of what comes: how the file begins, and what is near the place. */
export const beforeIn = async (content: Content, offset: number): Promise<ReadonlyArray<Uint8Array>> => {
  const most = Math.min(offset, namesFirstBytes)
  if (content.packing !== "plain") {
    let first: Uint8Array = new Uint8Array(0)
    await unpackedUntil(content, (bytes) => {
      first = Buffer.concat([first, bytes.subarray(0, most - first.length)])
      return first.length === most
    })
    return [first]
  }
  const read = readerOf(content.handle)
  const near = Math.max(most, offset - namesNearBytes)
  return [await read(0, most), await read(near, offset - near)]
}

/** Rejects with `Damaged` where a packed file is not whole. */
export const unpackWhole = (content: Content): Promise<void> => unpackedUntil(content, () => false)

/** Whether a packed file ends in the middle: it is being packed just now, or that was broken off. */
export const isUnfinished = (error: unknown): boolean => error instanceof Damaged && error.isTruncated

/** How far back the beginning of a line is looked for. */
const mostBytesALine = 256 * 1024

/** The place behind a file's last whole line. */
export const endIn = async ({ handle }: Content): Promise<Mark | undefined> => {
  const read = readerOf(handle)
  const { size } = await handle.stat()
  const from = Math.max(0, size - mostBytesALine)
  const bytes = Buffer.from(await read(from, size - from))
  return markAt(from + bytes.lastIndexOf(10) + 1, read)
}
