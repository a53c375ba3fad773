import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { reasonOf, wrongUsage } from "../failure.ts"
import { homeFolder } from "../home-folder.ts"
import { refuseOthersFile } from "../own-file.ts"

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
  inbox_prefix: "CHAUSSETTES_INBOX_PREFIX"
} as const

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

/** A context as variables. It is a path, or a name in the folder where the `nats` CLI keeps its own. Throws a `UserFailure`. */
export const readContext = (context: string, env: NodeJS.ProcessEnv): { readonly [name: string]: string } => {
  const path = /[\\/]|\.json$/.test(context)
    ? context
    : join(env.XDG_CONFIG_HOME || join(homeFolder("XDG_CONFIG_HOME"), ".config"), "nats", "context", `${context}.json`)
  let fields: unknown
  try {
    fields = JSON.parse(readFileSync(path, "utf8"))
  } catch (error) {
    throw wrongUsage(
      `Cannot use the NATS context ${path}: ${reasonOf(error)}. Give another with --context or NATS_CONTEXT.`
    )
  }
  if (typeof fields !== "object" || fields === null) throw wrongUsage(`The NATS context ${path} is not an object.`)
  return Object.fromEntries(
    Object.entries(variables).flatMap(([field, variable]) => {
      const value = (fields as Record<string, unknown>)[field]
      return typeof value === "string" && value !== "" ? [[variable, value]] : []
    })
  )
}

/** Who a command is to the server of a local `start`. What is not named here only looks. */
const rolesOf: { readonly [command: string]: string } = {
  init: "operator",
  verify: "operator",
  erase: "operator",
  generate: "shipper",
  replay: "replay",
  ship: "ship",
  detect: "detector",
  thresholds: "thresholds",
  notify: "notify"
}

const connectionFlags = /^(-s|--(server|user|password|token|creds|nkey|tlscert|tlskey|tlsca|context))(=|$)/

/**
 * The context that `chaussettes start` left in this folder for the role of a command, so that commands beside it just work. Only for whoever
 * says nothing of a connection: no flag, no variable, no file. Throws a `UserFailure` where another user left it there.
 */
export const contextOfStart = (
  args: ReadonlyArray<string>,
  command: string | undefined,
  given: ReadonlyArray<{ readonly [name: string]: string | undefined }>
): string | undefined => {
  if (command === undefined || args.some((arg) => connectionFlags.test(arg))) return undefined
  const names = Object.values(variables)
  if (given.some((record) => names.some((name) => (record[name] ?? "") !== ""))) return undefined
  const path = join(".chaussettes", "credentials", `${rolesOf[command] ?? "dashboard"}.json`)
  if (!existsSync(path)) return undefined
  refuseOthersFile(path)
  return path
}
