import { assert, describe, it } from "@effect/vitest"
import { percentDecoded, visibleJson, visibleText } from "../src/index.ts"

/** What acts on a terminal, or hides: C0, C1, DEL, zero width, directions, separators, the mark of byte order, tags. */
const acting = [
  ..."\u0000\u0007\u001b\u007f\u0085\u009b\u200b\u200e\u2028\u2029\u202e\u2066\ufeff\ue000\u{e0041}\ud800"
]

describe("visibleText", () => {
  it("leaves nothing that acts, and touches nothing else", () => {
    const shown = visibleText(`a${acting.join("é")}🧦`)
    for (const character of acting) assert.notInclude(shown, character)
    assert.include(shown, "\\x1B")
    assert.include(shown, "\\u{202E}")
    assert.strictEqual(visibleText("chaussette é \\ 🧦 日本"), "chaussette é \\ 🧦 日本")
  })
})

describe("a character that may look like anything, or like nothing", () => {
  it.each([
    ["/a\ufe0f", "/a\\u{FE0F}"],
    ["1\ufe0f", "1\\u{FE0F}"],
    ["\ue000", "\\u{E000}"],
    ["\u{f0000}\u{10fffd}", "\\u{F0000}\\u{10FFFD}"]
  ])("is spelled out: %j", (text, shown) => assert.strictEqual(visibleText(text), shown))

  it("is not the selector of an emoji, which stays one", () => {
    for (const text of ["⚠\ufe0f", "❤\ufe0f 3"]) assert.strictEqual(visibleText(text), text)
  })
})

describe("visibleJson", () => {
  it("leaves nothing that acts, and reads back the same", () => {
    const value = { text: acting.join(""), plain: "é🧦", nested: [`\u009b31m`] }
    const shown = visibleJson(JSON.stringify(value))
    for (const character of acting) assert.notInclude(shown, character)
    assert.deepStrictEqual(JSON.parse(shown), value)
  })
})

describe("percentDecoded", () => {
  it.each([
    ["p%40ss", "p@ss"],
    ["100%", "100%"],
    ["%zz", "%zz"]
  ])("%s is %s", (text, decoded) => assert.strictEqual(percentDecoded(text), decoded))
})
