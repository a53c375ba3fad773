import type { Content } from "./content.ts"
import type { Files, OpenFile } from "./files.ts"
import { shipLimits } from "./limits.ts"
import { Listing, type Member, membersOf } from "./members.ts"

/*
 * A log's files at one moment. Files are renamed, cut and packed while they are looked at: a name that was listed may be another file's when
 * it is opened. So what is to be told apart is opened first, each file is known by its inode, which is its own while it is open, and the
 * folder is listed until it is seen twice alike with nothing in it that is not held. From then on names do not matter.
 */

const isGone = (error: unknown) => ["ENOENT", "ESTALE"].includes((error as { code?: string }).code ?? "")

/** Files that are held open, by inode. */
class Held {
  readonly #files: Files
  readonly #handles = new Map<string, OpenFile>()
  /** Why a file could not be opened, by inode. */
  readonly failures = new Map<string, Error>()

  constructor(files: Files) {
    this.#files = files
  }

  has(inode: string): boolean {
    return this.#handles.has(inode) || this.failures.has(inode)
  }

  get count(): number {
    return this.#handles.size
  }

  /** Opens what has this name now, whichever file that is. */
  async hold({ path, inode }: Member): Promise<void> {
    try {
      const handle = await this.#files.open(path)
      const stats = await handle.stat()
      const actual = `${stats.dev}:${stats.ino}`
      if (this.#handles.has(actual)) await handle.close()
      else this.#handles.set(actual, handle)
    } catch (error) {
      if (!isGone(error)) this.failures.set(inode, error as Error)
    }
  }

  /** The file for reading; undefined where it is not held. */
  contentOf({ path, packing, inode }: Member): Content | undefined {
    const handle = this.#handles.get(inode)
    return handle && { path, packing, handle }
  }

  /** Hands the file over: whoever takes it closes it. */
  take(member: Member): Content | undefined {
    const content = this.contentOf(member)
    this.#handles.delete(member.inode)
    return content
  }

  async close(): Promise<void> {
    for (const handle of this.#handles.values()) await handle.close()
    this.#handles.clear()
  }
}

/** Opens the very file that was listed; undefined where its name is another one's by now. */
export const openListed = async (files: Files, member: Member): Promise<Content | undefined> => {
  const held = new Held(files)
  await held.hold(member)
  const content = held.take(member)
  await held.close()
  return content
}

export interface Snapshot {
  /** The oldest first. */
  readonly members: ReadonlyArray<Member>
  readonly held: Held
}

const shapeOf = (members: ReadonlyArray<Member>): string =>
  members.map(({ path, inode }) => `${path} ${inode}`).join("\n")

/**
 * The files of a log as they stood together, with those open that are wanted, the newest first where there are too many. Undefined where
 * the folder does not stand still for long enough.
 */
export const takeSnapshot = async (
  path: string,
  files: Files,
  isKnown: (key: string) => boolean,
  isWanted: (member: Member) => boolean
): Promise<Snapshot | undefined> => {
  const held = new Held(files)
  let shape: string | undefined
  for (let attempt = 0; attempt < shipLimits.listingAttempts; attempt++) {
    const members = await membersOf(path, new Listing(isKnown, files))
    const wanted = members.filter((member) => isWanted(member) && !held.has(member.inode)).reverse()
    const missing = wanted.slice(0, Math.max(0, shipLimits.heldFilesALog - held.count))
    const before = shape
    shape = shapeOf(members)
    if (missing.length === 0 && shape === before) return { members, held }
    await Promise.all(missing.map((member) => held.hold(member)))
  }
  await held.close()
  return undefined
}
