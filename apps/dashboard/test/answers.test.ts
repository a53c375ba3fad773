import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { HttpServerRequest } from "effect/http"
import { Answers } from "../src/http/answers.ts"

const asked = (path: string) =>
  Effect.provideService(
    HttpServerRequest.HttpServerRequest,
    HttpServerRequest.fromWeb(new Request(`http://localhost${path}`))
  )

/** A question that is answered when the test says so, and counts how often it was asked. */
const counted = Effect.gen(function* () {
  const answered = yield* Deferred.make<string, string>()
  const count = { asked: 0 }
  let position = "1.0"
  const { shared } = new Answers(() => position, yield* Effect.scope)
  const ask = shared(
    Effect.suspend(() => {
      count.asked++
      return Deferred.await(answered)
    })
  )
  return { ask, answered, count, somethingNew: () => (position += "1") }
})

describe("Answers", () => {
  it.effect("ask once what many ask at the same time, also when the first of them leaves", () =>
    Effect.gen(function* () {
      const { ask, answered, count } = yield* counted
      const first = yield* Effect.forkChild(ask.pipe(asked("/top?from=0&to=1")))
      yield* Effect.yieldNow
      const others = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 50 }, () => ask.pipe(asked("/top?from=0&to=1"))),
          { concurrency: "unbounded" }
        )
      )
      yield* Effect.yieldNow
      yield* Fiber.interrupt(first)
      yield* Deferred.succeed(answered, "so it is")
      assert.deepStrictEqual(yield* Fiber.join(others), Array(50).fill("so it is"))
      assert.strictEqual(count.asked, 1)
    })
  )

  it.effect("ask anew for another question, and once something new has come", () =>
    Effect.gen(function* () {
      const { ask, answered, count, somethingNew } = yield* counted
      yield* Deferred.succeed(answered, "so it is")
      yield* ask.pipe(asked("/top?from=0&to=1"))
      yield* ask.pipe(asked("/top?from=0&to=2"))
      assert.strictEqual(count.asked, 2)
      somethingNew()
      yield* ask.pipe(asked("/top?from=0&to=1"))
      assert.strictEqual(count.asked, 3)
    })
  )

  it.effect("do not remember a failure", () =>
    Effect.gen(function* () {
      const { ask, answered, count } = yield* counted
      yield* Deferred.fail(answered, "the server is away")
      assert.isTrue(Exit.isFailure(yield* Effect.exit(ask.pipe(asked("/top")))))
      yield* Effect.exit(ask.pipe(asked("/top")))
      assert.strictEqual(count.asked, 2)
    })
  )
})
