import { firstThresholds } from "@chaussettes/domain"
import { ThresholdsStore } from "@chaussettes/jetstream"
import { toUserFailure, type UserFailure } from "@chaussettes/service"
import { Effect } from "effect"
import { standing } from "../compute/in-force.ts"
import { thresholdsPortsAt } from "../ports.ts"
import { tell, thresholdWord } from "../words.ts"
import type { SetInput } from "./flags.ts"

/** What `set` does at a store. An operator's word is over whatever stands there. */
export const put = Effect.fn("put")(function* ({ dimension, threshold }: Pick<SetInput, "dimension" | "threshold">) {
  const before = yield* standing
  const revision = yield* (yield* ThresholdsStore).put(dimension, JSON.stringify(threshold))
  return {
    key: dimension,
    value: threshold,
    revision,
    before: before.thresholds[dimension] ?? firstThresholds[dimension]
  }
})

export const set = (input: SetInput): Effect.Effect<void, UserFailure> =>
  put(input).pipe(
    Effect.flatMap((done) =>
      tell(
        done,
        `${done.key} ${thresholdWord(done.value)} from the next window on, revision ${done.revision}. Before: ${thresholdWord(done.before)}. To undo: chaussettes thresholds unset ${done.key}`,
        input.json
      )
    ),
    Effect.provide(thresholdsPortsAt(input.nats, "thresholds-set")),
    Effect.mapError(toUserFailure)
  )
