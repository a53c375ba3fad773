import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import type { Change } from "../src/change.ts"
import { atOnce } from "../src/outbox.ts"
import { acknowledgement, closed, grew, lift, maintenance, opened, silence } from "./support/events.ts"
import { act, fake, following, memoryPorts, pass, position, window } from "./support/memory.ts"

/* What people say while the notifier runs, and while it does not. */

const scenario = <A, E, R>(effect: Effect.Effect<A, E, R>) => effect.pipe(Effect.scoped, Effect.provide(memoryPorts))

describe("a silence", () => {
  it.effect(
    "holds back what it is about; when windows are decided up to its end, what still goes on is told once",
    () =>
      scenario(
        Effect.gen(function* () {
          const to = fake("a", atOnce)
          const first = yield* following(to)
          yield* window(0)
          yield* act(silence("s", "a", 0, 4))
          yield* window(1, opened("a"), opened("b"))
          yield* window(2, grew("a", { severity: "HIGH" }))
          yield* pass(4)
          assert.deepStrictEqual(to.heard, [["b opened"]])
          yield* Fiber.interrupt(first)
          yield* following(to)
          yield* window(3)
          yield* pass(4)
          assert.strictEqual(to.heard.length, 1)
          yield* window(4)
          yield* pass(4)
          yield* window(5)
          yield* pass(4)
          assert.deepStrictEqual(to.heard.slice(1), [["a opened"]])
          assert.strictEqual(to.batches[1]!.changes[0]!.severity, "HIGH")
        })
      )
  )

  it.effect("that ends in the window in which its incident does tells nothing of it", () =>
    scenario(
      Effect.gen(function* () {
        const to = fake("a", atOnce)
        yield* following(to)
        yield* act(maintenance("m", 0, 4))
        yield* window(1, opened("a"))
        yield* pass(3)
        // Records run ahead of what their windows decided.
        yield* window(4)
        yield* pass(1)
        yield* window(4, closed("a"))
        yield* pass(5)
        assert.deepStrictEqual(to.heard, [])
      })
    )
  )

  it.effect("that is lifted holds no longer, nor does one that was lifted while the notifier was away", () =>
    scenario(
      Effect.gen(function* () {
        const to = fake("a", atOnce)
        const first = yield* following(to)
        yield* act(silence("s", "a", 0, 90))
        yield* act(silence("t", "b", 0, 90))
        yield* window(1, opened("a"), opened("b"))
        yield* pass(3)
        yield* act(lift("l", "s", 1))
        yield* pass(3)
        assert.deepStrictEqual(to.heard, [["a opened"]])
        yield* Fiber.interrupt(first)
        yield* act(lift("m", "t", 1))
        yield* following(to)
        yield* pass(3)
        assert.deepStrictEqual(to.heard.slice(1), [["b opened"]])
      })
    )
  )
})

describe("an acknowledgement", () => {
  it.effect("is told once, with who it was; then the end alone", () =>
    scenario(
      Effect.gen(function* () {
        const to = fake("a", atOnce)
        const first = yield* following(to)
        yield* window(0, opened("a"))
        yield* pass(3)
        yield* act(acknowledgement("x", "a"))
        yield* pass(3)
        yield* Fiber.interrupt(first)
        yield* window(1, grew("a", { severity: "HIGH" }))
        yield* following(to)
        yield* pass(3)
        yield* window(2, closed("a", { severity: "HIGH" }))
        yield* pass(3)
        assert.deepStrictEqual(to.heard, [["a opened"], ["a acknowledged"], ["a closed"]])
        assert.deepStrictEqual(
          to.batches.map(({ changes }) => changes[0]!.acknowledged?.by),
          [undefined, "anna", "anna"]
        )
      })
    )
  )

  it.effect(
    "does not keep an incident from being told, and changes what Alertmanager hears again, not its severity",
    () =>
      scenario(
        Effect.gen(function* () {
          const open: Array<ReadonlyArray<string>> = []
          const to = {
            ...fake("a", atOnce),
            refresh: {
              everyMs: 60_000,
              tell: (changes: ReadonlyArray<Change>) =>
                Effect.sync(() => {
                  open.push(
                    changes.map(
                      ({ acknowledged, event, severity }) => `${event.cause.key} ${severity} ${acknowledged?.by}`
                    )
                  )
                })
            }
          }
          yield* window(0, opened("a"), opened("scan", { severity: "LOW" }))
          yield* act(acknowledgement("x", "a"))
          yield* following(to)
          yield* pass(3)
          yield* window(1, grew("a", { severity: "HIGH" }))
          yield* pass(61)
          assert.deepStrictEqual(to.heard, [["a opened"]])
          assert.deepStrictEqual(open.at(-1), ["/a MEDIUM anna"])
        })
      )
  )
})

describe("a new receiver", () => {
  it.effect("hears first of what is open and not silenced, in one message, whatever its digest", () =>
    scenario(
      Effect.gen(function* () {
        yield* window(0, opened("a"), opened("b"), opened("quiet"), opened("scan", { severity: "LOW" }))
        yield* window(1, closed("b"))
        yield* act(silence("s", "quiet", 0, 90))
        const to = fake("a", { digestMs: 600_000, limit: undefined })
        to.behave("hangs")
        const first = yield* following(to)
        yield* pass(2)
        yield* window(2, opened("later"))
        yield* Fiber.interrupt(first)
        to.behave("takes")
        yield* following(to)
        yield* pass(3)
        assert.deepStrictEqual(to.heard, [["a opened"]])
        assert.strictEqual((yield* position(to)).open?.length, 4)
      })
    )
  )
})
