import { Result, Schema } from "effect"
import { bareName, bucketStream } from "../topology.ts"

/** What is written under `lease`; who holds it and since which take-over. The time and the revision are the server's own. */
export interface Lease {
  readonly holder: string
  readonly generation: number
}

const LeaseSchema = Schema.fromJsonString(
  Schema.Struct({
    holder: Schema.String,
    generation: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
  })
)
const decode = Schema.decodeUnknownResult(LeaseSchema)

export const leaseText = (lease: Lease): string =>
  JSON.stringify({ holder: lease.holder, generation: lease.generation })

/** The lease in a text; undefined where it is none. */
export const readLeaseText = (text: string): Lease | undefined => Result.getOrUndefined(decode(text))

/**
 * A lease that cannot be read says nothing about its generation, so nobody may take it: an older epoch could win. The
 * operator may, who knows that none of its kind runs.
 */
export const damagedLease = (bucket: string, key: string) => ({
  what: `reading the lease in the bucket ${bareName(bucketStream(bucket)).slice("KV_".length)}`,
  why: "it is not an object with holder and generation",
  remedy: `Stop all that may hold it, delete it with \`nats kv del ${bucket} ${key}\`, and start one again.`
})
