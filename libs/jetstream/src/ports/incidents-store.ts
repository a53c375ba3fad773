import { Context } from "effect"
import type { KeyEntry, WatchedBucket } from "./watched-bucket.ts"

/** What incidents are judged by, and what people have said of them: silences, acknowledgements, notes. */
export type IncidentsKey = "model" | "acts"
export const incidentsKeys: ReadonlyArray<IncidentsKey> = ["model", "acts"]

export type IncidentsEntry = KeyEntry<IncidentsKey>

/** The KV bucket `incidents`. */
export class IncidentsStore extends Context.Service<IncidentsStore, WatchedBucket<IncidentsKey>>()(
  "@chaussettes/jetstream/IncidentsStore"
) {}
