import { describe, expect, it } from "vitest"
import { workOf } from "../../../../libs/domain/test/support/work.ts"
import type { Step } from "../simulation/plan.ts"
import { clean, countsOf, makeWorld } from "./world.ts"

/** A log in which each message decides the oldest of so many open windows, decided. */
const withOpen = async (open: number) => {
  const world = await makeWorld()
  const steps = Array.from({ length: 3 * open }, (_, i): Step => {
    const line = { timeMs: i * 1_000, ip: "10.0.0.1", url: "/", status: 200 }
    return { atMs: i * 1_000, kind: "message", source: "a", lines: [line] }
  })
  world.send(steps)
  await world.detect({ windowMs: 1_000, allowedLatenessMs: open * 1_000, idleMs: 1e9 })
  return world
}

describe("with many windows open", () => {
  it("the work of verify grows with the records and not with their square", async () => {
    const work = async (open: number) => {
      const world = await withOpen(open)
      return workOf(/(libs\/domain|apps\/detector)\/src\//, async () => {
        const verification = await world.verify()
        expect(countsOf(verification)).toEqual(clean)
        expect(verification.findings!.windows.same).toBeGreaterThan(2 * open)
      })
    }
    const [few, many] = [await work(500), await work(1_000)]
    expect(many / few).toBeLessThan(2.4)
  })
})
