import { formatHeader, LogBatchBuilder, type LogMessage, watermarkHeader } from "@chaussettes/domain"
import { Effect, Layer, Option, Result, Stream } from "effect"
import { Outdated, Refused, type StoreError } from "../errors.ts"
import { parseWatermark, sourceOf } from "../logs/message.ts"
import { badHeaders, headersFor, messageIds, subjectFor, tooLarge } from "../logs/outgoing.ts"
import { LogsAppender, type LogsRead, LogsReader, LogsWriter, type ReadOptions } from "../ports/logs.ts"
import { encodedHeaders } from "../publish/headers.ts"
import { logsStream, topology } from "../topology.ts"
import { MemoryClient, MemoryServer } from "./server.ts"
import type { MemoryMessage, MemoryStream } from "./stream.ts"

const limits = topology().find(({ name }) => name === logsStream)!.limits
/** Messages of one read: small, so that a simulation can disturb the middle of a log. */
const batchMessages = 256

/** How long a client in memory waits before it asks again, as the other one does before it connects again. */
const reconnectMs = 1_000

/** Asks until there is an answer; a refusal is one. */
const untilAnswered = <A>(effect: Effect.Effect<A, StoreError>): Effect.Effect<A, Refused> =>
  Effect.catchTag(effect, "Unavailable", () =>
    Effect.delay(
      Effect.suspend(() => untilAnswered(effect)),
      reconnectMs
    )
  )

const messageOf = (stored: MemoryMessage): LogMessage => {
  const text = stored.headers[watermarkHeader]
  const watermark = text === undefined ? undefined : parseWatermark(text)
  const format = stored.headers[formatHeader]?.trim() || undefined
  return {
    seq: stored.seq,
    source: sourceOf(stored.subject),
    storedMs: stored.storedMs,
    bytes: stored.data,
    ...(watermark === undefined ? {} : { watermark }),
    ...(format === undefined ? {} : { format })
  }
}

interface Position {
  readonly next: number
  /** The life of the stream that is read; undefined before the first answer. */
  readonly created: string | undefined
  readonly toldCaughtUp: boolean
}

const madeAnew = (why: string): Refused =>
  new Refused({
    what: "reading LOGS",
    why,
    remedy: "Its sequences now belong to other messages: derive everything from it again."
  })

interface Step {
  readonly read: LogsRead | undefined
  readonly next: Position | undefined
  readonly seen: { readonly created: string; readonly lastSeq: number }
}

/** One answer of the server: what is held from a position on, and where to go on; `next` is undefined at the end. */
const step = (
  stream: MemoryStream,
  at: Position,
  options: ReadOptions,
  subject: string | undefined
): Step | Refused => {
  const seen = { created: stream.created, lastSeq: stream.lastSeq }
  if (at.created !== undefined && at.created !== seen.created) {
    return madeAnew(`LOGS was deleted and created again at ${seen.created} (it was created ${at.created})`)
  }
  if (seen.lastSeq + 1 < at.next) {
    return madeAnew(`LOGS ends at ${seen.lastSeq}, before the sequence ${at.next} that comes next`)
  }
  const through = options.throughSeq ?? Number.POSITIVE_INFINITY
  const builder = new LogBatchBuilder(1_024)
  const held: Array<MemoryMessage> = []
  let next = at.next
  while (held.length < batchMessages && next <= Math.min(seen.lastSeq, through)) {
    const found = stream.get(next++)
    if (found !== undefined && (subject === undefined || found.subject === subject)) held.push(found)
  }
  for (const found of held) {
    const message = messageOf(found)
    builder.push(message.seq, message.source, message.storedMs, message.bytes, message.watermark, message.format)
  }
  const caughtUp = next > seen.lastSeq
  const read =
    held.length > 0 || (caughtUp && !at.toldCaughtUp && at.next <= through)
      ? { batch: builder.take(), caughtUp }
      : undefined
  const isEnd = next > through || (caughtUp && seen.lastSeq >= through)
  return {
    read: isEnd && held.length === 0 ? undefined : read,
    next: isEnd ? undefined : { next, created: seen.created, toldCaughtUp: caughtUp },
    seen
  }
}

/** Reads LOGS in the server in memory, with the same promises. */
export const layerLogsReaderMemory: Layer.Layer<LogsReader, never, MemoryServer> = Layer.effect(
  LogsReader,
  Effect.gen(function* () {
    const server = yield* MemoryServer
    const client = yield* MemoryClient
    const stream = server.stream("LOGS")
    const ask = <A, E = never>(name: string, perform: () => Effect.Effect<A, E>) =>
      server.call({ client, kind: "read", name, stream: "LOGS", parts: 1 }, perform)

    /** Asks until the server answers; what it refuses is the answer. */
    const nextStep = (at: Position, options: ReadOptions, subject: string | undefined): Effect.Effect<Step, Refused> =>
      untilAnswered(ask("read", () => Effect.sync(() => step(stream, at, options, subject)))).pipe(
        Effect.flatMap((answer) => (answer instanceof Refused ? Effect.fail(answer) : Effect.succeed(answer)))
      )

    const read = (options: ReadOptions): Stream.Stream<LogsRead, StoreError> => {
      const subject = options.source === undefined ? Result.succeed(undefined) : subjectFor(options.source)
      if (Result.isFailure(subject)) return Stream.fail(subject.failure)
      const start: Position = { next: Math.max(1, options.fromSeq), created: undefined, toldCaughtUp: false }
      return Stream.paginate(start, (at) =>
        Effect.gen(function* () {
          const { read, next, seen } = yield* nextStep(at, options, subject.success)
          if (read === undefined && next !== undefined && next.next > seen.lastSeq) {
            yield* server.changed("LOGS", seen)
          }
          return [read === undefined ? [] : [read], next === undefined ? Option.none() : Option.some(next)] as const
        })
      )
    }

    return LogsReader.of({
      state: ask("state", () =>
        Effect.sync(() => ({
          firstSeq: stream.firstSeq,
          lastSeq: stream.lastSeq,
          messages: stream.messageCount,
          bytes: stream.bytes,
          created: stream.created
        }))
      ),
      read,
      // Consumers are the server's, and there is none in memory.
      waiting: () => Effect.succeed(undefined),
      get: (seq) =>
        ask("get", () =>
          Effect.sync(() => {
            const found = stream.get(seq)
            return found === undefined ? undefined : messageOf(found)
          })
        ),
      lastOf: (source) =>
        Effect.flatMap(Effect.fromResult(subjectFor(source)), (subject) =>
          ask("lastOf", () =>
            Effect.sync(() => {
              const found = stream.lastOf(subject)
              return found === undefined ? undefined : { message: messageOf(found), headers: found.headers }
            })
          )
        )
    })
  })
)

/** Writes LOGS in the server in memory, one message after the other, each until it is stored. */
export const layerLogsWriterMemory: Layer.Layer<LogsWriter, never, MemoryServer> = Layer.effect(
  LogsWriter,
  Effect.gen(function* () {
    const server = yield* MemoryServer
    const client = yield* MemoryClient
    const stream = server.stream("LOGS")
    const nextId = messageIds()
    let highestSeq = 0
    return LogsWriter.of({
      publish: (source, message) =>
        Effect.gen(function* () {
          const subject = yield* Effect.fromResult(subjectFor(source))
          const headers = headersFor(message, nextId)
          const encoded = yield* Effect.try({
            try: () => encodedHeaders(Object.entries(headers)),
            catch: (cause) => badHeaders(source, cause)
          })
          const bytes = message.payload.length + encoded.bytes
          if (bytes > limits.maxMessageBytes) return yield* tooLarge(source, bytes, limits.maxMessageBytes)
          const data = message.payload.slice()
          const operation = { client, kind: "write", name: "publish", stream: "LOGS", parts: 1 } as const
          const answer = yield* untilAnswered(
            server.call(operation, (nowMs) => Effect.sync(() => stream.append({ subject, data, headers }, nowMs)))
          )
          if (answer._tag !== "WrongLast") highestSeq = Math.max(highestSeq, answer.seq)
        }),
      flush: Effect.sync(() => highestSeq)
    })
  })
)

/** Appends to LOGS in the server in memory. */
export const layerLogsAppenderMemory: Layer.Layer<LogsAppender, never, MemoryServer> = Layer.effect(
  LogsAppender,
  Effect.gen(function* () {
    const server = yield* MemoryServer
    const client = yield* MemoryClient
    const stream = server.stream("LOGS")
    return LogsAppender.of({
      append: (source, message, lastSeq) =>
        Effect.gen(function* () {
          const subject = yield* Effect.fromResult(subjectFor(source))
          const entry = { subject, data: message.payload.slice(), headers: message.headers ?? {} }
          const operation = { client, kind: "write", name: "append", stream: "LOGS", parts: 1 } as const
          const answer = yield* server.call(operation, (nowMs) =>
            Effect.sync(() => stream.append(entry, nowMs, { lastSubjectSeq: lastSeq }))
          )
          if (answer._tag === "WrongLast") return yield* new Outdated({ stream: "LOGS", expectedSeq: lastSeq })
          return answer.seq
        })
    })
  })
)
