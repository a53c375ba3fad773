import { firstModelInForce, type IncidentModelInForce, readIncidentModel } from "@chaussettes/domain"
import { type IncidentsEntry, IncidentsStore, type StoreError } from "@chaussettes/jetstream"
import { Effect, type Scope, Stream, SubscriptionRef } from "effect"

/** A model that is refused; the one before stays in force. */
export interface BadModel {
  readonly revision: number
  readonly reason: string
  /** Revision of the one that stays in force; 0 where none was published before. */
  readonly inForce: number
}

/** What incidents are judged by, kept up to date for as long as the scope is open. A model that is deleted, or is none, replaces nothing. */
export const incidentModelInForce = (
  windowMs: number,
  onBad: (bad: BadModel) => Effect.Effect<void>
): Effect.Effect<SubscriptionRef.SubscriptionRef<IncidentModelInForce>, StoreError, IncidentsStore | Scope.Scope> =>
  Effect.gen(function* () {
    const store = yield* IncidentsStore
    const take = (now: IncidentModelInForce, { key, text, revision }: IncidentsEntry) => {
      if (key !== "model" || text === "") return Effect.succeed(now)
      const read = readIncidentModel(text, revision, windowMs)
      return read.ok
        ? // By the text, too: revisions of a bucket that was made again begin anew.
          Effect.succeed(read.value.revision === now.revision && read.value.digest === now.digest ? now : read.value)
        : Effect.as(onBad({ revision, reason: read.reason, inForce: now.revision }), now)
    }
    let first = firstModelInForce(windowMs)
    for (const entry of yield* store.current) first = yield* take(first, entry)
    const inForce = yield* SubscriptionRef.make(first)
    yield* store.changes.pipe(
      Stream.runForEach((entry) =>
        Effect.gen(function* () {
          const before = yield* SubscriptionRef.get(inForce)
          const now = yield* take(before, entry)
          if (now !== before) yield* SubscriptionRef.set(inForce, now)
        })
      ),
      Effect.forkScoped
    )
    return inForce
  })
