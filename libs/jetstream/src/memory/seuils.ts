import { Effect, Layer } from "effect"
import { SeuilsStore, seuilKeys } from "../ports/seuils.ts"
import { watchedBucketMemory } from "./watched-bucket.ts"

export const layerSeuilsStoreMemory = Layer.effect(
  SeuilsStore,
  Effect.map(watchedBucketMemory("KV_seuils", seuilKeys), (bucket) => SeuilsStore.of(bucket))
)
