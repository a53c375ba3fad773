import { Effect, Layer } from "effect"
import { memoryOfBatch, openThread } from "../fold/thread.ts"
import { type AuditAnswer, type AuditRequest, Audits } from "./audits.ts"

/** The audit in a thread of its own: reading and deriving overlap. A batch is handed over, not copied. */
export const layerAuditsThreaded: Layer.Layer<Audits> = Layer.succeed(Audits, {
  steps: 4,
  open: (options) =>
    Effect.map(openThread<AuditRequest, AuditAnswer>(import.meta.url, "verify", options), ({ begin }) => ({
      begin: (request) => begin(request, request.kind === "batch" ? memoryOfBatch(request.batch) : [])
    }))
})
