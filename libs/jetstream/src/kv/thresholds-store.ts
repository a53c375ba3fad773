import { Effect, Layer } from "effect"
import { ThresholdsStore, thresholdKeys } from "../ports/thresholds.ts"
import { thresholdsBucket } from "../topology.ts"
import { watchedBucket } from "./watched-bucket.ts"

export const layerThresholdsStore = Layer.effect(
  ThresholdsStore,
  Effect.map(watchedBucket(thresholdsBucket, thresholdKeys), (bucket) => ThresholdsStore.of(bucket))
)
