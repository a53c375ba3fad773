import { Effect, Layer } from "effect"
import { Folds } from "./fold.ts"
import { FoldSteps } from "./steps.ts"

/** The fold in the thread of the reader. */
export const layerInline: Layer.Layer<Folds> = Layer.succeed(Folds, {
  steps: 1,
  open: (options) =>
    Effect.sync(() => {
      const steps = new FoldSteps(options)
      return {
        ingest: (batch) => Effect.sync(() => steps.ingest(batch)),
        silence: (clockMs) => Effect.sync(() => steps.silence(clockMs)),
        setThresholds: (seuils) => Effect.sync(() => steps.setThresholds(seuils))
      }
    })
})
