import { describe, expect, it } from "vitest"
import { headlineOf, type InputWords, isFailure, type LineOutcomes, usabilityOf } from "../src/index.ts"

const outcomes = (lines: number, late: number, rejected: LineOutcomes["rejected"] = {}): LineOutcomes => ({
  lines,
  late,
  rejected
})
const words: InputWords = { order: "pipe", toParse: "FILE", lateness: "--allowed-lateness" }
const headline = (of: LineOutcomes, some: Partial<InputWords> = {}) =>
  headlineOf(usabilityOf(of), { ...words, ...some })

describe("whether what was read can be judged by", () => {
  it.each([
    ["no line", outcomes(0, 0), "Empty", false],
    ["every line judged", outcomes(100, 0), "Fine", false],
    ["5 % without a verdict", outcomes(100, 3, { time: 2 }), "Fine", false],
    ["more than 5 %", outcomes(100, 3, { time: 3 }), "SomeUnjudged", false],
    ["half", outcomes(100, 50), "SomeUnjudged", false],
    ["more than half", outcomes(100, 25, { future: 26 }), "MostUnjudged", true],
    ["all", outcomes(3, 0, { empty: 3 }), "NothingUsable", true]
  ])("%s", (_, of, tag, failure) => {
    expect(usabilityOf(of)._tag).toBe(tag)
    expect(isFailure(usabilityOf(of))).toBe(failure)
  })

  it("counts late lines once, though they are told among the rejects, too", () => {
    expect(usabilityOf(outcomes(100, 4, { late: 4 }))._tag).toBe("Fine")
  })

  it("names the causes and the reason that are most frequent first", () => {
    expect(usabilityOf(outcomes(100, 10, { time: 5, prefix: 20, future: 12 }))).toEqual({
      _tag: "SomeUnjudged",
      lines: 100,
      unjudged: 47,
      causes: [
        { cause: "unparsed", lines: 25 },
        { cause: "future", lines: 12 },
        { cause: "late", lines: 10 }
      ],
      reason: "prefix"
    })
  })
})

describe("the headline", () => {
  it("is none where nothing is the matter", () => {
    expect(headline(outcomes(100, 5))).toBeUndefined()
  })

  it("says how many, why, and the way out", () => {
    expect(headline(outcomes(5_000, 4_000))).toBe(
      "Most lines get no verdict (80%): of 5,000 lines, 4,000 are too late for their windows. " +
        "Name the files instead of piping them, so that they are read in time order; or sort the lines by time, " +
        "or allow more lateness (--allowed-lateness)."
    )
    expect(headline(outcomes(40, 0, { time: 3, prefix: 37 }), { toParse: "iis.log" })).toBe(
      "No line gets a verdict: of 40 lines, 40 do not parse " +
        "(most often prefix: the text before the time is not [virtual host] client ident user, or a field of the format is missing). " +
        "`chaussettes parse iis.log` shows which lines and why."
    )
    expect(headline(outcomes(100, 0, { future: 20 }), { isSample: true })).toMatch(
      /^20% of the lines get no verdict: of 100 lines that were looked at, 20 are too far ahead of the clock.* --rebase now\.$/
    )
  })

  it("gives the way out of each frequent cause, and of none that is rare", () => {
    const said = headline(outcomes(1_000, 600, { status: 100, future: 1 }))
    expect(said).toContain("sort the lines by time")
    expect(said).toContain("chaussettes parse FILE")
    expect(said).not.toContain("--rebase now")
  })

  it("speaks of one line as of one", () => {
    expect(headline(outcomes(1, 1))).toMatch(/: of 1 line, 1 is too late for its window\. /)
    expect(headline(outcomes(3, 1, { time: 1, future: 1 }))).toMatch(
      /1 is too far ahead of the clock.* 1 does not parse/
    )
  })

  it("never rounds to a share that is not so", () => {
    expect(headline(outcomes(1_000, 999))).toContain("(99%)")
  })

  it.each([
    ["files as given", /^[^.]*\. Leave --as-given out/],
    ["files by time", /Read files whose times overlap, such as those of several servers, one per run/],
    ["one file", /Sort the lines of the file by time/]
  ] as const)("for late lines of %s gives what helps there", (order, remedy) => {
    expect(headline(outcomes(10, 9), { order })).toMatch(remedy)
  })
})
