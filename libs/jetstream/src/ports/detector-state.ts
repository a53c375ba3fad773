import type { Checkpoint, Tally } from "@chaussettes/domain"
import { Context, type Effect } from "effect"
import type { StoreError } from "../errors.ts"
import type { LeaseStore } from "./lease-store.ts"

export type CheckpointRead =
  | { readonly _tag: "Missing" }
  | { readonly _tag: "Damaged"; readonly why: string }
  | { readonly _tag: "Found"; readonly checkpoint: Checkpoint }

/** What a detector answers that is asked whether it can do its work: why not, by condition. Empty where it can. */
export type Unready = { readonly [condition: string]: string }

/** The KV bucket `detector`: the checkpoint, the lease (its generation is the epoch that fences), the tally of recent lines; and what those who run say of themselves. Correctness rests on none of it. */
export class DetectorState extends Context.Service<
  DetectorState,
  LeaseStore & {
    readonly readCheckpoint: Effect.Effect<CheckpointRead, StoreError>
    readonly writeCheckpoint: (checkpoint: Checkpoint) => Effect.Effect<void, StoreError>
    /** What the detector that leads last said of the recent lines; undefined where none did, or it cannot be read. */
    readonly readTally: Effect.Effect<Tally | undefined, StoreError>
    readonly writeTally: (tally: Tally) => Effect.Effect<void, StoreError>
    /** Asks all detectors that run; takes a moment. None answers where none runs, or where they may not be asked. */
    readonly askReady: Effect.Effect<ReadonlyArray<Unready>>
  }
>()("@chaussettes/jetstream/DetectorState") {}
