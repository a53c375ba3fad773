import { Effect, Layer } from "effect"
import { Connection } from "../connection/connection.ts"
import type { Outdated, StoreError } from "../errors.ts"
import { LogsAppender, type LogsMessage } from "../ports/logs.ts"
import { AckPipeline, type Outgoing } from "../publish/ack-pipeline.ts"
import { encodedHeaders } from "../publish/headers.ts"
import { pipelineToWriteError } from "../publish/pipeline-errors.ts"
import { logsStream, writing } from "../topology.ts"
import { badSource, subjectOf } from "./message.ts"
import { badHeaders, headersBehind } from "./outgoing.ts"

type Resume = (effect: Effect.Effect<number, StoreError | Outdated>) => void

/** The one message of a source that is under way. */
interface Lane {
  readonly pipeline: AckPipeline
  waiting: { readonly resume: Resume; readonly lastSeq: number } | undefined
}

/** Appends to LOGS at the server. Each source has one message under way at most; many sources go side by side. */
export const layerLogsAppender: Layer.Layer<LogsAppender, never, Connection> = Layer.effect(
  LogsAppender,
  Effect.gen(function* () {
    const { link } = yield* Connection
    const lanes = new Map<string, Lane>()

    const newLane = (): Lane => {
      const answer = (effect: (lastSeq: number) => Effect.Effect<number, StoreError | Outdated>) => {
        const waiting = lane.waiting
        lane.waiting = undefined
        waiting?.resume(effect(waiting.lastSeq))
      }
      const lane: Lane = {
        waiting: undefined,
        pipeline: new AckPipeline(
          link,
          { maxMessages: 1, maxBytes: writing.maxBytes, ackWaitMs: writing.ackWaitMs, onLost: { _tag: "fail" } },
          {
            onStored: (_, seq) => answer(() => Effect.succeed(seq)),
            onRoom: () => {},
            onFailure: (failure) =>
              answer((lastSeq) => Effect.fail(pipelineToWriteError(logsStream, lastSeq, failure, link)))
          }
        )
      }
      return lane
    }

    const outgoing = (subject: string, message: LogsMessage, lastSeq: number): Outgoing => ({
      subject,
      data: message.payload,
      headers: encodedHeaders(Object.entries(headersBehind(message, lastSeq)))
    })

    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const { pipeline } of lanes.values()) pipeline.close()
      })
    )
    return LogsAppender.of({
      append: (source, message, lastSeq) =>
        Effect.callback<number, StoreError | Outdated>((resume) => {
          const subject = subjectOf(source)
          if (subject === undefined) return resume(Effect.fail(badSource(source)))
          const lane = lanes.get(source) ?? newLane()
          lanes.set(source, lane)
          let entry: Outgoing
          try {
            entry = outgoing(subject, message, lastSeq)
          } catch (cause) {
            return resume(Effect.fail(badHeaders(source, cause)))
          }
          lane.waiting = { resume, lastSeq }
          lane.pipeline.push(entry)
          return Effect.sync(() => {
            lane.waiting = undefined
            lane.pipeline.reset()
          })
        })
    })
  })
)
