import { Effect, Layer } from "effect"
import { IncidentsStore, incidentsKeys } from "../ports/incidents-store.ts"
import { incidentsBucket } from "../topology.ts"
import { watchedBucket } from "./watched-bucket.ts"

export const layerIncidentsStore = Layer.effect(
  IncidentsStore,
  Effect.map(watchedBucket(incidentsBucket, incidentsKeys), (bucket) => IncidentsStore.of(bucket))
)
