import { describe, expect, it } from "vitest"
import { catchingUpWords } from "../../src/detect/catching-up.ts"

const at = (seconds: number, readSeq: number, lastSeq: number) => ({ atMs: seconds * 1000, readSeq, lastSeq })

describe("a detector that is behind", () => {
  it("says how much is left and how long it takes, counting what still comes in", () => {
    expect(catchingUpWords(at(0, 10_000, 2_000_000), at(5, 310_000, 2_050_000))).toBe(
      "Catching up: 1,740,000 messages of LOGS left, 60,000 read a second, about 35s to go."
    )
  })

  it("says so when more comes in than it reads", () => {
    expect(catchingUpWords(at(0, 10_000, 20_000), at(5, 11_000, 30_000))).toMatch(/more comes in than is read\.$/)
  })

  it("says nothing while it keeps up, and nothing before it has read anything", () => {
    expect(catchingUpWords(at(0, 10_000, 10_500), at(5, 11_000, 11_400))).toBeUndefined()
    expect(catchingUpWords(at(0, 0, 0), at(5, 11_000, 2_000_000))).toBeUndefined()
  })
})
