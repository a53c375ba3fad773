import { History, historyLimits } from "@chaussettes/domain"
import { describe, expect, it } from "vitest"
import { PaneCounts } from "../../src/thresholds/pane-counts.ts"
import { failing, shuffled, tell, uniformOf, windowsOf } from "./tools.ts"

/** Everything that a history holds, in an order of its own. */
const contents = (history: History) => ({
  slotMs: history.slotMs,
  parts: history.parts().map((part) => ({
    ...part,
    cells: sorted(part.cells),
    worst: sorted(part.worst),
    together: sorted(part.together),
    hours: part.hours.map((hour) => ({
      hour: hour.hour,
      cells: sorted(hour.cells),
      worst: sorted(hour.worst),
      together: sorted(hour.together)
    }))
  })),
  struck: history.keyRates.url.struck({ rate: 0.05, spread: 0.02 }, 0.001)
})

const sorted = (
  cells: History extends { parts(): ReadonlyArray<infer P> } ? (P extends { cells: infer C } ? C : never) : never
) =>
  Object.fromEntries(
    Object.entries(cells).map(([dimension, list]) => [
      dimension,
      [...list].sort((a, b) => a.requests / a.panes - b.requests / b.panes || a.errors / a.panes - b.errors / b.panes)
    ])
  )

describe("a history", () => {
  it("does not depend on the order of windows, nor on the order of panes in one", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const windows = windowsOf({ windows: 400, seed, rate: 0.1 })
      const uniform = uniformOf(seed + 100)
      const mixed = shuffled(windows, uniform).map((w) => ({ ...w, panes: shuffled(w.panes, uniform) }))
      expect(contents(tell(new History(), mixed))).toEqual(contents(tell(new History(), windows)))
    }
  })

  it("is the same whole or merged from pieces, wherever they are cut", () => {
    const windows = windowsOf({ windows: 3_000, seed: 7, rate: 0.05, keys: 5 })
    const whole = contents(tell(new History(), windows))
    for (const cut of [1, 700, 1_500, 2_999]) {
      const parts = [windows.slice(0, cut), windows.slice(cut)].map((part) => tell(new History(), part))
      expect(contents(History.merged(parts))).toEqual(whole)
      expect(contents(History.merged([...parts].reverse()))).toEqual(whole)
    }
    const thirds = [0, 1, 2].map((r) =>
      tell(
        new History(),
        windows.filter((_, i) => i % 3 === r)
      )
    )
    expect(contents(History.merged(thirds))).toEqual(whole)
  })

  it("keeps the number of slots and of cells within its bounds, and loses no pane", () => {
    const uniform = uniformOf(3)
    const history = new History()
    const windows = 30_000
    for (let i = 0; i < windows; i++) {
      // Each window has other numbers, so that without a bound each would be a cell of its own.
      for (let k = 0; k < 12; k++)
        history.pane("ip", Math.floor(10 ** (1 + 5 * uniform())), Math.floor(1_000 * uniform()), k)
      history.windowClosed(i * 600_000)
    }
    const parts = history.parts()
    const cells = parts.reduce((sum, part) => sum + part.cells.ip.length, 0)
    expect(parts.length).toBeLessThanOrEqual(historyLimits.slots)
    expect(cells).toBeLessThanOrEqual(historyLimits.cells * 3)
    expect(parts.reduce((sum, part) => sum + part.panes.ip, 0)).toBe(12 * windows)
    expect(history.windows).toBe(windows)
  })

  it("sees a key that was beside itself for part of the time, and none where keys only differ", () => {
    const told = (struckShare: number) => {
      const uniform = uniformOf(11)
      const history = new History()
      for (let i = 0; i < 2_000; i++) {
        for (let key = 0; key < 10; key++) {
          const struck = key === 4 && uniform() < struckShare
          history.pane("url", 20, failing(uniform, 20, struck ? 0.6 : 0.02 + 0.02 * key), key)
        }
        history.windowClosed(i * 10_000)
      }
      return history.keyRates.url.struck({ rate: 0.1, spread: 0.03 }, 0.0005)
    }
    expect(told(0)).toBeLessThan(40)
    expect(told(0.3)).toBeGreaterThan(300)
  })
})

describe("pane counts", () => {
  it("are exact for few requests and errors, and keep the sums where they are not", () => {
    const counts = new PaneCounts()
    counts.add(10, 3)
    counts.add(10, 3)
    counts.add(10, 4)
    expect([...counts]).toEqual([
      { panes: 2, requests: 20, errors: 6 },
      { panes: 1, requests: 10, errors: 4 }
    ])
    const great = new PaneCounts()
    great.add(100_000, 70_001)
    great.add(100_100, 70_010)
    expect([...great]).toEqual([{ panes: 2, requests: 200_100, errors: 140_011 }])
  })

  it("get coarser to the same counts whether before or after they are put together", () => {
    const uniform = uniformOf(5)
    const panes = Array.from({ length: 5_000 }, () => {
      const requests = Math.floor(10 ** (4 * uniform())) + 1
      return [requests, Math.floor(uniform() * (requests + 1))] as const
    })
    const of = (list: typeof panes, coarse: number) => {
      const counts = new PaneCounts(coarse)
      for (const [n, k] of list) counts.add(n, k)
      return counts
    }
    const order = (counts: PaneCounts) =>
      [...counts].sort((a, b) => a.requests - b.requests || a.errors - b.errors || a.panes - b.panes)
    for (const coarse of [1, 2, 3]) {
      expect(order(PaneCounts.merged([of(panes, 0)], coarse))).toEqual(order(of(panes, coarse)))
      expect(order(PaneCounts.merged([of(panes.slice(0, 2_000), 0), of(panes.slice(2_000), coarse)]))).toEqual(
        order(of(panes, coarse))
      )
    }
  })
})
