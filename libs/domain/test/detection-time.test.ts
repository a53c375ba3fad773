import { describe, expect, it } from "vitest"
import { Script } from "./support/script.ts"

// Windows of 10 s, 5 s of lateness, idle after 30 s, 10 minutes behind, 5 minutes ahead: the defaults.

describe("a window", () => {
  it("is decided when the watermark reaches its end, and not a second before", () => {
    const script = new Script().lines([0, 3, 9]).lines([14])
    expect(script.decided).toEqual([])
    expect(script.lines([15]).decided).toEqual(["0: 3, watermark"])
  })

  it("holds its first second and not its end", () => {
    expect(new Script().lines([0, 10, 9, 20]).lines([35]).decided).toEqual([
      "0: 2, watermark",
      "10: 1, watermark",
      "20: 1, watermark"
    ])
  })

  it("takes lines within the lateness in any order, and a later one is late", () => {
    const script = new Script().lines([12, 3]).lines([14, 9]).lines([15]).lines([9.999, 10])
    expect(script.decided).toEqual(["0: 2, watermark"])
    expect(script.rejected).toEqual(["4.1 late"])
    expect(script.lines([40]).records[1]?.since_last).toEqual({
      late: 1,
      late_by_source: { a: 1 },
      rejected: {},
      gap: 0
    })
  })

  it("is decided behind a message, never inside it: a message's lines come in together", () => {
    expect(new Script().lines([0, 100, 1]).decided).toEqual(["0: 2, watermark"])
  })

  it("that holds no line has no record, and the first line for it brings one about, though the watermark has passed", () => {
    const script = new Script().lines([100]).lines([15])
    expect(script.decided).toEqual(["10: 1, watermark"])
    expect(script.rejected).toEqual([])
  })

  it("is decided by the line's own time, whatever the zone and whenever it came", () => {
    expect(new Script().lines([0, 15, 16, 17], { at: 5_000 }).decided).toEqual(["0: 1, watermark"])
  })
})

describe("several sources", () => {
  const two = () => new Script().lines([5], { source: "a" }).lines([5], { source: "b" })

  it("wait for the slowest of them", () => {
    const script = two().lines([29], { source: "a" })
    expect(script.decided).toEqual([])
    expect(script.lines([15], { source: "b" }).decided).toEqual(["0: 2, watermark"])
    expect(script.lines([24], { source: "b" }).decided).toEqual(["0: 2, watermark"])
    expect(script.lines([25], { source: "b" }).decided).toEqual(["0: 2, watermark", "10: 1, watermark"])
  })

  it("do not wait for one that is silent for longer than 30 s of the log's clock", () => {
    const script = two()
    for (let s = 10; s <= 35; s += 5) script.lines([s], { source: "a" })
    expect(script.decided).toEqual([])
    expect(script.lines([35.001], { source: "a" }).decided).toEqual(["0: 2, idle", "10: 2, idle", "20: 2, idle"])
    expect(script.lines([45], { source: "a" }).decided.slice(3)).toEqual(["30: 3, watermark"])
  })

  it("wait again for one that comes back from silence, but not for what was decided without it", () => {
    const script = two().silence(40).lines([50], { source: "a" }).lines([8], { source: "b", at: 50 })
    expect(script.decided).toEqual(["0: 2, idle"])
    expect(script.rejected).toEqual(["4.1 late"])
    script.lines([44], { source: "b", at: 51 }).lines([66], { source: "a", at: 66 })
    expect(script.decided).toEqual(["0: 2, idle"]) // b holds back from 39 on
    script.lines([66], { source: "b", at: 67 })
    expect(script.decided).toEqual(["0: 2, idle", "40: 1, watermark", "50: 1, watermark"])
  })

  it("do not wait for one that is more than 10 minutes behind: its lines are late, counted by source", () => {
    const script = new Script().lines([7_200], { source: "fast" }).lines([7_215], { source: "fast" })
    expect(script.lines([0, 1], { source: "slow", at: 7_215 }).decided).toEqual(["7200: 1, watermark"])
    expect(script.rejected).toEqual(["3.1 late", "3.2 late"])
    script.lines([7_230], { source: "fast" })
    expect(script.decided.slice(1)).toEqual(["7210: 1, watermark"])
    expect(script.records[1]?.since_last).toMatchObject({ late: 2, late_by_source: { slow: 2 } })
  })

  it("wait for one that is exactly 10 minutes behind", () => {
    const behind = new Script({ idleMs: 3_600_000 }).lines([5], { source: "slow" })
    for (let s = 10; s <= 605; s += 5) behind.lines([s], { source: "fast" })
    expect(behind.decided).toEqual([])
    expect(behind.lines([606], { source: "fast" }).decided[0]).toEqual("0: 1, watermark")
  })

  it("begin to wait for one as soon as it has sent a line that can be used", () => {
    const script = new Script().lines([5], { source: "a" }).send(new Uint8Array(), { source: "b" })
    expect(script.lines([15], { source: "a" }).decided).toEqual(["0: 1, watermark"])
  })
})

describe("silence", () => {
  it("of all sources decides all that is open", () => {
    const script = new Script().lines([5, 12, 21])
    expect(script.decided).toEqual(["0: 1, watermark"])
    expect(script.silence(51).decided).toEqual(["0: 1, watermark"])
    expect(script.silence(51.001).decided).toEqual(["0: 1, watermark", "10: 1, idle", "20: 1, idle"])
    expect(script.silence(1_000).decided.length).toBe(3)
  })

  it("of one source decides what only it held back", () => {
    const script = new Script().lines([5], { source: "b" }).lines([10], { source: "a" })
    expect(script.silence(36).decided).toEqual([])
    expect(script.lines([14], { source: "a", at: 37 }).decided).toEqual([])
    const talking = new Script().lines([5], { source: "b" })
    for (let s = 10; s <= 30; s += 5) talking.lines([s], { source: "a" })
    expect(talking.silence(35).decided).toEqual([])
    expect(talking.silence(36).decided).toEqual(["0: 1, idle", "10: 2, idle"])
  })

  it("leaves what may still come open: lines for a window after the decided ones are not late", () => {
    const script = new Script().lines([5]).silence(100).lines([12], { at: 101 })
    expect(script.rejected).toEqual([])
    expect(script.lines([6], { at: 102 }).rejected).toEqual(["3.1 late"])
    expect(script.lines([27], { at: 103 }).decided).toEqual(["0: 1, idle", "10: 1, watermark"])
  })

  it("in which nobody was heard says nothing of anybody: it begins anew at the next message", () => {
    const script = new Script().lines([5], { source: "b" }).lines([7], { source: "a" })
    expect(script.lines([300], { source: "c", at: 300 }).decided).toEqual([])
    for (let s = 305; s <= 325; s += 5) script.lines([s], { source: "c" })
    expect(script.decided).toEqual([])
    // more than 30 s of talk, of which the pause was five
    expect(script.lines([326], { source: "c" }).decided[0]).toBe("0: 2, idle")
    expect(script.records[0]?.through_seq).toBe(8)
  })

  it("does not go back, and a server's clock that does changes nothing", () => {
    const script = new Script().lines([5]).silence(20).silence(10).lines([6], { at: 8 })
    expect(script.silence(38).decided).toEqual([])
    expect(script.silence(38.001).decided).toEqual(["0: 2, idle"])
  })
})

describe("punctuation", () => {
  it("that says a time decides what ends by then, without the lateness", () => {
    const script = new Script().lines([5, 12])
    expect(script.promise("a", 9.999).decided).toEqual([])
    expect(script.promise("a", 10).decided).toEqual(["0: 1, punctuation"])
    expect(script.promise("a", 3).lines([13]).decided.length).toBe(1) // it cannot be taken back
    expect(script.lines([4]).rejected).toEqual(["6.1 late"])
  })

  it("that says the end decides all, and the source's next line begins anew", () => {
    const script = new Script().lines([5, 12]).promise("a", "end")
    expect(script.decided).toEqual(["0: 1, punctuation", "10: 1, punctuation"])
    script.lines([21]).lines([34])
    expect(script.decided.length).toBe(2)
    expect(script.lines([35]).decided[2]).toBe("20: 1, watermark")
  })

  it("of one source leaves the others to go on", () => {
    const script = new Script().lines([5], { source: "a" }).lines([25], { source: "b" })
    expect(script.promise("a", "end").decided).toEqual(["0: 1, punctuation"])
    expect(script.lines([35], { source: "b" }).decided).toEqual(["0: 1, punctuation", "20: 1, watermark"])
  })

  it("from a source that never sent a line holds nothing back and decides nothing", () => {
    const script = new Script().promise("x", "end").lines([5]).lines([15])
    expect(script.decided).toEqual(["0: 1, watermark"])
  })

  it("of a time in the future is ignored", () => {
    const script = new Script().lines([5]).promise("a", 12 + 301, 12)
    expect(script.decided).toEqual([])
    // it is believed up to the time at which it was stored
    expect(script.promise("a", 12 + 300, 12).decided).toEqual(["0: 1, punctuation"])
    expect(script.lines([10.5], { at: 12 }).rejected).toEqual([])
  })

  it("may stand on a message with lines: they come in first", () => {
    expect(new Script().lines([5, 12], { watermark: "end" }).decided.length).toBe(2)
  })
})

describe("a line from the future", () => {
  it("is rejected when it is more than 5 minutes ahead of the time it was stored, and moves nothing", () => {
    expect(new Script().lines([5]).lines([306, 8], { at: 5 }).rejected).toEqual(["2.1 future"])
    const guarded = new Script().lines([5]).lines([306], { at: 5 }).lines([7], { at: 7 })
    expect(guarded.decided).toEqual([])
    expect(guarded.lines([15]).records[0]).toMatchObject({ total: 2, since_last: { rejected: { future: 1 } } })
  })

  it("is taken up to 5 minutes ahead", () => {
    expect(new Script().lines([305], { at: 5 }).rejected).toEqual([])
  })
})
