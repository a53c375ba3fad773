import { assert, describe, it } from "@effect/vitest"
import { failed, reasonOf, toUserFailure } from "../src/failure.ts"

describe("toUserFailure", () => {
  it("leaves a failure that is a sentence already", () => {
    const failure = failed("The disk is full. Make room.")
    assert.strictEqual(toUserFailure(failure), failure)
  })

  it("says of a server that does not answer what failed, why, and what to look at", () => {
    const { message, exitCode } = toUserFailure({
      _tag: "Unavailable",
      what: "the connection to nats://127.0.0.1:4222",
      why: "connection refused"
    })
    assert.match(message, /^The connection to nats:\/\/127\.0\.0\.1:4222 failed: connection refused\. .*NATS_URL/)
    assert.strictEqual(exitCode, 1)
  })

  it("hands on the remedy of what the server refused", () => {
    const { message } = toUserFailure({
      _tag: "Refused",
      what: "the stream LOGS",
      why: "the disk is full",
      remedy: "Make room"
    })
    assert.strictEqual(message, "The stream LOGS was refused: the disk is full. Make room.")
  })

  it("says of an outdated write that somebody else writes", () => {
    assert.match(
      toUserFailure({ _tag: "Outdated", stream: "ALERTS", expectedSeq: 4 }).message,
      /^Another process writes to ALERTS/
    )
  })

  it("shows of any other error its first line and no stack", () => {
    const { message } = toUserFailure(new Error("it broke\n    at somewhere (file.ts:1:1)"))
    assert.strictEqual(message, "it broke.")
  })
})

describe("reasonOf", () => {
  it.each([
    ["ENOENT", "it does not exist"],
    ["EISDIR", "it is a directory"],
    ["EADDRINUSE", "the port is in use"],
    ["ENOSPC", "the disk is full"]
  ])("puts %s into words", (code, words) => {
    assert.strictEqual(reasonOf(Object.assign(new Error("x"), { code })), words)
  })
})
