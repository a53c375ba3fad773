import { randomBytes } from "node:crypto"
import { Effect } from "effect"
import type { Link } from "../connection/link.ts"
import { Outdated, type StoreError } from "../errors.ts"
import type { Entry } from "../ports/versioned-log.ts"
import type { Outgoing, PipelineFailure } from "../publish/ack-pipeline.ts"
import { pipelineToWriteError } from "../publish/pipeline-errors.ts"
import { VersionedMessage } from "./versioned-message.ts"

/** So many entries are encoded at most at a time; the pipeline bounds what is under way. */
const chunkEntries = 16_384

const wrongLastMessageId = 10070

const isOutdated = (failure: PipelineFailure): boolean =>
  failure._tag === "Refused" && failure.ack._tag === "Refused" && failure.ack.error.errCode === wrongLastMessageId

/**
 * Appends message by message, thousands under way, each with the version that it expects. The fastest way, for a stream
 * without replicas.
 *
 * The expected sequence alone does not hold an append together: where another writer put one message in between, our
 * first entry is refused, and our second one expects just the sequence that the stream has now. So each entry but the first
 * also expects that the last message is the entry before it, by an id that no other append uses. (A replicated stream must
 * never see such an expectation fail: nats-server 2.15.2 then stops writing the stream for good, on all its replicas.)
 */
export const appendPipelined = Effect.fnUntraced(function* (
  publishAll: (messages: ReadonlyArray<Outgoing>) => Effect.Effect<number, PipelineFailure>,
  link: Link,
  stream: string,
  entries: ReadonlyArray<Entry>,
  expectedLastSeq: number
): Effect.fn.Return<number, Outdated | StoreError> {
  const run = randomBytes(6).toString("base64url")
  for (let from = 0; from < entries.length; from += chunkEntries) {
    const messages: ReadonlyArray<Outgoing> = entries
      .slice(from, from + chunkEntries)
      .map((entry, i) => new VersionedMessage(entry, expectedLastSeq + from + i, run, from + i))
    yield* publishAll(messages).pipe(
      Effect.mapError((failure) => {
        const refused = failure._tag === "Refused" ? messages.indexOf(failure.message) : 0
        const expectedSeq = expectedLastSeq + from + refused
        return isOutdated(failure)
          ? new Outdated({ stream, expectedSeq })
          : pipelineToWriteError(stream, expectedSeq, failure, link)
      })
    )
  }
  return expectedLastSeq + entries.length
})
