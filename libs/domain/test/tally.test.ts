import { describe, expect, it } from "vitest"
import { clockFaultOf, type Delays, defaultSettings, limits, type Tally, talliedThrough } from "../src/index.ts"
import { bytesOf } from "./support/lines.ts"
import { Script } from "./support/script.ts"

const script = () => new Script(defaultSettings)
const tallyOf = ({ detection }: Script): Tally => detection.tally()!
const named = (of: Script, name: string) => tallyOf(of).sources.find((source) => source.name === name)!

describe("the tally of recent lines", () => {
  it("counts what became of them, in all and by source, also where no window is decided", () => {
    const some = script()
      .lines([1, 2], { source: "web1" })
      .send(bytesOf("an IIS log\nhas no such lines"), { at: 3, source: "iis" })
    expect(some.decided).toEqual([])
    expect(tallyOf(some).total).toEqual({ lines: 4, revised: 0, late: 0, rejected: { truncated: 2 } })
    expect(tallyOf(some).sources.map(({ name, lines, rejected }) => [name, lines, rejected])).toEqual([
      ["iis", 2, { truncated: 2 }],
      ["web1", 2, {}]
    ])
  })

  it("tells lines that came by revisions from those beyond the horizon", () => {
    const late = script().lines([1]).lines([15]).lines([2, 3], { at: 16 }).lines([700]).lines([4], { at: 701 })
    expect(tallyOf(late).total).toMatchObject({ lines: 2, late: 1 })
    expect(late.detection.counts).toMatchObject({ lines: 6, revised: 2, late: 1 })
    expect(tallyOf(script().lines([1]).lines([15]).lines([2, 3], { at: 16 })).total).toMatchObject({
      lines: 4,
      revised: 2
    })
  })

  it("forgets lines that were stored more than five minutes ago, also by silence", () => {
    const some = script().lines([1])
    expect(tallyOf(some.silence(290)).total.lines).toBe(1)
    expect(tallyOf(some.silence(301)).total.lines).toBe(0)
    expect(tallyOf(some).sources).toEqual([])
    expect(tallyOf(some.lines([302])).total.lines).toBe(1)
  })

  it("counts nothing twice that is read again", () => {
    const [first] = script().lines([1]).lines([2]).lines([30]).records
    const again = new Script(defaultSettings, {
      decidedThroughMs: Number.NEGATIVE_INFINITY,
      clockMs: Number.NEGATIVE_INFINITY,
      countedThroughSeq: first!.through_seq,
      readThroughSeq: 0,
      known: [{ seq: 1, record: first! }]
    })
    again.lines([1]).lines([2]).lines([30]).send(bytesOf("bad"))
    expect(tallyOf(again).total).toEqual({ lines: 1, revised: 0, late: 0, rejected: { truncated: 1 } })
  })

  it("goes on behind what a tally has counted, be it before or behind the newest record", () => {
    const told = new Script(defaultSettings).lines([1]).lines([2]).lines([30]).send(bytesOf("bad"))
    const [first] = told.records
    const start = {
      decidedThroughMs: Number.NEGATIVE_INFINITY,
      clockMs: Number.NEGATIVE_INFINITY,
      countedThroughSeq: first!.through_seq,
      readThroughSeq: 0,
      known: [{ seq: 1, record: first! }]
    }
    const linesBehind = (talliedThroughSeq: number) => {
      const again = new Script(defaultSettings, { ...start, talliedThroughSeq })
      return tallyOf(again.lines([1]).lines([2]).lines([30]).send(bytesOf("bad")).send(bytesOf("bad"))).total
    }
    expect(linesBehind(4)).toEqual({ lines: 1, revised: 0, late: 0, rejected: { truncated: 1 } })
    expect(linesBehind(first!.through_seq - 1)).toMatchObject({ lines: 3, rejected: { truncated: 2 } })
    expect(linesBehind(1)).toMatchObject({ lines: 4, rejected: { truncated: 2 } })
  })

  it("reaches through the messages of its own LOGS, and no further than they go", () => {
    const tally = { ...tallyOf(script()), through_seq: 7, logs_created: "2026-01-01T00:00:00Z" }
    expect(talliedThrough(tally, { created: "2026-01-01T00:00:00Z", lastSeq: 9 })).toBe(7)
    expect(talliedThrough(tally, { created: "2026-01-01T00:00:00Z", lastSeq: 5 })).toBe(5)
    expect(talliedThrough(tally, { created: "2026-01-02T00:00:00Z", lastSeq: 9 })).toBeUndefined()
    expect(talliedThrough(tallyOf(script()), { created: "2026-01-01T00:00:00Z", lastSeq: 9 })).toBeUndefined()
    expect(talliedThrough(undefined, { created: "2026-01-01T00:00:00Z", lastSeq: 9 })).toBeUndefined()
  })

  it("names a hundred sources, the worst first, and sums up the rest", () => {
    const many = script()
    for (let i = 0; i < limits.tallySources + 3; i++) many.lines([1], { source: `s${i}` })
    many.send(bytesOf("bad"), { source: "worst" })
    const tally = tallyOf(many)
    expect(tally.sources).toHaveLength(limits.tallySources)
    expect(tally.sources[0]!.name).toBe("worst")
    expect(tally.others).toEqual({ sources: 4, total: { lines: 4, revised: 0, late: 0, rejected: {} } })
  })

  it("says of a source how late its lines come and how long is waited for them", () => {
    const some = script()
    for (let second = 1; second < 60; second++) some.lines([second], { at: second + 12, source: "shipper" })
    expect(named(some, "shipper")).toMatchObject({
      delay_ms: { p10: 12_000, median: 12_000, p90: 12_000 },
      lateness_ms: 5_000,
      usual_gap_ms: 1_000,
      offset_ms: 0,
      clock: null
    })
  })
})

/** Lines a second apart, each stored when its source is so many seconds ahead of the server. */
const ahead = (seconds: number, of: Script = script()): Script => {
  for (let second = 0; second < 30; second++) {
    of.lines([10_000 + second + seconds], { at: 10_000 + second, source: "web2" })
  }
  return of
}

describe("a source that is off the clock", () => {
  it.each([
    ["two hours ahead, so that all its lines are rejected", 7_200, "zone", 7_200_000],
    ["an hour behind", -3_600, "zone", -3_600_000],
    ["a quarter of an hour and a shipper's half minute behind", -930, "zone", -900_000],
    ["seven seconds ahead", 7, "fast", 7_000],
    ["five minutes behind", -300, "slow", -300_000]
  ] as const)("is found %s", (_, seconds, kind, aheadMs) => {
    const off = ahead(seconds)
    expect(named(off, "web2").clock).toEqual({ kind, ahead_ms: aheadMs })
    expect(tallyOf(off).off_clock).toBe(1)
  })

  it("is right with its offset", () => {
    const right = ahead(7_200, new Script({ ...defaultSettings, sourceOffsets: { web2: -7_200_000 } }))
    expect(named(right, "web2")).toMatchObject({ clock: null, offset_ms: -7_200_000 })
    expect(tallyOf(right)).toMatchObject({ off_clock: 0, total: { lines: 30, rejected: {} } })
  })

  it("is not found by what its shipper needs", () => {
    expect(named(ahead(-20), "web2").clock).toBeNull()
  })

  it("is not one that replays history, from long ago or faster than it was written", () => {
    expect(named(ahead(-400_000), "web2").clock).toBeNull()
    const replay = script()
    for (let second = 0; second < 60; second++) {
      replay.lines([10_000 + 2 * second], { at: 17_200 + second, source: "web2" })
    }
    expect(named(replay, "web2").clock).toBeNull()
  })

  it("is not found by few lines, nor by ones that differ", () => {
    const delays: Delays = { p10Ms: 299_000, medianMs: 300_000, p90Ms: 301_000, trendMs: 0, samples: 64 }
    expect(clockFaultOf(delays)).toBeDefined()
    expect(clockFaultOf({ ...delays, samples: 19 })).toBeUndefined()
    expect(clockFaultOf({ ...delays, p10Ms: 250_000 })).toBeUndefined()
    expect(clockFaultOf(undefined)).toBeUndefined()
  })
})
