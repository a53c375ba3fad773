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
      "Take lines by syslog: :5514 listens on the loopback address by UDP and TCP; udp://, tcp:// or tls:// in front takes one of them; may be repeated"
    ),
    Flag.atLeast(0)
  ),
  http: Flag.String("http").pipe(
    Flag.withMetavar("address"),
    Flag.withDescription(
      "Take lines by HTTP: :8088 listens on the loopback address; POST / takes lines, JSON lines and JSON arrays, POST /v1/logs OTLP; https:// in front takes TLS; may be repeated"
    ),
    Flag.atLeast(0)
  ),
  allow: Flag.String("allow").pipe(
    Flag.withMetavar("network"),
    Flag.withDescription("Take lines only from this machine and these addresses (192.0.2.0/24); may be repeated"),
    Flag.atLeast(0)
  ),
  tokenFile: file(
    "token-file",
    "CHAUSSETTES_SHIP_TOKEN_FILE",
    "File with the token that senders by HTTP have to show; otherwise CHAUSSETTES_SHIP_TOKEN holds it"
  ),
  listenCert: file("listen-cert", "CHAUSSETTES_LISTEN_CERT", "Certificate for tls:// and https://, PEM"),
  listenKey: file("listen-key", "CHAUSSETTES_LISTEN_KEY", "Its key, PEM"),
  listenClientCa: file(
    "listen-client-ca",
    "CHAUSSETTES_LISTEN_CLIENT_CA",
    "Take lines by TLS only from senders with a certificate of this authority, PEM"
  )
} as const
