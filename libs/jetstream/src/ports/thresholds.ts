import { type Dimension, dimensions } from "@chaussettes/domain"
import { Context } from "effect"
import type { KeyEntry, WatchedBucket } from "./watched-bucket.ts"

export type ThresholdKey = Dimension | "metadata"
export const thresholdKeys: ReadonlyArray<ThresholdKey> = [...dimensions, "metadata"]

export type ThresholdEntry = KeyEntry<ThresholdKey>

/** The KV bucket `seuils`. */
export class ThresholdsStore extends Context.Service<ThresholdsStore, WatchedBucket<ThresholdKey>>()(
  "@chaussettes/jetstream/ThresholdsStore"
) {}
