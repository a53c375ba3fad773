import { Context } from "effect"
import type { KeyEntry, WatchedBucket } from "./watched-bucket.ts"

/** What incidents are judged by. */
export type IncidentsKey = "model"
export const incidentsKeys: ReadonlyArray<IncidentsKey> = ["model"]

export type IncidentsEntry = KeyEntry<IncidentsKey>

/** The KV bucket `incidents`. */
export class IncidentsStore extends Context.Service<IncidentsStore, WatchedBucket<IncidentsKey>>()(
  "@chaussettes/jetstream/IncidentsStore"
) {}
