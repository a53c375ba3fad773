import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { formatsReference } from "../src/config/formats.ts"

describe("docs/formats.md", () => {
  it("is what the table of formats says; npm run docs writes it", () => {
    const text = readFileSync(new URL("../../../docs/formats.md", import.meta.url), "utf8")
    assert.strictEqual(text, formatsReference())
  })
})
