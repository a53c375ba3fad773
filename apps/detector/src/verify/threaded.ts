import { Worker } from "node:worker_threads"
import type { LogBatch } from "@chaussettes/domain"
import { Effect, Layer } from "effect"
import { FoldFailed } from "../fold/fold.ts"
import { type Audit, type AuditAnswer, type AuditOptions, type AuditRequest, Audits } from "./audits.ts"

/** The bundle keeps shared code in a folder of its own, beside which the thread's program stands. */
const program = new URL(
  import.meta.url.endsWith(".ts") ? "./verify.worker.ts" : "../verify.worker.mjs",
  import.meta.url
)

type Waiting = (answer: Effect.Effect<AuditAnswer, FoldFailed>) => void

const buffersOf = (batch: LogBatch): ReadonlyArray<ArrayBuffer> =>
  [batch.bytes, batch.offsets, batch.seqs, batch.storedMs, batch.sourceOf].map(({ buffer }) => buffer as ArrayBuffer)

const openThread = (options: AuditOptions) =>
  Effect.acquireRelease(
    Effect.sync(() => new Worker(program, { workerData: options, name: "verify" })),
    (worker) => Effect.promise(() => worker.terminate())
  ).pipe(
    Effect.map((worker): Audit => {
      const waiting: Array<Waiting> = []
      let failed: FoldFailed | undefined
      const fail = (why: string, cause?: unknown) => {
        failed ??= new FoldFailed({ why, cause })
        for (const resume of waiting.splice(0)) resume(Effect.fail(failed))
      }
      worker.on("message", (answer: AuditAnswer) => waiting.shift()?.(Effect.succeed(answer)))
      worker.on("error", (cause) => fail(cause instanceof Error ? cause.message : String(cause), cause))
      worker.on("exit", (code) => fail(`its thread ended with code ${code}`))
      return {
        begin: (request: AuditRequest) =>
          Effect.suspend(() => {
            if (failed !== undefined) return Effect.fail(failed)
            let settle: Waiting | undefined
            let settled: Effect.Effect<AuditAnswer, FoldFailed> | undefined
            waiting.push((answer) => {
              settled = answer
              settle?.(answer)
            })
            worker.postMessage(request, request.kind === "batch" ? buffersOf(request.batch) : [])
            return Effect.succeed(
              Effect.callback<AuditAnswer, FoldFailed>((resume) => {
                if (settled !== undefined) resume(settled)
                else settle = resume
              })
            )
          })
      }
    })
  )

/** The audit in a thread of its own: reading and deriving overlap. A batch is handed over, not copied. */
export const layerAuditsThreaded: Layer.Layer<Audits> = Layer.succeed(Audits, { steps: 4, open: openThread })
