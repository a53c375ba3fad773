import { Effect, Layer } from "effect"
import { RulesStore, ruleKeys } from "../ports/rules.ts"
import { watchedBucketMemory } from "./watched-bucket.ts"

export const layerRulesStoreMemory = Layer.effect(
  RulesStore,
  Effect.map(watchedBucketMemory("KV_rules", ruleKeys), (bucket) => RulesStore.of(bucket))
)
