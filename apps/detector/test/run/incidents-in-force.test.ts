import { defaultSettings } from "@chaussettes/domain"
import { IncidentsStore } from "@chaussettes/jetstream"
import { layerIncidentsStoreMemory, MemoryServer } from "@chaussettes/jetstream/memory"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, SubscriptionRef } from "effect"
import { type BadModel, incidentModelInForce } from "../../src/run/incidents-in-force.ts"
import { eventually } from "../support/detector.ts"
import { modelText } from "../support/models.ts"

const ports = layerIncidentsStoreMemory.pipe(Layer.provideMerge(MemoryServer.layer))

describe("what incidents are judged by", () => {
  it.live("is the newest model that can be used, also of a bucket that was made again", () =>
    Effect.gen(function* () {
      const store = yield* IncidentsStore
      const bad: Array<BadModel> = []
      const inForce = yield* incidentModelInForce(defaultSettings.windowMs, (b) => Effect.sync(() => void bad.push(b)))
      const strength = Effect.map(SubscriptionRef.get(inForce), ({ revision, model }) => [
        revision,
        model.thresholds["url.server"].strength
      ])
      const becomes = (revision: number, of: number) =>
        eventually(
          `revision ${revision} is in force`,
          Effect.map(strength, ([r, s]) => r === revision && s === of)
        )
      assert.strictEqual((yield* strength)[0], 0)
      yield* store.put("model", modelText(12))
      yield* becomes(1, 12)
      yield* store.put("model", modelText(13).replace('"window_ms":10000', '"window_ms":60000'))
      yield* eventually(
        "the bad one is told",
        Effect.sync(() => bad.length === 1)
      )
      assert.deepInclude(bad[0], { revision: 2, inForce: 1 })
      assert.match(bad[0]!.reason, /windows of 60 s, not 10 s/)
      yield* becomes(1, 12)
      yield* (yield* MemoryServer).recreate("KV_incidents")
      yield* store.put("model", modelText(14))
      yield* becomes(1, 14)
    }).pipe(Effect.provide(ports), Effect.scoped)
  )
})
