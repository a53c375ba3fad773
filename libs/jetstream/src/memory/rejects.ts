import type { Reject } from "@chaussettes/domain"
import { decodeReject } from "@chaussettes/domain/wire"
import { Effect, Layer, Option, Result, Stream } from "effect"
import { RejectsLog } from "../ports/rejects.ts"
import { rejectId, rejectSubject } from "../rejects/reject-message.ts"
import { MemoryClient, MemoryServer } from "./server.ts"
import { type MemoryMessage, messageIdHeader } from "./stream.ts"

const batchMessages = 256
const encoder = new TextEncoder()
const decoder = new TextDecoder()

const rejectOf = (message: MemoryMessage): Result.Result<Reject, unknown> => decodeReject(decoder.decode(message.data))

export const layerRejectsLogMemory = Layer.effect(
  RejectsLog,
  Effect.gen(function* () {
    const server = yield* MemoryServer
    const client = yield* MemoryClient
    const stream = server.stream("REJECTS")
    const read = <A>(name: string, look: () => A) =>
      server.call({ client, kind: "read", name, stream: "REJECTS", parts: 1 }, () => Effect.sync(look))

    return RejectsLog.of({
      append: (rejects) =>
        rejects.length === 0
          ? Effect.void
          : server.call(
              { client, kind: "write", name: "append", stream: "REJECTS", parts: rejects.length },
              (nowMs, parts) =>
                Effect.sync(() => {
                  for (const reject of rejects.slice(0, parts)) {
                    const headers = { [messageIdHeader]: rejectId(reject) }
                    const data = encoder.encode(JSON.stringify(reject))
                    stream.append({ subject: rejectSubject(reject), data, headers }, nowMs)
                  }
                })
            ),
      last: read("last", () => {
        for (let seq = stream.lastSeq; seq >= stream.firstSeq; seq--) {
          const message = stream.get(seq)
          const reject = message === undefined ? undefined : rejectOf(message)
          if (reject !== undefined && Result.isSuccess(reject)) return reject.success
        }
        return undefined
      }),
      bounds: read("bounds", () => ({ firstSeq: stream.firstSeq, lastSeq: stream.lastSeq })),
      readFrom: (fromSeq) =>
        Stream.unwrap(
          Effect.map(
            read("lastSeq", () => stream.lastSeq),
            (lastSeq) =>
              Stream.paginate(fromSeq, (from) =>
                read("read", () => {
                  const found = stream.from(from, batchMessages).filter((message) => message.seq <= lastSeq)
                  const next = (found.at(-1)?.seq ?? lastSeq) + 1
                  const rejects = found.flatMap((message) => {
                    const reject = rejectOf(message)
                    return Result.isSuccess(reject) ? [{ ...reject.success, rejectSeq: message.seq }] : []
                  })
                  return [rejects, next > lastSeq ? Option.none() : Option.some(next)] as const
                })
              )
          )
        )
    })
  })
)
