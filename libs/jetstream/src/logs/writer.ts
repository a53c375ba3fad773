import { Effect, Layer } from "effect"
import { Connection } from "../connection/connection.ts"
import { withoutCredentials } from "../connection/credentials.ts"
import type { StoreError } from "../errors.ts"
import { type LogsMessage, LogsWriter } from "../ports/logs.ts"
import { AckPipeline, type Outgoing } from "../publish/ack-pipeline.ts"
import { encodedHeaders } from "../publish/headers.ts"
import { pipelineToStoreError } from "../publish/pipeline-errors.ts"
import { logsStream, topology, writing } from "../topology.ts"
import { heldOf, isAbsent } from "./confirm.ts"
import { badSource, subjectOf } from "./message.ts"
import { badHeaders, headersFor, messageIdHeader, messageIds, tooLarge } from "./outgoing.ts"

export interface WriterOptions {
  /** How much may be under way without an acknowledgement; `publish` waits beyond it. */
  readonly maxMessages?: number
  readonly maxBytes?: number
  /** Without any acknowledgement for this long everything under way is sent again. */
  readonly ackWaitMs?: number
  /** How long a stream that is not there is waited for, as after a start of the server. */
  readonly patienceMs?: number
  /** After a silence of this length LOGS itself is asked for what it holds of what was under way. */
  readonly confirmAfterMs?: number
  /** Told once for each silence of `ackWaitMs` in which nothing is acknowledged; the writer goes on trying. */
  readonly onSilence?: (isConnected: boolean) => void
  /** How long the end of the layer waits for what was not flushed. */
  readonly closeMs?: number
}

const streamMaxBytes = topology().find(({ name }) => name === logsStream)!.limits.maxMessageBytes

/** Subjects that are remembered as checked: as many as sources are told apart at all. */
const maxSubjects = 1_000

interface Waiting {
  readonly message: Outgoing
  readonly resume: (effect: Effect.Effect<void, StoreError>) => void
}

interface Flushing {
  readonly upTo: number
  readonly resume: (effect: Effect.Effect<number, StoreError>) => void
}

/**
 * Writes LOGS. What is not acknowledged is sent again, in order, across as many reconnections as it takes. A refusal that does
 * not pass by itself (no permission, no stream, no room) ends this writer: it and every later call fail with it, since what
 * was under way may be stored or not and must not be overtaken. Build the layer anew to go on (`replay --resume` asks LOGS
 * itself how far it came). A single message that can never be stored (too large, no such source) fails alone.
 */
export const layerLogsWriter = (options: WriterOptions = {}): Layer.Layer<LogsWriter, never, Connection> =>
  Layer.effect(
    LogsWriter,
    Effect.gen(function* () {
      const { jsm, link, nc } = yield* Connection
      const nextId = messageIds()
      let waiting: Array<Waiting> = []
      let flushing: Array<Flushing> = []
      let failure: StoreError | undefined
      let [sent, stored, highestSeq] = [0, 0, 0]

      const send = (message: Outgoing) => {
        sent++
        pipeline.push(message)
      }

      const pipeline = new AckPipeline(
        link,
        {
          maxMessages: options.maxMessages ?? writing.maxMessages,
          maxBytes: options.maxBytes ?? writing.maxBytes,
          ackWaitMs: options.ackWaitMs ?? writing.ackWaitMs,
          onLost: {
            _tag: "resend",
            patienceMs: options.patienceMs ?? writing.patienceMs,
            isAbsent: () => isAbsent(jsm, nc, logsStream),
            confirm: {
              afterMs: options.confirmAfterMs ?? writing.confirmAfterMs,
              ask: (messages) => heldOf(jsm, messages)
            }
          }
        },
        {
          onStored: (_, seq) => {
            stored++
            if (seq > highestSeq) highestSeq = seq
          },
          onRoom: () => {
            while (waiting.length > 0 && pipeline.hasRoom(waiting[0]!.message)) {
              const { message, resume } = waiting.shift()!
              send(message)
              resume(Effect.void)
            }
            // Who is resumed may flush again at once: the list is whole before anybody is.
            const flushed = flushing.filter(({ upTo }) => stored >= upTo)
            flushing = flushing.filter(({ upTo }) => stored < upTo)
            for (const { resume } of flushed) resume(Effect.succeed(highestSeq))
          },
          ...(options.onSilence === undefined ? {} : { onSilence: options.onSilence }),
          onFailure: (cause) => {
            failure = pipelineToStoreError(logsStream, cause, link)
            const failed = [...waiting, ...flushing]
            waiting = []
            flushing = []
            for (const { resume } of failed) resume(Effect.fail(failure))
          }
        }
      )

      const subjects = new Map<string, string>()
      const outgoing = (source: string, message: LogsMessage): Outgoing | StoreError => {
        const subject = subjects.get(source) ?? subjectOf(source)
        if (subject === undefined) return badSource(source)
        if (subjects.size < maxSubjects) subjects.set(source, subject)
        try {
          const named = headersFor(message, nextId)
          const headers = encodedHeaders(Object.entries(named))
          const bytes = message.payload.length + headers.bytes
          const maxBytes = Math.min(streamMaxBytes, nc.info?.max_payload ?? streamMaxBytes)
          // A viewer's messages may be smaller than those of who may write.
          if (bytes > maxBytes) {
            return link.lacksCredentials
              ? withoutCredentials(`writing to ${logsStream}`)
              : tooLarge(source, bytes, maxBytes)
          }
          return { subject, data: message.payload, headers, id: named[messageIdHeader]! }
        } catch (cause) {
          return badHeaders(source, cause)
        }
      }

      const publish = (source: string, logsMessage: LogsMessage): Effect.Effect<void, StoreError> =>
        Effect.suspend(() => {
          if (failure !== undefined) return Effect.fail(failure)
          const message = outgoing(source, logsMessage)
          if ("_tag" in message) return Effect.fail(message)
          if (waiting.length === 0 && pipeline.hasRoom(message)) {
            send(message)
            return failure === undefined ? Effect.void : Effect.fail(failure)
          }
          return Effect.callback<void, StoreError>((resume) => {
            const entry = { message, resume }
            waiting.push(entry)
            return Effect.sync(() => {
              waiting = waiting.filter((other) => other !== entry)
            })
          })
        })

      const flush: Effect.Effect<number, StoreError> = Effect.suspend(() => {
        if (failure !== undefined) return Effect.fail(failure)
        const upTo = sent + waiting.length
        if (stored >= upTo) return Effect.succeed(highestSeq)
        return Effect.callback<number, StoreError>((resume) => {
          const entry = { upTo, resume }
          flushing.push(entry)
          return Effect.sync(() => {
            flushing = flushing.filter((other) => other !== entry)
          })
        })
      })

      yield* Effect.addFinalizer(() =>
        Effect.andThen(
          Effect.ignore(Effect.timeout(flush, options.closeMs ?? 5_000)),
          Effect.sync(() => pipeline.close())
        )
      )
      return LogsWriter.of({ publish, flush })
    })
  )
