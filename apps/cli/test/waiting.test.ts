import { Connection } from "@chaussettes/jetstream"
import { startServer } from "@chaussettes/jetstream/testing"
import { chaussettes, type Program, startChaussettes, until } from "@chaussettes/testing"
import { assert, describe, it, onTestFinished } from "@effect/vitest"
import { Effect } from "effect"

const beginning = (args: ReadonlyArray<string>): Program => {
  const program = startChaussettes(args, { env: { LOG_FORMAT: "json" }, input: "open" })
  onTestFinished(() => void program.child.kill("SIGKILL"))
  return program
}

const says = (program: Program, words: RegExp) =>
  until(`it says ${words}`, () => (words.test(program.stderr()) ? true : undefined), {
    seen: program.output,
    limitMs: 60_000
  })

const isReady = (program: Program) =>
  until(
    "it is ready",
    async () => {
      const url = /(?:Health and metrics|The page is) on (http:\/\/[\d.]+:\d+)/.exec(program.stderr())?.[1]
      return url !== undefined && (await fetch(`${url}/readyz`)).ok ? true : undefined
    },
    { seen: program.output, limitMs: 60_000 }
  )

const http = ["--http-port", "0"]

describe("a part that is started before its server", () => {
  it.each([
    ["detect", http],
    ["thresholds", [...http, "--every", "1h"]],
    ["dashboard", ["--port", "0"]],
    ["notify", [...http, "--webhook", "http://127.0.0.1:1/"]],
    ["generate", [...http, "--output", "nats"]],
    ["replay", [...http, "-"]]
  ] as ReadonlyArray<[string, ReadonlyArray<string>]>)(
    "waits for it, says so, and begins when it is there: %s",
    async (command, args) => {
      const server = await startServer()
      onTestFinished(() => server.stop())
      assert.strictEqual((await chaussettes(["init", "--server", server.url])).code, 0)
      const { url } = server
      await server.shutdown()
      const part = beginning([command, "--server", url, ...args])
      await says(part, /Waiting for the connection to nats:[^"]*: connection refused\. Trying again until it answers/)
      await server.restart()
      await isReady(part)
    },
    90_000
  )

  it("ends at once on Ctrl-C while it waits", async () => {
    const part = beginning(["detect", "--server", "nats://127.0.0.1:1"])
    await says(part, /Waiting for the connection/)
    part.child.kill("SIGINT")
    assert.strictEqual(await part.ended, 0)
  })
})

/** What `nats stream edit LOGS --max-msgs=10` does. */
const limitMessages = (url: string) =>
  Connection.use(({ jsm }) =>
    Effect.promise(async () => {
      const { config } = await jsm.streams.info("LOGS")
      await jsm.streams.update("LOGS", { ...config, max_msgs: 10 })
    })
  ).pipe(Effect.provide(Connection.layer({ servers: [url] })), Effect.runPromise)

describe("a stream that would lose what it holds", () => {
  it.each([
    ["detect", []],
    ["thresholds", ["--every", "1h"]],
    ["generate", ["--output", "nats"]],
    ["replay", ["-"]]
  ] as ReadonlyArray<[string, ReadonlyArray<string>]>)("ends a part at its start: %s", async (command, args) => {
    const server = await startServer()
    onTestFinished(() => server.stop())
    assert.strictEqual((await chaussettes(["init", "--server", server.url])).code, 0)
    await limitMessages(server.url)
    const ended = await chaussettes([command, "--server", server.url, ...args])
    assert.strictEqual(ended.code, 1)
    assert.match(
      ended.stderr,
      /^The stream LOGS was refused: it would lose stored messages: max_msgs is 10 \(.*\)\. Correct it with `nats stream edit LOGS --max-msgs=-1`\.$/m
    )
  })
})
