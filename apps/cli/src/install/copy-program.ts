import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync
} from "node:fs"
import { dirname, join } from "node:path"
import { deployFile, programFile } from "../program.ts"
import type { Places } from "./places.ts"

/**
 * Puts the command, the Node that runs it and a nats-server into the folder that the services run, aside and then in place. What npm, nvm
 * or a home folder holds may be updated or taken away; a service must not notice. Fails as the file system does.
 */
export const copyProgram = ({ programFolder }: Places, server: string): void => {
  const [fresh, old] = [`${programFolder}.new`, `${programFolder}.old`]
  for (const left of [fresh, old]) rmSync(left, { recursive: true, force: true })
  mkdirSync(fresh, { recursive: true, mode: 0o755 })
  for (const name of ["dist", "deploy"]) cpSync(programFile(name), join(fresh, name), { recursive: true })
  copyFileSync(deployFile("chaussettes"), join(fresh, "chaussettes"))
  copyFileSync(process.execPath, join(fresh, "node"))
  copyFileSync(server, join(fresh, "nats-server"))
  // Where it comes from it may have been for its owner alone; the services run as users of their own.
  for (const entry of readdirSync(fresh, { recursive: true, withFileTypes: true })) {
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644)
  }
  for (const name of ["chaussettes", "node", "nats-server"]) chmodSync(join(fresh, name), 0o755)
  if (existsSync(programFolder)) renameSync(programFolder, old)
  renameSync(fresh, programFolder)
  rmSync(old, { recursive: true, force: true })
}

const isOurLink = ({ link, program }: Places): boolean =>
  lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true &&
  readlinkSync(link) === join(program, "chaussettes")

/** The command on PATH, where there is none: npm's stays. */
export const linkCommand = (places: Places): void => {
  if (lstatSync(places.link, { throwIfNoEntry: false }) !== undefined) return
  mkdirSync(dirname(places.link), { recursive: true })
  symlinkSync(join(places.program, "chaussettes"), places.link)
}

export const removeProgram = (places: Places): void => {
  if (isOurLink(places)) rmSync(places.link)
  rmSync(places.programFolder, { recursive: true, force: true })
}
