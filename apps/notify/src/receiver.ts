import type { Effect } from "effect"
import type { Batch } from "./batch.ts"
import type { Change } from "./change.ts"
import type { Policy } from "./outbox.ts"
import type { NotTaken } from "./post.ts"

export type Kind = "alertmanager" | "webhook" | "slack" | "teams" | "ntfy" | "smtp"

/** Who is told of incidents. Each attempt is a whole one: what it sends carries its identity, so that a repetition does no harm. */
export interface Receiver {
  readonly kind: Kind
  /** How it is called in health, metrics and logs. */
  readonly name: string
  /** Host and port. */
  readonly shown: string
  /** Its key in the bucket `notify`. */
  readonly key: string
  readonly policy: Policy
  readonly tell: (batch: Batch) => Effect.Effect<void, NotTaken>
  /** Sends something that says that it is a test. */
  readonly test: Effect.Effect<void, NotTaken>
  /** For a receiver that forgets what it does not hear of again: the open incidents that it knows of, each as it stands, every `everyMs`. */
  readonly refresh?: {
    readonly everyMs: number
    readonly tell: (open: ReadonlyArray<Change>) => Effect.Effect<void, NotTaken>
  }
}
