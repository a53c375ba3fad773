import { type Offload, offload, type Where } from "@chaussettes/service/offload"
import { Context, Layer } from "effect"
import { type RoundOptions, RoundSteps } from "./round-steps.ts"

/** Opens the learning part of a round. */
export class Rounds extends Context.Service<Rounds, Offload<RoundOptions, RoundSteps>>()(
  "@chaussettes/thresholds/Rounds"
) {}

/** In a thread the service answers while it learns. */
export const layerRounds = (where: Where): Layer.Layer<Rounds> =>
  Layer.succeed(
    Rounds,
    offload(
      { start: (options: RoundOptions) => new RoundSteps(options), name: "round", source: import.meta.url },
      where
    )
  )
