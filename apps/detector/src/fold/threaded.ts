import { Worker } from "node:worker_threads"
import { Effect, Layer } from "effect"
import { type Fold, FoldFailed, type FoldOptions, type FoldOutput, Folds } from "./fold.ts"
import type { Answer, Request } from "./fold.worker.ts"

/** The bundle keeps shared code in a folder of its own, beside which the thread's program stands. */
const program = new URL(import.meta.url.endsWith(".ts") ? "./fold.worker.ts" : "../fold.worker.mjs", import.meta.url)

type Waiting = (answer: Effect.Effect<FoldOutput, FoldFailed>) => void

const openThread = (options: FoldOptions) =>
  Effect.acquireRelease(
    Effect.sync(() => new Worker(program, { workerData: options, name: "fold" })),
    (worker) => Effect.promise(() => worker.terminate())
  ).pipe(
    Effect.map((worker): Fold => {
      const waiting: Array<Waiting> = []
      let failed: FoldFailed | undefined
      const fail = (why: string, cause?: unknown) => {
        failed ??= new FoldFailed({ why, cause })
        for (const resume of waiting.splice(0)) resume(Effect.fail(failed))
      }
      worker.on("message", (answer: Answer) => waiting.shift()?.(Effect.succeed(answer)))
      worker.on("error", (cause) => fail(cause instanceof Error ? cause.message : String(cause), cause))
      worker.on("exit", (code) => fail(`its thread ended with code ${code}`))
      const post = (request: Request, transfer: ReadonlyArray<ArrayBuffer> = []) =>
        worker.postMessage(request, transfer)
      const ask = (request: Request, transfer?: ReadonlyArray<ArrayBuffer>) =>
        Effect.callback<FoldOutput, FoldFailed>((resume) => {
          if (failed !== undefined) return resume(Effect.fail(failed))
          waiting.push(resume)
          post(request, transfer)
        })
      return {
        ingest: (batch) =>
          ask({ kind: "ingest", batch }, [
            batch.bytes.buffer as ArrayBuffer,
            batch.offsets.buffer as ArrayBuffer,
            batch.seqs.buffer as ArrayBuffer,
            batch.storedMs.buffer as ArrayBuffer,
            batch.sourceOf.buffer as ArrayBuffer
          ]),
        silence: (clockMs) => ask({ kind: "silence", clockMs }),
        setSeuils: (seuils) => Effect.sync(() => post({ kind: "seuils", seuils }))
      }
    })
  )

/**
 * The fold in a thread of its own: reading and folding overlap. A batch is handed over, not copied.
 * Several steps are under way, so that the thread never waits for the next.
 */
export const layerThreaded: Layer.Layer<Folds> = Layer.succeed(Folds, { steps: 4, open: openThread })
