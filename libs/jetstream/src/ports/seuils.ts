import { type Dimension, dimensions } from "@chaussettes/domain"
import { Context } from "effect"
import type { KeyEntry, WatchedBucket } from "./watched-bucket.ts"

export type SeuilKey = Dimension | "metadata"
export const seuilKeys: ReadonlyArray<SeuilKey> = [...dimensions, "metadata"]

export type SeuilEntry = KeyEntry<SeuilKey>

/** The KV bucket `seuils`. */
export class SeuilsStore extends Context.Service<SeuilsStore, WatchedBucket<SeuilKey>>()(
  "@chaussettes/jetstream/SeuilsStore"
) {}
