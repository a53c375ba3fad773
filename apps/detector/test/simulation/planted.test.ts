import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { checkFree, checkSteady } from "./oracle.ts"
import { plantedFaults } from "./planted.ts"
import { play } from "./world.ts"

/** So many schedules may pass before a planted fault shows; most show within ten. */
const patience = 300

describe("the simulation finds it when", () => {
  it.each(Object.entries(plantedFaults))(
    "%s",
    async (_name, plant) => {
      for (let seed = 1; seed <= patience; seed++) {
        const steady = seed % 2 === 0
        const outcome = await Effect.runPromise(play({ seed, steady, plant: plant() }))
        if ((steady ? checkSteady(outcome) : checkFree(outcome)).length > 0) return
      }
      expect.fail(`${patience} schedules did not show it`)
    },
    120_000
  )
})
