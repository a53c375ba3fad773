import { createHash } from "node:crypto"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { homeFolder, refuseOthersFile } from "@chaussettes/service"
import type { Server } from "./found.ts"

/**
 * Where a server that was brought is kept: outside of the tree, so that `git clean` and a new clone do not fetch it again.
 * Beside it stands what it hashed to when it was checked; at each start it must hash to that still.
 */
export const cacheFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env.XDG_CACHE_HOME || join(homeFolder("XDG_CACHE_HOME"), ".cache"), "chaussettes", "nats-server")

interface Note {
  readonly version: string
  readonly from: string
  readonly sha256: string
}

export const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** undefined where it was not written to its end. */
const noteIn = (path: string): Note | undefined => {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Note
  } catch {
    return undefined
  }
}

/**
 * The server in the cache, if it is still the one that was checked. Throws a `UserFailure` where somebody else can write there: the sum stands
 * beside the program, so whoever can change the one can change the other.
 */
export const cachedServer = (folder: string): Server | undefined => {
  const [path, notePath] = [join(folder, "nats-server"), join(folder, "source.json")]
  for (const place of [dirname(folder), folder, path, notePath]) if (existsSync(place)) refuseOthersFile(place)
  if (!existsSync(path) || !existsSync(notePath)) return undefined
  const note = noteIn(notePath)
  if (note === undefined || sha256Of(readFileSync(path)) !== note.sha256) return undefined
  return { path, version: note.version, from: `${note.from}, kept in ${folder}` }
}

/** A folder to bring a server into, beside its place so that it can be moved there at once. */
export const workFolder = (folder: string): string => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return mkdtempSync(join(folder, "bringing-"))
}

/** Puts a checked binary in its place, with the note of what it is. */
export const keep = (folder: string, binary: string, version: string, from: string): Server => {
  chmodSync(binary, 0o755)
  const note: Note = { version, from, sha256: sha256Of(readFileSync(binary)) }
  const path = join(folder, "nats-server")
  renameSync(binary, path)
  writeFileSync(join(folder, "source.json"), `${JSON.stringify(note, null, 2)}\n`)
  return { path, version, from }
}

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true })
