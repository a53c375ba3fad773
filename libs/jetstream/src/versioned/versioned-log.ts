import type { JsMsg } from "@nats-io/jetstream"
import { type Context, Effect, Layer, Stream } from "effect"
import { ask } from "../connection/ask.ts"
import { Connection } from "../connection/connection.ts"
import { makeOpener } from "../consume/consumer.ts"
import { readingOf } from "../consume/reading-of.ts"
import { StreamSession } from "../consume/session.ts"
import { followStream, readStream, streamBounds, streamInfo } from "../consume/stream-reader.ts"
import {
  ActsLog,
  AlertsLog,
  type Entry,
  IncidentsLog,
  type StoredEntry,
  type VersionedLog,
  WindowsLog
} from "../ports/versioned-log.ts"
import { subjectPrefix } from "../prefix.ts"
import { makePublishAll } from "../publish/publish-all.ts"
import {
  actsStream,
  alertsStream,
  bareSubject,
  incidentsStream,
  prefixedSubject,
  reading,
  windowsStream
} from "../topology.ts"
import { appendInBatches } from "./append-batches.ts"
import { appendPipelined } from "./append-pipelined.ts"
import { epochHeader, epochOf } from "./epoch.ts"
import { layerActs, layerAlerts, layerIncidents, layerWindows } from "./typed-log.ts"

const storedEntry = (message: JsMsg): StoredEntry => ({
  seq: message.seq,
  subject: bareSubject(message.subject),
  data: message.string(),
  epoch: epochOf(message.headers?.get(epochHeader))
})

const withPrefix = (entries: ReadonlyArray<Entry>): ReadonlyArray<Entry> =>
  subjectPrefix === "" ? entries : entries.map((entry) => ({ ...entry, subject: prefixedSubject(entry.subject) }))

const makeVersionedLog = (stream: string) =>
  Effect.gen(function* () {
    const connection = yield* Connection
    const { jsm, link } = connection
    const publishAll = yield* makePublishAll(link)

    const bounds = streamBounds(connection, stream)

    /**
     * Asked for each append of several entries, because copies may be added at any time and pipelining is for a stream without. Once there
     * are copies it is not asked again: batches are right with and without.
     */
    let hasCopies = false
    const isReplicated = Effect.suspend(() =>
      hasCopies
        ? Effect.succeed(true)
        : Effect.map(streamInfo(connection, stream), ({ config }) => {
            hasCopies = config.num_replicas > 1
            return hasCopies
          })
    )

    const append: VersionedLog["append"] = (bare, expectedLastSeq) => {
      const entries = withPrefix(bare)
      return entries.length < 2
        ? appendPipelined(publishAll, link, stream, entries, expectedLastSeq)
        : Effect.flatMap(isReplicated, (replicated) =>
            replicated
              ? appendInBatches(connection, stream, entries, expectedLastSeq)
              : appendPipelined(publishAll, link, stream, entries, expectedLastSeq)
          )
    }

    const get: VersionedLog["get"] = (seq) =>
      // Sequences begin at 1; the server takes 0 for an empty request and refuses it.
      seq < 1
        ? Effect.succeed(undefined)
        : ask(link, `the stream ${stream}`, () => jsm.direct.getMessage(stream, { seq })).pipe(
            Effect.map((message) =>
              message === null
                ? undefined
                : {
                    seq: message.seq,
                    subject: bareSubject(message.subject),
                    data: message.string(),
                    epoch: epochOf(message.header.get(epochHeader))
                  }
            )
          )

    const readPacked: VersionedLog["readPacked"] = (fromSeq, throughSeq = Number.POSITIVE_INFINITY) =>
      readingOf(
        Effect.map(bounds, ({ lastSeq }) => {
          const options = { stream, prefix: subjectPrefix, fromSeq, maxBytes: reading.maxBytes, shared: false }
          const opener = makeOpener(jsm, { stream, canReset: false })
          return new StreamSession(link, opener, { ...options, throughSeq: Math.min(throughSeq, lastSeq) })
        })
      ).pipe(
        Stream.map(({ batch }) => batch),
        Stream.filter(({ messages }) => messages > 0)
      )

    return {
      append,
      bounds,
      lastSeq: Effect.map(bounds, ({ lastSeq }) => lastSeq),
      get,
      readFrom: (fromSeq) => readStream(connection, { stream, fromSeq, of: storedEntry }),
      readPacked,
      follow: (fromSeq) => followStream(connection, { stream, fromSeq, of: storedEntry })
    } satisfies VersionedLog
  })

const layerOf = <Id>(port: Context.Key<Id, VersionedLog>, stream: string) =>
  Layer.effect(port, makeVersionedLog(stream))

/** The stream as its writer sees it, and as its readers do. */
export const layerWindowsLog = Layer.provideMerge(layerWindows, layerOf(WindowsLog, windowsStream))
export const layerAlertsLog = Layer.provideMerge(layerAlerts, layerOf(AlertsLog, alertsStream))
export const layerIncidentsLog = Layer.provideMerge(layerIncidents, layerOf(IncidentsLog, incidentsStream))
export const layerActsLog = Layer.provideMerge(layerActs, layerOf(ActsLog, actsStream))
