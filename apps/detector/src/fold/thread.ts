import { Worker } from "node:worker_threads"
import type { LogBatch } from "@chaussettes/domain"
import { workerBeside } from "@chaussettes/service/scan"
import { Deferred, Effect, type Scope } from "effect"
import { FoldFailed } from "./fold.ts"

/** A thread that answers requests in their order. */
export interface Thread<Request, Answer> {
  /** A request that has no answer. */
  readonly post: (request: Request) => void
  /** Hands a request over, together with memory of it; the effect that it answers waits for what comes of it. */
  readonly begin: (
    request: Request,
    transfer?: ReadonlyArray<ArrayBuffer>
  ) => Effect.Effect<Effect.Effect<Answer, FoldFailed>, FoldFailed>
}

export const openThread = <Request, Answer>(
  source: string,
  name: string,
  workerData: unknown
): Effect.Effect<Thread<Request, Answer>, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => new Worker(workerBeside(source, name), { workerData, name })),
    (worker) => Effect.promise(() => worker.terminate())
  ).pipe(
    Effect.map((worker) => {
      const waiting: Array<Deferred.Deferred<Answer, FoldFailed>> = []
      let failed: FoldFailed | undefined
      const fail = (why: string, cause?: unknown) => {
        failed ??= new FoldFailed({ why, cause })
        for (const answer of waiting.splice(0)) Deferred.doneUnsafe(answer, Effect.fail(failed))
      }
      worker.on("message", (answer: Answer) => {
        const first = waiting.shift()
        if (first !== undefined) Deferred.doneUnsafe(first, Effect.succeed(answer))
      })
      worker.on("error", (cause) => fail(cause instanceof Error ? cause.message : String(cause), cause))
      worker.on("exit", (code) => fail(`its thread ended with code ${code}`))
      return {
        post: (request) => worker.postMessage(request),
        begin: (request, transfer = []) =>
          Effect.suspend(() => {
            if (failed !== undefined) return Effect.fail(failed)
            const answer = Deferred.makeUnsafe<Answer, FoldFailed>()
            waiting.push(answer)
            worker.postMessage(request, transfer)
            return Effect.succeed(Deferred.await(answer))
          })
      }
    })
  )

/** The memory of a batch, to be handed over and not copied. */
export const memoryOfBatch = (batch: LogBatch): ReadonlyArray<ArrayBuffer> =>
  [batch.bytes, batch.offsets, batch.seqs, batch.storedMs, batch.sourceOf].map(({ buffer }) => buffer as ArrayBuffer)
