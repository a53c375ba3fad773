import type { Reject } from "@chaussettes/domain"
import { decodeReject } from "@chaussettes/domain/wire"
import { Effect, Layer, Result } from "effect"
import { ask } from "../connection/ask.ts"
import { Connection } from "../connection/connection.ts"
import { readStream, streamBounds } from "../consume/stream-reader.ts"
import type { StoreError } from "../errors.ts"
import { RejectsLog } from "../ports/rejects.ts"
import type { Outgoing } from "../publish/ack-pipeline.ts"
import { encodedHeaders } from "../publish/headers.ts"
import { pipelineToStoreError } from "../publish/pipeline-errors.ts"
import { makePublishAll } from "../publish/publish-all.ts"
import { prefixedSubject, rejectsStream } from "../topology.ts"
import { rejectId, rejectSubject } from "./reject-message.ts"

const outgoing = (reject: Reject): Outgoing => ({
  subject: prefixedSubject(rejectSubject(reject)),
  data: Buffer.from(JSON.stringify(reject), "utf8"),
  headers: encodedHeaders([["Nats-Msg-Id", rejectId(reject)]])
})

/** REJECTS on the server. What somebody else published there and is no reject is passed over. */
export const layerRejectsLog = Layer.effect(
  RejectsLog,
  Effect.gen(function* () {
    const connection = yield* Connection
    const { jsm, link } = connection
    const publishAll = yield* makePublishAll(link)
    const bounds = streamBounds(connection, rejectsStream)

    const newestFrom = (seq: number, firstSeq: number): Effect.Effect<Reject | undefined, StoreError> =>
      seq < firstSeq
        ? Effect.succeed(undefined)
        : ask(link, `the stream ${rejectsStream}`, () => jsm.direct.getMessage(rejectsStream, { seq })).pipe(
            Effect.flatMap((message) => {
              const reject = message === null ? undefined : decodeReject(message.string())
              return reject !== undefined && Result.isSuccess(reject)
                ? Effect.succeed(reject.success)
                : Effect.suspend(() => newestFrom(seq - 1, firstSeq))
            })
          )

    return RejectsLog.of({
      append: (rejects) =>
        publishAll(rejects.map(outgoing)).pipe(
          Effect.mapError((failure) => pipelineToStoreError(rejectsStream, failure, link)),
          Effect.asVoid
        ),
      last: Effect.flatMap(bounds, ({ firstSeq, lastSeq }) => newestFrom(lastSeq, firstSeq)),
      bounds,
      readFrom: (fromSeq) =>
        readStream(connection, {
          stream: rejectsStream,
          fromSeq,
          of: (message) => {
            const reject = decodeReject(message.string())
            return Result.isSuccess(reject) ? { ...reject.success, rejectSeq: message.seq } : undefined
          }
        })
    })
  })
)
