import { readFileSync } from "node:fs"
import { join } from "node:path"
import { projectFolder } from "@chaussettes/testing"
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

describe("docs/performance.md", () => {
  it("has the rows of ship", () => {
    const text = readFileSync(join(projectFolder, "docs", "performance.md"), "utf8")
    for (const name of [
      "ship of lines that come into one file",
      "a line's way from the file to LOGS",
      "memory of ship",
      "processor time of ship"
    ]) {
      assert.include(text, `| ${name}`)
    }
  })
})
