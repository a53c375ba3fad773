import { NotifyPositions, Unavailable } from "@chaussettes/jetstream"
import { Health } from "@chaussettes/service"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { atOnce } from "../src/outbox.ts"
import { opened } from "./support/events.ts"
import { fake, following, memoryPorts, pass, window } from "./support/memory.ts"

/** Its first reads are not answered, as where the bucket has no leader. */
const unanswered = (reads: number) =>
  Layer.effect(
    NotifyPositions,
    Effect.map(NotifyPositions, (positions) => {
      let left = reads
      return NotifyPositions.of({
        ...positions,
        read: (key) =>
          Effect.suspend(() =>
            left-- > 0
              ? Effect.fail(new Unavailable({ what: "the bucket notify", why: "no answer in time" }))
              : positions.read(key)
          )
      })
    })
  ).pipe(Layer.provideMerge(memoryPorts))

describe("a notifier whose bucket does not answer", () => {
  it.effect("waits for it, says so in its health, and tells what happened meanwhile", () =>
    Effect.gen(function* () {
      const to = fake("a", atOnce)
      yield* following(to)
      yield* pass(1)
      yield* window(0, opened("a"))
      const { unready } = yield* Health
      assert.deepStrictEqual(yield* unready, { a: "no answer in time" })
      assert.deepStrictEqual(to.heard, [])
      yield* pass(10)
      assert.deepStrictEqual(to.heard, [["a opened"]])
      assert.deepStrictEqual(yield* unready, {})
    }).pipe(Effect.scoped, Effect.provide(unanswered(5)))
  )
})
