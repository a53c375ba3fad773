import { Effect, Layer } from "effect"
import { IncidentsStore, incidentsKeys } from "../ports/incidents-store.ts"
import { watchedBucketMemory } from "./watched-bucket.ts"

export const layerIncidentsStoreMemory = Layer.effect(
  IncidentsStore,
  Effect.map(watchedBucketMemory("KV_incidents", incidentsKeys), (bucket) => IncidentsStore.of(bucket))
)
