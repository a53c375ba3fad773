import { type LogsMessage, type LogsWriter, Refused, type StoreError } from "@chaussettes/jetstream"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Intake } from "../../src/receive/intake.ts"
import { receiveLimits } from "../../src/receive/limits.ts"

const bytes = (text: string) => Buffer.from(text)
const textOf = ({ payload }: LogsMessage) => Buffer.from(payload).toString()
const idOf = ({ headers }: LogsMessage) => headers?.["Nats-Msg-Id"]
const refusal = new Refused({ what: "LOGS", why: "it is full", remedy: "Make room." })

/** Writers that take messages; `refuse` says of which writer, by its number, the messages are never acknowledged but refused. */
const lab = (refuse: (writer: number) => boolean = () => false) => {
  const taken: Array<{ readonly writer: number; readonly message: LogsMessage }> = []
  const said: Array<string | undefined> = []
  let writers = 0
  const intake = new Intake("web", [])
  const next = Effect.sync((): LogsWriter["Service"] => {
    const writer = writers++
    return {
      publish: (_, message) => Effect.sync(() => void taken.push({ writer, message })),
      flush: Effect.suspend(() => (refuse(writer) ? Effect.fail(refusal) : Effect.succeed(taken.length)))
    }
  })
  const run = intake.run(next, {
    sent: () => Effect.void,
    waiting: (why: StoreError | undefined) => Effect.sync(() => void said.push(why?._tag))
  })
  return { intake, taken, said, run }
}

describe("what is taken from senders", () => {
  it.effect(
    "goes together into messages, JSON apart from lines, and each sender hears when its own lines are stored",
    () =>
      Effect.gen(function* () {
        const { intake, taken, run } = lab()
        yield* Effect.forkScoped(run)
        const heard: Array<string> = []
        intake.offer([bytes("a"), bytes(""), bytes("b")], () => heard.push("first"))
        intake.offer([bytes("c"), bytes("{1}")], () => heard.push("second"))
        yield* TestClock.adjust(receiveLimits.gatherMs)
        assert.deepEqual(
          taken.map(({ message }) => textOf(message)),
          ["a\nb\nc"]
        )
        assert.deepEqual(heard, ["first"])
        yield* TestClock.adjust(receiveLimits.gatherMs)
        assert.deepEqual(textOf(taken[1]!.message), "{1}")
        assert.deepEqual(heard, ["first", "second"])
        assert.isTrue(intake.isEmpty)
      })
  )

  it.effect("is kept where it is refused, and sent again with the same identity by the next writer", () =>
    Effect.gen(function* () {
      const { intake, taken, said, run } = lab((writer) => writer < 2)
      yield* Effect.forkScoped(run)
      let isStored = false
      intake.offer([bytes("a")], () => {
        isStored = true
      })
      yield* TestClock.adjust(receiveLimits.gatherMs)
      assert.isFalse(isStored)
      yield* TestClock.adjust(2 * receiveLimits.retryMs)
      assert.isTrue(isStored)
      assert.deepEqual(
        taken.map(({ writer }) => writer),
        [0, 1, 2]
      )
      assert.strictEqual(new Set(taken.map(({ message }) => idOf(message))).size, 1)
      assert.deepEqual(said, ["Refused", "Refused", undefined])
    })
  )

  it.effect("leaves no room beyond its limit, however short the lines are, and room again when it is stored", () =>
    Effect.gen(function* () {
      const { intake, run } = lab()
      const most = Math.ceil(receiveLimits.mostBytesHeld / receiveLimits.bytesALineHeld)
      intake.offer(Array.from({ length: most }, () => bytes("x")))
      assert.isFalse(intake.hasRoom)
      let hasRoom = false
      void intake.room().then(() => {
        hasRoom = true
      })
      yield* Effect.forkScoped(run)
      yield* TestClock.adjust("10 seconds")
      yield* Effect.promise(() => Promise.resolve())
      assert.isTrue(hasRoom)
      assert.isTrue(intake.isEmpty)
    })
  )

  it.effect("is not sent any more where its sender has given up before it went into a message", () =>
    Effect.gen(function* () {
      const { intake, taken, run } = lab()
      const gone = () => assert.fail("nobody waits for it")
      intake.offer([bytes("a")], gone)
      intake.offer([bytes("b")])
      intake.withdraw(gone)
      yield* Effect.forkScoped(run)
      yield* TestClock.adjust(receiveLimits.gatherMs)
      assert.deepEqual(
        taken.map(({ message }) => textOf(message)),
        ["b"]
      )
      assert.isTrue(intake.isEmpty)
    })
  )
})
