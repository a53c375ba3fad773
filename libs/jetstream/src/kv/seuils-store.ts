import { Effect, Layer } from "effect"
import { SeuilsStore, seuilKeys } from "../ports/seuils.ts"
import { seuilsBucket } from "../topology.ts"
import { watchedBucket } from "./watched-bucket.ts"

export const layerSeuilsStore = Layer.effect(
  SeuilsStore,
  Effect.map(watchedBucket(seuilsBucket, seuilKeys), (bucket) => SeuilsStore.of(bucket))
)
