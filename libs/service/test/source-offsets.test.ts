import { describe, expect, it } from "vitest"
import { parseSourceOffsets } from "../src/flags/source-offsets.ts"

describe("parseSourceOffsets", () => {
  it("reads what is to be added to the times of each source, and those that are to be measured", () => {
    expect(parseSourceOffsets(["web1=-2h", "web2=1h30m, web3=auto"])).toEqual({
      fixed: { web1: -7_200_000, web2: 5_400_000 },
      auto: ["web3"]
    })
    expect(parseSourceOffsets([])).toEqual({ fixed: {}, auto: [] })
  })

  it("takes the last word on a source", () => {
    expect(parseSourceOffsets(["web1=auto", "web1=+5s"])).toEqual({ fixed: { web1: 5_000 }, auto: [] })
  })

  it.each(["web1", "web1=", "=2h", "web1=two", "web1=-auto", "web1=2h,"])("refuses %j", (text) => {
    expect(parseSourceOffsets([text])).toBeUndefined()
  })
})
