import { Context, type Effect } from "effect"
import type { Outdated, StoreError } from "../errors.ts"

/** Who leads, as stored under a key of a bucket. `generation` rises with each take-over. */
export interface LeaseState {
  readonly holder: string
  readonly generation: number
  /** The server's own time of the last renewal, ms since the epoch. */
  readonly renewedMs: number
  readonly revision: number
}

/** A lease that one of several processes of a kind holds. */
export interface LeaseStore {
  /** Undefined where nobody ever held it, or it was deleted. One that cannot be read is `Refused`: it may not be taken for a free one. */
  readonly readLease: Effect.Effect<LeaseState | undefined, StoreError>
  /** Takes or renews the lease by compare-and-set on its revision (0: no lease yet). */
  readonly writeLease: (
    lease: { readonly holder: string; readonly generation: number },
    expectedRevision: number
  ) => Effect.Effect<LeaseState, Outdated | StoreError>
}

/** The lease in the bucket `notify`: which of several notifiers tells people. */
export class NotifierLease extends Context.Service<NotifierLease, LeaseStore>()(
  "@chaussettes/jetstream/NotifierLease"
) {}
