import { type FileHandle, open, stat } from "node:fs/promises"
import { BadGzip, type Input, openFile } from "../replay/input.ts"
import { advanced, beginning, type Mark, markAt, telling } from "./mark.ts"
import type { Member } from "./members.ts"

/** Reads bytes at a place; fewer where the file ends. */
export type ReadAt = (at: number, length: number) => Promise<Uint8Array>

export const readerOf =
  (handle: {
    readonly read: (b: Buffer, o: number, l: number, p: number) => Promise<{ readonly bytesRead: number }>
  }): ReadAt =>
  async (at, length) => {
    const buffer = Buffer.allocUnsafe(length)
    const { bytesRead } = await handle.read(buffer, 0, length, at)
    return buffer.subarray(0, bytesRead)
  }

/** It vanished or was renamed since it was listed, or is being packed just now: to be looked at again, from the next listing. */
export const isPassing = (error: unknown): boolean =>
  error instanceof Renamed ||
  (error instanceof BadGzip && error.isTruncated) ||
  ["ENOENT", "ESTALE"].includes((error as { code?: string }).code ?? "")

/** What is told where a file cannot be judged now. */
export const later = Symbol("later")

const orLater = async <A>(work: () => Promise<A>): Promise<A | typeof later> => {
  try {
    return await work()
  } catch (error) {
    if (isPassing(error)) return later
    throw error
  }
}

/** Another file has its name by now. */
class Renamed extends Error {}

type Where = Pick<Member, "path" | "packing" | "inode">

const isAt = (stats: { readonly dev: number; readonly ino: number }, { inode }: Where) =>
  `${stats.dev}:${stats.ino}` === inode

/** Opens the very file that was listed. Rejects where that is not there any more. */
export const openPlain = async (where: Where): Promise<FileHandle> => {
  const handle = await open(where.path, "r")
  if (isAt(await handle.stat(), where)) return handle
  await handle.close()
  throw new Renamed(where.path)
}

/** The same for one that is packed. */
export const openPacked = async (where: Where, offset: number): Promise<Input> => {
  // One that has the name before and after it was opened had it then.
  if (!isAt(await stat(where.path), where)) throw new Renamed(where.path)
  const input = await openFile(where.path, offset)
  const isSame = await stat(where.path).then(
    (stats) => isAt(stats, where),
    () => false
  )
  if (isSame) return input
  await input.close()
  throw new Renamed(where.path)
}

/** The unpacked beginning of a file, up to `offset` at most. */
const packedMark = async (where: Where, offset: number): Promise<Mark> => {
  const input = await openPacked(where, 0)
  try {
    let mark = beginning
    for (;;) {
      const bytes = await input.next()
      if (bytes === undefined) return mark
      mark = advanced(mark, bytes.subarray(0, offset - mark.offset))
      if (mark.offset === offset) return mark
    }
  } finally {
    await input.close()
  }
}

const withPlain = async <A>(where: Where, use: (read: ReadAt) => Promise<A>): Promise<A> => {
  const handle = await openPlain(where)
  try {
    return await use(readerOf(handle))
  } finally {
    await handle.close()
  }
}

/** The place `offset` of a file, unpacked where it is packed; undefined where it is shorter. */
export const markIn = (where: Where, offset: number): Promise<Mark | undefined | typeof later> =>
  orLater(async () => {
    if (offset === 0) return beginning
    if (where.packing === "plain") return withPlain(where, (read) => markAt(offset, read))
    const mark = await packedMark(where, offset)
    return mark.offset === offset ? mark : undefined
  })

/** A file's first bytes, unpacked. */
export const headIn = (where: Where): Promise<Uint8Array | typeof later> =>
  orLater(async () =>
    where.packing === "plain" ? withPlain(where, (read) => read(0, telling)) : (await packedMark(where, telling)).head
  )

/** How far back the beginning of a line is looked for. */
const mostBytesALine = 256 * 1024

/** The place behind a file's last whole line. */
export const endIn = (where: Where & { readonly size: number }): Promise<Mark | undefined | typeof later> =>
  orLater(() =>
    withPlain(where, async (read) => {
      const from = Math.max(0, where.size - mostBytesALine)
      const bytes = Buffer.from(await read(from, where.size - from))
      return markAt(from + bytes.lastIndexOf(10) + 1, read)
    })
  )
