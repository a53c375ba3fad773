import { assert, describe, it } from "@effect/vitest"
import { sourceOf } from "../../src/flags.ts"
import { parseBurst } from "../../src/traffic/schedule.ts"
import { parseZoneMinutes } from "../../src/zone.ts"

describe("parseBurst", () => {
  it("reads factor, period and length, and fills in what is left out", () => {
    assert.deepStrictEqual(parseBurst("10x/2m/30s"), { factor: 10, everyMs: 120_000, lengthMs: 30_000 })
    assert.deepStrictEqual(parseBurst("2.5"), { factor: 2.5, everyMs: 60_000, lengthMs: 5_000 })
    assert.deepStrictEqual(parseBurst("3x/4s"), { factor: 3, everyMs: 4_000, lengthMs: 2_000 })
  })

  it("refuses what is no burst", () => {
    for (const text of ["", "x", "1x", "0.5x", "10x/", "10x/5s/5s", "10x/5s/0s", "10x/1m/5s/1s", "-2x"]) {
      assert.isUndefined(parseBurst(text), text)
    }
  })
})

describe("parseZoneMinutes", () => {
  it("reads zones with and without a colon, and UTC", () => {
    const read = ["+02:00", "-0330", "+1400", "-12:00", "Z", "utc"].map(parseZoneMinutes)
    assert.deepStrictEqual(read, [120, -210, 840, -720, 0, 0])
  })

  it("refuses zones that never were", () => {
    for (const text of ["", "2", "+2:00", "+15:00", "-13:00", "+02:60", "CET"])
      assert.isUndefined(parseZoneMinutes(text))
  })
})

describe("sourceOf", () => {
  it("makes any host name a token of a subject", () => {
    assert.strictEqual(sourceOf("web-1.example.org"), "web-1-example-org")
    assert.strictEqual(sourceOf(".*>"), "unnamed")
    assert.strictEqual(sourceOf("é".repeat(3) + "x".repeat(100)).length, 64)
  })
})
