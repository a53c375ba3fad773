import { Writable } from "node:stream"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { consoleOutput } from "../../src/generate/output.ts"

/** A console whose writes fail, as the system says it. */
const failing = (code: string) => {
  const stream = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`write ${code}`), { code }))
  })
  // The program's shell listens, too.
  return stream.on("error", () => {})
}

describe("consoleOutput", () => {
  it.effect("writes lines with an LF behind each", () =>
    Effect.gen(function* () {
      const written: Array<string> = []
      const stream = new Writable({
        write: (chunk, _encoding, done) => {
          written.push(String(chunk))
          done()
        }
      })
      yield* consoleOutput(stream).write(Buffer.from("a\nb"))
      assert.deepStrictEqual(written, ["a\nb\n"])
    })
  )

  it.effect("fails with the reason where the lines cannot be written, and does not take it for an end", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(consoleOutput(failing("ENOSPC")).write(Buffer.from("a")))
      assert.strictEqual(
        (failure as Error).message,
        "Cannot write to standard output: the disk is full. Make room there, or send it elsewhere."
      )
    })
  )

  it.effect("waits for its end where the reader is gone, also in the writes behind the first", () =>
    Effect.gen(function* () {
      const output = consoleOutput(failing("EPIPE"))
      for (let i = 0; i < 2; i++) {
        const fiber = yield* Effect.forkChild(output.write(Buffer.from("a")))
        yield* TestClock.adjust("1 minute")
        assert.isUndefined(fiber.pollUnsafe())
        yield* Fiber.interrupt(fiber)
      }
    })
  )
})
