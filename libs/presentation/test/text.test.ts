import { visibleText } from "@chaussettes/domain"
import { describe, expect, it } from "vitest"
import { visibleBytes, visiblePieces } from "../src/index.ts"

describe("visibleText", () => {
  it("leaves plain text of any script alone, and a backslash that stands in it", () => {
    const text = "GET /métro/日本?a=\\x1B&b=<script> — 🧦 ‘quoted’"
    expect(visibleText(text)).toBe(text)
  })

  it("spells out terminal escapes, line breaks and deletes", () => {
    expect(visibleText("a\u001b[31mb\r\n\u0000\u007f\u009b")).toBe("a\\x1B[31mb\\x0D\\x0A\\x00\\x7F\\x9B")
  })

  it("spells out what turns the direction of text, or hides", () => {
    expect(visibleText("/evil\u202egpj.exe\u2066\u200b\ufeff\u{e0041}")).toBe(
      "/evil\\u{202E}gpj.exe\\u{2066}\\u{200B}\\u{FEFF}\\u{E0041}"
    )
  })

  it("spells out half a surrogate pair", () => {
    expect(visibleText("a\ud800b")).toBe("a\\u{D800}b")
  })

  it("tells the pieces apart so that a page can set the spelled ones off", () => {
    expect(visiblePieces("a\u0007b")).toEqual([
      { text: "a", spelled: false },
      { text: "\\x07", spelled: true },
      { text: "b", spelled: false }
    ])
  })
})

describe("visibleBytes", () => {
  it("reads UTF-8, and writes bytes that are none in hex", () => {
    expect(visibleBytes(new TextEncoder().encode("é"))).toBe("é")
    expect(visibleBytes(Uint8Array.of(0x61, 0xff, 0x1b))).toBe("a\\xFF\\x1B")
  })
})
