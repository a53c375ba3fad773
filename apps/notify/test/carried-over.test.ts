import { type Alert, alertId, alertOf, alertSubject, type Dimension, parseRfc3339 } from "@chaussettes/domain"
import { AlertsLog, NotifyPositions } from "@chaussettes/jetstream"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { atOnce } from "../src/outbox.ts"
import { closed, endOf, grew, opened } from "./support/events.ts"
import { fake, following, memoryPorts, pass, position, window } from "./support/memory.ts"

/* A receiver that an earlier version told of groups of alerts, with the position that it left. */

const encoder = new TextEncoder()
const firstMs = parseRfc3339("2026-01-05T10:00:00Z")!

const alertFor = (dimension: Dimension, key: string): Alert =>
  alertOf({
    dimension,
    key: encoder.encode(key),
    startMs: firstMs,
    windowMs: 10_000,
    total: 100,
    errors: 60,
    threshold: 0.1,
    revision: 1,
    lines: { first_seq: 1, last_seq: 1 },
    language: "en"
  })

const raised = (...alerts: ReadonlyArray<Alert>) =>
  Effect.gen(function* () {
    const log = yield* AlertsLog
    const entries = alerts.map((alert) => ({ subject: alertSubject(alert), data: JSON.stringify(alert), epoch: 1 }))
    yield* log.append(entries, 0)
  })

/** As it was written: told up to the window `n`. */
const left = (key: string, n: number, told: ReadonlyArray<string>, more: object = {}) =>
  Effect.flatMap(NotifyPositions, ({ write }) =>
    write(
      key,
      JSON.stringify({
        schema: "chaussettes.notify.v1",
        windows_seq: n + 1,
        decided: endOf(n),
        alerts_seq: 2,
        resume_seq: 1,
        told,
        ...more
      })
    )
  )

const idFor = (dimension: Dimension, key: string) => alertId(dimension, firstMs, 10_000, encoder.encode(key))
const told = [idFor("url", "/known"), idFor("ip", "192.0.2.1")]

const scenario = <A, E, R>(effect: Effect.Effect<A, E, R>) => effect.pipe(Effect.scoped, Effect.provide(memoryPorts))

describe("a position of an earlier version", () => {
  it.effect("goes on: what was told as open is told its end, what was not is told, and nothing is told twice", () =>
    scenario(
      Effect.gen(function* () {
        yield* raised(alertFor("url", "/known"), alertFor("ip", "192.0.2.1"))
        yield* window(0, opened("known"), opened("unknown"), opened("over"))
        yield* window(1, closed("over"))
        // Told up to here, by groups; then the new version is installed.
        yield* window(2, grew("known", { severity: "HIGH" }), opened("since"))
        const to = fake("a", atOnce)
        yield* left(to.key, 1, told)
        const first = yield* following(to)
        yield* pass(5)
        assert.deepStrictEqual(to.heard, [
          // No incident goes on with the group of this client.
          ["192.0.2.1 closed"],
          ["known grew", "since opened"],
          ["unknown opened"]
        ])
        assert.strictEqual(to.batches[0]!.changes[0]!.event.id, told[1])
        assert.strictEqual((yield* position(to)).schema, "chaussettes.notify.v2")
        yield* Fiber.interrupt(first)
        yield* following(to)
        yield* window(3, closed("known", { severity: "HIGH" }))
        yield* pass(5)
        assert.deepStrictEqual(to.heard.slice(3), [["known closed"]])
      })
    )
  )

  it.effect("is read again where the first message from it may not have arrived, and gives the same message", () =>
    scenario(
      Effect.gen(function* () {
        yield* raised(alertFor("url", "/known"), alertFor("ip", "192.0.2.1"))
        yield* window(0)
        const to = fake("a", { digestMs: 0, limit: { most: 1, spanMs: 60_000 } })
        yield* left(to.key, 0, told, { sent: [5], waiting_since: 7 })
        to.behave("takes and hangs")
        const first = yield* following(to)
        yield* pass(5)
        yield* Fiber.interrupt(first)
        to.behave("takes")
        yield* window(1, opened("later"))
        yield* following(to)
        yield* pass(5)
        assert.strictEqual(to.batches.length, 2)
        assert.deepStrictEqual(to.batches[1], to.batches[0])
        // It counts for the limit, as any message does.
        yield* pass(50)
        assert.strictEqual(to.batches.length, 2)
        yield* pass(10)
        assert.deepStrictEqual(to.heard.slice(2), [["later opened"]])
      })
    )
  )

  it.effect("of a receiver that had yet to hear anything is that of a new one", () =>
    scenario(
      Effect.gen(function* () {
        yield* window(0, opened("a"), opened("b"))
        yield* window(1, closed("b"))
        const to = fake("a", atOnce)
        yield* left(to.key, 1, told, { unheard: true })
        yield* following(to)
        yield* pass(3)
        assert.deepStrictEqual(to.heard, [["a opened"]])
      })
    )
  )

  it.effect("from before the first window loses nothing", () =>
    scenario(
      Effect.gen(function* () {
        const to = fake("a", atOnce)
        yield* left(to.key, 0, [], { windows_seq: 0, decided: "", alerts_seq: 0, resume_seq: 1 })
        yield* window(0, opened("a"))
        yield* window(1, closed("a"))
        yield* following(to)
        yield* pass(3)
        assert.deepStrictEqual(to.heard, [["a opened"], ["a closed"]])
      })
    )
  )
})
