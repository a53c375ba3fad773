import { Effect, Layer } from "effect"
import { NotifyPositions } from "../ports/notify-positions.ts"
import { notifyBucket } from "../topology.ts"
import { hasValue, openBucket } from "./bucket.ts"

export const layerNotifyPositions = Layer.effect(
  NotifyPositions,
  Effect.gen(function* () {
    const bucket = yield* openBucket(notifyBucket)
    return NotifyPositions.of({
      read: (key) =>
        Effect.map(bucket.get(key), (entry) => (entry === undefined || !hasValue(entry) ? undefined : entry.string())),
      write: (key, text) => Effect.asVoid(bucket.put(key, text))
    })
  })
)
