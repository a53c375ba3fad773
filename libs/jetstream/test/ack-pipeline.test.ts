import { assert, describe, it } from "@effect/vitest"
import { TimeoutError } from "@nats-io/transport-node"
import { Effect } from "effect"
import { makeConnection } from "../src/index.ts"
import { AckPipeline, type PipelineFailure } from "../src/publish/ack-pipeline.ts"
import { TestServer } from "../src/testing/index.ts"
import { bytes, eventually } from "./logs-tools.ts"

describe("messages whose server stands still", () => {
  it.live("are not given up while the question what the stream holds is not answered", () =>
    Effect.gen(function* () {
      const server = yield* TestServer
      const { jsm, link } = yield* makeConnection({ servers: [server.url] })
      yield* Effect.promise(() => jsm.streams.add({ name: "S", subjects: ["s"] }))
      const failures: Array<PipelineFailure> = []
      let [asked, stored, isAnswered] = [0, 0, false]
      const pipeline = yield* Effect.acquireRelease(
        Effect.sync(
          () =>
            new AckPipeline(
              link,
              {
                maxMessages: 10,
                maxBytes: 10_000,
                ackWaitMs: 100,
                onLost: {
                  _tag: "resend",
                  patienceMs: 200,
                  isAbsent: async () => true,
                  confirm: {
                    afterMs: 100,
                    ask: async () => {
                      asked++
                      if (!isAnswered) throw new TimeoutError()
                      return new Map()
                    }
                  }
                }
              },
              {
                onStored: () => void stored++,
                onRoom: () => undefined,
                onFailure: (failure) => failures.push(failure)
              }
            )
        ),
        (own) => Effect.sync(() => own.close())
      )
      server.pause()
      pipeline.push({ subject: "s", data: bytes("once") })
      yield* eventually("it has asked for longer than its patience", () => asked > 8)
      assert.deepStrictEqual(failures, [])
      isAnswered = true
      server.resume()
      yield* eventually("the message is stored", () => stored === 1)
      assert.deepStrictEqual(failures, [])
    }).pipe(Effect.scoped, Effect.provide(TestServer.layer()))
  )
})
