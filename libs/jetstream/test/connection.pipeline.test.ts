import { assert, describe, it } from "@effect/vitest"
import type { StreamConfig } from "@nats-io/jetstream"
import { Effect, Fiber, type Scope } from "effect"
import { makeConnection } from "../src/index.ts"
import type { Outgoing } from "../src/publish/ack-pipeline.ts"
import { encodedHeaders } from "../src/publish/headers.ts"
import { pipelineToStoreError, pipelineToWriteError } from "../src/publish/pipeline-errors.ts"
import { makePublishAll, type PublishAllLimits, publishAllLimits } from "../src/publish/publish-all.ts"
import { type RunningServer, startProxy, type TcpProxy, TestServer } from "../src/testing/index.ts"
import { bytes, eventually } from "./logs-tools.ts"

interface Lab {
  readonly server: RunningServer
  readonly proxy: TcpProxy
  readonly publishAll: Effect.Success<ReturnType<typeof makePublishAll>>
  /** Texts that the stream holds, in order. */
  readonly held: Effect.Effect<ReadonlyArray<string>>
  readonly connected: () => boolean
}

const lab = (
  behaviour: string,
  body: (lab: Lab) => Effect.Effect<void, unknown, Scope.Scope>,
  options: {
    readonly limits?: Partial<PublishAllLimits>
    readonly stream?: Partial<StreamConfig>
    config?: string
  } = {}
) =>
  it.live(behaviour, () =>
    Effect.gen(function* () {
      const server = yield* TestServer
      const proxy = yield* Effect.acquireRelease(
        Effect.promise(() => startProxy(server.port)),
        (p) => Effect.promise(() => p.close())
      )
      const direct = yield* makeConnection({ servers: [server.url] })
      yield* Effect.promise(() =>
        direct.jsm.streams.add({ name: "S", subjects: ["s.*"], allow_direct: true, ...options.stream })
      )
      const { link } = yield* makeConnection({ servers: [proxy.url] }, { drainMs: 200 })
      const publishAll = yield* makePublishAll(link, { ...publishAllLimits, ...options.limits })
      const held = Effect.promise(async () => {
        const { state } = await direct.jsm.streams.info("S")
        const texts: Array<string> = []
        for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
          texts.push((await direct.jsm.direct.getMessage("S", { seq }))!.string())
        }
        return texts
      })
      yield* body({ server, proxy, publishAll, held, connected: () => link.connected })
    }).pipe(Effect.scoped, Effect.provide(TestServer.layer({ config: options.config ?? "" })))
  )

const message = (text: string, headers: Record<string, string> = {}): Outgoing => ({
  subject: "s.a",
  data: bytes(text),
  ...(Object.keys(headers).length === 0 ? {} : { headers: encodedHeaders(Object.entries(headers)) })
})

const numbered = (from: number, count: number) => Array.from({ length: count }, (_, i) => message(`${from + i}`))
const texts = (from: number, count: number) => Array.from({ length: count }, (_, i) => `${from + i}`)

/** As a versioned log writes: each message expects the sequence before it. */
const expecting = (lastSeq: number, ...words: ReadonlyArray<string>) =>
  words.map((word, i) => message(word, { "Nats-Expected-Last-Sequence": `${lastSeq + i}` }))

describe("publishing many messages in flight", () => {
  lab(
    "stores them all in order, also far more than may be under way",
    ({ publishAll, held }) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* publishAll(numbered(1, 1_000)), 1_000)
        assert.strictEqual(yield* publishAll(numbered(1_001, 7)), 1_007)
        assert.strictEqual(yield* publishAll([]), 0)
        assert.deepStrictEqual(yield* held, texts(1, 1_007))
      }),
    { limits: { maxMessages: 7 } }
  )

  lab(
    "lets a message through that is larger than all that may be under way",
    ({ publishAll }) =>
      Effect.gen(function* () {
        const large = { subject: "s.a", data: new Uint8Array(10_000) }
        assert.strictEqual(yield* publishAll([large, large, message("small"), large]), 4)
      }),
    { limits: { maxBytes: 1_000 } }
  )

  lab("keeps calls apart: none begins before the one before it is done", ({ publishAll, held }) =>
    Effect.gen(function* () {
      const calls = [publishAll(numbered(1, 300)), publishAll(numbered(301, 300)), publishAll(numbered(601, 300))]
      assert.deepStrictEqual(yield* Effect.all(calls, { concurrency: 3 }), [300, 600, 900])
      assert.deepStrictEqual(yield* held, texts(1, 900))
    })
  )

  lab("stores nothing behind a refused message", ({ publishAll, held }) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* publishAll(expecting(0, "a", "b", "c")), 3)
      // "d" is right, the others expect what is not so.
      const failure = yield* Effect.flip(
        publishAll([...expecting(3, "d"), ...expecting(7, "e", "f"), ...expecting(4, "g")])
      )
      assert.deepInclude(pipelineToWriteError("S", 3, failure), { _tag: "Outdated", stream: "S", expectedSeq: 3 })
      yield* publishAll([message("h")])
      // "g" was sent behind the refused ones with the sequence that is really the last: it is what a caller must never do.
      assert.deepStrictEqual(yield* held, ["a", "b", "c", "d", "g", "h"])
    })
  )

  lab(
    "says why the stream takes nothing more",
    ({ publishAll, held }) =>
      Effect.gen(function* () {
        const failure = yield* Effect.flip(publishAll(numbered(1, 5)))
        const error = pipelineToStoreError("S", failure)
        assert.strictEqual(error._tag, "Refused")
        assert.match(error.why, /maximum messages exceeded/)
        assert.deepStrictEqual(yield* held, texts(1, 3))
      }),
    { stream: { max_msgs: 3, discard: "new" } }
  )

  lab("says that no stream takes the subject", ({ publishAll }) =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(publishAll([{ subject: "nowhere", data: bytes("1") }]))
      assert.match(pipelineToStoreError("S", failure).why, /no stream takes nowhere/)
    })
  )

  lab("refuses what the server's max_payload refuses, without sending it", ({ publishAll, held }) =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(
        publishAll([message("1"), { subject: "s.a", data: new Uint8Array(2_000_000) }])
      )
      assert.match(pipelineToStoreError("S", failure).why, /2000000 bytes is above the server's limit of 1048576/)
      assert.strictEqual(yield* publishAll([message("2")]), 2)
      assert.deepStrictEqual(yield* held, ["1", "2"])
    })
  )

  lab(
    "says what may not be published, although the server does not answer it",
    ({ publishAll }) =>
      Effect.gen(function* () {
        const before = Date.now()
        const failure = yield* Effect.flip(publishAll([{ subject: "s.forbidden", data: bytes("1") }]))
        assert.match(pipelineToStoreError("S", failure).why, /permission denied: publish to s\.forbidden/)
        assert.isBelow(Date.now() - before, 2_000)
        assert.strictEqual(yield* publishAll([message("2")]), 1)
      }),
    {
      config: `accounts { A { jetstream: enabled, users: [
        { user: u, password: p, permissions: { publish: { deny: ["s.forbidden"] } } } ] } }
        no_auth_user: u`
    }
  )

  lab(
    "fails at once when the connection breaks, and works again when it stands again",
    ({ proxy, publishAll, held, connected }) =>
      Effect.gen(function* () {
        proxy.pause("toClient")
        const publishing = yield* Effect.forkChild(Effect.flip(publishAll(numbered(1, 100))))
        yield* Effect.sleep(50)
        proxy.refuse(true)
        proxy.cut()
        assert.strictEqual((yield* Fiber.join(publishing))._tag, "Lost")
        assert.deepInclude(yield* Effect.flip(publishAll([message("x")])), {
          _tag: "Lost",
          why: "there is no connection"
        })
        proxy.refuse(false)
        proxy.resume()
        yield* eventually("it is connected again", connected)
        const before = (yield* held).length
        assert.strictEqual(yield* publishAll([message("y")]), before + 1)
      })
  )

  lab(
    "does not count an answer that comes too late for a later message",
    ({ server, publishAll, held }) =>
      Effect.gen(function* () {
        server.pause()
        const lost = yield* Effect.flip(publishAll(numbered(1, 5)))
        assert.deepInclude(lost, { _tag: "Lost", why: "no acknowledgement within 200 ms" })
        server.resume()
        // The five answers arrive while these are under way, in the same slots.
        assert.strictEqual(yield* publishAll(numbered(6, 5)), 10)
        assert.deepStrictEqual(yield* held, texts(1, 10))
      }),
    { limits: { ackWaitMs: 200 } }
  )

  lab(
    "gives up what is under way when its caller is interrupted, and goes on with the next call",
    ({ server, publishAll }) =>
      Effect.gen(function* () {
        server.pause()
        const publishing = yield* Effect.forkChild(publishAll(numbered(1, 5)))
        yield* Effect.sleep(50)
        yield* Fiber.interrupt(publishing)
        server.resume()
        const last = yield* publishAll([message("next")])
        assert.isTrue(last === 1 || last === 6)
      })
  )
})

describe("headers encoded once", () => {
  it("are refused where they would break the protocol's lines", () => {
    for (const [name, value] of [
      ["", "x"],
      ["a b", "x"],
      ["a:", "x"],
      ["a\r\n", "x"],
      ["a", "x\ny"],
      ["a", "x\ry"]
    ] as const) {
      assert.throws(() => encodedHeaders([[name, value]]), RangeError)
    }
  })

  it("know their length on the wire", () => {
    const { bytes: length, hdrs } = encodedHeaders([["Nats-Msg-Id", "é"]])
    const encoded = (hdrs as unknown as { encode: () => Uint8Array }).encode()
    assert.strictEqual(length, encoded.length)
    assert.strictEqual(Buffer.from(encoded).toString(), "NATS/1.0\r\nNats-Msg-Id: é\r\n\r\n")
  })
})
