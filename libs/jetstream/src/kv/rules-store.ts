import { Effect, Layer } from "effect"
import { RulesStore, ruleKeys } from "../ports/rules.ts"
import { rulesBucket } from "../topology.ts"
import { watchedBucket } from "./watched-bucket.ts"

export const layerRulesStore = Layer.effect(
  RulesStore,
  Effect.map(watchedBucket(rulesBucket, ruleKeys), (bucket) => RulesStore.of(bucket))
)
