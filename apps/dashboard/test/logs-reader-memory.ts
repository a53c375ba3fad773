import { batchOf, type LogMessage } from "@chaussettes/domain"
import { LogsReader, MemoryServer } from "@chaussettes/jetstream"
import { Effect, Layer, Option, Stream } from "effect"

/** Reads LOGS of the server in memory, in batches of 64; all that the page needs of the port. */
export const layerLogsReaderMemory = Layer.effect(
  LogsReader,
  Effect.gen(function* () {
    const stream = (yield* MemoryServer).stream("LOGS")
    const get = (seq: number): LogMessage | undefined => {
      const m = stream.get(seq)
      return m && { seq, source: m.subject.slice("logs.".length), storedMs: m.storedMs, bytes: m.data }
    }
    return LogsReader.of({
      state: Effect.sync(() => ({
        firstSeq: stream.firstSeq,
        lastSeq: stream.lastSeq,
        messages: stream.messageCount,
        bytes: stream.bytes,
        created: stream.created
      })),
      read: ({ fromSeq, throughSeq = stream.lastSeq }) =>
        Stream.paginate(Math.max(fromSeq, stream.firstSeq), (from) =>
          Effect.sync(() => {
            const messages: Array<LogMessage> = []
            const to = Math.min(throughSeq, stream.lastSeq, from + 63)
            for (let seq = from; seq <= to; seq++) {
              const message = get(seq)
              if (message !== undefined) messages.push(message)
            }
            const done = to >= Math.min(throughSeq, stream.lastSeq)
            return [[{ batch: batchOf(messages), caughtUp: done }], done ? Option.none() : Option.some(to + 1)] as const
          })
        ),
      get: (seq) => Effect.sync(() => get(seq)),
      lastOf: () => Effect.succeed(undefined),
      ack: () => Effect.void
    })
  })
)
