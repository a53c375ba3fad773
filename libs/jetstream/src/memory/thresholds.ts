import { Effect, Layer } from "effect"
import { ThresholdsStore, thresholdKeys } from "../ports/thresholds.ts"
import { watchedBucketMemory } from "./watched-bucket.ts"

export const layerThresholdsStoreMemory = Layer.effect(
  ThresholdsStore,
  Effect.map(watchedBucketMemory("KV_seuils", thresholdKeys), (bucket) => ThresholdsStore.of(bucket))
)
