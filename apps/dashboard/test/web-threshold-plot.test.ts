import { leastErrors, type Threshold } from "@chaussettes/domain"
import { describe, expect, it } from "vitest"
import { across, curveOf, mostRequests, squaresOf, up } from "../web/src/threshold-plot.ts"

const table: Threshold = {
  rate: 0.07,
  least_errors: [
    [3, 3],
    [100, 15],
    [1_000, 90]
  ]
}

describe("the plot of thresholds over the panes of history", () => {
  it("puts each pane into one square, however many there are", () => {
    const counts = Array.from({ length: 20_000 }, (_, i) => [1 + (i % 1_000), 1 + (i % 7), 2] as const).map(
      ([requests, errors, panes]) => [requests, Math.min(requests, errors), panes] as const
    )
    const squares = squaresOf(counts, mostRequests(counts))
    expect(squares.length).toBeLessThanOrEqual(across * up)
    expect(squares.reduce((sum, { panes }) => sum + panes, 0)).toBe(40_000)
    for (const { column, row } of squares) {
      expect(column >= 0 && column < across && row >= 0 && row < up).toBe(true)
    }
  })

  it("has all errors at the top and the most requests at the right", () => {
    expect(squaresOf([[100, 100, 1]], 100)).toEqual([{ column: across - 1, row: up - 1, panes: 1 }])
    expect(squaresOf([[1, 1, 1]], 100)).toEqual([{ column: 0, row: up - 1, panes: 1 }])
  })

  it("draws the line from which on the detector's own rule alerts, from the least number of requests on", () => {
    const curve = curveOf(table, 5, 1_000)
    expect(curve[0]!.rate).toBeCloseTo(leastErrors(table, 5) / 5, 1)
    expect(curve.at(-1)).toEqual({ x: 1, rate: 0.09 })
    for (const { rate } of curve) expect(rate).toBeLessThanOrEqual(1)
    expect(curveOf(1, 1, 1_000)).toEqual([])
  })
})
