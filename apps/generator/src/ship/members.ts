import { basename, dirname, join, resolve } from "node:path"
import { type Files, machineFiles } from "./files.ts"
import { logKey } from "./place.ts"
import { type Rotated, rotated } from "./rotation.ts"

/** A file of a log, as it lies in its folder now. */
export interface Member {
  readonly path: string
  /** Device and inode: the same file, for as long as it is held open. */
  readonly inode: string
  readonly size: number
  readonly modifiedMs: number
  readonly number: number | undefined
  readonly packing: Rotated["packing"]
  /** It has the log's own name: the one that is written to. */
  readonly isNewest: boolean
}

/** The oldest first: the newest by its name, then by number, then by the time of the last change. */
const byAge = (a: Member, b: Member): number => {
  if (a.isNewest !== b.isNewest) return a.isNewest ? 1 : -1
  if (a.number !== undefined && b.number !== undefined && a.number !== b.number) return b.number - a.number
  return a.modifiedMs - b.modifiedMs || (a.path < b.path ? -1 : 1)
}

const isGone = (error: unknown) => ["ENOENT", "ENOTDIR"].includes((error as { code?: string }).code ?? "")

/** The names in a folder; none where it is not there. */
const namesIn = async (files: Files, folder: string): Promise<ReadonlyArray<string>> => {
  try {
    return await files.names(folder)
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

interface Named {
  readonly name: string
  readonly says: Rotated
}

/** Folders as they are when they are first asked for: each is read once, however many logs lie in it. */
export class Listing {
  readonly files: Files
  readonly #isKnown: (key: string) => boolean
  readonly #folders = new Map<string, Promise<ReadonlyMap<string, ReadonlyArray<Named>>>>()

  /** @param isKnown whether a log was followed before, by its key, though no file of its own name may be there now */
  constructor(isKnown: (key: string) => boolean, files: Files = machineFiles) {
    this.files = files
    this.#isKnown = isKnown
  }

  /** The files in a folder, by the log that each is of. */
  logsIn(folder: string): Promise<ReadonlyMap<string, ReadonlyArray<Named>>> {
    const read = this.#folders.get(folder) ?? this.#read(folder)
    this.#folders.set(folder, read)
    return read
  }

  async #read(folder: string): Promise<ReadonlyMap<string, ReadonlyArray<Named>>> {
    const names = await namesIn(this.files, folder)
    const there = new Set(names)
    const logs = new Map<string, Array<Named>>()
    for (const name of names) {
      const says = rotated(name, (log) => there.has(log) || this.#isKnown(logKey(join(folder, log))))
      const own = logs.get(says.log)
      if (own === undefined) logs.set(says.log, [{ name, says }])
      else own.push({ name, says })
    }
    return logs
  }
}

/** The paths of the logs that the patterns name: those of rotated files stand for the log that they are of. */
export const findLogs = async (patterns: ReadonlyArray<string>, listing: Listing): Promise<ReadonlyArray<string>> => {
  const named = new Map<string, Set<string>>()
  for (const pattern of patterns) {
    for await (const match of listing.files.matches(pattern)) {
      const path = resolve(match)
      const names = named.get(dirname(path)) ?? new Set()
      named.set(dirname(path), names.add(basename(path)))
    }
  }
  const logs: Array<string> = []
  for (const [folder, names] of named) {
    for (const [log, files] of await listing.logsIn(folder)) {
      if (files.some(({ name }) => names.has(name))) logs.push(join(folder, log))
    }
  }
  return logs.sort()
}

const memberOf = (files: Files, folder: string, name: string, log: string, says: Rotated): Member | undefined => {
  const path = join(folder, name)
  const stats = files.stat(path)
  if (stats === undefined || !stats.isFile()) return undefined
  return {
    path,
    inode: `${stats.dev}:${stats.ino}`,
    size: stats.size,
    modifiedMs: stats.mtimeMs,
    number: says.number,
    packing: says.packing,
    isNewest: name === log && says.packing === "plain"
  }
}

/** As many links as the kernel follows. */
const mostLinks = 40

/** Where a path leads, also while nothing is there: a log that was renamed just now is not there until it is opened again. */
const targetOf = async (files: Files, path: string, links = 0): Promise<string> => {
  try {
    return await files.realpath(path)
  } catch {
    const link = await files.readlink(path).catch(() => undefined)
    return link === undefined || links === mostLinks ? path : targetOf(files, resolve(dirname(path), link), links + 1)
  }
}

/** A log's files as they are now, rotated ones too, whether a pattern matches those or not. */
export const membersOf = async (path: string, listing: Listing): Promise<ReadonlyArray<Member>> => {
  // The target of a symbolic link is rotated where it lies.
  const target = await targetOf(listing.files, path)
  const members = new Map<string, Member>()
  for (const place of new Set([target, path])) {
    const [folder, log] = [dirname(place), basename(place)]
    for (const { name, says } of (await listing.logsIn(folder)).get(log) ?? []) {
      const member = memberOf(listing.files, folder, name, log, says)
      if (member === undefined) continue
      const known = members.get(member.inode)
      // Under two names while it is renamed, or by a link: the log's own name says more.
      if (known === undefined || (member.isNewest && !known.isNewest)) members.set(member.inode, member)
    }
  }
  return [...members.values()].sort(byAge)
}
