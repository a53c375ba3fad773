import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Outdated, Refused, type StoreError, Unavailable } from "../src/errors.ts"
import { type MemoryServerShape, makeMemoryServer, type Network, type Operation } from "../src/memory/server.ts"
import { memoryVersionedLog } from "../src/memory/versioned-log.ts"
import type { Entry } from "../src/ports/versioned-log.ts"
import { appendUntilStored, type Diverged, type Fenced, type Foreign } from "../src/versioned/append-until-stored.ts"
import { bytesOf } from "../src/versioned/entry.ts"
import { epochHeader } from "../src/versioned/epoch.ts"

const epoch = 5
const entries = (from: number, count: number, of = epoch): ReadonlyArray<Entry> =>
  Array.from({ length: count }, (_, i) => ({ subject: "windows.decided", data: `entry ${from + i}`, epoch: of }))

const lost = (operation: Operation) => new Unavailable({ what: operation.name, why: "it was cut" })

const setUp = Effect.gen(function* () {
  const server = yield* makeMemoryServer
  const log = memoryVersionedLog(server, "us", "WINDOWS")
  const stream = server.stream("WINDOWS")
  const write = (entry: Entry) => {
    const headers = { [epochHeader]: `${entry.epoch}` }
    stream.append({ subject: entry.subject, data: bytesOf(entry), headers }, 0)
  }
  const stored = () => stream.from(1, 1_000).map(({ data }) => new TextDecoder().decode(data))
  return { server, log, stream, write, stored }
})

/** The network of a list of faults: each append takes the next one, and all others pass. */
type Fault = <A, E>(
  operation: Operation,
  deliver: (parts?: number) => Effect.Effect<A, E>
) => Effect.Effect<A, E | StoreError>

const faultyAppends = (server: MemoryServerShape, faults: ReadonlyArray<Fault>) => {
  let next = 0
  const seen = { appends: 0 }
  const network: Network = {
    carry: (operation, deliver) => {
      if (operation.name !== "append") return deliver()
      seen.appends++
      return faults[next++]?.(operation, deliver) ?? deliver()
    }
  }
  server.setNetwork(network)
  return seen
}

const requestLost: Fault = (operation) => Effect.fail(lost(operation))
const answerLost: Fault = (operation, deliver) => Effect.andThen(deliver(), Effect.fail(lost(operation)))
const cutAfter =
  (parts: number): Fault =>
  (operation, deliver) =>
    Effect.andThen(deliver(parts), Effect.fail(lost(operation)))

/** Runs it and lets the virtual time go on, by an hour at most. */
const finished = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const divergence = (error: Fenced | Foreign | Diverged) =>
  error._tag === "Diverged"
    ? { expectedSeq: error.expectedSeq, firstSeq: error.firstSeq, lastSeq: error.lastSeq }
    : error._tag

describe("appendUntilStored", () => {
  it.effect("appends once where nothing goes wrong", () =>
    Effect.gen(function* () {
      const { log, server, stored } = yield* setUp
      const seen = faultyAppends(server, [])
      assert.strictEqual(yield* appendUntilStored(log, entries(1, 3), 0, { epoch }), 3)
      assert.strictEqual(yield* appendUntilStored(log, entries(4, 2), 3, { epoch }), 5)
      assert.strictEqual(yield* appendUntilStored(log, [], 5, { epoch }), 5)
      assert.strictEqual(seen.appends, 2)
      assert.deepStrictEqual(
        stored(),
        entries(1, 5).map(({ data }) => data)
      )
    })
  )

  const harmless: ReadonlyArray<readonly [what: string, faults: ReadonlyArray<Fault>]> = [
    ["the request is lost", [requestLost]],
    ["the request is lost many times", Array.from({ length: 30 }, () => requestLost)],
    ["the answer is lost", [answerLost]],
    ["only the first of the entries arrive", [cutAfter(2)]],
    ["one entry a time arrives", [cutAfter(1), cutAfter(1), cutAfter(1), cutAfter(1), cutAfter(1)]],
    ["everything comes in turn", [requestLost, cutAfter(2), requestLost, cutAfter(0), cutAfter(1), answerLost]]
  ]
  for (const [what, faults] of harmless) {
    it.effect(`stores each entry once and in order although ${what}`, () =>
      Effect.gen(function* () {
        const { log, server, stored } = yield* setUp
        faultyAppends(server, faults)
        assert.strictEqual(yield* finished(appendUntilStored(log, entries(1, 5), 0, { epoch })), 5)
        assert.deepStrictEqual(
          stored(),
          entries(1, 5).map(({ data }) => data)
        )
      })
    )
  }

  it.effect("knows its own entries again where they were given as bytes", () =>
    Effect.gen(function* () {
      const { log, server, stored } = yield* setUp
      faultyAppends(server, [answerLost])
      const encoded = entries(1, 5).map((entry) => ({ ...entry, data: bytesOf(entry) }))
      assert.strictEqual(yield* finished(appendUntilStored(log, encoded, 0, { epoch })), 5)
      assert.strictEqual(stored().length, 5)
    })
  )

  it.effect("an unanswered write that arrives behind the second try is refused and changes nothing", () =>
    Effect.gen(function* () {
      const { log, server, stored } = yield* setUp
      const late: Fault = (operation, deliver) =>
        Effect.andThen(Effect.forkDetach(Effect.delay(deliver(), "10 minutes")), Effect.fail(lost(operation)))
      faultyAppends(server, [late])
      assert.strictEqual(yield* finished(appendUntilStored(log, entries(1, 5), 0, { epoch })), 5)
      assert.strictEqual(stored().length, 5)
    })
  )

  it.effect("an unanswered write that arrives just before the second try counts as ours", () =>
    Effect.gen(function* () {
      const { log, server, stored } = yield* setUp
      let arrive: Effect.Effect<unknown> = Effect.void
      const late: Fault = (operation, deliver) => {
        arrive = Effect.ignore(deliver(3))
        return Effect.fail(lost(operation))
      }
      const behindIt: Fault = (_operation, deliver) =>
        Effect.andThen(
          arrive,
          Effect.suspend(() => deliver())
        )
      const seen = faultyAppends(server, [late, behindIt])
      assert.strictEqual(yield* finished(appendUntilStored(log, entries(1, 5), 0, { epoch })), 5)
      assert.strictEqual(seen.appends, 3)
      assert.deepStrictEqual(
        stored(),
        entries(1, 5).map(({ data }) => data)
      )
    })
  )

  it.effect("says before each wait what it waits for, and waits longer each time, up to 5 s", () =>
    Effect.gen(function* () {
      const { log, server } = yield* setUp
      const full: Fault = () =>
        Effect.fail(new Refused({ what: "writing to WINDOWS", why: "no space left on device", remedy: "Make room." }))
      faultyAppends(server, [requestLost, ...Array.from({ length: 9 }, () => full)])
      const waits: Array<readonly [tag: string, atMs: number]> = []
      const onWaiting = (error: { readonly _tag: string }) =>
        Effect.clockWith((clock) =>
          Effect.sync(() => {
            waits.push([error._tag, clock.currentTimeMillisUnsafe()])
          })
        )
      yield* finished(appendUntilStored(log, entries(1, 1), 0, { epoch, onWaiting }))
      assert.deepStrictEqual(
        waits.map(([tag]) => tag),
        ["Unavailable", ...Array.from({ length: 9 }, () => "Refused")]
      )
      const pauses = waits.slice(1).map(([, atMs], i) => atMs - waits[i]![1])
      assert.deepStrictEqual(pauses, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000])
    })
  )

  it.effect("waits while the tail cannot be read, and does not write blindly meanwhile", () =>
    Effect.gen(function* () {
      const { log, server } = yield* setUp
      let down = false
      let appendsWhileDown = 0
      server.setNetwork({
        carry: (operation, deliver) => {
          if (operation.name === "append") {
            if (down) appendsWhileDown++
            else if (server.stream("WINDOWS").lastSeq === 0) {
              down = true
              return Effect.andThen(deliver(1), Effect.fail(lost(operation)))
            }
          }
          return down ? Effect.fail(lost(operation)) : deliver()
        }
      })
      const fiber = yield* Effect.forkChild(appendUntilStored(log, entries(1, 2), 0, { epoch }))
      yield* TestClock.adjust("1 minute")
      down = false
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), 2)
      assert.strictEqual(appendsWhileDown, 0)
    })
  )

  it.effect("stops as fenced where a newer epoch has written, and names it", () =>
    Effect.gen(function* () {
      const { log, write, stored } = yield* setUp
      write(entries(1, 1, epoch + 2)[0]!)
      const error = yield* Effect.flip(appendUntilStored(log, entries(1, 3), 0, { epoch }))
      assert.deepStrictEqual([error._tag, error._tag === "Fenced" && error.epoch], ["Fenced", epoch + 2])
      assert.strictEqual(stored().length, 1)
    })
  )

  it.effect("stops as fenced also where the newer epoch stands behind an old entry", () =>
    Effect.gen(function* () {
      const { log, write } = yield* setUp
      write(entries(7, 1, epoch - 1)[0]!)
      write(entries(8, 1, epoch + 1)[0]!)
      assert.strictEqual((yield* Effect.flip(appendUntilStored(log, entries(1, 3), 0, { epoch })))._tag, "Fenced")
    })
  )

  it.effect("hands back an entry of an older epoch that stands where ours belongs, equal bytes or not", () =>
    Effect.gen(function* () {
      const { log, write, stored } = yield* setUp
      write(entries(1, 1, epoch - 1)[0]!)
      const error = yield* Effect.flip(appendUntilStored(log, entries(1, 3), 0, { epoch }))
      assert.strictEqual(error._tag, "Foreign")
      if (error._tag === "Foreign") {
        assert.deepStrictEqual(error.entry, { seq: 1, subject: "windows.decided", data: "entry 1", epoch: epoch - 1 })
      }
      assert.strictEqual(stored().length, 1)
    })
  )

  it.effect("hands back a foreign entry that came in between a half of ours", () =>
    Effect.gen(function* () {
      const { log, server, write, stored } = yield* setUp
      const half: Fault = (operation, deliver) =>
        deliver(2).pipe(
          Effect.andThen(Effect.sync(() => write({ subject: "windows.decided", data: "by hand", epoch: 0 }))),
          Effect.andThen(Effect.fail(lost(operation)))
        )
      faultyAppends(server, [half])
      const error = yield* finished(Effect.flip(appendUntilStored(log, entries(1, 5), 0, { epoch })))
      assert.deepStrictEqual([error._tag, error._tag === "Foreign" && error.entry.seq], ["Foreign", 3])
      assert.strictEqual(stored().length, 3)
    })
  )

  it.effect("takes what the caller calls the same for the same", () =>
    Effect.gen(function* () {
      const { log, write } = yield* setUp
      write({ ...entries(1, 1)[0]!, epoch: epoch - 1 })
      const sameEntry = (stored: Entry, ours: Entry) => stored.data === ours.data
      assert.strictEqual(yield* appendUntilStored(log, entries(1, 2), 0, { epoch, sameEntry }), 2)
    })
  )

  it.effect("says that the stream is another one where it ends before the expected sequence", () =>
    Effect.gen(function* () {
      const { log, server } = yield* setUp
      yield* log.append(entries(1, 9), 0)
      yield* server.recreate("WINDOWS")
      const error = yield* Effect.flip(appendUntilStored(log, entries(10, 3), 9, { epoch }))
      assert.deepStrictEqual(divergence(error), { expectedSeq: 9, firstSeq: 1, lastSeq: 0 })
    })
  )

  it.effect("goes on behind a purge: it keeps the sequence", () =>
    Effect.gen(function* () {
      const { log, stream } = yield* setUp
      yield* log.append(entries(1, 9), 0)
      stream.purge()
      assert.strictEqual(yield* appendUntilStored(log, entries(10, 3), 9, { epoch }), 12)
    })
  )

  it.effect("does not guess at an unanswered entry that was purged since", () =>
    Effect.gen(function* () {
      const { log, server, stream } = yield* setUp
      const storedAndPurged: Fault = (operation, deliver) =>
        deliver().pipe(Effect.andThen(Effect.sync(() => stream.purge())), Effect.andThen(Effect.fail(lost(operation))))
      faultyAppends(server, [storedAndPurged])
      const error = yield* finished(Effect.flip(appendUntilStored(log, entries(1, 3), 0, { epoch })))
      assert.deepStrictEqual(divergence(error), { expectedSeq: 0, firstSeq: 4, lastSeq: 3 })
    })
  )

  it.effect("does not guess either where only the first of its entries were purged", () =>
    Effect.gen(function* () {
      const { log, server, stream } = yield* setUp
      const storedAndTrimmed: Fault = (operation, deliver) =>
        deliver().pipe(Effect.andThen(Effect.sync(() => stream.purge(2))), Effect.andThen(Effect.fail(lost(operation))))
      faultyAppends(server, [storedAndTrimmed])
      const error = yield* finished(Effect.flip(appendUntilStored(log, entries(1, 3), 0, { epoch })))
      assert.strictEqual(error._tag, "Diverged")
    })
  )

  const refusing = (times: number) => {
    let appends = 0
    return {
      append: (ours: ReadonlyArray<Entry>, expectedSeq: number) =>
        appends++ < times
          ? Effect.fail(new Outdated({ stream: "WINDOWS", expectedSeq }))
          : Effect.succeed(expectedSeq + ours.length),
      bounds: Effect.succeed({ firstSeq: 1, lastSeq: 7 }),
      readFrom: () => Stream.empty
    }
  }

  it.effect("is patient with a replica that refuses before it shows why", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* finished(appendUntilStored(refusing(3), entries(8, 2), 7, { epoch })), 9)
    })
  )

  it.effect("gives up on a stream that refuses its own version for good", () =>
    Effect.gen(function* () {
      const endless = appendUntilStored(refusing(Number.POSITIVE_INFINITY), entries(8, 2), 7, { epoch })
      const error = yield* finished(Effect.flip(endless))
      assert.deepStrictEqual(divergence(error), { expectedSeq: 7, firstSeq: 1, lastSeq: 7 })
    })
  )

  it.effect("survives thousands of entries in pieces of every size", () =>
    Effect.gen(function* () {
      const { log, server } = yield* setUp
      const written = entries(1, 3_000)
      faultyAppends(
        server,
        Array.from({ length: 60 }, (_, i) => cutAfter(i))
      )
      assert.strictEqual(yield* finished(appendUntilStored(log, written, 0, { epoch })), 3_000)
      const read = yield* Stream.runCollect(log.readFrom(1))
      assert.isTrue(read.every(({ data }, i) => data === written[i]!.data))
    })
  )
})
