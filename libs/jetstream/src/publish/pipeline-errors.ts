import { apiCodes, apiErrorToStoreError, forbidden, isWrongLastSequence } from "../connection/api-errors.ts"
import { withoutCredentials } from "../connection/credentials.ts"
import type { Link } from "../connection/link.ts"
import { Outdated, Refused, type StoreError, Unavailable } from "../errors.ts"
import type { PipelineFailure } from "./ack-pipeline.ts"

/**
 * Why a pipeline of messages to a stream failed, as an error of this package.
 *
 * @param link where the messages may have been sent without credentials
 */
export const pipelineToStoreError = (stream: string, failure: PipelineFailure, link?: Link): StoreError => {
  const what = `writing to ${stream}`
  if (failure._tag === "Forbidden" && link?.lacksCredentials) return withoutCredentials(what)
  switch (failure._tag) {
    case "Lost":
      return new Unavailable({ what, why: failure.why })
    case "Forbidden":
      return forbidden(what, failure.operation, failure.subject)
    case "TooLarge":
      return new Refused({
        what,
        why: `a message of ${failure.bytes} bytes is above the server's limit of ${failure.maxBytes}`,
        remedy: "Put fewer lines in a message, or raise max_payload in the server's configuration."
      })
    case "Invalid":
      return new Refused({
        what,
        why: failure.why,
        remedy: "Internal error: please report it with the output of `--log-level debug`."
      })
    case "Absent":
      return noStream(what, failure.message.subject)
    case "Refused":
      if (failure.ack._tag === "Refused") return apiErrorToStoreError(what, failure.ack.error)
      return isClustered(link)
        ? new Unavailable({ what, why: `${stream} has no leader at the moment, or does not exist` })
        : noStream(what, failure.message.subject)
  }
}

const noStream = (what: string, subject: string): StoreError =>
  apiErrorToStoreError(what, { errCode: apiCodes.streamNotFound, description: `no stream takes ${subject}` })

/** In a cluster nobody takes messages while the stream has no leader: that says nothing of whether there is a stream. */
const isClustered = (link: Link | undefined): boolean => link?.nc.info?.cluster !== undefined

/** The same for messages that named the version they expect. */
export const pipelineToWriteError = (
  stream: string,
  expectedSeq: number,
  failure: PipelineFailure,
  link?: Link
): StoreError | Outdated =>
  failure._tag === "Refused" && failure.ack._tag === "Refused" && isWrongLastSequence(failure.ack.error.errCode)
    ? new Outdated({ stream, expectedSeq })
    : pipelineToStoreError(stream, failure, link)
