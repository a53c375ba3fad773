import { statSync } from "node:fs"
import { glob, readdir, realpath } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { shipLimits } from "./limits.ts"
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
const namesIn = async (folder: string): Promise<ReadonlyArray<string>> => {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

/** Whether there is a log of this name in the folder, or was. */
const isLogIn = (folder: string, names: ReadonlyArray<string>, isKnown: (key: string) => boolean) => {
  const there = new Set(names)
  return (log: string) => there.has(log) || isKnown(logKey(join(folder, log)))
}

/**
 * The paths of the logs that the patterns name: those of rotated files stand for the log that they are of. `isKnown` says by its key
 * whether a log was followed before, though no file of its own name is there now.
 */
export const findLogs = async (
  patterns: ReadonlyArray<string>,
  isKnown: (key: string) => boolean
): Promise<ReadonlyArray<string>> => {
  const logs = new Set<string>()
  const folders = new Map<string, (log: string) => boolean>()
  for (const pattern of patterns) {
    for await (const named of glob(pattern)) {
      const path = resolve(named)
      const folder = dirname(path)
      const isLog = folders.get(folder) ?? isLogIn(folder, await namesIn(folder), isKnown)
      folders.set(folder, isLog)
      logs.add(join(folder, rotated(basename(path), isLog).log))
    }
  }
  return [...logs].sort()
}

/** At once, without letting others have their turn: a listing that takes long is more likely to be overtaken by a rotation. */
const memberOf = (folder: string, name: string, log: string, says: Rotated): Member | undefined => {
  const path = join(folder, name)
  const stats = statSync(path, { throwIfNoEntry: false })
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

/** A log's files as they are now, rotated ones too, whether a pattern matches those or not. */
export const membersOf = async (path: string, isKnown: (key: string) => boolean): Promise<ReadonlyArray<Member>> => {
  // The target of a symbolic link is rotated where it lies.
  const target = await realpath(path).catch(() => path)
  const members = new Map<string, Member>()
  for (const place of new Set([target, path])) {
    const [folder, log] = [dirname(place), basename(place)]
    const names = await namesIn(folder)
    const isLog = isLogIn(folder, names, isKnown)
    const own = names
      .filter((name) => name[0] === log[0])
      .map((name) => ({ name, says: rotated(name, isLog) }))
      .filter(({ says }) => says.log === log)
    for (const { name, says } of own) {
      const member = memberOf(folder, name, log, says)
      if (member === undefined) continue
      const known = members.get(member.inode)
      // Under two names while it is renamed, or by a link: the log's own name says more.
      if (known === undefined || (member.isNewest && !known.isNewest)) members.set(member.inode, member)
    }
  }
  return [...members.values()].sort(byAge)
}

const shapeOf = (members: ReadonlyArray<Member>): string =>
  members.map(({ path, inode }) => `${path} ${inode}`).join("\n")

/**
 * The same, seen twice alike: a folder that is read while files are renamed may show one file twice and another not at all, and what is
 * not there would be taken for gone. Undefined where it does not stand still.
 */
export const stableMembersOf = async (
  path: string,
  isKnown: (key: string) => boolean
): Promise<ReadonlyArray<Member> | undefined> => {
  let members = await membersOf(path, isKnown)
  for (let attempt = 0; attempt < shipLimits.listingAttempts; attempt++) {
    const again = await membersOf(path, isKnown)
    if (shapeOf(again) === shapeOf(members)) return again
    members = again
  }
  return undefined
}
