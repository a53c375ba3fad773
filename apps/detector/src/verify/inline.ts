import { Effect, Layer } from "effect"
import { AuditSteps } from "./audit-steps.ts"
import { Audits } from "./audits.ts"

/** The audit in the thread of the reader. */
export const layerAuditsInline: Layer.Layer<Audits> = Layer.succeed(Audits, {
  steps: 1,
  open: (options) =>
    Effect.sync(() => {
      const steps = new AuditSteps(options)
      return { begin: (request) => Effect.sync(() => Effect.succeed(steps.take(request))) }
    })
})
