import type { Paint } from "@chaussettes/presentation/terminal"
import type { Marks } from "@chaussettes/readmodel"
import { describe, expect, it } from "vitest"
import { cellsOf } from "../../src/top/cells.ts"
import { begun, next, type State } from "../../src/top/state.ts"
import { screenLines, stillLines } from "../../src/top/view.ts"
import { shownAt } from "./shown.ts"

const plain: Paint = (_style, text) => text
const shown = shownAt()
const looked = next(begun, { _tag: "Looked", shown })[0]
const controls = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

const drawn = (columns: number, rows: number, language: "en" | "fr" = "en", state: State = looked) =>
  screenLines(state, { columns, rows }, { language, paint: plain, nowMs: shown.status.atMs + 1_000 })

describe("the screen of top", () => {
  it("is as wide as it may be, in English", () => {
    expect(drawn(120, 40).join("\n")).toMatchSnapshot()
  })

  it("keeps to 80 × 24, in French", () => {
    expect(drawn(80, 24, "fr").join("\n")).toMatchSnapshot()
  })

  it("says what 40 columns have no room for", () => {
    const lines = drawn(40, 24)
    expect(lines.join("\n")).toMatchSnapshot()
    expect(lines.join(" ")).toContain("Not enough room for: since, lasts, severity.")
  })

  it("never goes beyond its columns and rows, and lets no key act on the terminal", () => {
    const french = { ...looked, panel: 2, filter: "靴" }
    for (let columns = 1; columns <= 130; columns += 3) {
      for (const rows of [1, 4, 7, 12, 24, 60]) {
        for (const [state, language] of [
          [looked, "en"],
          [french, "fr"],
          [{ ...looked, isHelp: true }, "fr"]
        ] as const) {
          const lines = drawn(columns, rows, language, state)
          expect(lines.length, `${columns} × ${rows}`).toBeLessThanOrEqual(rows)
          for (const line of lines) {
            expect(cellsOf(line), `${columns} × ${rows}: ${line}`).toBeLessThanOrEqual(columns)
            expect(line).not.toMatch(controls)
          }
        }
      }
    }
  })

  it("marks what is above the threshold without a colour, too", () => {
    expect(drawn(80, 24).find((line) => /^ +!+ /.test(line))).toMatch(/! above the threshold$/)
  })

  it("says since when the connection is lost, over what was known last", () => {
    const state = next(looked, { _tag: "Lost", atMs: shown.status.atMs, why: "connection refused" })[0]
    const again = next(state, { _tag: "Lost", atMs: shown.status.atMs + 9_000, why: "connection refused" })[0]
    const lines = drawn(80, 24, "en", again)
    expect(lines[1]).toBe("Connection lost at 10:30:04: connection refused. Trying again…")
    expect(lines.join("\n")).toContain("Client 192.0.2.1")
    expect(drawn(80, 24, "en", next(again, { _tag: "Looked", shown })[0]).join("\n")).not.toContain("Connection lost")
  })

  it("says how old it is when nothing newer comes", () => {
    const eye = { language: "en", paint: plain, nowMs: shown.status.atMs + 30_000 } as const
    expect(screenLines(looked, { columns: 80, rows: 24 }, eye)[0]).toMatch(/30 s old$/)
  })

  it("says to a client without credentials what it does not see", () => {
    const state = next(begun, { _tag: "Looked", shown: shownAt({ isPublic: true }) })[0]
    expect(drawn(120, 40, "en", state).join("\n")).toContain("Without credentials: decided windows and alerts only")
  })

  it("marks what somebody takes care of, and what nobody is told of", () => {
    const acknowledged = { atMs: 0, by: "anne" }
    const untilMs = shown.status.atMs + 3_600_000
    const state = (marks: Marks) => next(begun, { _tag: "Looked", shown: shownAt({ marks }) })[0]
    const taken = drawn(140, 40, "en", state({ acknowledged, quiet: null })).join("\n")
    expect(taken).toContain("Acknowledged by anne.")
    expect(taken).toContain("(acknowledged by anne)")
    expect(taken).toContain("●")
    const quiet = drawn(140, 40, "en", state({ acknowledged: null, quiet: { type: "silence", untilMs } })).join("\n")
    expect(quiet).toMatch(/Chaussettes – Silenced/)
    expect(quiet).toContain("2 open incidents are silenced, the first of them until")
    expect(quiet).toContain("(silenced until")
    expect(quiet).not.toContain("●")
  })

  it("has nothing to show before the first window, and says so", () => {
    const state = next(begun, { _tag: "Looked", shown: { ...shown, course: [], incidents: [], tops: [] } })[0]
    expect(drawn(80, 24, "en", state).join("\n")).toContain("No incident.")
    expect(drawn(80, 24, "en", begun)).toEqual(["Looking…"])
  })

  it("is printed once with the first rows of each panel where nobody can press a key", () => {
    const lines = stillLines(shown, 80, { language: "en", paint: plain, nowMs: shown.status.atMs })
    expect(lines.join("\n")).toMatchSnapshot()
    expect(lines.join("\n")).toContain("2 more")
  })
})
