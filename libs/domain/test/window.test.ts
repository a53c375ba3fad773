import { describe, expect, it } from "vitest"
import { OpenWindows } from "../src/index.ts"
import { Random } from "./support/random.ts"

describe("the open windows", () => {
  it("are taken out oldest first, and tell the oldest start and the lowest sequence that are left", () => {
    const random = new Random(11)
    const windows = new OpenWindows(10)
    const model = new Map<number, number>()
    for (let seq = 1; seq <= 20_000; seq++) {
      const startMs = random.int(0, 3_000) * 10
      windows.at(startMs, seq)
      if (!model.has(startMs)) model.set(startMs, seq)
      if (random.chance(0.02)) {
        const beforeMs = random.chance(0.02) ? Number.POSITIVE_INFINITY : random.int(0, 3_000) * random.int(1, 10)
        const wanted = [...model.keys()].filter((start) => start < beforeMs).sort((a, b) => a - b)
        const taken = windows.takeBefore(beforeMs)
        expect(taken.map((window) => [window.startMs, window.firstSeq])).toEqual(
          wanted.map((start) => [start, model.get(start)])
        )
        for (const start of wanted) model.delete(start)
        for (const window of taken) windows.release(window)
      }
      if (seq % 7 === 0) {
        expect([windows.size, windows.oldestMs, windows.firstSeq()]).toEqual([
          model.size,
          Math.min(...model.keys()),
          Math.min(...model.values())
        ])
      }
    }
  })
})
