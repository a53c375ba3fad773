import { type DetectionSettings, type IgnoreRules, parseIgnore } from "@chaussettes/domain"
import { type RuleEntry, RulesStore, type StoreError } from "@chaussettes/jetstream"
import { Data, Effect, type Scope, Stream, SubscriptionRef } from "effect"

/** The bucket holds other rules than the lines are read by. */
export class RulesChanged extends Data.TaggedError("RulesChanged")<{ readonly ignore: IgnoreRules }> {}

/** Rules that are refused, and what stays in force instead. */
export interface BadRules {
  readonly entry: RuleEntry
  readonly reason: string
  readonly inForce: IgnoreRules
}

export const noRules: IgnoreRules = { revision: 0, rules: [] }

/** What an entry makes of the rules in force: a good one replaces an older one, a bad one nothing; no text says that nothing is ignored. */
export const adoptRules = (
  inForce: IgnoreRules,
  entry: RuleEntry
): { readonly ignore: IgnoreRules; readonly bad?: BadRules } => {
  if (entry.revision <= inForce.revision) return { ignore: inForce }
  const parsed = parseIgnore(entry.text)
  return parsed.ok
    ? { ignore: { revision: entry.revision, rules: parsed.rules } }
    : { ignore: inForce, bad: { entry, reason: parsed.reason, inForce } }
}

export const badRulesWords = ({ entry, reason, inForce }: BadRules): string =>
  `The rules under ignore (revision ${entry.revision}) cannot be used: ${reason}. Revision ${inForce.revision} stays in force; put rules such as: nats kv put rules ignore 'health; path=/internal/*'`

/** The settings with the rules of the bucket behind their own. */
export const withRules = (settings: DetectionSettings, { revision, rules }: IgnoreRules): DetectionSettings => {
  const { reading } = settings
  if (reading === undefined || (revision === noRules.revision && rules.length === 0)) return settings
  return {
    ...settings,
    reading: { ...reading, ignore: { revision, rules: [...(reading.ignore?.rules ?? []), ...rules] } }
  }
}

/** What a history makes of the rules: the last good ones. Of bad ones only those that stand last are worth a word. */
export const adoptAll = (history: ReadonlyArray<RuleEntry>): ReturnType<typeof adoptRules> =>
  history.reduce<ReturnType<typeof adoptRules>>(({ ignore }, entry) => adoptRules(ignore, entry), { ignore: noRules })

/** The rules in force at this moment, for who reads a whole history by them. */
export const newestRules: Effect.Effect<ReturnType<typeof adoptRules>, StoreError, RulesStore> = Effect.gen(
  function* () {
    return adoptAll(yield* (yield* RulesStore).history())
  }
)

/** The rules in force, kept up to date for as long as the scope is open. */
export const rulesInForce = (
  onBad: (bad: BadRules) => Effect.Effect<void>
): Effect.Effect<SubscriptionRef.SubscriptionRef<IgnoreRules>, StoreError, RulesStore | Scope.Scope> =>
  Effect.gen(function* () {
    const store = yield* RulesStore
    const found = yield* newestRules
    let latest = found.ignore
    let refused = found.bad?.entry.revision ?? 0
    if (found.bad !== undefined) yield* onBad(found.bad)
    const take = (entry: RuleEntry) =>
      Effect.suspend(() => {
        const { ignore, bad } = adoptRules(latest, entry)
        latest = ignore
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
