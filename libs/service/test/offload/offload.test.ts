import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { OffloadFailed, offload, type Where } from "../../src/offload/offload.ts"
import { Words } from "./words.ts"

const open = (where: Where) =>
  offload({ start: (first: string) => new Words(first), name: "words", source: import.meta.url }, where).open("once")

describe.each(["inline", "thread"] as const)("a task (%s)", (where) => {
  it.live("answers what it is asked, in order, with several requests under way", () =>
    Effect.gen(function* () {
      const words = yield* open(where)
      const [upon, , a] = [
        yield* words.begin("say", "upon"),
        yield* words.begin("forget", undefined),
        yield* words.begin("say", "a")
      ]
      expect(yield* upon).toBe("once upon")
      expect(yield* a).toBe(" a")
      expect(yield* words.ask("say", "time")).toBe(" a time")
    }).pipe(Effect.scoped)
  )

  it.live("is another one each time it is opened", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* open(where), yield* open(where)]
      yield* one.ask("say", "upon")
      expect(yield* other.ask("say", "more")).toBe("once more")
    }).pipe(Effect.scoped)
  )

  it.live("gets memory and gives memory", () =>
    Effect.gen(function* () {
      const words = yield* open(where)
      const bytes = Uint8Array.of(1, 2, 3)
      expect(yield* words.ask("sum", bytes, [bytes.buffer])).toBe(6)
      expect([...(yield* words.ask("take", 3))]).toEqual([0, 1, 2])
    }).pipe(Effect.scoped)
  )
})

describe("a task in a thread", () => {
  it.live("takes the memory that is handed over, and copies what is not", () =>
    Effect.gen(function* () {
      const words = yield* open("thread")
      const [handed, copied] = [Uint8Array.of(1, 2), Uint8Array.of(3, 4)]
      yield* words.ask("sum", handed, [handed.buffer])
      yield* words.ask("sum", copied)
      expect([handed.length, copied.length]).toEqual([0, 2])
    }).pipe(Effect.scoped)
  )

  it.live("leaves this one free while it works", () =>
    Effect.gen(function* () {
      const words = yield* open("thread")
      const working = yield* words.begin("work", 300)
      let ticks = 0
      const timer = setInterval(() => ticks++, 10)
      yield* working
      clearInterval(timer)
      expect(ticks).toBeGreaterThan(3)
    }).pipe(Effect.scoped)
  )

  it.live("that throws fails what is under way and what comes after, with its words", () =>
    Effect.gen(function* () {
      const words = yield* open("thread")
      const [failing, behind] = [yield* words.begin("fail", "no paper left"), yield* words.begin("say", "upon")]
      const failed = new OffloadFailed({ what: "words", why: "no paper left" })
      expect(yield* Effect.flip(failing)).toMatchObject({ _tag: failed._tag, what: failed.what, why: failed.why })
      expect(yield* Effect.flip(behind)).toMatchObject({ why: failed.why })
      expect(yield* Effect.flip(words.ask("say", "more"))).toMatchObject({ why: failed.why })
    }).pipe(Effect.scoped)
  )

  it.live("ends with its scope", () =>
    Effect.gen(function* () {
      const words = yield* Effect.scoped(open("thread"))
      expect(yield* Effect.flip(words.ask("say", "upon"))).toMatchObject({
        why: expect.stringContaining("its thread ended")
      })
    })
  )
})
