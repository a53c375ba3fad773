import {
  type DetectionSettings,
  type IgnoreRules,
  parseFormats,
  parseIgnore,
  type SourceFormats
} from "@chaussettes/domain"
import { type RuleEntry, RulesStore, type StoreError } from "@chaussettes/jetstream"
import { rulesBucket } from "@chaussettes/jetstream/topology"
import { Data, Effect, type Scope, Stream, SubscriptionRef } from "effect"

/** What the bucket says of how lines are read. */
export interface BucketRules {
  readonly ignore: IgnoreRules
  readonly formats: SourceFormats
}

/** The bucket holds other rules than the lines are read by. */
export class RulesChanged extends Data.TaggedError("RulesChanged")<{ readonly rules: BucketRules }> {}

/** Rules that are refused, and the revision that stays in force instead. */
export interface BadRules {
  readonly entry: RuleEntry
  readonly reason: string
  readonly inForce: number
}

const noRules: BucketRules = { ignore: { revision: 0, rules: [] }, formats: { revision: 0, by: {} } }

interface Adopted {
  readonly rules: BucketRules
  readonly bad?: BadRules
}

/** What an entry makes of the rules in force: a good one replaces an older one, a bad one nothing; no text says that there are none. */
const adoptRules = (inForce: BucketRules, entry: RuleEntry): Adopted => {
  const { key, text, revision } = entry
  if (revision <= inForce[key].revision) return { rules: inForce }
  const refused = (reason: string): Adopted => ({
    rules: inForce,
    bad: { entry, reason, inForce: inForce[key].revision }
  })
  switch (key) {
    case "ignore": {
      const parsed = parseIgnore(text)
      return parsed.ok ? { rules: { ...inForce, ignore: { revision, rules: parsed.rules } } } : refused(parsed.reason)
    }
    case "formats": {
      const parsed = parseFormats(text)
      return parsed.ok ? { rules: { ...inForce, formats: { revision, by: parsed.by } } } : refused(parsed.reason)
    }
  }
}

const example: { readonly [key in RuleEntry["key"]]: string } = {
  ignore: `nats kv put ${rulesBucket} ignore 'health; path=/internal/*'`,
  formats: "chaussettes formats set web1 combined"
}

export const badRulesWords = ({ entry, reason, inForce }: BadRules): string =>
  `The rules under ${entry.key} (revision ${entry.revision}) cannot be used: ${reason}. Revision ${inForce} stays in force. Set rules such as: ${example[entry.key]}`

/** The settings with the rules of the bucket behind their own. */
export const withRules = (settings: DetectionSettings, { ignore, formats }: BucketRules): DetectionSettings => {
  const { reading } = settings
  if (reading === undefined) return settings
  const { revision, rules } = ignore
  const hasIgnore = revision !== 0 || rules.length > 0
  if (!hasIgnore && formats.revision === 0) return settings
  return {
    ...settings,
    reading: {
      ...reading,
      ...(hasIgnore ? { ignore: { revision, rules: [...(reading.ignore?.rules ?? []), ...rules] } } : {}),
      ...(formats.revision === 0 ? {} : { formats })
    }
  }
}

/** What a history makes of the rules: the last good ones. Of bad ones only those that stand last under their key are worth a word. */
export const adoptAll = (history: ReadonlyArray<RuleEntry>): Adopted => {
  let rules = noRules
  const bad = new Map<RuleEntry["key"], BadRules>()
  for (const entry of history) {
    const adopted = adoptRules(rules, entry)
    rules = adopted.rules
    if (adopted.bad === undefined) bad.delete(entry.key)
    else bad.set(entry.key, adopted.bad)
  }
  const [first] = bad.values()
  return first === undefined ? { rules } : { rules, bad: first }
}

/** The rules in force at this moment, for who reads a whole history by them. */
export const newestRules: Effect.Effect<Adopted, StoreError, RulesStore> = Effect.gen(function* () {
  return adoptAll(yield* (yield* RulesStore).history())
})

/** The rules in force, kept up to date for as long as the scope is open. */
export const rulesInForce = Effect.fn("rulesInForce")(function* (
  onBad: (bad: BadRules) => Effect.Effect<void>
): Effect.fn.Return<SubscriptionRef.SubscriptionRef<BucketRules>, StoreError, RulesStore | Scope.Scope> {
  const store = yield* RulesStore
  const found = yield* newestRules
  let latest = found.rules
  let refused = found.bad?.entry.revision ?? 0
  if (found.bad !== undefined) yield* onBad(found.bad)
  const take = (entry: RuleEntry) =>
    Effect.suspend(() => {
      const { rules, bad } = adoptRules(latest, entry)
      latest = rules
      if (bad === undefined || refused >= entry.revision) return Effect.void
      refused = entry.revision
      return onBad(bad)
    })
  const inForce = yield* SubscriptionRef.make(latest)
  yield* store.changes.pipe(
    Stream.tap(take),
    Stream.runForEach(() =>
      Effect.flatMap(SubscriptionRef.get(inForce), (now) =>
        now === latest ? Effect.void : SubscriptionRef.set(inForce, latest)
      )
    ),
    Effect.forkScoped
  )
  return inForce
})
