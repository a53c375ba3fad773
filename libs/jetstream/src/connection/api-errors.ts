import { JetStreamApiError } from "@nats-io/jetstream"
import {
  ClosedConnectionError,
  DrainingConnectionError,
  NoRespondersError,
  PermissionViolationError,
  TimeoutError
} from "@nats-io/transport-node"
import { Outdated, Refused, type StoreError, Unavailable } from "../errors.ts"

/** `err_code` of the JetStream API (errors.json of nats-server), as far as they mean something of their own here. */
export const apiCodes = {
  accountResourcesExceeded: 10002,
  clusterIncomplete: 10004,
  clusterNoPeers: 10005,
  clusterNotAvailable: 10008,
  clusterNotLeader: 10009,
  consumerNotFound: 10014,
  insufficientResources: 10023,
  memoryResourcesExceeded: 10028,
  messageNotFound: 10037,
  jetStreamNotEnabledForAccount: 10039,
  storageResourcesExceeded: 10047,
  messageTooLarge: 10054,
  streamNotFound: 10059,
  subjectsOverlap: 10065,
  wrongLastSequence: 10071,
  replicasNotSupported: 10074,
  peerRemapFailed: 10075,
  jetStreamNotEnabled: 10076,
  storeFailed: 10077,
  streamOffline: 10118,
  consumerOffline: 10119,
  duplicateInProcess: 10158,
  wrongLastSequenceUnknown: 10164,
  tooManyPending: 10167,
  streamOfflineReason: 10194,
  consumerOfflineReason: 10195,
  memberChangeInFlight: 10202
} as const

/** An error of the JetStream API, wherever it was found: thrown by the client or in an acknowledgement. */
export interface ApiError {
  readonly errCode: number
  readonly description: string
}

export const isWrongLastSequence = (errCode: number): boolean =>
  errCode === apiCodes.wrongLastSequence || errCode === apiCodes.wrongLastSequenceUnknown

const passing: ReadonlySet<number> = new Set([
  apiCodes.clusterIncomplete,
  // Servers of the cluster are away, or have not found each other yet.
  apiCodes.clusterNoPeers,
  apiCodes.clusterNotAvailable,
  apiCodes.clusterNotLeader,
  apiCodes.peerRemapFailed,
  apiCodes.streamOffline,
  apiCodes.consumerOffline,
  apiCodes.tooManyPending,
  // A leader that reaches no other server holds the first sending of the message, and stores it or not once it does.
  apiCodes.duplicateInProcess,
  // A server of an earlier version has it: while servers are upgraded one after the other.
  apiCodes.streamOfflineReason,
  apiCodes.consumerOfflineReason,
  apiCodes.memberChangeInFlight
])

/** The server could not do it just now and may in a moment, without anybody's doing. */
export const isPassing = (errCode: number): boolean => passing.has(errCode)

const remedies: { readonly [errCode: number]: string } = {
  [apiCodes.accountResourcesExceeded]:
    "Raise the account's JetStream limits, or lower the streams' (`chaussettes init`).",
  [apiCodes.insufficientResources]:
    "Give JetStream more room (max_file_store, the disk), or lower the streams' limits.",
  [apiCodes.storageResourcesExceeded]:
    "Give JetStream more room (max_file_store, the disk), or lower the streams' limits.",
  [apiCodes.memoryResourcesExceeded]: "Give JetStream more memory (max_memory_store).",
  [apiCodes.messageTooLarge]: "Send smaller messages, or raise the stream's max_msg_size.",
  [apiCodes.streamNotFound]: "Run `chaussettes init`, or check that this is the right server and account.",
  [apiCodes.subjectsOverlap]:
    "Another stream has these subjects (`nats stream ls` names them): give Chaussettes a prefix, an account or a server of its own.",
  [apiCodes.consumerNotFound]: "Run this again: it creates the consumer again.",
  [apiCodes.replicasNotSupported]: "Copies need a cluster of as many servers: see docs/scale.md.",
  [apiCodes.jetStreamNotEnabled]: "Start nats-server with JetStream (-js, or `jetstream {}` in its configuration).",
  [apiCodes.jetStreamNotEnabledForAccount]: "Enable JetStream for this account."
}

const remedyOf = ({ errCode, description }: ApiError): string => {
  if (/no space|disk/i.test(description)) return "Make room on the server's disk."
  if (/maximum (bytes|messages)/.test(description)) {
    return "Raise the stream's limits (`chaussettes init`), or remove old messages."
  }
  return remedies[errCode] ?? "See the server's log."
}

/** What passes by itself needs nothing, but where an operator may have to help. */
const passingRemedy = ({ errCode }: ApiError): { readonly remedy?: string } =>
  errCode === apiCodes.clusterNoPeers
    ? { remedy: "Start the other servers of the cluster, or ask for fewer copies (--replicas)." }
    : {}

/** What an answer of the JetStream API means. `what` names the thing that was asked for, such as `the stream LOGS`. */
export const apiErrorToStoreError = (what: string, error: ApiError, cause?: unknown): StoreError =>
  isPassing(error.errCode)
    ? new Unavailable({ what, why: error.description, ...passingRemedy(error), cause })
    : new Refused({ what, why: error.description, remedy: remedyOf(error), cause })

const find = <A extends Error>(error: unknown, kind: new (...args: Array<never>) => A): A | undefined => {
  for (let e = error; e instanceof Error; e = e.cause) if (e instanceof kind) return e
  return undefined
}

/** Nobody took the request, or answered it: what it was for is not there. */
export const isUnanswered = (error: unknown): boolean =>
  (find(error, NoRespondersError) ?? find(error, TimeoutError)) !== undefined

/** Nothing came back, not even that nobody is there. */
export const isSilence = (error: unknown): boolean => find(error, TimeoutError) !== undefined

/** Whether it may be a matter of who asks: nobody answered, or it was forbidden. */
export const isKeptFromUs = (error: unknown): boolean =>
  isUnanswered(error) ||
  find(error, PermissionViolationError) !== undefined ||
  find(error, JetStreamApiError)?.code === apiCodes.jetStreamNotEnabledForAccount

/** The permission that is missing, as a sentence an operator can act on. */
export const forbidden = (what: string, operation: "publish" | "subscription", subject: string, cause?: unknown) => {
  const verb = operation === "publish" ? "publish to" : "subscribe to"
  return new Refused({
    what,
    why: `permission denied: ${verb} ${subject}`,
    remedy:
      "Connect as a user of the right role (--context FILE, or NATS_USER and NATS_PASSWORD), or extend its permissions in the server's configuration.",
    cause
  })
}

/** Whatever the client throws, as an error of this package. `unanswered` says why nobody may have taken the request. */
export const toStoreError =
  (what: string, unanswered = "JetStream does not answer: it is starting, or not enabled") =>
  (cause: unknown): StoreError => {
    if (cause instanceof Unavailable || cause instanceof Refused) return cause
    const api = find(cause, JetStreamApiError)
    if (api !== undefined) return apiErrorToStoreError(what, { errCode: api.code, description: api.message }, cause)
    const violation = find(cause, PermissionViolationError)
    if (violation !== undefined) return forbidden(what, violation.operation, violation.subject, cause)
    if (find(cause, NoRespondersError) !== undefined) {
      return new Unavailable({ what, why: unanswered, cause })
    }
    if (find(cause, TimeoutError) !== undefined) return new Unavailable({ what, why: "no answer in time", cause })
    if (find(cause, ClosedConnectionError) ?? find(cause, DrainingConnectionError)) {
      return new Unavailable({ what, why: "the connection is closed", cause })
    }
    return new Unavailable({ what, why: cause instanceof Error ? cause.message : String(cause), cause })
  }

/** The same for a write that named the version it expects (`stream` is the stream or bucket). */
export const toWriteError =
  (what: string, stream: string, expectedSeq: number) =>
  (cause: unknown): StoreError | Outdated => {
    const api = find(cause, JetStreamApiError)
    return api !== undefined && isWrongLastSequence(api.code)
      ? new Outdated({ stream, expectedSeq })
      : toStoreError(what)(cause)
  }
