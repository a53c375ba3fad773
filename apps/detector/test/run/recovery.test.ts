import { rfc3339, type WindowRecord } from "@chaussettes/domain"
import { windowsSubject } from "@chaussettes/jetstream"
import { MemoryServer, networkOf } from "@chaussettes/jetstream/memory"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { common, logTime } from "../../../../libs/domain/test/support/lines.ts"
import { storedWindows } from "../support/detector.ts"
import { memoryPorts, pass, send, start } from "./memory.ts"

const encoder = new TextEncoder()

/** LOGS as it may be after a power cut: it ends earlier than it did, and is the same LOGS. */
const cutLogs = (messages: number) =>
  Effect.map(MemoryServer, ({ stream }) => {
    const logs = stream("LOGS")
    const kept = logs.from(1, messages)
    logs.recreate(logs.created)
    for (const message of kept) logs.append(message, message.storedMs)
  })

const told = (records: ReadonlyArray<WindowRecord>) =>
  records.map(({ start, total, closed_by, since_last }) => [start.slice(14, 19), total, closed_by, since_last.late])

describe("a detector that finds LOGS shorter than it was", () => {
  it.effect.each([
    // Behind the last record, which the checkpoint speaks of.
    { kept: 3, notice: "LOGS ends at sequence 3, but 4 was read before", total: 3, forgets: false },
    // Before what the last record rests on.
    { kept: 1, notice: "LOGS ends at sequence 1, but 4 was read before", total: 1, forgets: false },
    { kept: 1, notice: "LOGS ends at sequence 1, but 2 was read before", total: 1, forgets: true }
  ])("says so and goes on from what it holds, nothing counted twice and no line ignored (%o)", (given) =>
    Effect.gen(function* () {
      const { kept, notice, total, forgets } = given
      const said: Array<string> = []
      yield* send(1, 16, 17, 18)
      const first = yield* start("host/a/1", said)
      yield* pass(2)
      yield* Fiber.interrupt(first)
      yield* cutLogs(kept)
      if (forgets) (yield* MemoryServer).stream("KV_detector").purge()
      said.splice(0)
      yield* start("host/b/1", said)
      yield* pass(1)
      expect(said).toEqual([expect.stringContaining(notice), "b leads"])
      yield* send(19)
      yield* pass(30)
      yield* send(28)
      yield* pass(1)
      expect(told(yield* storedWindows)).toEqual([
        ["00:00", 1, "watermark", 0],
        ["00:10", total, "watermark", 0]
      ])
    }).pipe(Effect.scoped, Effect.provide(memoryPorts))
  )
})

describe("a detector that begins while another one still writes", () => {
  it.effect("does not take what that one has read since for a sign that LOGS was made anew", () =>
    Effect.gen(function* () {
      const said: Array<string> = []
      yield* send(1, 16)
      const first = yield* start("host/a/1", said)
      yield* pass(2)
      yield* Fiber.interrupt(first)
      const [record] = yield* storedWindows
      const server = yield* MemoryServer
      let written = false
      const writes = () => {
        written = true
        const end = rfc3339(20_000)
        const next = { ...record, start: record.end, end, decided_through: end, through_seq: 3, resume_seq: 3 }
        const data = encoder.encode(common({ time: logTime(26_000) }))
        server.stream("LOGS").append({ subject: "logs.web1", data }, 20_000)
        server.stream("WINDOWS").append({ subject: windowsSubject, data: encoder.encode(JSON.stringify(next)) }, 0)
      }
      server.setNetwork(
        networkOf({
          after: ({ stream, name }) =>
            Effect.sync(() => {
              if (stream === "LOGS" && name === "state" && !written) writes()
            })
        })
      )
      yield* start("host/b/1", said)
      yield* pass(25)
      yield* send(36)
      yield* pass(1)
      expect(told(yield* storedWindows)).toEqual([
        ["00:00", 1, "watermark", 0],
        ["00:10", 1, "watermark", 0],
        ["00:20", 1, "watermark", 0]
      ])
    }).pipe(Effect.scoped, Effect.provide(memoryPorts))
  )
})
