import { describe, expect, it } from "@effect/vitest"
import { pack, unpack } from "../../src/fold/packed.ts"

describe("packed texts", () => {
  it.each([[[]], [[""]], [["a", "", "é€😀", "x".repeat(10_000), "b"]]])(
    "%# are the same when they are unpacked",
    (texts) => {
      expect(unpack(pack(texts)).map((text) => new TextDecoder().decode(text))).toEqual(texts)
    }
  )
})
