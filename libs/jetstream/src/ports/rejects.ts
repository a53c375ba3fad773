import type { Reject } from "@chaussettes/domain"
import { Context, type Effect, type Stream } from "effect"
import type { StoreError } from "../errors.ts"

/** REJECTS, in the order of LOGS: what could not be used, and why. */
export class RejectsLog extends Context.Service<
  RejectsLog,
  {
    /** Stores rejects on `rejects.<reason>`, pipelined; done once all are acknowledged. Message id `<seq>.<line>`. */
    readonly append: (rejects: ReadonlyArray<Reject>) => Effect.Effect<void, StoreError>
    /** The newest reject; undefined where there is none. What is not behind it was written before. */
    readonly last: Effect.Effect<Reject | undefined, StoreError>
    /** First and last sequence held, so that a reader can begin near the end. */
    readonly bounds: Effect.Effect<{ readonly firstSeq: number; readonly lastSeq: number }, StoreError>
    /** Rejects from a sequence to the last one at the time of the call; what is no reject is passed over. */
    readonly readFrom: (fromSeq: number) => Stream.Stream<Reject & { readonly rejectSeq: number }, StoreError>
  }
>()("@chaussettes/jetstream/RejectsLog") {}
