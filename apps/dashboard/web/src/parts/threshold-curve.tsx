import { sameThreshold, type Threshold } from "@chaussettes/domain"
import { countText, percentText } from "@chaussettes/presentation"
import type { WhatIfResponse } from "../../../src/api/index.ts"
import { language, w } from "../language.ts"
import { across, curveOf, mostRequests, squaresOf, up } from "../threshold-plot.ts"

/** Pixels of a square, and what stands around the plot. */
const [square, left, below] = [7, 40, 18]
const [width, height] = [across * square, up * square]

const pathOf = (points: ReturnType<typeof curveOf>): string =>
  points
    .map(
      ({ x, rate }, i) => `${i === 0 ? "M" : "L"}${(left + x * width).toFixed(1)} ${(height * (1 - rate)).toFixed(1)}`
    )
    .join("")

/** The panes of history, and above which line they alert: what is in force, and what is tried. */
export const ThresholdCurve = (props: {
  readonly panes: NonNullable<WhatIfResponse["ip"]>
  readonly inForce: Threshold | undefined
  readonly tried: Threshold
}) => {
  const { panes, inForce, tried } = props
  const most = mostRequests(panes.counts)
  const squares = squaresOf(panes.counts, most)
  const darkest = Math.log1p(Math.max(1, ...squares.map((s) => s.panes)))
  const isMoved = inForce === undefined || !sameThreshold(inForce, tried)
  return (
    <figure class="threshold-curve">
      <svg viewBox={`0 -6 ${left + width} ${height + below + 6}`} role="img" aria-label={w.whatIf.curve}>
        {[0, 0.5, 1].map((rate) => (
          <text key={rate} x={left - 4} y={height * (1 - rate) + 4} text-anchor="end">
            {percentText(language, rate)}
          </text>
        ))}
        <text x={left} y={height + below - 4}>
          {countText(language, 1)}
        </text>
        <text x={left + width} y={height + below - 4} text-anchor="end">
          {countText(language, most)} {w.whatIf.requests}
        </text>
        <path class="axis" d={`M${left} 0V${height}H${left + width}`} />
        {squares.map(({ column, row, panes: count }) => (
          <rect
            key={`${column}/${row}`}
            x={left + column * square}
            y={height - (row + 1) * square}
            width={square}
            height={square}
            opacity={0.15 + (0.85 * Math.log1p(count)) / darkest}
          />
        ))}
        {inForce !== undefined && <path class="in-force" d={pathOf(curveOf(inForce, panes.least, most))} />}
        {isMoved && <path class="tried" d={pathOf(curveOf(tried, panes.least, most))} />}
      </svg>
      <figcaption class="dim">
        <span class="in-force">── {w.whatIf.curveInForce}</span>
        {isMoved && <span class="tried"> ╌╌ {w.whatIf.curveTried}</span>}
      </figcaption>
    </figure>
  )
}
