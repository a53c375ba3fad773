import { assert, describe, it } from "@effect/vitest"
import { simulate } from "./simulation.ts"

const number = (name: string, otherwise: number) => Number(process.env[name] ?? otherwise)
const first = number("SIMULATION_SEED", 1)
const seeds = Array.from({ length: number("SIMULATION_SEEDS", 4) }, (_, i) => first + i)

describe("ship in a simulated storm", () => {
  it.each(seeds)(
    "sends each line once, whatever its steps and those of rotations meet (seed %i)",
    {
      timeout: 60_000
    },
    async (seed) => {
      const { lost, twice, isOver, lives, said } = await simulate({ rotations: 150, seed })
      assert.deepStrictEqual({ lost, twice }, { lost: 0, twice: 0 }, `in ${lives} lives:\n${said.join("\n")}`)
      assert.isTrue(isOver)
    }
  )

  it("is the same storm each time it has the same seed", { timeout: 60_000 }, async () => {
    const once = await simulate({ rotations: 60, seed: first })
    const again = await simulate({ rotations: 60, seed: first })
    assert.deepStrictEqual(again.stored, once.stored)
    assert.isAbove(once.lives, 2)
  })
})
