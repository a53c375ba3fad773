import { lstat, rename, rm, writeFile } from "node:fs/promises"

/**
 * Writes a file aside and puts it in its place, so that a disk that is full leaves what stood there. What is no regular file (a link, a
 * pipe, a device) is written where it is.
 */
export const writeWhole = async (path: string, text: string): Promise<void> => {
  const there = await lstat(path).catch(() => undefined)
  if (there !== undefined && !there.isFile()) return writeFile(path, text)
  const aside = `${path}.${process.pid}`
  try {
    await writeFile(aside, text, there === undefined ? {} : { mode: there.mode })
    await rename(aside, path)
  } catch (error) {
    await rm(aside, { force: true })
    throw error
  }
}
