import { Config } from "effect"
import { Flag } from "effect/cli"

const file = (name: string, env: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar("file"),
    Flag.withDescription(description),
    Flag.withFallbackConfig(Config.String(env)),
    Flag.optional
  )

/** What `ship` takes from other programs, in place of log files. */
export const receiveFlags = {
  syslog: Flag.String("syslog").pipe(
    Flag.withMetavar("address"),
    Flag.withDescription(
      "Receive syslog: :5514 listens on the loopback address by UDP and TCP; prefix udp://, tcp:// or tls:// for only one of them; may be repeated"
    ),
    Flag.atLeast(0)
  ),
  http: Flag.String("http").pipe(
    Flag.withMetavar("address"),
    Flag.withDescription(
      "Receive lines over HTTP: :8088 listens on the loopback address; POST / takes lines, JSON lines and JSON arrays, POST /v1/logs takes OTLP; prefix https:// for TLS; may be repeated"
    ),
    Flag.atLeast(0)
  ),
  allow: Flag.String("allow").pipe(
    Flag.withMetavar("network"),
    Flag.withDescription("Accept lines only from this machine and these addresses (192.0.2.0/24); may be repeated"),
    Flag.atLeast(0)
  ),
  tokenFile: file(
    "token-file",
    "CHAUSSETTES_SHIP_TOKEN_FILE",
    "Require the token in this file from senders over HTTP (default: the token in CHAUSSETTES_SHIP_TOKEN, if set)"
  ),
  listenCert: file("listen-cert", "CHAUSSETTES_LISTEN_CERT", "Use this certificate for tls:// and https://, PEM"),
  listenKey: file("listen-key", "CHAUSSETTES_LISTEN_KEY", "Use this private key for --listen-cert, PEM"),
  listenClientCa: file(
    "listen-client-ca",
    "CHAUSSETTES_LISTEN_CLIENT_CA",
    "Accept lines over TLS only from senders with a certificate of this authority, PEM"
  )
} as const
