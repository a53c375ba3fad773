import { parseRfc3339 } from "@chaussettes/domain"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { batchKey, idempotencyKey } from "../src/batch.ts"
import { atOnce, type Policy } from "../src/outbox.ts"
import { Tracker } from "../src/tracker.ts"
import { fake, following, memoryPorts, pass, position, window } from "./support/memory.ts"
import { alertIn, endOf, type Failing } from "./support/world.ts"

/* What is held back is told later, once, whatever happens meanwhile. */

const minuteMs = 60_000
const digest: Policy = { digestMs: 5 * minuteMs, limit: undefined }
const hourly: Policy = { digestMs: 0, limit: { most: 2, spanMs: 60 * minuteMs } }

const ip = (key: string, errors = 40): Failing => ["ip", key, errors]
const scenario = <A, E, R>(effect: Effect.Effect<A, E, R>) => effect.pipe(Effect.scoped, Effect.provide(memoryPorts))

describe("a digest", () => {
  it.effect("is one message, five minutes after its first change, with all that happened", () =>
    scenario(
      Effect.gen(function* () {
        const to = fake("a", digest)
        yield* following(to)
        yield* pass(1)
        yield* window(0, ip("10.0.0.1"))
        yield* pass(100)
        yield* window(1, ip("10.0.0.1", 90), ip("10.0.0.2"))
        yield* pass(190)
        assert.deepStrictEqual(to.heard, [])
        yield* pass(15)
        assert.deepStrictEqual(to.heard, [["10.0.0.1 opened", "10.0.0.1 escalated", "10.0.0.2 opened"]])
        yield* window(2)
        yield* window(3)
        yield* window(4)
        yield* pass(305)
        assert.deepStrictEqual(to.heard[1], ["10.0.0.1 closed", "10.0.0.2 closed"])
        assert.deepStrictEqual(to.batches[1]!.counts, { opened: 0, escalated: 0, closed: 2 })
      })
    )
  )

  it.effect("is told on time by a notifier that was killed in the middle of it", () =>
    scenario(
      Effect.gen(function* () {
        const to = fake("a", digest)
        const first = yield* following(to)
        yield* pass(1)
        yield* window(0, ip("10.0.0.1"))
        yield* pass(200)
        assert.strictEqual((yield* position(to)).windows_seq, 0)
        yield* Fiber.interrupt(first)
        yield* window(1, ip("10.0.0.2"))
        yield* following(to)
        yield* pass(95)
        assert.deepStrictEqual(to.heard, [])
        yield* pass(6)
        assert.deepStrictEqual(to.heard, [["10.0.0.1 opened", "10.0.0.2 opened"]])
        assert.deepInclude(yield* position(to), { windows_seq: 2 })
        assert.notProperty(yield* position(to), "sealed_seq")
      })
    )
  )

  it.effect("is the same message again where the notifier died over it, whatever was decided meanwhile", () =>
    scenario(
      Effect.gen(function* () {
        const to = fake("a", digest)
        const first = yield* following(to)
        yield* pass(1)
        yield* window(0, ip("10.0.0.1"))
        yield* window(1, ip("10.0.0.2"))
        to.behave("takes and hangs")
        yield* pass(305)
        assert.strictEqual(to.heard.length, 1)
        assert.strictEqual((yield* position(to)).sealed_seq, 2)
        yield* Fiber.interrupt(first)
        yield* window(2, ip("10.0.0.3"))
        to.behave("takes")
        yield* following(to)
        yield* pass(5)
        assert.deepStrictEqual(to.batches[1], to.batches[0])
        yield* pass(305)
        assert.deepStrictEqual(to.heard.slice(2), [["10.0.0.3 opened"]])
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
        yield* window(0, ip("10.0.0.1"))
        yield* pass(400)
        yield* window(1, ip("10.0.0.2"))
        yield* pass(400)
        assert.deepStrictEqual(down.heard, [])
        assert.deepStrictEqual(up.heard, [["10.0.0.1 opened"], ["10.0.0.2 opened"]])
        down.behave("takes")
        yield* pass(80)
        assert.deepStrictEqual(down.heard, [["10.0.0.1 opened"]])
        yield* pass(305)
        assert.deepStrictEqual(down.heard, [["10.0.0.1 opened"], ["10.0.0.2 opened"]])
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
          yield* window(n, ip(`10.0.0.${n}`))
          yield* pass(60)
        }
        assert.deepStrictEqual(to.heard, [["10.0.0.0 opened"], ["10.0.0.1 opened"]])
        yield* pass(3_600 - 6 * 60 - 2)
        assert.strictEqual(to.heard.length, 2)
        yield* pass(5)
        assert.strictEqual(to.heard.length, 3)
        const last = to.batches[2]!
        assert.deepStrictEqual(last.counts, { opened: 4, escalated: 0, closed: 3 })
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
        yield* window(0, ip("10.0.0.0"))
        yield* pass(1)
        yield* window(1, ip("10.0.0.1"))
        yield* pass(1)
        yield* window(2, ip("10.0.0.2"))
        yield* pass(1)
        yield* Fiber.interrupt(first)
        yield* following(to)
        yield* pass(3_590)
        assert.strictEqual(to.heard.length, 2)
        yield* pass(15)
        assert.deepStrictEqual(to.heard[2], ["10.0.0.2 opened"])
      })
    )
  )

  it.effect("that is taken away tells at once what it held back", () =>
    scenario(
      Effect.gen(function* () {
        const first = yield* following(fake("a", { digestMs: 86_400_000, limit: undefined }))
        yield* pass(1)
        yield* window(0, ip("10.0.0.0"))
        yield* window(1, ip("10.0.0.1"))
        yield* pass(5)
        yield* Fiber.interrupt(first)
        const to = fake("a", atOnce)
        yield* following(to)
        yield* pass(5)
        assert.deepStrictEqual(to.heard.flat(), ["10.0.0.0 opened", "10.0.0.1 opened"])
      })
    )
  )
})

describe("a notifier that is killed at any moment", () => {
  const policies: ReadonlyArray<Policy> = [
    atOnce,
    { digestMs: 20_000, limit: undefined },
    { digestMs: 0, limit: { most: 2, spanMs: minuteMs } },
    { digestMs: 20_000, limit: { most: 1, spanMs: minuteMs } }
  ]

  /** mulberry32: the same numbers for the same seed. */
  const randomOf = (seed: number) => {
    let state = seed
    return () => {
      state = (state + 0x6d2b79f5) | 0
      let t = Math.imul(state ^ (state >>> 15), 1 | state)
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
      return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
    }
  }

  const windows = 40

  it.effect.each(Array.from({ length: 40 }, (_, seed) => seed))(
    "loses no change, and tells none in two different messages (%i)",
    (seed) =>
      scenario(
        Effect.gen(function* () {
          const random = randomOf(seed)
          const to = fake("a", policies[seed % policies.length]!)
          let living = yield* following(to)
          yield* pass(1)
          const reference = new Tracker({ quiet: 3, mostTold: 1_000 })
          reference.settle(Number.NEGATIVE_INFINITY, undefined)
          const expected: Array<string> = []
          for (let n = 0; n < windows; n++) {
            const failing = ["a", "b", "c"]
              .filter(() => random() < 0.25)
              .map((key) => ip(key, random() < 0.3 ? 90 : 40))
            const alerts = failing.map((one, i) => ({ seq: n * 10 + i + 1, alert: alertIn(n, one) }))
            const changes = reference.window(parseRfc3339(endOf(n))!, alerts)
            expected.push(...changes.map((change) => idempotencyKey(change)))
            yield* window(n, ...failing)
            to.behave(random() < 0.3 ? "takes and hangs" : random() < 0.1 ? "refuses" : "takes")
            yield* pass(Math.ceil(random() * 15))
            if (random() > 0.4) continue
            yield* Fiber.interrupt(living)
            to.behave("takes")
            living = yield* following(to)
            yield* pass(Math.floor(random() * 3))
          }
          yield* Fiber.interrupt(living)
          to.behave("takes")
          yield* following(to)
          yield* pass(600)
          assert.isAbove(expected.length, 10)
          const messages = new Map(to.batches.map((batch) => [batchKey(batch), batch]))
          const told = [...messages.values()].flatMap(({ changes }) => changes.map((change) => idempotencyKey(change)))
          assert.deepStrictEqual(told, expected)
          for (const batch of to.batches) assert.deepStrictEqual(batch, messages.get(batchKey(batch)))
        })
      )
  )
})
