import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { until } from "@chaussettes/testing"
import { assert, describe, it, onTestFinished } from "@effect/vitest"
import { Effect } from "effect"
import { LogFile } from "../src/start/log-file.ts"
import { supervise } from "../src/start/part.ts"

describe("a log that cannot be written", () => {
  it("is said once, and goes on when it can be", async () => {
    const folder = join(mkdtempSync(join(tmpdir(), "chaussettes-log-")), "logs")
    onTestFinished(() => rmSync(dirname(folder), { recursive: true }))
    const path = join(folder, "part.log")
    const said: Array<string> = []
    const log = new LogFile(path, (text) => void said.push(text), { retryMs: 0 })
    for (let i = 0; i < 3; i++) {
      log.write("lost")
      await until("it is said", () => said.length > 0)
    }
    mkdirSync(folder)
    await until("it goes on", () => {
      log.write("kept")
      return existsSync(path) && /kept/.test(readFileSync(path, "utf8"))
    })
    await log.end()
    assert.deepStrictEqual(said, [`Cannot write ${path} for now: it does not exist.`])
    assert.match(readFileSync(path, "utf8"), /kept\n$/)
  })
})

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
      ["Cannot write /dev/full for now: the disk is full."]
    )
  })
})
