import { describe, expect, it } from "vitest"
import { KeyRates } from "../../src/thresholds/key-rates.ts"
import { failing, uniformOf } from "./tools.ts"

const model = { rate: 0.02, spread: 0.001 }
/** A hash of a number, as keys have one. */
const hashOf = (i: number): number => {
  const mixed = Math.imul(i ^ (i >>> 15), 0x2c1b3c6d)
  return (mixed ^ (mixed >>> 12)) >>> 0
}

/** A hundred panes of each of 600 keys, of which four are struck, beside so many keys that are seen once. */
const struckBeside = (others: number): number => {
  const uniform = uniformOf(7)
  const rates = new KeyRates()
  for (let key = 0; key < 600; key++) {
    for (let pane = 0; pane < 100; pane++) {
      rates.add(hashOf(key), 20, pane < 4 ? 14 : failing(uniform, 20, 0.02))
    }
  }
  for (let i = 0; i < others; i++) rates.add(hashOf(1_000_000 + i), 10, 0)
  return rates.struck(model, 1e-6)
}

describe("panes in which keys are beside themselves", () => {
  it("are all counted where all keys are kept", () => {
    expect(struckBeside(1_000)).toBe(2_400)
  })

  it("are estimated for all keys where most of them had to be left out", () => {
    const struck = struckBeside(500_000)
    expect(struck).toBeGreaterThan(1_500)
    expect(struck).toBeLessThan(3_300)
  })
})
