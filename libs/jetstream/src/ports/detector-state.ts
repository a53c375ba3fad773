import type { Checkpoint, Tally } from "@chaussettes/domain"
import { Context, type Effect } from "effect"
import type { Outdated, StoreError } from "../errors.ts"

/** Who leads, as stored under `lease` in the bucket `detector`. `generation` rises with each take-over: it is the epoch that fences. */
export interface LeaseState {
  readonly holder: string
  readonly generation: number
  /** The server's own time of the last renewal, ms since the epoch. */
  readonly renewedMs: number
  readonly revision: number
}

export type CheckpointRead =
  | { readonly _tag: "Missing" }
  | { readonly _tag: "Damaged"; readonly why: string }
  | { readonly _tag: "Found"; readonly checkpoint: Checkpoint }

/** What a detector answers that is asked whether it can do its work: why not, by condition. Empty where it can. */
export type Unready = { readonly [condition: string]: string }

/** The KV bucket `detector`: the checkpoint, the lease, the tally of recent lines; and what those who run say of themselves. Correctness rests on none of it. */
export class DetectorState extends Context.Service<
  DetectorState,
  {
    readonly readCheckpoint: Effect.Effect<CheckpointRead, StoreError>
    readonly writeCheckpoint: (checkpoint: Checkpoint) => Effect.Effect<void, StoreError>
    /** What the detector that leads last said of the recent lines; undefined where none did, or it cannot be read. */
    readonly readTally: Effect.Effect<Tally | undefined, StoreError>
    readonly writeTally: (tally: Tally) => Effect.Effect<void, StoreError>
    /** Undefined where nobody ever held it, or it was deleted. One that cannot be read is `Refused`: it may not be taken for a free one. */
    readonly readLease: Effect.Effect<LeaseState | undefined, StoreError>
    /** Takes or renews the lease by compare-and-set on its revision (0: no lease yet). */
    readonly writeLease: (
      lease: { readonly holder: string; readonly generation: number },
      expectedRevision: number
    ) => Effect.Effect<LeaseState, Outdated | StoreError>
    /** Asks all detectors that run; takes a moment. None answers where none runs, or where they may not be asked. */
    readonly askReady: Effect.Effect<ReadonlyArray<Unready>>
  }
>()("@chaussettes/jetstream/DetectorState") {}
