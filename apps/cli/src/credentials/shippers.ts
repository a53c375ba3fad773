import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { wrongUsage } from "@chaussettes/service"
import { newPassword, users, writeSecret } from "./store.ts"

/** A user of one source, made by `credentials --add`. */
export interface Shipper {
  readonly name: string
  readonly source: string
  readonly password: string
  /** It may ask for its source's last message. */
  readonly mayResume?: boolean
  /** It may ask how much LOGS holds. */
  readonly mayAsk?: boolean
}

const file = "shippers.json"

/** A name stands in the server's configuration as it is. */
const nameForm = /^[a-z][a-z0-9-]{0,31}$/
/** One token of a subject: neither a dot nor a wildcard may stand in it. */
const sourceForm = /^[A-Za-z0-9_-]{1,64}$/

/** What a server is made for. Each shipper is an account with its connections. */
const mostShippers = 1_000

/** The shippers that were added to a folder of credentials. Fails as the file system does. */
export const shippersIn = (dir: string): ReadonlyArray<Shipper> => {
  const path = join(dir, file)
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as ReadonlyArray<Shipper>) : []
}

const keep = (dir: string, shippers: ReadonlyArray<Shipper>): void =>
  writeSecret(join(dir, file), `${JSON.stringify(shippers, null, 2)}\n`)

/**
 * Adds a user that may send one source, or gives the one that is there already, with what it may do now. Throws a `UserFailure` for names that
 * cannot be.
 */
export const addShipper = (
  dir: string,
  { name, source, mayResume, mayAsk }: Required<Omit<Shipper, "password">>
): Shipper => {
  if (!nameForm.test(name) || (users as ReadonlyArray<string>).includes(name)) {
    throw wrongUsage(
      `--add ${JSON.stringify(name)} cannot be a shipper's name. Use a letter and then letters, digits and dashes, 32 at most, and none of ${users.join(", ")}.`
    )
  }
  if (!sourceForm.test(source)) {
    throw wrongUsage(`--source ${JSON.stringify(source)}: use 1 to 64 letters, digits, dashes and underscores.`)
  }
  const shippers = shippersIn(dir)
  const known = shippers.find((shipper) => shipper.name === name)
  if (known !== undefined && known.source !== source) {
    throw wrongUsage(`${name} already sends the source ${known.source}. Remove it first, or give another name.`)
  }
  const others = shippers.filter((shipper) => shipper !== known)
  if (others.length >= mostShippers)
    throw wrongUsage(`There are ${mostShippers} shippers already, which is the limit: remove one first.`)
  const added = { name, source, password: known?.password ?? newPassword(), mayResume, mayAsk }
  keep(dir, [...others, added])
  return added
}

/** Takes a shipper's user away; its lines stay. Throws a `UserFailure` where there is none. */
export const removeShipper = (dir: string, name: string): void => {
  const shippers = shippersIn(dir)
  const rest = shippers.filter((shipper) => shipper.name !== name)
  if (rest.length === shippers.length) throw wrongUsage(`--remove ${JSON.stringify(name)}: no such shipper.`)
  keep(dir, rest)
}

/**
 * A shipper's account for the server's configuration. It is its own account, so that it may listen under `_INBOX`, as other programs'
 * JetStream outputs do, and hears nobody else's answers. It asks for LOGS' state or the last message of its own source only where it was added
 * for that: whoever asks without end holds LOGS up, or fills the server's memory (docs/threat-model.md).
 */
export const accountOf = ({ name, source, password, mayResume, mayAsk }: Shipper): string => {
  const may = [
    `logs.${source}`,
    ...(mayAsk ? ["$JS.API.STREAM.INFO.LOGS"] : []),
    ...(mayResume ? [`$JS.API.DIRECT.GET.LOGS.logs.${source}`] : [])
  ]
  return `  "SHIPPER_${name}" {
    limits: { max_connections: 4, max_subscriptions: 64 }
    users: [
      { user: "${name}", password: "${password}", permissions: {
        publish: [${may.map((subject) => `"${subject}"`).join(", ")}]
        subscribe: ["_INBOX.>", "_INBOX_${name}.>"]
      } }
    ]
    imports: [
${["$JS.API.INFO", ...may].map((subject) => `      { service: { account: CHAUSSETTES, subject: "${subject}" } }\n`).join("")}    ]
  }
`
}
