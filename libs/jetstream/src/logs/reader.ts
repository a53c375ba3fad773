import { formatHeader, type LogMessage, parseRfc3339, watermarkHeader } from "@chaussettes/domain"
import { DirectMsgHeaders, JetStreamApiError, JetStreamError, type StoredMsg } from "@nats-io/jetstream"
import { Effect, Layer } from "effect"
import { serverIsAtLeast } from "../admin/init.ts"
import { apiCodes } from "../connection/api-errors.ts"
import { askAgain } from "../connection/ask.ts"
import { Connection } from "../connection/connection.ts"
import { explained } from "../connection/credentials.ts"
import { request } from "../connection/request.ts"
import { makeOpener } from "../consume/consumer.ts"
import { readingOf } from "../consume/reading-of.ts"
import { type SessionOptions, StreamSession } from "../consume/session.ts"
import type { StoreError } from "../errors.ts"
import { LogsReader, type ReadOptions } from "../ports/logs.ts"
import { logsStream, logsSubjectPrefix, reading } from "../topology.ts"
import { identityOf } from "./identity.ts"
import { badSource, parseWatermark, sourceOf, subjectOf } from "./message.ts"

/** From this version on a durable consumer is put to a sequence without being made anew. */
const resetVersion = "2.14.0"

const messageOf = (stored: StoredMsg): LogMessage => {
  const watermark = stored.header?.has(watermarkHeader) ? parseWatermark(stored.header.get(watermarkHeader)) : undefined
  const format = stored.header?.get(formatHeader).trim() ?? ""
  return {
    seq: stored.seq,
    source: sourceOf(stored.subject),
    storedMs: parseRfc3339(stored.timestamp) ?? stored.time.getTime(),
    bytes: stored.data,
    ...(watermark === undefined ? {} : { watermark }),
    ...(format === "" ? {} : { format })
  }
}

/** What the server itself adds to a message that it is asked for directly. */
const serverHeaders = new Set<string>(Object.values(DirectMsgHeaders))

const headersOf = (stored: StoredMsg): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = {}
  for (const name of stored.header?.keys() ?? []) {
    if (!serverHeaders.has(name)) headers[name] = stored.header.get(name)
  }
  return headers
}

/** Reads LOGS from the server. */
export const layerLogsReader: Layer.Layer<LogsReader, never, Connection> = Layer.effect(
  LogsReader,
  Effect.gen(function* () {
    const { jsm, link } = yield* Connection
    const canReset = yield* serverIsAtLeast(resetVersion)

    const open = (options: ReadOptions): Effect.Effect<StreamSession, StoreError> =>
      Effect.suspend(() => {
        const { durable, source } = options
        const filter = source === undefined ? undefined : subjectOf(source)
        if (source !== undefined && filter === undefined) return Effect.fail(badSource(source))
        const opener = makeOpener(jsm, {
          stream: logsStream,
          canReset,
          ...(durable === undefined ? {} : { durable }),
          ...(filter === undefined ? {} : { filter })
        })
        const settings: SessionOptions = {
          stream: logsStream,
          prefix: logsSubjectPrefix,
          fromSeq: options.fromSeq,
          throughSeq: options.throughSeq,
          maxBytes: options.maxBytes ?? reading.maxBytes,
          shared: durable !== undefined
        }
        return Effect.sync(() => new StreamSession(link, opener, settings))
      })

    const direct = (what: string, query: { seq: number } | { last_by_subj: string }) =>
      request(what, () =>
        jsm.direct.getMessage(logsStream, query).catch((error: unknown) => {
          if (error instanceof JetStreamError && /message not found/.test(error.message)) return null
          throw error
        })
      ).pipe(Effect.mapError((error) => explained(link, error)))

    return LogsReader.of({
      state: askAgain(link, `the stream ${logsStream}`, () => jsm.streams.info(logsStream)).pipe(
        Effect.map(({ config, created, state }) => ({
          firstSeq: state.messages === 0 ? state.last_seq + 1 : state.first_seq,
          lastSeq: state.last_seq,
          messages: state.messages,
          bytes: state.bytes,
          created: identityOf({ config, created })
        }))
      ),

      read: (options) => readingOf(open(options)),

      waiting: (name) =>
        askAgain(link, `the consumer ${name} of ${logsStream}`, () =>
          jsm.consumers.info(logsStream, name).catch((error: unknown) => {
            if (error instanceof JetStreamApiError && error.code === apiCodes.consumerNotFound) return undefined
            throw error
          })
        ).pipe(
          Effect.map((info) => (info === undefined ? undefined : info.num_pending + info.num_ack_pending)),
          Effect.catchTag("Refused", () => Effect.succeed(undefined))
        ),

      get: (seq) =>
        seq < 1
          ? Effect.succeed(undefined)
          : Effect.map(direct(`message ${seq} of ${logsStream}`, { seq }), (stored) =>
              stored === null ? undefined : messageOf(stored)
            ),

      lastOf: (source) =>
        Effect.suspend(() => {
          const subject = subjectOf(source)
          if (subject === undefined) return Effect.fail(badSource(source))
          return Effect.map(direct(`the last message of ${source}`, { last_by_subj: subject }), (stored) =>
            stored === null ? undefined : { message: messageOf(stored), headers: headersOf(stored) }
          )
        })
    })
  })
)
