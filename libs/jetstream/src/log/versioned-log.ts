import { randomBytes } from "node:crypto"
import type { JsMsg } from "@nats-io/jetstream"
import { type Context, Effect, Layer } from "effect"
import { Connection } from "../connection.ts"
import { Outdated } from "../errors.ts"
import type { Outgoing, PipelineFailure } from "../internal/ack-pipeline.ts"
import { pipelineToWriteError } from "../internal/pipeline-errors.ts"
import { makePublishAll } from "../internal/publish-all.ts"
import { AlertsLog, type StoredEntry, type VersionedLog, WindowsLog } from "../ports/versioned-log.ts"
import { alertsStream, windowsStream } from "../topology.ts"
import { ask } from "./ask.ts"
import { epochHeader, epochOf } from "./epoch.ts"
import { followStream, readStream, streamBounds } from "./stream-reader.ts"
import { VersionedMessage } from "./versioned-message.ts"

/** So many entries are encoded at most at a time; the pipeline bounds what is under way. */
const chunkEntries = 16_384

const wrongLastMessageId = 10070

const isOutdated = (failure: PipelineFailure): boolean =>
  failure._tag === "Refused" && failure.ack._tag === "Refused" && failure.ack.error.errCode === wrongLastMessageId

const storedEntry = (message: JsMsg): StoredEntry => ({
  seq: message.seq,
  subject: message.subject,
  data: message.string(),
  epoch: epochOf(message.headers?.get(epochHeader))
})

const makeVersionedLog = (stream: string) =>
  Effect.gen(function* () {
    const connection = yield* Connection
    const { jsm, link } = connection
    const publishAll = yield* makePublishAll(link)

    const bounds = streamBounds(connection, stream)

    const append: VersionedLog["append"] = (entries, expectedLastSeq) =>
      Effect.gen(function* () {
        const run = randomBytes(6).toString("base64url")
        for (let from = 0; from < entries.length; from += chunkEntries) {
          const chunk = entries.slice(from, from + chunkEntries)
          const messages: ReadonlyArray<Outgoing> = chunk.map(
            (entry, i) => new VersionedMessage(entry, expectedLastSeq + from + i, run, from + i)
          )
          yield* publishAll(messages).pipe(
            Effect.mapError((failure) => {
              const refused = failure._tag === "Refused" ? messages.indexOf(failure.message) : 0
              const expectedSeq = expectedLastSeq + from + refused
              return isOutdated(failure)
                ? new Outdated({ stream, expectedSeq })
                : pipelineToWriteError(stream, expectedSeq, failure)
            })
          )
        }
        return expectedLastSeq + entries.length
      })

    const get: VersionedLog["get"] = (seq) =>
      ask(link, `the stream ${stream}`, () => jsm.direct.getMessage(stream, { seq })).pipe(
        Effect.map((message) =>
          message === null
            ? undefined
            : {
                seq: message.seq,
                subject: message.subject,
                data: message.string(),
                epoch: epochOf(message.header.get(epochHeader))
              }
        )
      )

    return {
      append,
      bounds,
      lastSeq: Effect.map(bounds, ({ lastSeq }) => lastSeq),
      get,
      readFrom: (fromSeq) => readStream(connection, { stream, fromSeq, of: storedEntry }),
      follow: (fromSeq) => followStream(connection, { stream, fromSeq, of: storedEntry })
    } satisfies VersionedLog
  })

const layerOf = <Id>(port: Context.Key<Id, VersionedLog>, stream: string) =>
  Layer.effect(port, makeVersionedLog(stream))

export const layerWindowsLog = layerOf(WindowsLog, windowsStream)
export const layerAlertsLog = layerOf(AlertsLog, alertsStream)
