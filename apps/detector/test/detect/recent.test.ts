import { type ClockFault, type SourceTally, type Tally, tallySchema } from "@chaussettes/domain"
import { describe, expect, it } from "vitest"
import { recentWords } from "../../src/detect/recent.ts"

const tally = (lines: number, late: number, clocks: { readonly [source: string]: ClockFault | null } = {}): Tally => {
  const total = { lines, revised: 0, late, rejected: {} }
  const sources = Object.entries(clocks).map(
    ([name, clock]): SourceTally => ({
      name,
      ...total,
      offset_ms: 0,
      delay_ms: null,
      disorder_ms: null,
      lateness_ms: 5_000,
      usual_gap_ms: 0,
      clock
    })
  )
  return { schema: tallySchema, at_ms: 0, span_ms: 300_000, total, off_clock: 0, sources, others: null }
}

const fast = (seconds: number): ClockFault => ({ kind: "fast", ahead_ms: seconds * 1_000 })

describe("what the log says of the recent lines", () => {
  it("says once that many get no verdict, and once that it is over", () => {
    const words = recentWords()
    const said = [tally(100, 2), tally(100, 8), tally(100, 11), tally(100, 60), tally(100, 1), tally(0, 0)].map(words)
    expect(said.map((lines) => lines.map((line) => line.slice(0, 30)))).toEqual([
      [],
      ["8% of the lines get no verdict"],
      [],
      ["Most lines get no verdict (60%"],
      ["Nearly all lines of the last m"],
      []
    ])
  })

  it("names a source off the clock once, also where it drifts, and says that it is right again", () => {
    const words = recentWords()
    expect(words(tally(10, 0, { web1: null, web2: fast(7) }))).toEqual([
      "web2 is 7 s ahead: a fast clock? Correct its times with --source-offset web2=-7s."
    ])
    expect(words(tally(10, 0, { web2: fast(8) }))).toEqual([])
    expect(words(tally(10, 0, { web2: null }))).toEqual(["The clock of web2 is right again."])
    expect(words(tally(10, 0, { web2: null }))).toEqual([])
  })
})
