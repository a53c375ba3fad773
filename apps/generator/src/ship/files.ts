import { type Stats, statSync } from "node:fs"
import { glob, open, readdir, readlink, realpath } from "node:fs/promises"

/** What is asked of a file, opened or not. */
export type FileStats = Pick<Stats, "dev" | "ino" | "size" | "mtimeMs"> & { readonly isFile: () => boolean }

/** A file that is open: the same one, whatever becomes of its name. */
export interface OpenFile {
  readonly read: (
    buffer: Buffer,
    offset: number,
    length: number,
    position: number
  ) => Promise<{ readonly bytesRead: number }>
  readonly stat: () => Promise<FileStats>
  readonly close: () => Promise<void>
}

/**
 * The file system as `ship` asks it. Others rename, cut and pack between any two of its answers, so that a test puts one in its place that
 * decides what happens there.
 */
export interface Files {
  readonly open: (path: string) => Promise<OpenFile>
  /** The names in a folder. */
  readonly names: (folder: string) => Promise<ReadonlyArray<string>>
  readonly matches: (pattern: string) => AsyncIterable<string>
  /** At once, without letting others have their turn: a listing that takes long is more likely to be overtaken by a rotation. */
  readonly stat: (path: string) => FileStats | undefined
  readonly readlink: (path: string) => Promise<string>
  readonly realpath: (path: string) => Promise<string>
}

export const machineFiles: Files = {
  open: (path) => open(path, "r"),
  names: (folder) => readdir(folder),
  matches: (pattern) => glob(pattern),
  stat: (path) => statSync(path, { throwIfNoEntry: false }),
  readlink: (path) => readlink(path),
  realpath: (path) => realpath(path)
}
