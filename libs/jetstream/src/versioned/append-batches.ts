import { randomBytes } from "node:crypto"
import { Effect } from "effect"
import { apiErrorToStoreError, isWrongLastSequence } from "../connection/api-errors.ts"
import { ask } from "../connection/ask.ts"
import type { Connection } from "../connection/connection.ts"
import { Outdated, Refused, type StoreError, Unavailable } from "../errors.ts"
import type { Entry } from "../ports/versioned-log.ts"
import { encodedHeaders } from "../publish/headers.ts"
import { pipelineToStoreError } from "../publish/pipeline-errors.ts"
import { type PubAck, parsePubAck } from "../publish/pub-ack.ts"
import { bytesOf } from "./entry.ts"
import { epochHeader } from "./epoch.ts"

/** The server takes no more messages in a batch (ADR-50). */
const batchEntries = 1_000
/** Nor is more than this sent before an answer is waited for; one entry is always let through. */
const batchBytes = 4 * 1024 * 1024
const commitMs = 5_000
/** Error codes of the server. The last two pass: it has forgotten the beginning of a batch (a new leader), or holds too many. */
const batchesDisabled = 10174
const batchIncomplete = 10176
const tooManyBatches = 10210

interface Batch {
  /** Index of the first entry, and the one behind the last. */
  readonly from: number
  readonly to: number
}

/** Cuts entries into batches. */
const batchesOf = (entries: ReadonlyArray<Entry>): ReadonlyArray<Batch> => {
  const batches: Array<Batch> = []
  let from = 0
  let bytes = 0
  for (let i = 0; i < entries.length; i++) {
    const size = entries[i]!.data.length
    if (i > from && (i - from === batchEntries || bytes + size > batchBytes)) {
      batches.push({ from, to: i })
      from = i
      bytes = 0
    }
    bytes += size
  }
  if (from < entries.length) batches.push({ from, to: entries.length })
  return batches
}

/**
 * Appends in atomic batches (ADR-50), for a stream with replicas: the first message of a batch carries the version that it
 * expects, and all of them are stored or none. A batch is sent while the one before it is stored, and committed only behind it,
 * so that nothing is stored behind a refusal. One that is never committed is forgotten by the server.
 */
export const appendInBatches = Effect.fnUntraced(function* (
  { nc, link }: Pick<Connection["Service"], "nc" | "link">,
  stream: string,
  entries: ReadonlyArray<Entry>,
  expectedLastSeq: number
): Effect.fn.Return<number, Outdated | StoreError> {
  const run = randomBytes(6).toString("base64url")
  const batches = batchesOf(entries)
  const maxBytes = nc.info?.max_payload ?? Number.POSITIVE_INFINITY

  const messageOf = (batch: Batch, i: number) => {
    const entry = entries[i]!
    const { epoch, subject } = entry
    const headers: Array<readonly [string, string]> = [[epochHeader, `${epoch}`]]
    if (i === batch.from) headers.push(["Nats-Expected-Last-Sequence", `${expectedLastSeq + batch.from}`])
    if (batch.to - batch.from > 1) {
      headers.push(["Nats-Batch-Id", `${run}.${batch.from}`], ["Nats-Batch-Sequence", `${i - batch.from + 1}`])
      if (i === batch.to - 1) headers.push(["Nats-Batch-Commit", "1"])
    }
    const encoded = encodedHeaders(headers)
    const payload = bytesOf(entry)
    const bytes = payload.length + encoded.bytes
    if (bytes > maxBytes) throw pipelineToStoreError(stream, { _tag: "TooLarge", bytes, maxBytes })
    return { subject, payload, headers: encoded.hdrs }
  }
  /** All of a batch but the message that commits it. */
  const stage = (batch: Batch) => {
    for (let i = batch.from; i < batch.to - 1; i++) {
      const { subject, payload, headers } = messageOf(batch, i)
      nc.publish(subject, payload, { headers })
    }
  }
  const commit = (batch: Batch) => {
    const { subject, payload, headers } = messageOf(batch, batch.to - 1)
    return nc.request(subject, payload, { headers, timeout: commitMs })
  }

  for (const [at, batch] of batches.entries()) {
    const answer = yield* ask(link, `writing to ${stream}`, () => {
      if (at === 0) stage(batch)
      const committed = commit(batch)
      const next = batches[at + 1]
      if (next !== undefined) {
        try {
          stage(next)
        } catch (error) {
          return committed.then(() => Promise.reject(error))
        }
      }
      return committed
    })
    const ack = parsePubAck(answer)
    if (ack._tag === "Stored") continue
    if (ack._tag === "Refused" && isWrongLastSequence(ack.error.errCode)) {
      return yield* new Outdated({ stream, expectedSeq: expectedLastSeq + batch.from })
    }
    return yield* refusal(stream, ack)
  }
  return expectedLastSeq + entries.length
})

const refusal = (stream: string, ack: Exclude<PubAck, { readonly _tag: "Stored" }>): StoreError => {
  const what = `writing to ${stream}`
  if (ack._tag === "NoResponders") return new Unavailable({ what, why: "JetStream does not answer: it is starting" })
  const { description, errCode } = ack.error
  switch (errCode) {
    case batchIncomplete:
    case tooManyBatches:
      return new Unavailable({ what, why: description })
    case batchesDisabled:
      return new Refused({
        what,
        why: description,
        remedy: "Run `chaussettes init`, which allows atomic batches in this stream."
      })
    default:
      return apiErrorToStoreError(what, ack.error)
  }
}
