import { assert, describe, it } from "@effect/vitest"
import { type Msg, headers as newHeaders } from "@nats-io/transport-node"
import { Effect } from "effect"
import {
  contentOf,
  Delivery,
  headerLengthOf,
  pullStatus,
  replyOf,
  Sources,
  subjectBytesOf
} from "../src/consume/delivery.ts"
import { Position } from "../src/consume/position.ts"
import { Pulls } from "../src/consume/pulls.ts"
import { makeConnection } from "../src/index.ts"
import { watermarkIn } from "../src/logs/message.ts"
import { TestServer } from "../src/testing/index.ts"
import { bytes } from "./logs-tools.ts"

const status = (code: number, description: string) =>
  pullStatus({ headers: { code, description, get: () => "17" } } as unknown as Msg)

describe("what the client holds undecoded", () => {
  it.live("is what its public getters say", () =>
    Effect.gen(function* () {
      const server = yield* TestServer
      const { nc } = yield* makeConnection({ servers: [server.url] })
      const heard: Array<Msg> = []
      nc.subscribe("logs.>", { callback: (_, msg) => void heard.push(msg) })
      const headers = newHeaders()
      headers.set("X", "1")
      nc.publish("logs.a", "plain")
      nc.publish("logs.é", "with a reply", { reply: "some.reply" })
      nc.publish("logs.a", "with headers", { headers, reply: "r" })
      nc.publish("logs.a", "", { headers })
      nc.publish("logs.a", "x".repeat(200_000), { headers, reply: "over_many_chunks" })
      yield* Effect.promise(() => nc.flush())
      assert.strictEqual(heard.length, 5)
      for (const msg of heard) {
        const headerLength = headerLengthOf(msg)
        assert.strictEqual(headerLength > 0, msg.headers !== undefined)
        assert.deepStrictEqual([...contentOf(msg).subarray(Math.max(0, headerLength))], [...msg.data])
        assert.strictEqual(new TextDecoder().decode(subjectBytesOf(msg)), msg.subject)
        assert.strictEqual(new TextDecoder().decode(replyOf(msg)), msg.reply)
      }
    }).pipe(Effect.scoped, Effect.provide(TestServer.layer({ plain: true })))
  )
})

describe("the reply of a delivered message", () => {
  const read = (...replies: ReadonlyArray<string>) => {
    const delivery = new Delivery()
    return replies.map((reply) =>
      delivery.read(bytes(reply))
        ? [delivery.seq, delivery.consumerSeq, delivery.storedMs, delivery.pending]
        : undefined
    )
  }

  it("tells sequence, place, time of storing and what is behind it", () => {
    assert.deepStrictEqual(read("$JS.ACK.LOGS.detector.1.1234567.89.1795518800484999999.19"), [
      [1_234_567, 89, 1_795_518_800_484, 19]
    ])
  })

  it("may name domain and account, and end with a token of chance", () => {
    assert.deepStrictEqual(read("$JS.ACK.hub.Ab12.LOGS.read_x.1.7.8.1795518800484476146.9"), [
      [7, 8, 1_795_518_800_484, 9]
    ])
    assert.deepStrictEqual(read("$JS.ACK.hub.Ab12.LOGS.read_x.1.7.8.1795518800484476146.9.xyz"), [
      [7, 8, 1_795_518_800_484, 9]
    ])
  })

  it("is none where it is something else", () => {
    assert.deepStrictEqual(read("", "_INBOX.abc.1", "$JS.API.STREAM.INFO.LOGS", "$JS.ACK.a.b.c"), [
      undefined,
      undefined,
      undefined,
      undefined
    ])
  })

  it("is read by the digits, however many there are (2^53 - 1 messages)", () => {
    assert.deepStrictEqual(read("$JS.ACK.LOGS.d.1.9007199254740991.1.1000000.0"), [[9_007_199_254_740_991, 1, 1, 0]])
  })
})

describe("headers and subjects", () => {
  const watermark = (...lines: ReadonlyArray<string>) =>
    watermarkIn(bytes(`NATS/1.0\r\n${lines.map((l) => `${l}\r\n`).join("")}\r\n`))

  it("punctuation is found among other headers, with and without a space", () => {
    assert.strictEqual(watermark("Nats-Msg-Id: 1", "Chaussettes-Watermark: end"), "end")
    assert.strictEqual(watermark("Chaussettes-Watermark:end", "X: 1"), "end")
    assert.strictEqual(watermark("Chaussettes-Watermark: 1970-01-01T00:00:01Z"), 1_000)
    assert.isUndefined(watermark())
    assert.isUndefined(watermark("X-Chaussettes-Watermark: end"))
    assert.isUndefined(watermark("X: Chaussettes-Watermark: end"))
    assert.isUndefined(watermark("Chaussettes-Watermark: "))
    assert.isUndefined(watermark("Chaussettes-Watermark-2: end"))
    assert.isUndefined(watermarkIn(bytes("NATS/1.0\r\nChaussettes-Waterm")))
  })

  it("a source is what stands behind the first dot, whichever source came before", () => {
    const sources = new Sources("logs.")
    const names = ["a", "a", "b", "a.b", "aa", "é", "a"]
    assert.deepStrictEqual(
      names.map((name) => sources.of(bytes(`logs.${name}`))),
      names
    )
  })

  it("a source's name does not change with the buffer that it was read from", () => {
    const sources = new Sources("logs.")
    const buffer = bytes("logs.a")
    assert.strictEqual(sources.of(buffer), "a")
    buffer[5] = "b".charCodeAt(0)
    assert.strictEqual(sources.of(buffer), "b")
  })

  it("the status of a pull is what the server says of it", () => {
    assert.deepStrictEqual(status(100, "Idle Heartbeat"), { _tag: "Heartbeat", deliveredSeq: 17 })
    assert.deepStrictEqual(status(408, "Request Timeout"), { _tag: "Ended", tooLarge: false })
    assert.deepStrictEqual(status(409, "Batch Completed"), { _tag: "Ended", tooLarge: false })
    assert.deepStrictEqual(status(409, "Message Size Exceeds MaxBytes"), { _tag: "Ended", tooLarge: true })
    assert.deepStrictEqual(status(409, "Consumer Deleted"), { _tag: "Broken", why: "consumer deleted" })
    assert.deepStrictEqual(status(409, "Leadership Change"), { _tag: "Broken", why: "leadership change" })
    assert.deepStrictEqual(status(503, ""), { _tag: "Broken", why: "the consumer is gone" })
  })
})

describe("the position of a reader", () => {
  type Step =
    | readonly [seq: number, place: number]
    /** A consumer is opened, on a stream that begins here. */
    | { readonly first: number }
    /** The stream was asked. */
    | { readonly nothingBelow: number }

  const follow = (shared: boolean, from: number, ...steps: ReadonlyArray<Step>) => {
    const position = new Position(from, shared)
    const said: Array<string> = []
    for (const step of steps) {
      if ("first" in step) position.opened(step.first)
      else if ("nothingBelow" in step) position.nothingBelow(step.nothingBelow)
      else said.push(position.see(step[0], step[1]))
    }
    return { said, next: position.next }
  }
  const first = (seq: number) => ({ first: seq })

  it("of an own consumer takes what comes in order, and a hole in the stream as one", () => {
    assert.deepStrictEqual(follow(false, 1, first(1), [1, 1], [2, 2], [7, 3]), { said: ["new", "new", "new"], next: 8 })
    assert.deepStrictEqual(follow(false, 1, first(500), [500, 1]), { said: ["new"], next: 501 })
  })

  it("of an own consumer asks again for what was delivered and did not arrive, as often as it takes", () => {
    assert.deepStrictEqual(follow(false, 1, first(1), [1, 1], [4, 4]), { said: ["new", "lost"], next: 2 })
    assert.deepStrictEqual(follow(false, 1, first(1), [1, 1], [4, 4], first(1), [3, 2], first(1), [2, 1], [3, 2]), {
      said: ["new", "lost", "lost", "new", "new"],
      next: 4
    })
  })

  it("of a shared consumer doubts each jump, in order or not, until the stream was asked", () => {
    assert.deepStrictEqual(follow(true, 1, first(1), [1, 1], [4, 2]), { said: ["new", "doubtful"], next: 2 })
    assert.deepStrictEqual(follow(true, 1, first(1), [600, 1]), { said: ["doubtful"], next: 1 })
    assert.deepStrictEqual(follow(true, 1, first(1), [1, 1], [4, 2], { nothingBelow: 4 }, [4, 2], [5, 3], [7, 4]), {
      said: ["new", "doubtful", "new", "new", "doubtful"],
      next: 6
    })
  })

  it("of a shared consumer knows where the stream begins", () => {
    assert.deepStrictEqual(follow(true, 1, first(500), [500, 1], [501, 2]), { said: ["new", "new"], next: 502 })
    assert.deepStrictEqual(follow(true, 1, first(500), [501, 2]), { said: ["doubtful"], next: 1 })
  })

  it("is behind a consumer that delivered what has not arrived, and not behind one that has nothing more", () => {
    const position = new Position(1, true)
    position.opened(5)
    assert.isFalse(position.isBehind(0))
    assert.isFalse(position.isBehind(4))
    assert.isTrue(position.isBehind(5))
    position.see(5, 1)
    assert.isFalse(position.isBehind(5))
    assert.isTrue(position.isBehind(6))
  })

  it("passes over what it has seen", () => {
    for (const shared of [false, true]) {
      assert.deepStrictEqual(follow(shared, 5, first(1), [3, 1], [4, 2], [5, 3], [5, 4], [6, 5]), {
        said: ["old", "old", "new", "old", "new"],
        next: 7
      })
    }
  })
})

describe("pulls", () => {
  const all = (pulls: Pulls, held: number) => {
    const out = []
    for (let pull = pulls.next(held); pull !== undefined; pull = pulls.next(held)) out.push(pull)
    return out
  }

  it("ask for no more together than may be under way, and for nothing while too much is held", () => {
    const pulls = new Pulls(1_000_000)
    pulls.open(["inbox1", "inbox2"])
    const out = all(pulls, 0)
    assert.strictEqual(out.length, 2)
    assert.isAtMost(out[0]!.maxBytes + out[1]!.maxBytes, 1_000_000)
    pulls.ended(out[0]!.reply, false)
    pulls.ended(out[1]!.reply, false)
    assert.deepStrictEqual(all(pulls, 900_000), [])
    assert.strictEqual(all(pulls, 600_000).length, 1)
  })

  it("count what has arrived as held and no longer as asked for", () => {
    const pulls = new Pulls(1_000_000)
    pulls.open(["inbox1", "inbox2"])
    const [first] = all(pulls, 500_000)
    assert.isFalse(pulls.received(first!.slot, 240_000))
    pulls.ended(first!.reply, false)
    assert.strictEqual(all(pulls, 240_000).length, 1)
  })

  it("are over when their bytes are used up to the last one, which the server does not say", () => {
    const pulls = new Pulls(1_000_000)
    pulls.open(["inbox1", "inbox2"])
    const [first, second] = all(pulls, 0)
    assert.isFalse(pulls.received(second!.slot, second!.maxBytes - 1))
    assert.isTrue(pulls.received(first!.slot, first!.maxBytes))
    assert.deepStrictEqual(
      all(pulls, 0).map(({ slot }) => slot),
      [first!.slot]
    )
    // A status of the one before says nothing of the one that stands in its place.
    pulls.ended(first!.reply, false)
    assert.strictEqual(pulls.count, 2)
  })

  it("fetch a message that does not fit into a pull alone, and go on as before", () => {
    const pulls = new Pulls(1_000_000)
    pulls.open(["inbox1", "inbox2"])
    for (const pull of all(pulls, 0)) pulls.ended(pull.reply, true)
    const alone = all(pulls, 0)
    assert.deepStrictEqual(
      alone.map(({ batch }) => batch),
      [1, 65_536]
    )
    assert.isAbove(alone[0]!.maxBytes, 8 * 1024 * 1024)
  })
})
