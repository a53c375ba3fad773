import { firstThresholds, type PerDimension, type Threshold } from "@chaussettes/domain"
import { ThresholdsStore } from "@chaussettes/jetstream"
import { layerThresholdsStoreMemory, MemoryServer } from "@chaussettes/jetstream/memory"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { putByOperator, standing } from "../src/compute/in-force.ts"
import type { ThresholdsMetadata } from "../src/compute/metadata.ts"
import { publish } from "../src/compute/publish.ts"
import { goBack } from "../src/history/run.ts"
import { thresholdOf } from "../src/set/flags.ts"
import { put } from "../src/set/set.ts"
import { takeBack } from "../src/set/unset.ts"

const memory = layerThresholdsStoreMemory.pipe(Layer.provideMerge(MemoryServer.layer))

const test = (behaviour: string, body: Effect.Effect<unknown, unknown, ThresholdsStore>) =>
  it.effect(behaviour, () => Effect.provide(body, Layer.fresh(memory)))

const first = Effect.flatMap(ThresholdsStore, (store) =>
  Effect.forEach(["global", "ip", "url"] as const, (key) => store.put(key, `${firstThresholds[key]}`))
)
const publishNow = (publication: string, seuils: PerDimension<Threshold>) =>
  Effect.flatMap(standing, (before) =>
    publish(seuils, { method: "calibrated", publication } as ThresholdsMetadata, before)
  )
/** What stands, and which keys the service leaves alone. */
const state = Effect.gen(function* () {
  const store = yield* ThresholdsStore
  const now = yield* standing
  return { seuils: now.thresholds, byHand: putByOperator(now, yield* store.history()) }
})

describe("a threshold by hand", () => {
  it.each([
    ["0.4", 0.4],
    ["40%", 0.4],
    ["2.5 %", 0.025],
    ["1", 1],
    ['{"rate":0.4,"least_errors":[[5,3]]}', { rate: 0.4, least_errors: [[5, 3]] }],
    ["4", undefined],
    ["-0.1", undefined],
    ["101%", undefined],
    ["much", undefined],
    ["", undefined]
  ])("is read from %j", (text, seuil) => assert.deepStrictEqual(thresholdOf(text), seuil as Threshold | undefined))

  test(
    "is in force over what was learnt, and left alone, until it is unset",
    Effect.gen(function* () {
      yield* first
      yield* publishNow("a", { global: 0.11, ip: 0.22, url: 0.33 })
      const done = yield* put({ dimension: "ip", threshold: 0.4 })
      assert.deepInclude(done, { key: "ip", value: 0.4, before: 0.22 })
      assert.deepStrictEqual(yield* state, { seuils: { global: 0.11, ip: 0.4, url: 0.33 }, byHand: ["ip"] })
      yield* put({ dimension: "ip", threshold: 0.5 })
      assert.deepInclude(yield* takeBack("ip"), { _tag: "Unset", value: 0.22 })
      assert.deepStrictEqual(yield* state, { seuils: { global: 0.11, ip: 0.22, url: 0.33 }, byHand: [] })
      assert.deepInclude(yield* takeBack("ip"), { _tag: "NotByHand", value: 0.22 })
    })
  )

  test(
    "gives way to the first value where nothing was learnt yet",
    Effect.gen(function* () {
      yield* (yield* ThresholdsStore).put("url", "0.6")
      yield* put({ dimension: "url", threshold: 0.9 })
      assert.deepStrictEqual((yield* state).byHand, ["url"])
      assert.deepInclude(yield* takeBack("url"), { _tag: "Unset", value: 0.6 })
      assert.deepStrictEqual((yield* state).byHand, [])
    })
  )

  test(
    "gives way to the newest publication, not to one that was gone back to, and the others stay by hand",
    Effect.gen(function* () {
      yield* first
      const { revisions } = yield* publishNow("a", { global: 0.11, ip: 0.22, url: 0.33 })
      yield* publishNow("b", { global: 0.12, ip: 0.24, url: 0.36 })
      yield* goBack(revisions.ip!)
      assert.deepStrictEqual((yield* state).byHand, ["global", "ip", "url"])
      assert.deepInclude(yield* takeBack("ip"), { _tag: "Unset", value: 0.24 })
      assert.deepStrictEqual(yield* state, {
        seuils: { global: 0.11, ip: 0.24, url: 0.33 },
        byHand: ["global", "url"]
      })
    })
  )

  test(
    "is taken back also where what was put could not be used",
    Effect.gen(function* () {
      yield* first
      yield* publishNow("a", { global: 0.11, ip: 0.22, url: 0.33 })
      yield* (yield* ThresholdsStore).put("ip", "much")
      assert.deepInclude(yield* takeBack("ip"), { _tag: "Unset", value: 0.22 })
    })
  )

  test(
    "of a key that nothing reads can only be removed",
    Effect.gen(function* () {
      const store = yield* ThresholdsStore
      yield* store.put("urls" as "url", "0.1")
      assert.deepStrictEqual(yield* takeBack("urls"), { _tag: "Removed", key: "urls" })
      assert.deepStrictEqual(yield* store.unknownKeys, [])
      assert.deepStrictEqual(yield* takeBack("urls"), { _tag: "Unknown", key: "urls" })
    })
  )
})
