import type { Command } from "effect/cli"
import { Completions } from "effect/cli"

/**
 * What can be configured: every flag of every command, under `[command] flag` in the file and `CHAUSSETTES_COMMAND_FLAG` in the environment,
 * and what all commands share, under names of its own. The list follows from the commands, so it cannot be out of date.
 */
export interface Setting {
  /** Where it stands in the file: `["detect", "window"]`. */
  readonly path: readonly [...section: ReadonlyArray<string>, key: string]
  readonly env: string
  /** The same for all commands that have such a flag; `env` is over it. */
  readonly sharedEnv?: string
  readonly description: string
  readonly kind: "text" | "switch"
  readonly secret: boolean
  /** For what has no flag to ask. */
  readonly default?: string
  /** The flag that it is, and whose; undefined for what only the environment and the file can say. */
  readonly flag?: {
    readonly name: string
    readonly aliases: ReadonlyArray<string>
    readonly command: ReadonlyArray<string>
  }
}

/** The settings that have one value for all commands. `flag` is the flag that is over it, where there is one. */
export const sharedSettings: ReadonlyArray<Setting & { readonly sharedFlag?: string }> = [
  shared("nats.context", "NATS_CONTEXT", "Connect with this context of the `nats` CLI, by name or path", "context"),
  shared("nats.url", "NATS_URL", "Connect to this NATS server; separate several with commas", "server", {
    default: "nats://127.0.0.1:4222"
  }),
  shared("nats.user", "NATS_USER", "Log in as this user", "user"),
  shared("nats.password", "NATS_PASSWORD", "Log in with this password", "password", { secret: true }),
  shared("nats.token", "NATS_TOKEN", "Log in with this token", "token", { secret: true }),
  shared("nats.creds", "NATS_CREDS", "Log in with this credentials file", "creds"),
  shared("nats.nkey", "NATS_NKEY", "Log in with the NKey seed in this file", "nkey"),
  shared("nats.cert", "NATS_CERT", "Present this client certificate to the server", "tlscert"),
  shared("nats.key", "NATS_KEY", "Use this private key for the client certificate", "tlskey"),
  shared("nats.ca", "NATS_CA", "Trust the certificate authorities in this file", "tlsca"),
  shared(
    "nats.prefix",
    "CHAUSSETTES_PREFIX",
    "Prefix the names of streams, buckets and subjects, for two systems that share an account",
    "prefix"
  ),
  shared(
    "nats.inbox-prefix",
    "CHAUSSETTES_INBOX_PREFIX",
    "Receive replies on subjects with this prefix",
    "inbox-prefix"
  ),
  shared(
    "nats.jetstream-domain",
    "CHAUSSETTES_JETSTREAM_DOMAIN",
    "Use the streams of this JetStream domain, for a server that is a leaf node",
    "js-domain"
  ),
  shared(
    "nats.jetstream-api-prefix",
    "CHAUSSETTES_JETSTREAM_API_PREFIX",
    "Use this prefix of the JetStream API, for one imported from another account",
    "js-api-prefix"
  ),
  shared(
    "nats.tls-first",
    "CHAUSSETTES_TLS_FIRST",
    "Start with the TLS handshake, for a server with handshake_first",
    "tlsfirst",
    { default: "false" }
  ),
  shared("http.port", "HTTP_PORT", "Serve a service's health and metrics on this port", "http-port"),
  shared("http.host", "HTTP_HOST", "Serve that port on this address", "http-host", { default: "127.0.0.1" }),
  shared("log.level", "LOG_LEVEL", "Log messages of this level and above", "log-level", { default: "info" }),
  shared("log.format", "LOG_FORMAT", "Log as pretty or json (default: pretty on a terminal, else json)"),
  shared(
    "server.bin",
    "NATS_SERVER_BIN",
    "Run this nats-server in `start` and `serve` (default: one that is found or downloaded)"
  )
]

function shared(
  path: string,
  env: string,
  description: string,
  flag?: string,
  more: { readonly secret?: boolean; readonly default?: string } = {}
) {
  return {
    path: path.split(".") as unknown as Setting["path"],
    env,
    description,
    kind: "text" as const,
    secret: false,
    ...more,
    ...(flag === undefined ? {} : { sharedFlag: flag })
  }
}

/** Flags whose whole value may be a secret: a webhook's address opens what is behind it, and parts of some look like a host. */
const secretFlags: ReadonlyArray<string> = ["notify.to", "start.notify"]

const constantCase = (name: string): string => name.replaceAll(/[^A-Za-z0-9]+/g, "_").toUpperCase()

const visit = (descriptor: Completions.CommandDescriptor, path: ReadonlyArray<string>): ReadonlyArray<Setting> => [
  ...descriptor.flags.flatMap((flag): ReadonlyArray<Setting> => {
    // How a result is printed is for whoever asks.
    if (flag.name === "json") return []
    if (sharedSettings.some((setting) => setting.sharedFlag === flag.name && setting.path[0] !== "http")) return []
    return [
      {
        path: [...path, flag.name],
        env: `CHAUSSETTES_${[...path, flag.name].map(constantCase).join("_")}`,
        description: flag.description ?? "",
        kind: flag.type._tag === "Boolean" ? "switch" : "text",
        secret: secretFlags.includes([...path, flag.name].join(".")),
        flag: { name: flag.name, aliases: flag.aliases, command: path }
      }
    ]
  }),
  ...descriptor.subcommands.flatMap((child) => visit(child, [...path, child.name]))
]

/**
 * The variable for all commands that have such a flag: only where they mean the same by it, and for the detector, which is the service
 * that is configured; `CHAUSSETTES_DIR` would be one thing for one command and another for the next.
 */
const sharedEnvOf = (setting: Setting, all: ReadonlyArray<Setting>): string | undefined => {
  const { name, command } = setting.flag!
  if (name === "http-port") return "HTTP_PORT"
  if (name === "http-host") return "HTTP_HOST"
  const same = all.filter((other) => other.flag?.name === name)
  const alike = same.every((other) => other.description === setting.description)
  return alike && (same.length > 1 || command[0] === "detect") ? `CHAUSSETTES_${constantCase(name)}` : undefined
}

/** Every setting of the commands below `root`, in the order in which they are declared. */
export const commandSettings = (root: Command.Command.Any): ReadonlyArray<Setting> => {
  const all = Completions.fromCommand(root).subcommands.flatMap((child) => visit(child, [child.name]))
  return all.map((setting) => {
    const sharedEnv = sharedEnvOf(setting, all)
    return sharedEnv === undefined ? setting : { ...setting, sharedEnv }
  })
}

const pathsBelow = (descriptor: Completions.CommandDescriptor, prefix: string): ReadonlyArray<string> =>
  descriptor.subcommands.flatMap((child) => [`${prefix}${child.name}`, ...pathsBelow(child, `${prefix}${child.name} `)])

/** The words of every command below `root`. */
export const commandPaths = (root: Command.Command.Any): ReadonlyArray<string> =>
  pathsBelow(Completions.fromCommand(root), "")

export const keyOf = (setting: Pick<Setting, "path">): string => setting.path.join(".")
