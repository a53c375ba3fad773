import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { reasonOf, wrongUsage } from "../failure.ts"
import { homeFolder } from "../files/home-folder.ts"
import { refuseEndlessFile, refuseOthersFile } from "../files/own-file.ts"
import { spelledConnectionFlags } from "../flags/nats.ts"

/** The fields of a context of the `nats` CLI that are used here, and the variables that mean the same. */
const variables = {
  url: "NATS_URL",
  user: "NATS_USER",
  password: "NATS_PASSWORD",
  token: "NATS_TOKEN",
  creds: "NATS_CREDS",
  nkey: "NATS_NKEY",
  cert: "NATS_CERT",
  key: "NATS_KEY",
  ca: "NATS_CA",
  inbox_prefix: "CHAUSSETTES_INBOX_PREFIX",
  jetstream_domain: "CHAUSSETTES_JETSTREAM_DOMAIN",
  jetstream_api_prefix: "CHAUSSETTES_JETSTREAM_API_PREFIX",
  tls_first: "CHAUSSETTES_TLS_FIRST"
} as const

/** Fields that say nothing of how to connect, or of what is never asked for here. */
const meaningless: ReadonlySet<string> = new Set(["name", "description", "color_scheme", "jetstream_event_prefix"])

const nameFiles = "Name the files of the certificate and its key in cert, key and ca."

/** Fields that would lead somewhere else, or as somebody else, were they passed over; with what to do instead. */
const ways: { readonly [field: string]: string } = {
  socks_proxy:
    "Chaussettes connects without a proxy: open a tunnel (`ssh -L 4222:server:4222 host`) and name its end in url.",
  nsc: "Write the credentials to a file (`nsc generate creds`) and name it in creds.",
  user_jwt: "Put the JWT and its seed into a credentials file and name it in creds.",
  user_seed: "Put the JWT and its seed into a credentials file and name it in creds.",
  windows_cert_store: nameFiles,
  windows_cert_match_by: nameFiles,
  windows_cert_match: nameFiles,
  windows_ca_certs_match: nameFiles
}

const isGiven = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== "" &&
  value !== false &&
  !(Array.isArray(value) && value.length === 0)

/** `--context`, `NATS_CONTEXT` or the file's `nats.context`. */
export const contextNamed = (
  args: ReadonlyArray<string>,
  env: NodeJS.ProcessEnv,
  file: { readonly [name: string]: string }
): string | undefined => {
  const end = args.indexOf("--")
  const own = end < 0 ? args : args.slice(0, end)
  const at = own.findIndex((arg) => arg === "--context" || arg.startsWith("--context="))
  if (at >= 0) return own[at]!.startsWith("--context=") ? own[at]!.slice("--context=".length) : own[at + 1]
  return env.NATS_CONTEXT || file.NATS_CONTEXT
}

/**
 * A context as variables. It is a path, or a name in the folder where the `nats` CLI keeps its own. Throws a `UserFailure`, also for a
 * setting that cannot be followed.
 */
export const readContext = (
  context: string,
  env: NodeJS.ProcessEnv,
  givenWith = "--context or NATS_CONTEXT"
): { readonly [name: string]: string } => {
  const path = /[\\/]|\.json$/.test(context)
    ? context
    : join(env.XDG_CONFIG_HOME || join(homeFolder("XDG_CONFIG_HOME"), ".config"), "nats", "context", `${context}.json`)
  refuseEndlessFile(`the NATS context ${path}`, path)
  let fields: unknown
  try {
    fields = JSON.parse(readFileSync(path, "utf8"))
  } catch (error) {
    throw wrongUsage(`Cannot use the NATS context ${path}: ${reasonOf(error)}. Give another with ${givenWith}.`)
  }
  if (typeof fields !== "object" || fields === null) throw wrongUsage(`The NATS context ${path} is not an object.`)
  return Object.fromEntries(
    Object.entries(fields).flatMap(([field, value]: [string, unknown]) => {
      if (!isGiven(value) || meaningless.has(field)) return []
      const variable = Object.hasOwn(variables, field) ? variables[field as keyof typeof variables] : undefined
      if (variable === undefined || (typeof value !== "string" && value !== true)) {
        const way = ways[field] ?? `Leave it out, or give another context with ${givenWith}.`
        throw wrongUsage(`The setting ${field} of the NATS context ${path} cannot be used here. ${way}`)
      }
      return [[variable, String(value)]]
    })
  )
}

/** Who a command is to the server of a local `start`. What is not named here only looks. */
const rolesOf: { readonly [command: string]: string } = {
  init: "operator",
  verify: "operator",
  erase: "operator",
  formats: "operator",
  "incidents ack": "operator",
  "incidents silence": "operator",
  "incidents note": "operator",
  "incidents maintenance": "operator",
  "incidents lift": "operator",
  ignore: "operator",
  generate: "shipper",
  replay: "replay",
  ship: "ship",
  detect: "detector",
  thresholds: "thresholds",
  notify: "notify"
}

const isConnectionFlag = (arg: string): boolean => spelledConnectionFlags.includes(arg.split("=", 1)[0]!)

/**
 * The context that `chaussettes start` left in this folder for the role of a command (by its words), so that commands beside it just work. Only for whoever
 * says nothing of a connection: no flag, no variable, no file. Throws a `UserFailure` where another user left it there.
 */
export const contextOfStart = (
  args: ReadonlyArray<string>,
  command: ReadonlyArray<string>,
  given: ReadonlyArray<{ readonly [name: string]: string | undefined }>
): string | undefined => {
  if (command.length === 0 || args.some(isConnectionFlag)) return undefined
  const names = Object.values(variables)
  if (given.some((record) => names.some((name) => (record[name] ?? "") !== ""))) return undefined
  const path = join(
    ".chaussettes",
    "credentials",
    `${rolesOf[command.slice(0, 2).join(" ")] ?? rolesOf[command[0]!] ?? "dashboard"}.json`
  )
  if (!existsSync(path)) return undefined
  refuseOthersFile(path)
  return path
}
