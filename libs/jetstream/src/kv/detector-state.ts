import { decodeCheckpoint, decodeTally } from "@chaussettes/domain/wire"
import { Effect, Layer, Result } from "effect"
import { askReady, detectorService } from "../admin/services.ts"
import { Connection } from "../connection/connection.ts"
import { type CheckpointRead, DetectorState } from "../ports/detector-state.ts"
import { detectorBucket } from "../topology.ts"
import { hasValue, openBucket } from "./bucket.ts"
import { leaseUnder } from "./lease-key.ts"

const checkpointKey = "checkpoint"
const leaseKey = "lease"
const tallyKey = "tally"

export const layerDetectorState = Layer.effect(
  DetectorState,
  Effect.gen(function* () {
    const { nc } = yield* Connection
    const bucket = yield* openBucket(detectorBucket)
    const lease = yield* leaseUnder(detectorBucket, leaseKey)

    return DetectorState.of({
      readCheckpoint: Effect.map(bucket.get(checkpointKey), (entry): CheckpointRead => {
        if (entry === undefined || !hasValue(entry)) return { _tag: "Missing" }
        const read = decodeCheckpoint(entry.string())
        return Result.isSuccess(read)
          ? { _tag: "Found", checkpoint: read.success }
          : { _tag: "Damaged", why: read.failure.why }
      }),
      writeCheckpoint: (checkpoint) => Effect.asVoid(bucket.put(checkpointKey, JSON.stringify(checkpoint))),
      readTally: Effect.map(bucket.get(tallyKey), (entry) =>
        entry === undefined || !hasValue(entry) ? undefined : Result.getOrUndefined(decodeTally(entry.string()))
      ),
      writeTally: (tally) => Effect.asVoid(bucket.put(tallyKey, JSON.stringify(tally))),
      ...lease,
      askReady: askReady(nc, detectorService)
    })
  })
)
