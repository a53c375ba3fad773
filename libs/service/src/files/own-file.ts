import { lstatSync, type Stats, statSync } from "node:fs"
import { failed, wrongUsage } from "../failure.ts"

/** A group of the user's own number is the user's own, as Debian and others make it: with it, new files are writable by the group. */
const isWritableByOthers = ({ mode, uid, gid }: Stats): boolean =>
  (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== uid)

/** What is open already and was put there by a shell, as `--config <(…)` is: it has a writer, and ends. */
const given = /^\/(dev|proc\/self)\/(fd\/\d+|stdin)$/

/**
 * Fails where reading may wait for ever: a pipe without a writer, a terminal, a socket. `what` names it, with its path. Throws a `UserFailure`.
 */
export const refuseEndlessFile = (what: string, path: string): void => {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined || stat.isFile() || stat.isDirectory() || path === "/dev/null" || given.test(path)) return
  const kind = stat.isFIFO() ? "a named pipe" : stat.isSocket() ? "a socket" : "a device"
  throw wrongUsage(`Cannot read ${what}: it is ${kind}, not a file. Give a file.`)
}

/**
 * Fails unless nobody but this user and root can have written a file or folder: what stands there is run, or trusted with passwords.
 * What does not exist passes. Throws a `UserFailure`.
 */
export const refuseOthersFile = (path: string): void => {
  const user = process.getuid?.()
  if (user === undefined) return
  // A link counts as what it leads to, and whoever made it decides where that is.
  for (const stat of [lstatSync(path, { throwIfNoEntry: false }), statSync(path, { throwIfNoEntry: false })]) {
    if (stat === undefined) continue
    if (stat.uid !== 0 && stat.uid !== user) {
      throw failed(`Refusing ${path}: it belongs to the user ${stat.uid}. Take it over with chown, or use another.`)
    }
    if (!stat.isSymbolicLink() && isWritableByOthers(stat)) {
      throw failed(`Refusing ${path}: other users can write it. Run chmod go-w ${path}, or use another.`)
    }
  }
}
