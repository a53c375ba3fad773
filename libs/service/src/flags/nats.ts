import type { ConnectionSettings } from "@chaussettes/jetstream"
import { Config, Option, type Redacted } from "effect"
import { Flag } from "effect/cli"
import { flagName, flagSpellings } from "../configuration/defaults.ts"

/**
 * How to reach the NATS server: the flags of the `nats` CLI and its environment variables, so that what works there works here.
 * A command takes them as `nats: natsFlags` and hands the value to the connection layer.
 */
export const natsFlags = {
  /** Read before the command line is parsed (see `contextNamed`); it stands here so that the help shows it. */
  context: Flag.String("context").pipe(
    Flag.withMetavar("name|file"),
    Flag.withDescription(
      "Connect with this context of the nats CLI (NATS_CONTEXT); other connection flags override it"
    ),
    Flag.optional
  ),
  server: Flag.String("server").pipe(
    Flag.withAlias("s"),
    Flag.withMetavar("url"),
    Flag.withDescription("Connect to this NATS server; separate several with commas"),
    Flag.withFallbackConfig(Config.String("NATS_URL")),
    Flag.withDefault("nats://127.0.0.1:4222")
  ),
  user: Flag.String("user").pipe(
    Flag.withDescription("Log in as this user"),
    Flag.withFallbackConfig(Config.String("NATS_USER")),
    Flag.optional
  ),
  password: Flag.Redacted("password").pipe(
    Flag.withDescription("Log in with this password. Prefer NATS_PASSWORD: other users can see a command line"),
    Flag.withFallbackConfig(Config.Redacted("NATS_PASSWORD")),
    Flag.optional
  ),
  token: Flag.Redacted("token").pipe(
    Flag.withDescription("Log in with this token"),
    Flag.withFallbackConfig(Config.Redacted("NATS_TOKEN")),
    Flag.optional
  ),
  creds: Flag.String("creds").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("Log in with this credentials file"),
    Flag.withFallbackConfig(Config.String("NATS_CREDS")),
    Flag.optional
  ),
  nkey: Flag.String("nkey").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("Log in with the NKey seed in this file"),
    Flag.withFallbackConfig(Config.String("NATS_NKEY")),
    Flag.optional
  ),
  tlsCert: Flag.String("tlscert").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("Present this client certificate to the server"),
    Flag.withFallbackConfig(Config.String("NATS_CERT")),
    Flag.optional
  ),
  tlsKey: Flag.String("tlskey").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("Use this private key for the client certificate"),
    Flag.withFallbackConfig(Config.String("NATS_KEY")),
    Flag.optional
  ),
  tlsCa: Flag.String("tlsca").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("Trust the certificate authorities in this file"),
    Flag.withFallbackConfig(Config.String("NATS_CA")),
    Flag.optional
  ),
  inboxPrefix: Flag.String("inbox-prefix").pipe(
    Flag.withMetavar("prefix"),
    Flag.withDescription(
      "Receive replies on subjects with this prefix (default: _INBOX, or _INBOX_<user> for the users of deploy/nats.conf)"
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_INBOX_PREFIX")),
    Flag.optional
  ),
  jetstreamDomain: Flag.String("js-domain").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription("Use the streams of this JetStream domain, for a server that is a leaf node"),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_JETSTREAM_DOMAIN")),
    Flag.optional
  ),
  jetstreamApiPrefix: Flag.String("js-api-prefix").pipe(
    Flag.withMetavar("prefix"),
    Flag.withDescription(
      "Use this prefix of the JetStream API, for one imported from another account (default: $JS.API)"
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_JETSTREAM_API_PREFIX")),
    Flag.optional
  ),
  tlsFirst: Flag.Boolean("tlsfirst").pipe(
    Flag.withDescription("Start with the TLS handshake, for a server with handshake_first"),
    Flag.withFallbackConfig(Config.Boolean("CHAUSSETTES_TLS_FIRST")),
    Flag.withDefault(false)
  )
} as const

/** Their names, as they are typed without the dashes. */
export const connectionFlags: ReadonlyArray<string> = Object.values(natsFlags).map(flagName)

/** The same with dashes, and what else each may be called. */
export const spelledConnectionFlags: ReadonlyArray<string> = Object.values(natsFlags).flatMap(flagSpellings)

/** The users of deploy/nats.conf: each may listen for replies only under its own prefix, so that none hears another's. */
export const roles = ["shipper", "ship", "replay", "detector", "thresholds", "dashboard", "notify", "operator"] as const
export type Role = (typeof roles)[number]

export interface NatsFlagValues {
  readonly context: Option.Option<string>
  readonly server: string
  readonly user: Option.Option<string>
  readonly password: Option.Option<Redacted.Redacted<string>>
  readonly token: Option.Option<Redacted.Redacted<string>>
  readonly creds: Option.Option<string>
  readonly nkey: Option.Option<string>
  readonly tlsCert: Option.Option<string>
  readonly tlsKey: Option.Option<string>
  readonly tlsCa: Option.Option<string>
  readonly inboxPrefix: Option.Option<string>
  readonly jetstreamDomain: Option.Option<string>
  readonly jetstreamApiPrefix: Option.Option<string>
  readonly tlsFirst: boolean
}

/** The reply prefix that the flags ask for; undefined leaves the client's own (`_INBOX`), which is the anonymous viewer's. */
const inboxPrefixOf = (flags: Pick<NatsFlagValues, "user" | "inboxPrefix">): string | undefined =>
  Option.getOrUndefined(
    Option.orElse(flags.inboxPrefix, () =>
      Option.map(
        Option.filter(flags.user, (user) => (roles as ReadonlyArray<string>).includes(user)),
        (user) => `_INBOX_${user}`
      )
    )
  )

/** The flags as the connection layer wants them; `name` is how the connection is called in the server's lists. */
export const connectionSettings = (flags: NatsFlagValues, name: string): ConnectionSettings => {
  const optional: { readonly [K in keyof ConnectionSettings]?: ConnectionSettings[K] | undefined } = {
    user: Option.getOrUndefined(flags.user),
    password: Option.getOrUndefined(flags.password),
    token: Option.getOrUndefined(flags.token),
    credsFile: Option.getOrUndefined(flags.creds),
    nkeyFile: Option.getOrUndefined(flags.nkey),
    tlsCertFile: Option.getOrUndefined(flags.tlsCert),
    tlsKeyFile: Option.getOrUndefined(flags.tlsKey),
    tlsCaFile: Option.getOrUndefined(flags.tlsCa),
    inboxPrefix: inboxPrefixOf(flags),
    jetstreamDomain: Option.getOrUndefined(flags.jetstreamDomain),
    jetstreamApiPrefix: Option.getOrUndefined(flags.jetstreamApiPrefix),
    tlsFirst: flags.tlsFirst || undefined
  }
  const given = Object.entries(optional).filter(([, value]) => value !== undefined)
  return {
    servers: flags.server
      .split(",")
      .map((server) => server.trim())
      .filter((server) => server !== ""),
    name: `chaussettes-${name}`,
    ...(Object.fromEntries(given) as Partial<ConnectionSettings>)
  }
}
