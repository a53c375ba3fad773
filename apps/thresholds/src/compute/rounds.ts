import type { DetectionSettings } from "@chaussettes/domain"
import { type Offload, offload, type Where } from "@chaussettes/service/offload"
import { Context, Layer } from "effect"
import { RoundSteps } from "./round-steps.ts"

/** Opens the learning part of a round. */
export class Rounds extends Context.Service<Rounds, Offload<DetectionSettings, RoundSteps>>()(
  "@chaussettes/thresholds/Rounds"
) {}

/** In a thread the service answers while it learns. */
export const layerRounds = (where: Where): Layer.Layer<Rounds> =>
  Layer.succeed(
    Rounds,
    offload(
      { start: (settings: DetectionSettings) => new RoundSteps(settings), name: "round", source: import.meta.url },
      where
    )
  )
