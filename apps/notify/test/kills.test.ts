import { type Act, Acts, parseRfc3339 } from "@chaussettes/domain"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { batchKey } from "../src/batch.ts"
import { idempotencyKey } from "../src/change.ts"
import { atOnce, type Policy } from "../src/outbox.ts"
import { Teller } from "../src/teller.ts"
import {
  acknowledgement,
  changed,
  closed,
  endOf,
  grew,
  type Happened,
  idOf,
  lift,
  opened,
  silence,
  storedIn
} from "./support/events.ts"
import { act, fake, following, memoryPorts, pass, window } from "./support/memory.ts"

const minuteMs = 60_000
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

interface Window {
  readonly n: number
  readonly happened: ReadonlyArray<Happened>
  /** Said before the next window is decided. */
  readonly acts: ReadonlyArray<Act>
}

/** Three URLs whose incidents open, grow, change their cause and close, while somebody silences, acknowledges and takes back. */
const storyOf = (random: () => number, windows: number): ReadonlyArray<Window> => {
  const open = new Map<string, "LOW" | "MEDIUM" | "HIGH">()
  const lifted: Array<string> = []
  let opens = 0
  return Array.from({ length: windows }, (_, n) => {
    const happened: Array<Happened> = []
    for (const [name, severity] of open) {
      const draw = random()
      if (draw < 0.15) {
        open.delete(name)
        happened.push(closed(name, { severity }))
      } else if (draw < 0.3) {
        const next = random() < 0.5 ? "HIGH" : severity
        open.set(name, next)
        happened.push(grew(name, { severity: next, errors: n * 100 }))
      } else if (draw < 0.4) happened.push(changed(name, { severity, cause: { key: `/other-${n}` } }))
    }
    if (open.size < 3 && random() < 0.4) {
      const severity = random() < 0.2 ? "LOW" : "MEDIUM"
      const name = `i${opens++}`
      open.set(name, severity)
      happened.push(opened(name, { severity }))
    }
    const acts: Array<Act> = []
    for (const name of open.keys()) {
      const draw = random()
      if (draw < 0.06) acts.push(silence(`s${n}${name}`, name, n, n + 1 + Math.floor(random() * 6)))
      else if (draw < 0.12) acts.push(acknowledgement(`a${n}${name}`, name))
      else if (draw < 0.15 && lifted.length > 0) acts.push(lift(`l${n}${name}`, lifted.shift()!, n))
      for (const { id } of acts) if (!id.startsWith("l") && !lifted.includes(id)) lifted.push(id)
    }
    return { n, happened, acts }
  })
}

/** What a receiver hears whose notifier is never killed. */
const toldOf = (story: ReadonlyArray<Window>): ReadonlyArray<string> => {
  const acts = new Acts()
  const teller = new Teller("MEDIUM", (event) => {
    const { acknowledged, silenced } = acts.ofIncident(event)
    return { acknowledged, isSilenced: silenced !== undefined }
  })
  let seq = 0
  return story.flatMap(({ n, happened, acts: said }) => {
    const decidedMs = parseRfc3339(endOf(n))!
    const changes = happened.map((one) => teller.take(storedIn(++seq, n, one)))
    changes.push(...teller.look(decidedMs))
    for (const one of said) {
      acts.add(one)
      changes.push(...teller.look(decidedMs))
    }
    return changes.flatMap((change) => (change === undefined ? [] : [idempotencyKey(change)]))
  })
}

describe("a notifier that is killed at any moment", () => {
  const windows = 40

  it.effect.each(Array.from({ length: 24 }, (_, seed) => seed))(
    "loses no change, and tells none in two different messages (%i)",
    (seed) =>
      Effect.gen(function* () {
        const random = randomOf(seed)
        const story = storyOf(random, windows)
        const expected = toldOf(story)
        const to = fake("a", policies[seed % policies.length]!)
        let living = yield* following(to)
        yield* pass(1)
        for (const { n, happened, acts } of story) {
          yield* window(n, ...happened)
          to.behave(random() < 0.3 ? "takes and hangs" : random() < 0.1 ? "refuses" : "takes")
          // What its window decided, and the end of a silence with it, is known by then.
          yield* pass(4)
          if (random() < 0.4) {
            yield* Fiber.interrupt(living)
            to.behave("takes")
            living = yield* following(to)
            yield* pass(4)
          }
          to.behave("takes")
          if (acts.length > 0) {
            // One that hangs on a message hears of an act only later: what it makes of both is another story than the one that is expected.
            yield* Fiber.interrupt(living)
            living = yield* following(to)
            yield* pass(4)
          }
          for (const said of acts) {
            yield* act(said)
            yield* pass(1)
          }
          yield* pass(Math.ceil(random() * 10))
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
      }).pipe(Effect.scoped, Effect.provide(memoryPorts))
  )

  it.effect.each(Array.from({ length: 16 }, (_, seed) => 100 + seed))(
    "tells of each incident a beginning first, an end last, and nothing twice, whenever people act (%i)",
    (seed) =>
      Effect.gen(function* () {
        const random = randomOf(seed)
        const story = storyOf(random, windows)
        const to = fake("a", policies[seed % policies.length]!)
        let living = yield* following(to)
        /** Kills it at any moment, also in the middle of a message. */
        const maybe = Effect.gen(function* () {
          yield* TestClock.adjust(Math.floor(random() * 1_500))
          if (random() < 0.7) return
          yield* Fiber.interrupt(living)
          if (random() < 0.5) to.behave("takes")
          living = yield* following(to)
        })
        for (const { n, happened, acts } of story) {
          to.behave(random() < 0.3 ? "takes and hangs" : random() < 0.1 ? "refuses" : "takes")
          yield* window(n, ...happened)
          yield* maybe
          for (const said of acts) {
            yield* act(said)
            yield* maybe
          }
        }
        yield* Fiber.interrupt(living)
        to.behave("takes")
        yield* following(to)
        yield* pass(600)
        const messages = new Map(to.batches.map((batch) => [batchKey(batch), batch]))
        for (const batch of to.batches) assert.deepStrictEqual(batch, messages.get(batchKey(batch)))
        const changes = [...messages.values()].flatMap((batch) => batch.changes)
        const keys = changes.map((change) => idempotencyKey(change))
        assert.strictEqual(new Set(keys).size, keys.length)
        const happened = story.flatMap((one) => one.happened)
        for (const name of new Set(happened.map((one) => one.name))) {
          const told = changes.filter(({ event }) => event.id === idOf(name)).map(({ state }) => state)
          const own = happened.filter((one) => one.name === name)
          const isOver = own.at(-1)!.type === "closed"
          const isSilenced = story.some(({ acts }) =>
            acts.some(({ incident, type }) => incident === idOf(name) && type === "silence")
          )
          if (told.length > 0) {
            assert.strictEqual(told.indexOf("opened"), 0)
            assert.strictEqual(told.lastIndexOf("opened"), 0)
            assert.strictEqual(told.indexOf("closed"), isOver ? told.length - 1 : -1)
          } else assert.isTrue(isSilenced || own.every(({ severity }) => severity === "LOW"))
        }
      }).pipe(Effect.scoped, Effect.provide(memoryPorts))
  )
})
