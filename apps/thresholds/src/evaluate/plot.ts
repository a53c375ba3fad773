import { buckets, defaultDimensions } from "@chaussettes/domain"
import * as Plot from "@observablehq/plot"
import { parseHTML } from "linkedom"
import type { CleanResult } from "./clean.ts"
import { shareOf } from "./tally.ts"

const leastPanes = 200
const methods = ["calibrated", "percentile_99", "fixed 0.1 / 0.3 / 0.5"]

const colours = ["#0b7a4b", "#c0392b", "#8e8e8e"]

/** Alert rate by bucket of requests, one panel a dimension, a point for each site, window and error rate. */
export const plotOf = (results: ReadonlyArray<CleanResult>): string => {
  const { document } = parseHTML("<html><body></body></html>")
  const points = results.flatMap(({ tallies, of }) =>
    tallies
      .filter((tally) => methods.includes(tally.rule.name))
      .flatMap((tally) =>
        defaultDimensions.flatMap((dimension) =>
          tally
            .byBucket(dimension)
            .filter((share) => share.panes >= leastPanes)
            .map((share) => ({
              dimension,
              bucket: share.bucket,
              method: tally.rule.name,
              site: of.name,
              percent: Math.max(0.01, Math.min(100, shareOf(share) * 100))
            }))
        )
      )
  )
  const svg = Plot.plot({
    document,
    width: 960,
    height: 400,
    marginTop: 40,
    marginBottom: 60,
    marginLeft: 50,
    style: { background: "white", color: "#222", fontFamily: "system-ui, sans-serif", fontSize: "12px" },
    fx: { label: null, domain: defaultDimensions },
    x: { label: "requests in the pane", domain: buckets.slice(1).map((b) => b.name), padding: 0.2 },
    y: {
      label: "% of clean panes that alert",
      type: "log",
      domain: [0.01, 100],
      ticks: [0.01, 0.1, 1, 10, 100],
      tickFormat: (d: number) => `${d}`,
      grid: true
    },
    marks: [
      Plot.ruleY([1], { stroke: "#0b7a4b", strokeDasharray: "4 3" }),
      Plot.ruleY([2], { stroke: "#c0392b", strokeDasharray: "2 4" }),
      ...methods.map((method, i) =>
        Plot.dot(
          points.filter((p) => p.method === method),
          { fx: "dimension", x: "bucket", y: "percent", fill: colours[i]!, fillOpacity: 0.75, r: 4, dx: (i - 1) * 9 }
        )
      )
    ]
  })
  // A legend of its own: the library's is HTML.
  const legend = methods
    .map((method, i) => {
      const colour = colours[i]!
      const x = 380 + i * 170
      return `<circle cx="${x}" cy="10" r="5" fill="${colour}"/><text x="${x + 10}" y="14" fill="#222" text-anchor="start">${method}</text>`
    })
    .join("")
  const text = svg.outerHTML
  return `${text.replace(/<svg /, '<svg xmlns="http://www.w3.org/2000/svg" ').replace(/<\/svg>\s*$/, `<g font-size="12">${legend}</g></svg>`)}\n`
}
