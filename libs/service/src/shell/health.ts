import { Context, Effect, Layer, SubscriptionRef } from "effect"

/** What one part says of itself. */
export type Condition = { readonly ready: true } | { readonly ready: false; readonly reason: string }

/**
 * Whether this process can do its work, as named conditions that its parts set (`nats`, `lease`, `seuils`, …).
 * Ready is when all are; a part that is not says why, in words for an operator.
 */
export class Health extends Context.Service<
  Health,
  {
    readonly conditions: SubscriptionRef.SubscriptionRef<ReadonlyMap<string, Condition>>
    readonly ready: (name: string) => Effect.Effect<void>
    readonly notReady: (name: string, reason: string) => Effect.Effect<void>
    /** The reasons of those that are not ready, by name; empty when all are. */
    readonly unready: Effect.Effect<{ readonly [name: string]: string }>
  }
>()("@chaussettes/service/Health") {
  /** `initial` names the conditions that must become ready first: they are not until somebody says so. */
  static readonly layer = (...initial: ReadonlyArray<string>): Layer.Layer<Health> =>
    Layer.effect(
      Health,
      Effect.gen(function* () {
        const conditions = yield* SubscriptionRef.make<ReadonlyMap<string, Condition>>(
          new Map(initial.map((name) => [name, { ready: false, reason: "it is starting" }]))
        )
        const set = (name: string, condition: Condition) =>
          SubscriptionRef.update(conditions, (all) => new Map(all).set(name, condition))
        return Health.of({
          conditions,
          ready: (name) => set(name, { ready: true }),
          notReady: (name, reason) => set(name, { ready: false, reason }),
          unready: Effect.map(SubscriptionRef.get(conditions), (all) =>
            Object.fromEntries(
              [...all].flatMap(([name, condition]) => (condition.ready ? [] : [[name, condition.reason]]))
            )
          )
        })
      })
    )
}
