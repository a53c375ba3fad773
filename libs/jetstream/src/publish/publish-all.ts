import { Effect, Semaphore } from "effect"
import type { Link } from "../connection/link.ts"
import { AckPipeline, type Outgoing, type PipelineFailure } from "./ack-pipeline.ts"

export interface PublishAllLimits {
  readonly maxMessages: number
  readonly maxBytes: number
  readonly ackWaitMs: number
}

export const publishAllLimits: PublishAllLimits = { maxMessages: 4_096, maxBytes: 8 * 1024 * 1024, ackWaitMs: 5_000 }

/**
 * Publishes messages pipelined, in order, and is done once every one is acknowledged; answers the last one's sequence
 * (0 for none). At the first refusal, disconnect or silence it fails: what was sent may or may not be stored, what was not
 * sent is not. Calls wait for each other. The pipeline ends with the scope.
 */
export const makePublishAll = Effect.fnUntraced(function* (link: Link, limits: PublishAllLimits = publishAllLimits) {
  interface Job {
    readonly messages: ReadonlyArray<Outgoing>
    readonly done: (lastSeq: number) => void
    readonly failed: (failure: PipelineFailure) => void
    next: number
    stored: number
  }
  let job: Job | undefined
  const feed = () => {
    while (job !== undefined && job.next < job.messages.length && pipeline.hasRoom(job.messages[job.next]!)) {
      pipeline.push(job.messages[job.next++]!)
    }
  }
  const pipeline = new AckPipeline(
    link,
    { ...limits, onLost: { _tag: "fail" } },
    {
      onStored: (_, seq) => {
        if (job === undefined) return
        job.stored++
        if (job.stored === job.messages.length) job.done(seq)
      },
      onRoom: feed,
      onFailure: (failure) => job?.failed(failure)
    }
  )
  yield* Effect.addFinalizer(() => Effect.sync(() => pipeline.close()))
  const one = yield* Semaphore.make(1)

  return (messages: ReadonlyArray<Outgoing>): Effect.Effect<number, PipelineFailure> =>
    messages.length === 0
      ? Effect.succeed(0)
      : Semaphore.withPermits(
          one,
          1
        )(
          Effect.callback<number, PipelineFailure>((resume) => {
            const end = (effect: Effect.Effect<number, PipelineFailure>) => {
              job = undefined
              resume(effect)
            }
            job = {
              messages,
              next: 0,
              stored: 0,
              done: (lastSeq) => end(Effect.succeed(lastSeq)),
              failed: (failure) => end(Effect.fail(failure))
            }
            feed()
            return Effect.sync(() => {
              job = undefined
              pipeline.reset()
            })
          })
        )
})
