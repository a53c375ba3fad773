import { Context } from "effect"
import type { KeyEntry, WatchedBucket } from "./watched-bucket.ts"

/** Traffic that is ignored, and formats by source. */
export type RuleKey = "ignore" | "formats"
export const ruleKeys: ReadonlyArray<RuleKey> = ["ignore", "formats"]

export type RuleEntry = KeyEntry<RuleKey>

/** The KV bucket `rules`: how lines are read, where that may change while the detector runs. */
export class RulesStore extends Context.Service<RulesStore, WatchedBucket<RuleKey>>()(
  "@chaussettes/jetstream/RulesStore"
) {}
