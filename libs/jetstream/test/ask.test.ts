import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { askAgain } from "../src/connection/ask.ts"
import type { Link } from "../src/connection/link.ts"

const connected = { connected: true, listen: () => () => {} } as unknown as Link

const never = () => new Promise<string>(() => {})

it.effect("a question for a state that the server dropped is put again, once a second and five times in all", () =>
  Effect.gen(function* () {
    let asked = 0
    const answer = () => (++asked === 5 ? Promise.resolve("here") : never())
    const asking = yield* Effect.forkChild(askAgain(connected, "the state", answer))
    yield* TestClock.adjust(3_999)
    assert.strictEqual(asked, 4)
    yield* TestClock.adjust(1)
    assert.strictEqual(yield* Fiber.join(asking), "here")
    yield* TestClock.adjust(60_000)
    assert.strictEqual(asked, 5)
  })
)

it.effect("a question that is answered, well or not, is put once", () =>
  Effect.gen(function* () {
    let asked = 0
    const counted = (answer: Promise<string>) => () => {
      asked++
      return answer
    }
    assert.strictEqual(yield* askAgain(connected, "the state", counted(Promise.resolve("here"))), "here")
    yield* Effect.flip(askAgain(connected, "the state", counted(Promise.reject(new Error("no")))))
    yield* TestClock.adjust(60_000)
    assert.strictEqual(asked, 2)
  })
)
