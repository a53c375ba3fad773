import { readFile } from "node:fs/promises"
import { homedir } from "node:os"
import { join } from "node:path"
import { percentDecoded } from "@chaussettes/domain"
import { credsAuthenticator, type NodeConnectionOptions, nkeyAuthenticator } from "@nats-io/transport-node"
import { Config, Effect, Option, Redacted } from "effect"
import { Refused } from "../errors.ts"

/** Whom to connect to, and as whom. Everything but `servers` is as the `nats` CLI means it. */
export interface ConnectionSettings {
  /** `nats://host:port`, several for a cluster; `nats://user:password@host` and `nats://token@host` work, too. */
  readonly servers: ReadonlyArray<string>
  /** How the connection is named in the server's lists. */
  readonly name?: string
  readonly user?: string
  readonly password?: Redacted.Redacted<string>
  readonly token?: Redacted.Redacted<string>
  /** Path of a credentials file (JWT and seed). */
  readonly credsFile?: string
  /** Path of a file that holds an nkey's seed. */
  readonly nkeyFile?: string
  readonly tlsCertFile?: string
  readonly tlsKeyFile?: string
  readonly tlsCaFile?: string
  /** Where answers arrive; a role whose permissions name its inbox needs its own. Default `_INBOX`. */
  readonly inboxPrefix?: string
  /** The JetStream domain that holds the streams; default the server's own. */
  readonly jetstreamDomain?: string
  /** In place of `$JS.API`, where the API is imported from another account. Not together with a domain, which is such a prefix. */
  readonly jetstreamApiPrefix?: string
  /** The TLS handshake comes before the server says anything (`handshake_first`). */
  readonly tlsFirst?: boolean
}

const defaultServer = "nats://127.0.0.1:4222"

/** An empty variable is as good as none: compose files set what nobody gave to the empty string. */
const present = (value: Option.Option<string>): string | undefined =>
  Option.isSome(value) && value.value !== "" ? value.value : undefined

/** The settings as the `nats` CLI's variables give them, and `CHAUSSETTES_INBOX_PREFIX`. */
export const connectionSettingsFromEnv: Config.Config<ConnectionSettings> = Config.all({
  url: Config.option(Config.String("NATS_URL")),
  user: Config.option(Config.String("NATS_USER")),
  password: Config.option(Config.String("NATS_PASSWORD")),
  token: Config.option(Config.String("NATS_TOKEN")),
  creds: Config.option(Config.String("NATS_CREDS")),
  nkey: Config.option(Config.String("NATS_NKEY")),
  cert: Config.option(Config.String("NATS_CERT")),
  key: Config.option(Config.String("NATS_KEY")),
  ca: Config.option(Config.String("NATS_CA")),
  inboxPrefix: Config.option(Config.String("CHAUSSETTES_INBOX_PREFIX")),
  jetstreamDomain: Config.option(Config.String("CHAUSSETTES_JETSTREAM_DOMAIN")),
  jetstreamApiPrefix: Config.option(Config.String("CHAUSSETTES_JETSTREAM_API_PREFIX")),
  tlsFirst: Config.Boolean("CHAUSSETTES_TLS_FIRST").pipe(Config.withDefault(false))
}).pipe(
  Config.map((env) => {
    const servers = (present(env.url) ?? defaultServer)
      .split(",")
      .map((server) => server.trim())
      .filter((server) => server !== "")
    const [password, token] = [present(env.password), present(env.token)]
    return withoutAbsent<ConnectionSettings>({
      servers,
      user: present(env.user),
      password: password === undefined ? undefined : Redacted.make(password),
      token: token === undefined ? undefined : Redacted.make(token),
      credsFile: present(env.creds),
      nkeyFile: present(env.nkey),
      tlsCertFile: present(env.cert),
      tlsKeyFile: present(env.key),
      tlsCaFile: present(env.ca),
      inboxPrefix: present(env.inboxPrefix),
      jetstreamDomain: present(env.jetstreamDomain),
      jetstreamApiPrefix: present(env.jetstreamApiPrefix),
      tlsFirst: env.tlsFirst || undefined
    })
  })
)

const withoutAbsent = <A>(from: { readonly [K in keyof A]: A[K] | undefined }): A =>
  Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined)) as A

/** `nats://user:password@host:port` taken apart: the client itself does not read the part before the @. */
export const splitServer = (url: string): { server: string; user?: string; password?: string } => {
  const [, scheme = "", userInfo, host = ""] = /^([a-z+]+:\/\/)?(?:(.*)@)?(.*)$/i.exec(url.trim()) ?? []
  if (userInfo === undefined) return { server: scheme + host }
  const colon = userInfo.indexOf(":")
  if (colon < 0) return { server: scheme + host, user: percentDecoded(userInfo) }
  return {
    server: scheme + host,
    user: percentDecoded(userInfo.slice(0, colon)),
    password: percentDecoded(userInfo.slice(colon + 1))
  }
}

/** Whether nothing says who connects: a client's certificate may be somebody, too. */
export const isAnonymous = (settings: ConnectionSettings): boolean => {
  const { user, token, credsFile, nkeyFile, tlsCertFile, servers } = settings
  const given = [user, token, credsFile, nkeyFile, tlsCertFile, ...servers.map((server) => splitServer(server).user)]
  return given.every((one) => one === undefined)
}

/** Servers as they may be shown: never with the password that stands in a URL. */
export const shownServers = (settings: ConnectionSettings): string =>
  settings.servers.map((server) => splitServer(server).server).join(", ")

/** How JetStream is reached, for all that asks it. */
export const apiPrefixOf = ({ jetstreamDomain, jetstreamApiPrefix }: ConnectionSettings): string =>
  jetstreamApiPrefix?.replace(/\.$/, "") ??
  (jetstreamDomain === undefined ? defaultApiPrefix : `$JS.${jetstreamDomain}.API`)

const defaultApiPrefix = "$JS.API"

/** A path as a shell reads it, which has not read those of a context or a configuration file. */
const atHome = (path: string): string => (/^~(?=$|[\\/])/.test(path) ? join(homedir(), path.slice(1)) : path)

const readable = (path: string, what: string): Effect.Effect<Uint8Array, Refused> =>
  Effect.tryPromise({
    try: async () => readFile(atHome(path)),
    catch: (cause) =>
      new Refused({
        what: "the connection",
        why: `the ${what} ${path} cannot be read`,
        remedy: "Correct its path or its permissions.",
        cause
      })
  })

/** The client's options. Files are read here, so that a wrong path is told as such and not as a failed handshake. */
export const connectOptions = Effect.fn("connectOptions")(function* (
  settings: ConnectionSettings
): Effect.fn.Return<NodeConnectionOptions, Refused> {
  if (settings.jetstreamDomain !== undefined && settings.jetstreamApiPrefix !== undefined) {
    return yield* new Refused({
      what: "the connection",
      why: "both a JetStream domain and a prefix of its API are given, and each selects the streams in its own way",
      remedy: "Leave one of them out."
    })
  }
  const split = settings.servers.map(splitServer)
  const inUrl = split.find((s) => s.user !== undefined)
  const options: NodeConnectionOptions = {
    servers: split.map((s) => s.server),
    name: settings.name ?? "chaussettes",
    timeout: 5_000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    ignoreAuthErrorAbort: true,
    pingInterval: 10_000,
    maxPingOut: 2,
    noAsyncTraces: true
  }
  if (settings.inboxPrefix !== undefined) options.inboxPrefix = settings.inboxPrefix
  if (settings.user !== undefined) {
    options.user = settings.user
    if (settings.password !== undefined) options.pass = Redacted.value(settings.password)
  } else if (inUrl?.password !== undefined) {
    options.user = inUrl.user!
    options.pass = inUrl.password
  } else if (inUrl?.user !== undefined) options.token = inUrl.user
  if (settings.token !== undefined) options.token = Redacted.value(settings.token)
  if (settings.credsFile !== undefined) {
    options.authenticator = credsAuthenticator(yield* readable(settings.credsFile, "credentials file"))
  } else if (settings.nkeyFile !== undefined) {
    const seed = new TextDecoder().decode(yield* readable(settings.nkeyFile, "nkey file")).trim()
    options.authenticator = nkeyAuthenticator(new TextEncoder().encode(seed))
  }
  if (settings.tlsCertFile ?? settings.tlsKeyFile ?? settings.tlsCaFile) {
    options.tls = {}
    if (settings.tlsCertFile !== undefined) {
      options.tls.cert = text(yield* readable(settings.tlsCertFile, "TLS certificate"))
    }
    if (settings.tlsKeyFile !== undefined) options.tls.key = text(yield* readable(settings.tlsKeyFile, "TLS key"))
    if (settings.tlsCaFile !== undefined) {
      options.tls.ca = text(yield* readable(settings.tlsCaFile, "TLS authority file"))
    }
  } else if (settings.tlsFirst || settings.servers.some((server) => server.startsWith("tls://"))) options.tls = {}
  if (settings.tlsFirst) options.tls = { ...options.tls, handshakeFirst: true }
  return options
})

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
