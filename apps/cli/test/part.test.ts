import { until } from "@chaussettes/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { supervise } from "../src/start/part.ts"

describe("a part whose log cannot be written", () => {
  it("goes on, and it is said once", async () => {
    const said: Array<string> = []
    const spec = {
      name: "part",
      command: "sh",
      args: ["-c", "for i in 1 2 3 4 5; do echo line $i; sleep 0.05; done; sleep 60"],
      env: process.env,
      logFile: "/dev/full",
      show: (line: string) => line,
      endMs: 1_000,
      wrongUsageCode: 2
    }
    await Effect.gen(function* () {
      const part = yield* supervise(
        spec,
        (text) => void said.push(text),
        () => Effect.void
      )
      yield* Effect.promise(() => until("all lines", () => said.includes("part: line 5")))
      assert.strictEqual(part.restarts(), 0)
    }).pipe(Effect.scoped, Effect.runPromise)
    assert.deepStrictEqual(
      said.filter((text) => !text.startsWith("part: line")),
      ["Cannot write /dev/full any more: the disk is full."]
    )
  })
})
