import { AuthorizationError, TimeoutError, UserAuthenticationExpiredError } from "@nats-io/transport-node"
import { Refused, type StoreError, Unavailable } from "../errors.ts"

/** The codes by which Node and OpenSSL say that a handshake failed, beside those that begin with ERR_SSL and ERR_TLS. */
const tlsCodes = new Set([
  "EPROTO",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REVOKED",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "HOSTNAME_MISMATCH"
])

const codesOf = (error: unknown): ReadonlyArray<string> => {
  const codes: Array<string> = []
  for (let e = error; typeof e === "object" && e !== null; e = (e as { cause?: unknown }).cause) {
    const code = (e as { code?: unknown }).code
    if (typeof code === "string") codes.push(code)
  }
  return codes
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error ?? ""))

/** Somebody holds all connections that there are to be had: that may be over soon. */
const crowded: ReadonlyArray<readonly [RegExp, string, string]> = [
  [
    /maximum account active connections/i,
    "this user's account has reached its connection limit",
    "Close some of them, or connect as another user (--context, NATS_USER)."
  ],
  [
    /maximum connections/i,
    "the server has reached its connection limit",
    "Close some of them, or raise max_connections in the server's configuration."
  ]
]

export interface Attempted {
  /** Over TLS, without a certificate of one's own. */
  readonly anonymousTls?: boolean
  /** What the server said when it was asked once more. */
  readonly lastWord?: string | undefined
}

/** What a failed attempt to connect means for whoever asked for it. */
export const connectError = (error: unknown, servers: string, attempted: Attempted = {}): StoreError => {
  const what = `the connection to ${servers}`
  const message = messageOf(error)
  const codes = codesOf(error)
  if (error instanceof UserAuthenticationExpiredError) {
    return new Refused({ what, why: "the credentials have expired", remedy: "Get new ones.", cause: error })
  }
  if (error instanceof AuthorizationError) {
    return new Refused({
      what,
      why: "the server rejected the credentials, or requires some",
      remedy: "Check --context, or NATS_USER and NATS_PASSWORD, NATS_TOKEN, NATS_CREDS or NATS_NKEY.",
      cause: error
    })
  }
  if (/does not support 'tls'|not available on this server/.test(message)) {
    return new Refused({
      what,
      why: "the server does not speak TLS",
      remedy: "Leave out NATS_CERT, NATS_KEY, NATS_CA and tls://, or switch TLS on in the server.",
      cause: error
    })
  }
  if (codes.some((c) => tlsCodes.has(c) || /^ERR_(SSL|TLS|OSSL)_/.test(c)) || /TLS connection|PEM/.test(message)) {
    return new Refused({
      what,
      why: `the TLS handshake failed (${message})`,
      remedy: "Check NATS_CA for the server's authority, NATS_CERT and NATS_KEY for this client's certificate.",
      cause: error
    })
  }
  if (codes.some((c) => c === "ENOTFOUND" || c === "EAI_AGAIN")) {
    return new Unavailable({ what, why: "the host name cannot be resolved", cause: error })
  }
  if (codes.includes("ECONNREFUSED") || /connection refused/.test(message)) {
    return new Unavailable({ what, why: "connection refused", cause: error })
  }
  const { anonymousTls = false, lastWord } = attempted
  for (const [words, why, remedy] of crowded) {
    if (words.test(lastWord ?? "")) return new Unavailable({ what, why, remedy, cause: error })
  }
  if (error instanceof TimeoutError) {
    // Under TLS 1.3 a server that misses the client's certificate says so behind the handshake, where nobody listens.
    const maybe = anonymousTls ? " (it may require a client certificate: NATS_CERT, NATS_KEY)" : ""
    return new Unavailable({ what, why: `the server did not answer in time${maybe}`, cause: error })
  }
  return new Unavailable({
    what,
    why: message === "" ? "the server closed the connection at once" : message,
    cause: error
  })
}
