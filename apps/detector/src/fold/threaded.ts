import { Effect, Layer } from "effect"
import { Folds } from "./fold.ts"
import type { Answer, Request } from "./fold.worker.ts"
import { memoryOfBatch, openThread } from "./thread.ts"

/**
 * The fold in a thread of its own: reading and folding overlap. A batch is handed over, not copied.
 * Several steps are under way, so that the thread never waits for the next.
 */
export const layerThreaded: Layer.Layer<Folds> = Layer.succeed(Folds, {
  steps: 4,
  open: (options) =>
    Effect.map(openThread<Request, Answer>(import.meta.url, "fold", options), ({ post, begin }) => ({
      ingest: (batch) => Effect.flatten(begin({ kind: "ingest", batch }, memoryOfBatch(batch))),
      silence: (clockMs) => Effect.flatten(begin({ kind: "silence", clockMs })),
      setThresholds: (seuils) => Effect.sync(() => post({ kind: "seuils", seuils }))
    }))
})
