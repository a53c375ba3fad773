import { assert, describe, expect, it } from "vitest"
import { defaultSettings, limits, Sources } from "../src/index.ts"
import { Script } from "./support/script.ts"

// What a source that lies about its time can do to the others. Allowed: 5 minutes ahead, 10 minutes behind.

describe("a source that is ahead of the clock", () => {
  const honest = () => new Script().lines([5], { source: "web" })

  it("does not make late what the others send after a silence: no window is decided before it has begun", () => {
    const script = honest().silence(40).lines([340], { source: "liar", at: 41 })
    expect(script.decided).toEqual(["0: 1, idle"])
    script.lines([52, 53], { source: "web", at: 53 }).silence(100)
    expect(script.rejected).toEqual([])
    expect(script.decided).toEqual(["0: 1, idle", "50: 2, idle"])
  })

  it("does not when it ends, either", () => {
    const script = honest().promise("web", "end").lines([300], { source: "liar", at: 20 }).promise("liar", "end", 21)
    expect(script.lines([32], { source: "web", at: 32 }).rejected).toEqual([])
  })

  it("does not by promising what is ahead, and a promise further ahead than a line may be counts for nothing", () => {
    const script = honest().promise("liar", 300, 41).promise("liar", 100_000, 41)
    expect(script.lines([52], { source: "web", at: 52 }).rejected).toEqual([])
  })

  it("has its windows decided once the clock is in them", () => {
    const script = new Script().lines([100], { source: "liar", at: 20 })
    expect(script.silence(99).decided).toEqual([])
    expect(script.silence(100).decided).toEqual(["100: 1, idle"])
  })

  it("is refused altogether beyond what is allowed", () => {
    const script = new Script().lines([302], { source: "liar", at: 1 })
    expect(script.rejected).toEqual(["1.1 future"])
  })
})

describe("a source that is behind", () => {
  it("holds windows back no longer than it may be behind, however often it sends", () => {
    const script = new Script()
    for (let s = 0; s <= 700; s += 20) script.lines([s], { source: "web", at: s }).lines([0], { source: "liar", at: s })
    // ten minutes, and the twenty seconds for which nobody sent anything
    expect(script.decided[0]).toBe("0: 33, watermark")
    expect(script.rejected.length).toBeGreaterThan(0)
    const lateSources = new Set(script.rejects.map(({ source }) => source))
    assert.deepStrictEqual([...lateSources], ["liar"])
  })
})

describe("sources with names that are no names", () => {
  it("share one watermark where a name is longer than a record has room for", () => {
    const sources = new Sources(defaultSettings, limits.sources)
    const long = "x".repeat(limits.sourceNameBytes + 1)
    assert.strictEqual(sources.nameOf(sources.slotOf("x".repeat(limits.sourceNameBytes))), "x".repeat(255))
    assert.strictEqual(sources.nameOf(sources.slotOf(long)), "*")
    assert.strictEqual(sources.nameOf(sources.slotOf("\u0001".repeat(43))), "*")
    assert.strictEqual(sources.nameOf(sources.slotOf("é".repeat(128))), "*")
    assert.strictEqual(sources.nameOf(sources.slotOf("é".repeat(127))), "é".repeat(127))
  })

  it("fill a record and a position that still fit into a message", () => {
    const script = new Script().lines([100_000], { source: "web" }).lines([100_020], { source: "web" })
    for (let i = 0; i < limits.sources + 50; i++) {
      script.lines([0], { source: `${i}"`.padEnd(250, "x"), at: 100_020 })
    }
    script.lines([100_040], { source: "web" })
    const [, record] = script.records
    assert.strictEqual(record?.since_last.late, limits.sources + 50)
    assert.isBelow(JSON.stringify(record).length, 512 * 1024)
    assert.isBelow(JSON.stringify(script.detection.position()).length, 512 * 1024)
  })
})
