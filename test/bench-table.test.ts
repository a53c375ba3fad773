import { assert, describe, it } from "@effect/vitest"
import { type Result, tableOf, tableWith } from "../bench/support/table.ts"

const row = (what: string, median: number): Result => ({
  id: what,
  what,
  against: "a rival",
  ours: { median, min: median, max: median },
  theirs: undefined,
  ratio: undefined,
  lessIsBetter: false,
  unit: "lines/s",
  goal: "≥ 0.5",
  isMet: true,
  note: undefined
})

describe("a table of which some rows are measured again", () => {
  const old = tableOf([row("one", 1_000), row("gone", 2_000), row("three", 3_000)])

  it("has them in the order of all rows, keeps the others, and drops what is no row any more", () => {
    assert.strictEqual(
      tableWith(old, [row("two", 20_000), row("three", 30_000)], ["one", "two", "three", "four"]),
      tableOf([row("one", 1_000), row("two", 20_000), row("three", 30_000)])
    )
  })
})
