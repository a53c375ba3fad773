import { randomBytes } from "node:crypto"
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { basename, dirname, join } from "node:path"
import { refuseOthersFile, roles } from "@chaussettes/service"

/**
 * All users of deploy/nats.conf. Nobody logs in as the viewer, but the server wants a password; the viewers' server connects as `mirror`.
 */
export const users = [...roles, "viewer", "mirror"] as const
export type User = (typeof users)[number]

export type Passwords = { readonly [user in User]: string }

/** The variable of deploy/nats.conf that holds a user's password. */
export const variableOf = (user: User): string => `CHAUSSETTES_${user.toUpperCase()}_PASSWORD`

/** Where the server lets the viewers' server connect, and where that one finds it. */
export const mirrorListenVariable = "CHAUSSETTES_MIRROR_LISTEN"
export const mirrorUrlVariable = "CHAUSSETTES_MIRROR_URL"
export const mirrorListen = "127.0.0.1:7422"

/** The file with all of them, for the server alone: variables, as a shell and compose read them. */
const environmentFile = "nats.env"

/**
 * 192 random bits, of characters that need no quoting anywhere. A letter stands first, because nats-server reads the value of a variable
 * as configuration: what begins like a number or a date would be taken for one.
 */
export const newPassword = (): string => `p${randomBytes(24).toString("hex")}`

/** A file that was being written so long ago was left by a process that died over it. */
const abandonedMs = 60_000

/** Removes what processes that died left of a secret: under the names of `writeSecret`, and under those of the first versions (`nats.env.4711`). */
const removeAbandoned = (path: string): void => {
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(`${basename(path)}.`) || !/\.(aside-[0-9a-f]+|\d+)$/.test(name)) continue
    const left = join(dirname(path), name)
    const stat = statSync(left, { throwIfNoEntry: false })
    if (stat !== undefined && Date.now() - stat.mtimeMs > abandonedMs) rmSync(left, { force: true })
  }
}

/** Written aside and put in place, so that whoever reads meanwhile finds all or nothing; for this user's eyes only. */
export const writeSecret = (path: string, text: string): void => {
  removeAbandoned(path)
  const aside = join(dirname(path), `${basename(path)}.aside-${randomBytes(6).toString("hex")}`)
  writeFileSync(aside, text, { mode: 0o600, flag: "wx" })
  renameSync(aside, path)
}

const parseEnvironment = (text: string): { readonly [name: string]: string } =>
  Object.fromEntries(
    text.split("\n").flatMap((line) => {
      const at = line.indexOf("=")
      return at < 1 || line.startsWith("#") ? [] : [[line.slice(0, at), line.slice(at + 1)]]
    })
  )

/**
 * The passwords kept in `dir`; made now where there are none, and only for users that have none (a newer version may know more).
 * Fails as the file system does.
 */
export const passwordsIn = (dir: string): Passwords => {
  refuseOthersFile(dir)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, environmentFile)
  refuseOthersFile(path)
  removeAbandoned(path)
  const known = existsSync(path) ? parseEnvironment(readFileSync(path, "utf8")) : {}
  const passwords = Object.fromEntries(
    users.map((user) => [user, known[variableOf(user)] || newPassword()])
  ) as unknown as Passwords
  const text = `# Passwords of the users of deploy/nats.conf. Never commit them; delete this folder to have new ones.\n${users
    .map((user) => `${variableOf(user)}=${passwords[user]}\n`)
    .join("")}${mirrorListenVariable}=${known[mirrorListenVariable] || mirrorListen}\n`
  if (!existsSync(path) || readFileSync(path, "utf8") !== text) writeSecret(path, text)
  return passwords
}

/** The token that opens raw lines on the page, in a file for the page alone. */
export const pageTokenFile = "page-token"

/** The page's token kept in `dir`; drawn now where there is none. */
export const pageTokenIn = (dir: string): string => {
  const path = join(dir, pageTokenFile)
  refuseOthersFile(path)
  if (existsSync(path)) return readFileSync(path, "utf8").trim()
  const token = randomBytes(18).toString("base64url")
  writeSecret(path, `${token}\n`)
  return token
}

/** A role as a context of the `nats` CLI, which all commands here take, too. */
export const contextOf = (user: string, password: string, url: string): string =>
  `${JSON.stringify(
    { description: `Chaussettes: ${user}`, url, user, password, inbox_prefix: `_INBOX_${user}` },
    null,
    2
  )}\n`

/** Writes each role's context to `<dir>/<role>.json`; answers the paths. */
export const writeContexts = (dir: string, passwords: Passwords, url: string): { readonly [role: string]: string } =>
  Object.fromEntries(
    roles.map((role) => {
      const path = join(dir, `${role}.json`)
      writeSecret(path, contextOf(role, passwords[role], url))
      return [role, path]
    })
  )

/** The server that the contexts of a folder name; undefined where there are none. */
export const namedServer = (dir: string): string | undefined => {
  const path = join(dir, "operator.json")
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as { readonly url: string }).url : undefined
}

/** Whether it is there to be written: in a container only what is mounted is. */
const isWritable = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Each role's context, and the viewers' server's password, alone in a folder of its own, to be mounted where it runs and nowhere else. */
export const writeRoleFolders = (parent: string, passwords: Passwords, url: string, pageToken: string): void => {
  for (const role of roles) {
    const folder = join(parent, role)
    if (isWritable(folder)) writeSecret(join(folder, "context.json"), contextOf(role, passwords[role], url))
  }
  const page = join(parent, "dashboard")
  if (isWritable(page)) writeSecret(join(page, pageTokenFile), `${pageToken}\n`)
  const mirror = join(parent, "mirror")
  if (isWritable(mirror)) writeSecret(join(mirror, environmentFile), `${variableOf("mirror")}=${passwords.mirror}\n`)
}
