import type { Incident } from "@chaussettes/domain"
import type { Effect } from "effect"
import type { NotTaken } from "./post.ts"
import type { Change } from "./tracker.ts"

/** Who is told of incidents. Each attempt is a whole one: what it sends carries its identity, so that a repetition does no harm. */
export interface Receiver {
  readonly kind: "alertmanager" | "webhook"
  /** How it is called in health, metrics and logs. */
  readonly name: string
  /** Host and port. */
  readonly shown: string
  /** Its key in the bucket `notify`. */
  readonly key: string
  readonly tell: (changes: ReadonlyArray<Change>) => Effect.Effect<void, NotTaken>
  /** For a receiver that forgets what it does not hear of again: all open incidents, every `everyMs`. */
  readonly refresh?: {
    readonly everyMs: number
    readonly tell: (open: ReadonlyArray<Incident>) => Effect.Effect<void, NotTaken>
  }
}
