import { Context } from "effect"
import type { KeyEntry, WatchedBucket } from "./watched-bucket.ts"

export type SeuilKey = "global" | "ip" | "url" | "metadata"
export const seuilKeys: ReadonlyArray<SeuilKey> = ["global", "ip", "url", "metadata"]

export type SeuilEntry = KeyEntry<SeuilKey>

/** The KV bucket `seuils`. */
export class SeuilsStore extends Context.Service<SeuilsStore, WatchedBucket<SeuilKey>>()(
  "@chaussettes/jetstream/SeuilsStore"
) {}
