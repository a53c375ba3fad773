import { Effect, Schedule } from "effect"
import { ask } from "../connection/ask.ts"
import { Connection } from "../connection/connection.ts"
import { Refused, Unavailable } from "../errors.ts"
import type { LeaseStore } from "../ports/lease-store.ts"
import { hasValue, openBucket } from "./bucket.ts"
import { damagedLease, leaseText, readLeaseText } from "./lease.ts"

/** How often, and how far apart, a replica is asked for what was just written. */
const [replicaTries, replicaRetryMs] = [10, 50]

/** A lease under a key of a bucket. */
export const leaseUnder = Effect.fn("leaseUnder")(function* (bucketName: string, key: string) {
  const { jsm, link } = yield* Connection
  const bucket = yield* openBucket(bucketName)

  /** The server's time of a revision: an acknowledgement does not tell it. A replica that answers may be behind its leader. */
  const storedMs = (revision: number) =>
    ask(link, `the bucket ${bucketName}`, () => jsm.direct.getMessage(bucket.stream, { seq: revision })).pipe(
      Effect.flatMap((message) =>
        message === null
          ? Effect.fail(new Unavailable({ what: "the lease", why: "it was written, but no longer exists" }))
          : Effect.succeed(message.time.getTime())
      ),
      Effect.retry({ times: replicaTries, schedule: Schedule.spaced(replicaRetryMs) })
    )

  return {
    readLease: Effect.flatMap(bucket.get(key), (entry) => {
      if (entry === undefined || !hasValue(entry)) return Effect.succeed(undefined)
      const lease = readLeaseText(entry.string())
      return lease === undefined
        ? Effect.fail(new Refused(damagedLease(bucketName, key)))
        : Effect.succeed({ ...lease, renewedMs: entry.created.getTime(), revision: entry.revision })
    }),
    writeLease: (lease, expectedRevision) =>
      Effect.gen(function* () {
        const text = leaseText(lease)
        const revision = yield* expectedRevision === 0
          ? bucket.create(key, text)
          : bucket.update(key, text, expectedRevision)
        return { ...lease, renewedMs: yield* storedMs(revision), revision }
      })
  } satisfies LeaseStore
})
