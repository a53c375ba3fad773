import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { until } from "@chaussettes/testing"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { LogFile } from "../src/start/log-file.ts"
import { supervise } from "../src/start/part.ts"

const folder = mkdtempSync(join(tmpdir(), "chaussettes-log-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the log of a part", () => {
  it("goes over to a new file while it is written, and keeps one before", async () => {
    const path = join(folder, "part.log")
    const log = new LogFile(path, (text) => assert.fail(text), { mostBytes: 10_000 })
    for (let i = 0; i < 2_000; i++) {
      log.write(`line ${i} ${"x".repeat(50)}`)
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await log.end()
    assert.deepStrictEqual(readdirSync(folder).sort(), ["part.log", "part.log.1"])
    for (const file of ["part.log", "part.log.1"]) assert.isBelow(statSync(join(folder, file)).size, 11_000, file)
    const last = readFileSync(path, "utf8") || readFileSync(`${path}.1`, "utf8")
    assert.match(last, /line 1999 x+\n$/)
  })

  it("has all of a flood, of which the terminal shows some and how many more there were", async () => {
    const said: Array<string> = []
    const spec = {
      name: "part",
      command: "sh",
      args: ["-c", "seq 1 5000; sleep 1.2; echo last; exec sleep 60"],
      env: process.env,
      logFile: join(folder, "flood.log"),
      show: (line: string) => line,
      endMs: 1_000,
      wrongUsageCode: 2
    }
    await Effect.gen(function* () {
      yield* supervise(
        spec,
        (text) => void said.push(text),
        () => Effect.void
      )
      yield* Effect.promise(() => until("the last line", () => said.includes("part: last")))
    }).pipe(Effect.scoped, Effect.runPromise)
    assert.isBelow(said.length, 100)
    assert.isTrue(
      said.some((text) => /^part: \d+ more lines/.test(text)),
      said.join("\n")
    )
    assert.match(readFileSync(spec.logFile, "utf8"), /\n5000\nlast\n/)
  })
})
