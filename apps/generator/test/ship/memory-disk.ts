import { dirname, join } from "node:path"
import type { FileStats, Files, OpenFile } from "../../src/ship/files.ts"
import type { Disk } from "./disk.ts"

interface Inode {
  readonly number: number
  bytes: Buffer
  modifiedMs: number
  isNamed: boolean
  opened: number
}

const missing = (path: string) => Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" })

/**
 * Files in memory. Before each answer that a reader gets, `others` have their turn; an inode that is free is the next file's, as in ext4.
 */
export class MemoryDisk implements Disk {
  readonly #inodes = new Map<string, Inode>()
  readonly #links: ReadonlyMap<string, string>
  readonly #used = new Set<number>()
  readonly #clockMs: (path: string) => number
  readonly #others: (path: string) => void

  constructor(links: ReadonlyMap<string, string>, clockMs: (path: string) => number, others: (path: string) => void) {
    this.#links = links
    this.#clockMs = clockMs
    this.#others = others
  }

  #target = (path: string): string => this.#links.get(path) ?? path

  #inodeOf(path: string): Inode {
    const inode = this.#inodes.get(this.#target(path))
    if (inode === undefined) throw missing(path)
    return inode
  }

  #made(path: string): Inode {
    const known = this.#inodes.get(path)
    if (known !== undefined) return known
    let number = 1
    while (this.#used.has(number)) number++
    this.#used.add(number)
    const inode = { number, bytes: Buffer.alloc(0), modifiedMs: this.#clockMs(path), isNamed: true, opened: 0 }
    this.#inodes.set(path, inode)
    return inode
  }

  #free(inode: Inode): void {
    if (!inode.isNamed && inode.opened === 0) this.#used.delete(inode.number)
  }

  names = (folder: string): ReadonlyArray<string> =>
    [...this.#inodes.keys(), ...this.#links.keys()]
      .filter((path) => dirname(path) === folder)
      .map((path) => path.slice(folder.length + 1))

  appender = (path: string) => {
    const inode = this.#made(path)
    inode.opened++
    return {
      write: (text: string) => {
        inode.bytes = Buffer.concat([inode.bytes, Buffer.from(text)])
        inode.modifiedMs = this.#clockMs(path)
      },
      close: () => {
        inode.opened--
        this.#free(inode)
      }
    }
  }

  read = (path: string): Buffer => this.#inodeOf(path).bytes

  write = (path: string, bytes: Uint8Array): void => {
    const inode = this.#made(path)
    inode.bytes = Buffer.from(bytes)
    inode.modifiedMs = this.#clockMs(path)
  }

  append = (path: string, bytes: Uint8Array): void => this.write(path, Buffer.concat([this.read(path), bytes]))

  rename = (from: string, to: string): void => {
    const inode = this.#inodeOf(from)
    if (this.#inodes.has(to)) this.remove(to)
    this.#inodes.delete(from)
    this.#inodes.set(to, inode)
  }

  remove = (path: string): void => {
    const inode = this.#inodeOf(path)
    this.#inodes.delete(path)
    inode.isNamed = false
    this.#free(inode)
  }

  truncate = (path: string): void => this.write(path, Buffer.alloc(0))

  keepTime = (from: string, to: string): void => {
    this.#inodeOf(to).modifiedMs = this.#inodeOf(from).modifiedMs
  }

  #statsOf = ({ number, bytes, modifiedMs }: Inode): FileStats => ({
    dev: 1,
    ino: number,
    size: bytes.length,
    mtimeMs: modifiedMs,
    isFile: () => true
  })

  #opened(path: string): OpenFile {
    const inode = this.#inodeOf(path)
    inode.opened++
    let isOpen = true
    return {
      read: async (buffer, offset, length, position) => {
        this.#others(path)
        const bytes = inode.bytes.subarray(position, position + length)
        buffer.set(bytes, offset)
        return { bytesRead: bytes.length }
      },
      stat: async () => {
        this.#others(path)
        return this.#statsOf(inode)
      },
      close: async () => {
        if (!isOpen) throw new Error(`closed twice: ${path}`)
        isOpen = false
        inode.opened--
        this.#free(inode)
      }
    }
  }

  /** Files that readers hold open. */
  get openFiles(): number {
    return [...this.#inodes.values()].reduce((sum, { opened }) => sum + opened, 0)
  }

  /** What readers see. Only `*` before an ending is a pattern here. */
  readonly files: Files = {
    open: async (path) => {
      this.#others(path)
      return this.#opened(path)
    },
    names: async (folder) => {
      this.#others(folder)
      return this.names(folder)
    },
    matches: (pattern) => this.#matches(pattern),
    stat: (path) => {
      this.#others(path)
      const inode = this.#inodes.get(this.#target(path))
      return inode && this.#statsOf(inode)
    },
    readlink: async (path) => {
      const target = this.#links.get(path)
      if (target === undefined) throw missing(path)
      return target
    },
    realpath: async (path) => {
      this.#others(path)
      const target = this.#target(path)
      if (!this.#inodes.has(target)) throw missing(path)
      return target
    }
  }

  async *#matches(pattern: string): AsyncGenerator<string> {
    const [folder, ending = ""] = pattern.split("/*")
    this.#others(folder!)
    yield* this.names(folder!)
      .filter((name) => name.endsWith(ending))
      .map((name) => join(folder!, name))
  }
}
