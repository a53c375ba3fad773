import {
  appendFileSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync
} from "node:fs"

/** What a web server and what rotates its logs do to files. */
export interface Disk {
  readonly names: (folder: string) => ReadonlyArray<string>
  /** Opens a file to append to it, made where it is not there. */
  readonly appender: (path: string) => { readonly write: (text: string) => void; readonly close: () => void }
  readonly read: (path: string) => Buffer
  /** Makes a file, or writes over what it held. */
  readonly write: (path: string, bytes: Uint8Array) => void
  readonly append: (path: string, bytes: Uint8Array) => void
  readonly rename: (from: string, to: string) => void
  readonly remove: (path: string) => void
  readonly truncate: (path: string) => void
  /** Gives a file the time of the last change of another one. */
  readonly keepTime: (from: string, to: string) => void
}

export const machineDisk: Disk = {
  names: (folder) => readdirSync(folder),
  appender: (path) => {
    const fd = openSync(path, "a")
    return { write: (text) => void writeSync(fd, text), close: () => closeSync(fd) }
  },
  read: (path) => readFileSync(path),
  write: (path, bytes) => writeFileSync(path, bytes),
  append: (path, bytes) => appendFileSync(path, bytes),
  rename: (from, to) => renameSync(from, to),
  remove: (path) => rmSync(path),
  truncate: (path) => truncateSync(path, 0),
  keepTime: (from, to) => {
    const { atime, mtime } = statSync(from)
    utimesSync(to, atime, mtime)
  }
}
