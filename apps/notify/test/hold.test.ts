import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { atOnce, type Policy } from "../src/outbox.ts"
import { closed, grew, opened } from "./support/events.ts"
import { fake, following, memoryPorts, pass, position, window } from "./support/memory.ts"

/* What is held back is told later, once, whatever happens meanwhile. */

const minuteMs = 60_000
const digest: Policy = { digestMs: 5 * minuteMs, limit: undefined }
const hourly: Policy = { digestMs: 0, limit: { most: 2, spanMs: 60 * minuteMs } }

const scenario = <A, E, R>(effect: Effect.Effect<A, E, R>) => effect.pipe(Effect.scoped, Effect.provide(memoryPorts))

describe("a digest", () => {
  it.effect("is one message, five minutes after its first change, with all that happened", () =>
    scenario(
      Effect.gen(function* () {
        const to = fake("a", digest)
        yield* following(to)
        yield* pass(1)
        yield* window(0, opened("a"))
        yield* pass(100)
        yield* window(1, grew("a", { severity: "HIGH" }), opened("b"))
        yield* pass(190)
        assert.deepStrictEqual(to.heard, [])
        yield* pass(15)
        assert.deepStrictEqual(to.heard, [["a opened", "a grew", "b opened"]])
        yield* window(2, closed("a"), closed("b"))
        yield* pass(305)
        assert.deepStrictEqual(to.heard[1], ["a closed", "b closed"])
        assert.deepInclude(to.batches[1]!.counts, { opened: 0, grew: 0, closed: 2 })
      })
    )
  )

  it.effect("is told on time by a notifier that was killed in the middle of it", () =>
    scenario(
      Effect.gen(function* () {
        const to = fake("a", digest)
        const first = yield* following(to)
        yield* pass(1)
        yield* window(0, opened("a"))
        yield* pass(200)
        assert.strictEqual((yield* position(to)).waiting?.changes.length, 1)
        yield* Fiber.interrupt(first)
        yield* window(1, opened("b"))
        yield* following(to)
        yield* pass(95)
        assert.deepStrictEqual(to.heard, [])
        yield* pass(6)
        assert.deepStrictEqual(to.heard, [["a opened", "b opened"]])
        assert.deepInclude(yield* position(to), { incidents_seq: 2 })
        assert.notProperty(yield* position(to), "waiting")
      })
    )
  )

  it.effect("is the same message again where the notifier died over it, whatever was decided meanwhile", () =>
    scenario(
      Effect.gen(function* () {
        const to = fake("a", digest)
        const first = yield* following(to)
        yield* pass(1)
        yield* window(0, opened("a"))
        yield* window(1, opened("b"))
        to.behave("takes and hangs")
        yield* pass(305)
        assert.strictEqual(to.heard.length, 1)
        assert.strictEqual((yield* position(to)).waiting?.sealed?.held_for, "digest")
        yield* Fiber.interrupt(first)
        yield* window(2, opened("c"))
        to.behave("takes")
        yield* following(to)
        yield* pass(5)
        assert.deepStrictEqual(to.batches[1], to.batches[0])
        yield* pass(305)
        assert.deepStrictEqual(to.heard.slice(2), [["c opened"]])
      })
    )
  )

  it.effect("of a receiver that is down waits for it, and what comes meanwhile is told after it", () =>
    scenario(
      Effect.gen(function* () {
        const [down, up] = [fake("down", digest), fake("up", atOnce)]
        yield* following(down)
        yield* following(up)
        yield* pass(1)
        down.behave("refuses")
        yield* window(0, opened("a"))
        yield* pass(400)
        yield* window(1, opened("b"))
        yield* pass(400)
        assert.deepStrictEqual(down.heard, [])
        assert.deepStrictEqual(up.heard, [["a opened"], ["b opened"]])
        down.behave("takes")
        yield* pass(80)
        assert.deepStrictEqual(down.heard, [["a opened"]])
        yield* pass(305)
        assert.deepStrictEqual(down.heard, [["a opened"], ["b opened"]])
      })
    )
  )
})

describe("a limit", () => {
  it.effect("lets two messages an hour through, and then says what there was since", () =>
    scenario(
      Effect.gen(function* () {
        const to = fake("a", hourly)
        yield* following(to)
        yield* pass(1)
        for (let n = 0; n < 6; n++) {
          yield* window(n, opened(`${n}`))
          yield* pass(60)
        }
        assert.deepStrictEqual(to.heard, [["0 opened"], ["1 opened"]])
        yield* pass(3_600 - 6 * 60 - 2)
        assert.strictEqual(to.heard.length, 2)
        yield* pass(5)
        assert.strictEqual(to.heard.length, 3)
        const last = to.batches[2]!
        assert.deepInclude(last.counts, { opened: 4, closed: 0 })
        assert.strictEqual(last.heldFor, "limit")
      })
    )
  )

  it.effect("is not forgotten over a restart", () =>
    scenario(
      Effect.gen(function* () {
        const to = fake("a", hourly)
        const first = yield* following(to)
        yield* pass(1)
        yield* window(0, opened("zero"))
        yield* pass(1)
        yield* window(1, opened("a"))
        yield* pass(1)
        yield* window(2, opened("b"))
        yield* pass(1)
        yield* Fiber.interrupt(first)
        yield* following(to)
        yield* pass(3_590)
        assert.strictEqual(to.heard.length, 2)
        yield* pass(15)
        assert.deepStrictEqual(to.heard[2], ["b opened"])
      })
    )
  )

  it.effect("that is taken away tells at once what it held back", () =>
    scenario(
      Effect.gen(function* () {
        const first = yield* following(fake("a", { digestMs: 86_400_000, limit: undefined }))
        yield* pass(1)
        yield* window(0, opened("zero"))
        yield* window(1, opened("a"))
        yield* pass(5)
        yield* Fiber.interrupt(first)
        const to = fake("a", atOnce)
        yield* following(to)
        yield* pass(5)
        assert.deepStrictEqual(to.heard.flat(), ["zero opened", "a opened"])
      })
    )
  )
})
