import { decodeCheckpoint, decodeTally } from "@chaussettes/domain/wire"
import { Effect, Layer, Result, Schedule } from "effect"
import { askReady, detectorService } from "../admin/services.ts"
import { ask } from "../connection/ask.ts"
import { Connection } from "../connection/connection.ts"
import { Refused, Unavailable } from "../errors.ts"
import { type CheckpointRead, DetectorState } from "../ports/detector-state.ts"
import { detectorBucket } from "../topology.ts"
import { hasValue, openBucket } from "./bucket.ts"
import { damagedLease, leaseText, readLeaseText } from "./lease.ts"

/** How often, and how far apart, a replica is asked for what was just written. */
const [replicaTries, replicaRetryMs] = [10, 50]

const checkpointKey = "checkpoint"
const leaseKey = "lease"
const tallyKey = "tally"

export const layerDetectorState = Layer.effect(
  DetectorState,
  Effect.gen(function* () {
    const { jsm, link, nc } = yield* Connection
    const bucket = yield* openBucket(detectorBucket)

    /** The server's time of a revision: an acknowledgement does not tell it. A replica that answers may be behind its leader. */
    const storedMs = (revision: number) =>
      ask(link, `the bucket ${detectorBucket}`, () => jsm.direct.getMessage(bucket.stream, { seq: revision })).pipe(
        Effect.flatMap((message) =>
          message === null
            ? Effect.fail(new Unavailable({ what: "the lease", why: "it was written, but no longer exists" }))
            : Effect.succeed(message.time.getTime())
        ),
        Effect.retry({ times: replicaTries, schedule: Schedule.spaced(replicaRetryMs) })
      )

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
      readLease: Effect.flatMap(bucket.get(leaseKey), (entry) => {
        if (entry === undefined || !hasValue(entry)) return Effect.succeed(undefined)
        const lease = readLeaseText(entry.string())
        return lease === undefined
          ? Effect.fail(new Refused(damagedLease))
          : Effect.succeed({ ...lease, renewedMs: entry.created.getTime(), revision: entry.revision })
      }),
      writeLease: (lease, expectedRevision) =>
        Effect.gen(function* () {
          const text = leaseText(lease)
          const revision = yield* expectedRevision === 0
            ? bucket.create(leaseKey, text)
            : bucket.update(leaseKey, text, expectedRevision)
          return { ...lease, renewedMs: yield* storedMs(revision), revision }
        }),
      askReady: askReady(nc, detectorService)
    })
  })
)
