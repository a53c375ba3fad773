import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync, zstdCompressSync } from "node:zlib"
import {
  defaultSettings,
  firstThresholds,
  recordSchema,
  rulesOf,
  thresholdsOf,
  type WindowRecord
} from "@chaussettes/domain"
import { Refused } from "@chaussettes/jetstream"
import {
  layerLogsReaderMemory,
  layerLogsWriterMemory,
  layerWindowsLogMemory,
  type MemoryMessage,
  MemoryServer,
  networkOf
} from "@chaussettes/jetstream/memory"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { linesOf } from "../../src/lines/packer.ts"
import { pseudonymizeClients } from "../../src/lines/pseudonymize.ts"
import { keyFromText, pseudonymizer } from "../../src/lines/pseudonyms.ts"
import type { Rewrite } from "../../src/lines/rewrite.ts"
import { lookAt } from "../../src/replay/files.ts"
import type { ReplaySummary } from "../../src/replay/replay.ts"
import { replayInto } from "../../src/replay/replay.ts"
import { newStart, resumedStart } from "../../src/replay/start.ts"
import { parse, startMs, trafficBytes } from "../traffic/helpers.ts"

const dir = mkdtempSync(join(tmpdir(), "chaussettes-replay-"))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

let files = 0
const file = (content: Uint8Array | string, name = `${++files}.log`): string => {
  const path = join(dir, name)
  writeFileSync(path, content)
  return path
}

const log = trafficBytes({ malformed: 0.02 }, 5_000)

const stores = Layer.mergeAll(layerLogsWriterMemory, layerLogsReaderMemory, layerWindowsLogMemory)
const test = <E>(name: string, body: () => Effect.Effect<void, E, MemoryServer | Layer.Success<typeof stores>>) =>
  it.effect(name, () => Effect.provide(body(), Layer.provideMerge(stores, MemoryServer.layer)))

interface Asked {
  readonly source?: string
  readonly resume?: boolean
  readonly rebase?: boolean
  readonly asGiven?: boolean
  readonly speed?: number
  readonly rewrites?: ReadonlyArray<Rewrite>
}

/** Replays as the command does. */
const replay = (paths: ReadonlyArray<string>, asked: Asked = {}) =>
  Effect.gen(function* () {
    const { source = "web", speed, rewrites = [], asGiven = false } = asked
    const words = { order: "files by time", toParse: "FILE" } as const
    const looked = yield* lookAt(paths)
    const flags = {
      rebase: asked.rebase === true ? Option.some("now" as const) : Option.none(),
      speed: Option.fromUndefinedOr(speed),
      format: Option.none<string>(),
      asGiven
    }
    const start = asked.resume === true ? yield* resumedStart(source, flags, looked) : yield* newStart(flags, looked)
    const told: Array<ReplaySummary> = []
    yield* Effect.scoped(
      replayInto({ source, files: looked, start, speed, rewrites, asGiven, words }, (summary) =>
        Effect.sync(() => told.push(summary))
      )
    )
    return told[0]!
  })

const messages = Effect.map(MemoryServer, (server): ReadonlyArray<MemoryMessage> => {
  const stream = server.stream("LOGS")
  return Array.from({ length: stream.lastSeq }, (_, i) => stream.get(i + 1)).filter((m) => m !== undefined)
})

/** All that LOGS holds, as the file it would be. */
const held = Effect.map(messages, (all) =>
  Buffer.concat(all.filter((m) => m.data.length > 0).map((m) => linesOf(m.data)))
)
const ends = Effect.map(messages, (all) =>
  all.filter((m) => m.headers["Chaussettes-Watermark"] === "end").map((m) => m.seq)
)

/** Refuses the n-th write and all behind it, as if the replay had been killed there. */
const killAtWrite = (n: number) =>
  Effect.map(MemoryServer, (server) => {
    let writes = 0
    const killed = new Refused({ what: "the test", why: "killed", remedy: "" })
    server.setNetwork(
      networkOf({ before: ({ kind }) => (kind === "write" && ++writes >= n ? Effect.fail(killed) : Effect.void) })
    )
  })
const heal = Effect.map(MemoryServer, (server) => server.setNetwork(networkOf({})))

describe("replay", () => {
  test("stores a file byte for byte, many lines a message, and its end behind it", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(startMs + 3_600_000)
      const path = file(log)
      const summary = yield* replay([path])
      assert.isTrue((yield* held).equals(log))
      assert.deepStrictEqual(yield* ends, [11])
      assert.deepStrictEqual(
        { ...summary, seconds: 0, lines_per_second: 0 },
        {
          source: "web",
          files: [path],
          lines: 5_000,
          bytes: log.length,
          messages: 10,
          cut_lines: 0,
          looked_at: { lines: 80, late: 0, rejected: { time: 1 } },
          seconds: 0,
          lines_per_second: 0,
          last_seq: 11,
          resumed_from: null,
          shifted_by_ms: 0,
          finished: true,
          usability: "fine",
          headline: null
        }
      )
      for (const { subject } of yield* messages) assert.strictEqual(subject, "logs.web")
    }))

  test("declares how columns are named in each message of a file that names them once, also where it goes on with it", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(startMs + 3_600_000)
      const row = (i: number) => `2015-05-17 10:05:03 10.0.0.9 GET /${i} 10.0.0.1 404`
      const names = "#Fields: date time s-ip cs-method cs-uri-stem c-ip sc-status"
      const rows = Array.from({ length: 1_200 }, (_, i) => row(i))
      const path = file(`#Software: x\n${names}\n${rows.join("\n")}\n`)
      yield* killAtWrite(2)
      yield* Effect.exit(replay([path]))
      yield* heal
      const { looked_at } = yield* replay([path], { resume: true })
      assert.deepStrictEqual(looked_at, { lines: 16, late: 0, rejected: {} })
      const declared = (yield* messages).map((message) => message.headers["Chaussettes-Format"])
      assert.deepStrictEqual(declared, [undefined, names, names, undefined])
    }))

  test("sends nothing whose times it cannot shift, and says so", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(startMs + 3_600_000)
      const part = (tag: string, text: string) => `2026-10-10T13:55:36Z stdout ${tag} ${text}`
      const cri = [part("P", "10.0.0.1 - - [10/Oct/2026:13:"), part("F", '55:36 +0000] "GET /a HTTP/1.1" 404 5')]
      const exit = yield* Effect.exit(replay([file(`${[...cri, ...cri].join("\n")}\n`)], { rebase: true }))
      assert.match(String(exit), /--rebase cannot shift the times from line 1 of \d+\.log on/)
      assert.deepStrictEqual(yield* messages, [])
    }))

  test("stores several files in the order given, gzip too", () =>
    Effect.gen(function* () {
      const [a, b, c] = [log.subarray(0, 1_000), "", "last\n"] as const
      yield* replay([file(gzipSync(a)), file(b), file(c)])
      assert.strictEqual((yield* held).toString(), `${a}\n${c}`)
    }))

  test("stores a file twice when it is asked to twice", () =>
    Effect.gen(function* () {
      const path = file("a\nb\n")
      yield* replay([path])
      yield* replay([path])
      assert.strictEqual((yield* held).toString(), "a\nb\na\nb\n")
    }))

  test("cuts a line that no message could hold, and counts it", () =>
    Effect.gen(function* () {
      const summary = yield* replay([file(`a\n${"x".repeat(3_000_000)}\nb\n`)])
      assert.deepStrictEqual([summary.lines, summary.cut_lines], [3, 1])
      assert.deepStrictEqual(
        (yield* messages).map((m) => m.data.length),
        [1, 1024 * 1024 - 4096, 1, 0]
      )
    }))

  test("puts pseudonyms in the place of clients", () =>
    Effect.gen(function* () {
      const name = pseudonymizer(keyFromText("a key that is long enough")!)
      yield* replay([file(log)], { rewrites: [pseudonymizeClients(name)] })
      const { lines, rejected } = parse(yield* held)
      assert.strictEqual(lines.length + rejected, 5_000)
      for (const { client } of lines) assert.match(client, /^fd[0-9a-f]{2}(:[0-9a-f]{4}){7}$/)
    }))
})

describe("replay --resume", () => {
  for (const atWrite of [1, 2, 7, 10, 11]) {
    test(`goes on behind what LOGS holds when it ended at its write ${atWrite}: no line twice, none lost`, () =>
      Effect.gen(function* () {
        const paths = [file(log.subarray(0, 700_000)), file(log.subarray(700_000))]
        yield* killAtWrite(atWrite)
        yield* Effect.flip(replay(paths))
        yield* heal
        const summary = yield* replay(paths, { resume: true })
        const cut =
          log[699_999] === 10
            ? log
            : Buffer.concat([log.subarray(0, 700_000), Buffer.from("\n"), log.subarray(700_000)])
        assert.isTrue((yield* held).equals(cut))
        assert.strictEqual((yield* ends).length, 1)
        assert.strictEqual(summary.resumed_from === null, atWrite === 1)
      }))
  }

  test("goes on in gzip, also once it has been packed and renamed", () =>
    Effect.gen(function* () {
      yield* killAtWrite(4)
      yield* Effect.flip(replay([file(log, "rotated.log")]))
      yield* heal
      const summary = yield* replay([file(gzipSync(log), "rotated.log.1.gz"), file("new\n", "rotated.log")], {
        resume: true
      })
      assert.strictEqual(summary.resumed_from!.line, 1_500)
      assert.strictEqual((yield* held).toString(), `${log}new\n`)
    }))

  test("sends nothing where LOGS holds all of it, and what was added where the file has grown", () =>
    Effect.gen(function* () {
      const path = file(log.subarray(0, log.lastIndexOf(10, 300_000) + 1), "grows.log")
      yield* replay([path])
      const before = (yield* messages).length
      const again = yield* replay([path], { resume: true })
      assert.deepStrictEqual([again.lines, again.messages, (yield* messages).length], [0, 0, before])
      file(log, "grows.log")
      yield* replay([path], { resume: true })
      assert.isTrue((yield* held).equals(log))
      assert.strictEqual((yield* ends).length, 2)
    }))

  test("sends the end alone where that is all that is missing", () =>
    Effect.gen(function* () {
      const path = file("a\n")
      yield* killAtWrite(2)
      yield* Effect.flip(replay([path]))
      yield* heal
      yield* replay([path], { resume: true })
      assert.deepStrictEqual(yield* ends, [2])
    }))

  test("keeps the shift with which the first part was sent", () =>
    Effect.gen(function* () {
      const path = file(log)
      yield* TestClock.setTime(startMs + 30 * 86_400_000)
      yield* killAtWrite(3)
      yield* Effect.flip(replay([path], { rebase: true }))
      yield* heal
      yield* TestClock.adjust("1 hour")
      yield* replay([path], { rebase: true, resume: true })
      const times = parse(yield* held).lines.map((l) => l.timeMs)
      assert.strictEqual(times.at(-1), startMs + 30 * 86_400_000)
      assert.strictEqual(times.at(-1)! - times[0]!, 999_000)
    }))

  test("refuses a file that has changed since, with what LOGS holds and the way out", () =>
    Effect.gen(function* () {
      const path = file(log, "changes.log")
      yield* replay([path])
      file(log.subarray(500), "changes.log")
      const failure = yield* Effect.flip(replay([path], { resume: true }))
      assert.match(
        (failure as Error).message,
        /changes\.log has changed since: logs\.web holds changes\.log up to line 5000/
      )
    }))

  test("refuses a source that no replay wrote", () =>
    Effect.gen(function* () {
      const server = yield* MemoryServer
      server.stream("LOGS").append({ subject: "logs.web", data: Buffer.from("a") }, 0)
      const failure = yield* Effect.flip(replay([file(log)], { resume: true }))
      assert.match((failure as Error).message, /was not written by replay/)
    }))

  test("refuses files in another order than that in which they were sent, as it would leave some out", () =>
    Effect.gen(function* () {
      const [first, second] = [file(log.subarray(0, 300_000), "b.log"), file(log.subarray(300_000), "a.log")]
      yield* replay([second, first], { asGiven: true, source: "given" })
      const byTime = yield* Effect.flip(replay([first, second], { resume: true, source: "given" }))
      assert.match((byTime as Error).message, /was replayed with --as-given.* give --as-given and the same order again/)
      yield* replay([second, first], { asGiven: true, resume: true, source: "given" })
      yield* replay([first, second], { source: "timed" })
      const asGiven = yield* Effect.flip(replay([second, first], { asGiven: true, resume: true, source: "timed" }))
      assert.match((asGiven as Error).message, /in the order of the files' times.* leave --as-given out/)
    }))

  test("looks at its own source alone", () =>
    Effect.gen(function* () {
      const path = file(log)
      yield* killAtWrite(4)
      yield* Effect.flip(replay([path], { source: "a" }))
      yield* heal
      yield* replay([file("other\n")], { source: "b" })
      const summary = yield* replay([path], { source: "a", resume: true })
      assert.strictEqual(summary.resumed_from!.line, 1_500)
    }))
})

describe("replay --rebase now", () => {
  test("makes the last line one of now, and keeps what is between lines", () =>
    Effect.gen(function* () {
      const nowMs = startMs + 365 * 86_400_000 + 123
      yield* TestClock.setTime(nowMs)
      for (const content of [log, gzipSync(log)]) {
        yield* replay([file(content)], { rebase: true })
        const times = parse(yield* held).lines.map((l) => l.timeMs)
        assert.strictEqual(times.at(-1), Math.floor(nowMs / 1000) * 1000)
        const before = parse(log).lines.map((l) => l.timeMs)
        assert.deepStrictEqual(
          times.slice(0, before.length).map((ms) => ms - times[0]!),
          before.map((ms) => ms - before[0]!)
        )
      }
    }))

  test("makes the first line one of now where the rhythm is the lines' own", () =>
    Effect.gen(function* () {
      const nowMs = startMs + 86_400_000
      yield* TestClock.setTime(nowMs)
      const asked = replay([file(log.subarray(0, 100_000))], { rebase: true, speed: 1 })
      let isDone = false
      const done = Effect.sync(() => {
        isDone = true
      })
      const fiber = yield* Effect.forkChild(Effect.ensuring(asked, done))
      // Reading the file takes turns of the event loop and none of this clock's time.
      while (!isDone) {
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        yield* TestClock.adjust("1 second")
      }
      yield* Fiber.join(fiber)
      assert.isAtLeast(parse(yield* held).lines[0]!.timeMs, nowMs)
      const stored = (yield* messages).filter((m) => m.data.length > 0)
      for (const { storedMs, data } of stored) {
        for (const { timeMs } of parse(linesOf(data)).lines) assert.approximately(storedMs, timeMs, 1_100)
      }
    }))

  test("says that there is nothing to shift by where no line has a time", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(replay([file("a\nb\n")], { rebase: true }))
      assert.match((failure as Error).message, /No line at the end of .* has a time/)
    }))
})

describe("replay and what is decided", () => {
  const record: WindowRecord = {
    schema: recordSchema,
    start: "2026-01-04T10:00:00Z",
    end: "2026-01-04T10:00:10Z",
    through_seq: 1,
    resume_seq: 1,
    decided_through: "2026-01-04T10:00:10Z",
    closed_by: "watermark",
    total: 1,
    errors: 0,
    keys: { ip: 1, url: 1 },
    seuils: thresholdsOf(firstThresholds, 1),
    rules: rulesOf(defaultSettings),
    breaches: { global: 0, ip: 0, url: 0 },
    suppressed: 0,
    since_last: { late: 0, rejected: {}, gap: 0, late_by_source: {} },
    top: { ip: [], url: [] }
  }
  const decided = (through: string, lateBefore?: string) =>
    Effect.map(MemoryServer, (server) => {
      const data = Buffer.from(JSON.stringify({ ...record, decided_through: through, late_before: lateBefore }))
      server.stream("WINDOWS").append({ subject: "windows.decided", data }, 0)
    })

  /** What is written to standard error while `effect` runs. */
  const heard = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        const said: Array<string> = []
        const write = process.stderr.write
        process.stderr.write = ((text: string) => said.push(text) > 0) as typeof write
        return { said, write }
      }),
      ({ said }) => Effect.as(effect, said),
      ({ write }) =>
        Effect.sync(() => {
          process.stderr.write = write
        })
    )

  test("says nothing of lines that decided windows still take", () =>
    Effect.gen(function* () {
      yield* decided("2026-01-06T00:00:00Z", "2026-01-05T03:00:00Z")
      assert.notInclude((yield* heard(replay([file(log)]))).join(""), "has decided")
    }))

  test("warns once that lines are late already, with the ways out", () =>
    Effect.gen(function* () {
      yield* decided("2026-01-06T00:00:00Z")
      const said = (yield* heard(replay([file(log)]))).join("")
      assert.strictEqual(said.split("has already decided all windows up to 2026-01-06T00:00:00Z").length, 2)
      assert.include(said, "begin at 2026-01-05T03:00:00Z")
      assert.include(said, "--rebase now")
      assert.isTrue((yield* held).equals(log))
    }))

  test("does not warn where the lines come in time, or are shifted to it", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(startMs + 3_600_000)
      yield* decided("2026-01-05T03:00:00Z")
      assert.deepStrictEqual(yield* heard(replay([file(log)])), [])
      yield* decided("2026-01-06T00:00:00Z")
      yield* TestClock.setTime(startMs + 30 * 86_400_000)
      assert.deepStrictEqual(yield* heard(replay([file(log)], { rebase: true })), [])
    }))
})

describe("what cannot be replayed", () => {
  const failureOf = (path: string) => Effect.map(Effect.flip(lookAt([path])), (failure) => failure.message)

  it.effect("is told in a sentence that says what and why, before anything is sent", () =>
    Effect.gen(function* () {
      assert.match(yield* failureOf(join(dir, "none.log")), /^Cannot read .*none\.log: it does not exist\. /)
      assert.match(yield* failureOf(dir), /^Cannot read .*: it is a directory\. /)
      const bzip2 = file(Buffer.from("BZh91AY&SY and so on"), "packed.bz2")
      assert.include(yield* failureOf(bzip2), `it is bzip2 data. Read it with: bzip2 -dc ${bzip2} | chaussettes … -`)
      const utf16 = file(Buffer.from(log.toString("latin1"), "utf16le"), "utf16.log")
      assert.include(yield* failureOf(utf16), "it is UTF-16LE text. Read it with: iconv -f UTF-16LE")
    })
  )

  test("is sent whole where it is packed by zstd, also in several frames of which none ends where a piece is read", () =>
    Effect.gen(function* () {
      const cuts = [0, 1_000, 1_001, 300_000, log.length]
      const frames = cuts.slice(1).map((end, i) => zstdCompressSync(log.subarray(cuts[i]!, end)))
      const packed = file(Buffer.concat(frames), "packed.zst")
      // How much is in it is not the file's size: --rebase looks for its last lines by that.
      assert.isUndefined((yield* lookAt([packed]))[0]!.bytes)
      yield* replay([packed])
      assert.isTrue((yield* held).equals(log))
    }))

  test("is sent as far as it goes where gzip ends in the middle, and goes on with once it is whole", () =>
    Effect.gen(function* () {
      const packed = gzipSync(log)
      const path = file(packed.subarray(0, packed.length - 20_000), "cut.gz")
      const failure = yield* Effect.flip(replay([path]))
      assert.match((failure as Error).message, /cut\.gz ends in the middle of its gzip data/)
      const sent = yield* held
      assert.isAbove(sent.length, 0)
      assert.isTrue(log.subarray(0, sent.length).equals(sent))
      assert.deepStrictEqual(yield* ends, [])
      file(packed, "cut.gz")
      yield* replay([path], { resume: true })
      assert.isTrue((yield* held).equals(log))
    }))
})
