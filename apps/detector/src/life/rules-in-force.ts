import { type IgnoreRules, parseIgnore } from "@chaussettes/domain"
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

/** The rules in force, kept up to date for as long as the scope is open. */
export const rulesInForce = (
  onBad: (bad: BadRules) => Effect.Effect<void>
): Effect.Effect<SubscriptionRef.SubscriptionRef<IgnoreRules>, StoreError, RulesStore | Scope.Scope> =>
  Effect.gen(function* () {
    const store = yield* RulesStore
    let refused = 0
    // The last good ones may be older than what stands, so the history is gone through; only what stands last is worth a word.
    const history = yield* store.history()
    const newest = history.at(-1)?.revision
    let latest = noRules
    const take = (entry: RuleEntry) =>
      Effect.suspend(() => {
        const { ignore, bad } = adoptRules(latest, entry)
        latest = ignore
        if (bad === undefined || refused >= entry.revision) return Effect.void
        refused = entry.revision
        return onBad(bad)
      })
    for (const entry of history) {
      if (entry.revision === newest) yield* take(entry)
      else latest = adoptRules(latest, entry).ignore
    }
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
