import type { LogBatch } from "@chaussettes/domain"
import { Effect, Layer } from "effect"
import { memoryOfBatch, openThread } from "../fold/thread.ts"
import { type AuditAnswer, type AuditRequest, Audits } from "./audits.ts"

const batchOf = (request: AuditRequest): LogBatch | undefined => {
  switch (request.kind) {
    case "batch":
      return request.batch
    case "records":
      return request.records
    case "alerts":
      return request.alerts
    default:
      return undefined
  }
}

/** The audit in a thread of its own: reading and deriving overlap. A batch is handed over, not copied. */
export const layerAuditsThreaded: Layer.Layer<Audits> = Layer.succeed(Audits, {
  steps: 4,
  open: (options) =>
    Effect.map(openThread<AuditRequest, AuditAnswer>(import.meta.url, "verify", options), ({ begin }) => ({
      begin: (request) => {
        const batch = batchOf(request)
        return begin(request, batch === undefined ? [] : memoryOfBatch(batch))
      }
    }))
})
