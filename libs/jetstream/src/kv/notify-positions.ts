import { Effect, Layer } from "effect"
import { Connection } from "../connection/connection.ts"
import { streamInfo } from "../consume/stream-reader.ts"
import { NotifyPositions } from "../ports/notify-positions.ts"
import { notifyBucket } from "../topology.ts"
import { hasValue, openBucket } from "./bucket.ts"

export const layerNotifyPositions = Layer.effect(
  NotifyPositions,
  Effect.gen(function* () {
    const connection = yield* Connection
    const bucket = yield* openBucket(notifyBucket)
    return NotifyPositions.of({
      read: (key) =>
        bucket.get(key).pipe(
          // Nobody answers a direct read of a bucket that is not there; its stream says so, and how to make it.
          Effect.tapError(() => streamInfo(connection, bucket.stream)),
          Effect.map((entry) => (entry === undefined || !hasValue(entry) ? undefined : entry.string()))
        ),
      write: (key, text) => Effect.asVoid(bucket.put(key, text))
    })
  })
)
