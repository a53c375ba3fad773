import { type Offload, type Offloaded, offload, type Where } from "@chaussettes/service/offload"
import { Context, Layer } from "effect"
import type { FoldOptions } from "./fold.ts"
import { FoldSteps } from "./steps.ts"

/** The detection behind a port, so that it may run beside the reader or in a thread of its own, with the same results. */
export type Fold = Offloaded<FoldSteps>

/** Opens folds. */
export class Folds extends Context.Service<Folds, Offload<FoldOptions, FoldSteps>>()("@chaussettes/detector/Folds") {}

/**
 * In a thread reading and folding overlap.
 *
 * @param nowMs a clock that says how often the fold tells of itself; only for one that runs here
 */
export const layerFolds = (where: Where, nowMs?: () => number): Layer.Layer<Folds> =>
  Layer.succeed(
    Folds,
    offload(
      { start: (options: FoldOptions) => new FoldSteps(options, nowMs), name: "fold", source: import.meta.url },
      where
    )
  )
