import { type LogMessage, parseRfc3339, watermarkHeader } from "@chaussettes/domain"
import { DirectMsgHeaders, JetStreamError, type StoredMsg } from "@nats-io/jetstream"
import { Cause, Effect, Layer, type Pull, Stream } from "effect"
import { Connection } from "../connection.ts"
import type { StoreError } from "../errors.ts"
import { serverIsAtLeast } from "../init.ts"
import { request } from "../internal/request.ts"
import { type LogsRead, LogsReader, type ReadOptions } from "../ports/logs.ts"
import { logsStream, reading } from "../topology.ts"
import { makeOpener } from "./consumer.ts"
import { identityOf } from "./identity.ts"
import { badSource, parseWatermark, sourceOf, subjectOf } from "./message.ts"
import { LogsSession, type SessionOptions } from "./session.ts"

/** From this version on a durable consumer is put to a sequence without being made anew. */
const resetVersion = "2.14.0"

const messageOf = (stored: StoredMsg): LogMessage => {
  const watermark = stored.header?.has(watermarkHeader) ? parseWatermark(stored.header.get(watermarkHeader)) : undefined
  return {
    seq: stored.seq,
    source: sourceOf(stored.subject),
    storedMs: parseRfc3339(stored.timestamp) ?? stored.time.getTime(),
    bytes: stored.data,
    ...(watermark === undefined ? {} : { watermark })
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

type Reads = readonly [LogsRead, ...Array<LogsRead>]

/** What a stream asks for: everything that has been read by then, or the next thing that will be. */
const pullOf = (session: LogsSession): Pull.Pull<Reads, StoreError> =>
  Effect.callback<Reads, StoreError | Cause.Done>((resume) => {
    session.take((taken) => {
      switch (taken._tag) {
        case "Read":
          resume(Effect.succeed(taken.reads))
          break
        case "Done":
          resume(Cause.done())
          break
        case "Failed":
          resume(Effect.fail(taken.error))
          break
      }
    })
    return Effect.sync(() => session.forget())
  })

/** Reads LOGS from the server. */
export const layerLogsReader: Layer.Layer<LogsReader, never, Connection> = Layer.effect(
  LogsReader,
  Effect.gen(function* () {
    const { jsm, link } = yield* Connection
    const canReset = yield* serverIsAtLeast(resetVersion)

    const open = (options: ReadOptions): Effect.Effect<LogsSession, StoreError> =>
      Effect.suspend(() => {
        const { durable, source } = options
        const filter = source === undefined ? undefined : subjectOf(source)
        if (source !== undefined && filter === undefined) return Effect.fail(badSource(source))
        const opener = makeOpener(jsm, {
          canReset,
          ...(durable === undefined ? {} : { durable }),
          ...(filter === undefined ? {} : { filter })
        })
        const settings: SessionOptions = {
          fromSeq: options.fromSeq,
          throughSeq: options.throughSeq,
          maxBytes: options.maxBytes ?? reading.maxBytes,
          shared: durable !== undefined
        }
        return Effect.sync(() => new LogsSession(link, opener, settings))
      })

    const direct = (what: string, query: { seq: number } | { last_by_subj: string }) =>
      request(what, () =>
        jsm.direct.getMessage(logsStream, query).catch((error: unknown) => {
          if (error instanceof JetStreamError && /message not found/.test(error.message)) return null
          throw error
        })
      )

    return LogsReader.of({
      state: request(`the stream ${logsStream}`, () => jsm.streams.info(logsStream)).pipe(
        Effect.map(({ config, created, state }) => ({
          firstSeq: state.messages === 0 ? state.last_seq + 1 : state.first_seq,
          lastSeq: state.last_seq,
          messages: state.messages,
          bytes: state.bytes,
          created: identityOf({ config, created })
        }))
      ),

      read: (options) =>
        Stream.unwrap(
          Effect.map(
            Effect.acquireRelease(open(options), (session) => Effect.sync(() => session.close())),
            (session) => Stream.fromPull(Effect.succeed(pullOf(session)))
          )
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
