import { Context, type Effect } from "effect"
import type { StoreError } from "../errors.ts"

/**
 * The KV bucket `notify`: how far each receiver has been told, as a text that is the notifier's own. A key is two words of
 * lower-case letters, digits and `-` with a dot between them (`webhook.5f0c…`).
 */
export class NotifyPositions extends Context.Service<
  NotifyPositions,
  {
    /** Undefined where nothing stands, or it was deleted. */
    readonly read: (key: string) => Effect.Effect<string | undefined, StoreError>
    readonly write: (key: string, text: string) => Effect.Effect<void, StoreError>
  }
>()("@chaussettes/jetstream/NotifyPositions") {}
