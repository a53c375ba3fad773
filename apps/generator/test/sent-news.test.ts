import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { afterEach, vi } from "vitest"
import { newsOf, tellSent } from "../src/sent-news.ts"

const none = { lines: 0, bytes: 0 }

describe("what a minute has brought", () => {
  it("is said with what is left and for how long", () => {
    const now = { lines: 12_345, bytes: 2_400_000 }
    assert.strictEqual(
      newsOf(none, now, { bytes: 0, ms: 0 }),
      "12.3 k lines, 2.40 MB sent in the last minute, none left to send."
    )
    assert.strictEqual(
      newsOf({ lines: 12_344, bytes: 2_399_900 }, now, { bytes: 5_000_000, ms: 90_000 }),
      "1 line, 100B sent in the last minute, 5.00 MB left to send, for 90 s."
    )
    assert.strictEqual(newsOf(none, now, undefined), "12.3 k lines, 2.40 MB sent in the last minute.")
  })

  it("is said where nothing was sent and something waits, and not where nothing does", () => {
    assert.strictEqual(
      newsOf(none, none, { bytes: 5_000_000, ms: 90_000 }),
      "Nothing sent in the last minute, 5.00 MB left to send, for 90 s."
    )
    assert.isUndefined(newsOf(none, none, { bytes: 0, ms: 0 }))
    assert.isUndefined(newsOf(none, none, { bytes: 100, ms: 20 }), "it is on its way")
    assert.isUndefined(newsOf(none, none, undefined))
  })
})

describe("telling what is sent", () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  })

  const said = () => {
    const lines: Array<string> = []
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      lines.push(String(text))
      return true
    })
    return lines
  }

  it.effect("says so once a minute, and is silent while nothing comes", () =>
    Effect.gen(function* () {
      const lines = said()
      const sent = { lines: 0, bytes: 0 }
      yield* tellSent("Sending", sent)
      sent.lines = 3
      sent.bytes = 300
      yield* TestClock.adjust("59 seconds")
      assert.deepStrictEqual(lines, [])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(lines, ["3 lines, 300B sent in the last minute.\n"])
      yield* TestClock.adjust("10 minutes")
      sent.lines = 5
      sent.bytes = 500
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(lines.slice(1), ["2 lines, 200B sent in the last minute.\n"])
    }).pipe(Effect.scoped)
  )

  it.effect("leaves it to the page under `start`, and where it would be sent as a line itself", () =>
    Effect.gen(function* () {
      const lines = said()
      const sent = { lines: 3, bytes: 300 }
      yield* tellSent("Sending", sent, undefined, false)
      vi.stubEnv("CHAUSSETTES_SUPERVISED", "1")
      yield* tellSent("Sending", sent)
      yield* TestClock.adjust("3 minutes")
      assert.deepStrictEqual(lines, [])
    }).pipe(Effect.scoped)
  )
})
