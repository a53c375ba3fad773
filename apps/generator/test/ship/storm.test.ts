import { assert, describe, it } from "@effect/vitest"
import { storm } from "./rotations.ts"

const number = (name: string, otherwise: number) => Number(process.env[name] ?? otherwise)

describe("ship in a storm", () => {
  it("sends each line once while logs are rotated in every way and ship and server are killed", {
    timeout: 120_000
  }, async () => {
    const { lost, twice, written, kills, log } = await storm({
      rotations: number("STORM_ROTATIONS", 60),
      kills: number("STORM_KILLS", 20),
      seed: number("STORM_SEED", 1)
    })
    assert.deepStrictEqual({ lost, twice }, { lost: 0, twice: 0 }, `of ${written} lines, ${kills} kills:\n${log}`)
    assert.isAbove(kills, 1)
  })
})
