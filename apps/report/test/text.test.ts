import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { textOf } from "../src/text.ts"
import { lineAt, reportOn, scratch } from "./support.ts"

const log = fileURLToPath(new URL("../../../testdata/elastic-apache-10k.log", import.meta.url))
const files = scratch()
afterAll(files.remove)

const plain = (_style: string, text: string) => text
const widthsOf = (text: string) => text.split("\n").map((line) => [...line].length)

describe("a report for the terminal", () => {
  it.each([80, 40])("has no line longer than %i columns, in both languages", async (columns) => {
    for (const language of ["en", "fr"] as const) {
      const text = textOf(await reportOn([log], { language }), { columns, paint: plain })
      expect(Math.max(...widthsOf(text))).toBeLessThanOrEqual(columns)
    }
  })

  it("says the figures that the page says", async () => {
    const text = textOf(await reportOn([log]), { columns: 80, paint: plain })
    expect(text).toMatch(/^Requests +9,999 {2}2 a minute$/m)
    expect(text).toMatch(/^Server errors +3 /m)
    expect(text).toMatch(/^404 Not found +213 {2}2\.1%$/m)
    expect(text).toMatch(/^66\.249\.73\.135 \(10 errors\) +482 +4\.8%$/m)
    expect(text).toContain("1 incident. Most errors: IP 144.76.95.39, 20 May 2015, 09:05.")
  })

  it("lets nothing act on the terminal", async () => {
    const clearing = "\x1b[2J\x07"
    const path = files.write(
      "hostile.log",
      lineAt(0, { url: `/${clearing}`, agent: "a\u009bb", referer: "https://x/\u0085" })
    )
    const text = textOf(await reportOn([path]), { columns: 80, paint: plain })
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
  })
})
