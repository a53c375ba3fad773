import * as Plot from "@observablehq/plot"
import { parseHTML } from "linkedom"
import type { BesideResult } from "./beside.ts"

/** A fault of each kind; the others stand in the tables. */
const shown = [
  "all traffic +2 points of 5xx",
  "all traffic +10 points of 5xx",
  "URL of 5 requests a window at 30 % 5xx",
  "a client of 20 requests a window at 30 % 404"
]
const colours: { readonly [method: string]: string } = {
  oracle: "#222222",
  incidents: "#0b7a4b",
  "burn rates": "#2e6fbb",
  "tables, 1 %": "#b8860b",
  percentile_99: "#c0392b",
  fixed: "#8e8e8e"
}
const [leastFalse, mostFalse] = [0.3, 100_000]
const never = 400

/** False alarms a week against how long each method takes, one panel a fault, a point for each site. */
export const plotBeside = (results: ReadonlyArray<BesideResult>): string => {
  const { document } = parseHTML("<html><body></body></html>")
  const points = results.flatMap(({ methods }) =>
    methods.flatMap(({ name, falseWeekly, trials }) =>
      trials
        .filter(({ fault }) => shown.includes(fault))
        .map(({ fault, seen, trials: of, meanDelay }) => ({
          fault,
          method: name,
          falses: Math.max(leastFalse, Math.min(mostFalse, falseWeekly)),
          // A fault that half of the time is not seen has no delay that means anything.
          delay: 2 * seen < of ? never : Math.min(never, meanDelay)
        }))
    )
  )
  const svg = Plot.plot({
    document,
    width: 960,
    height: 400,
    marginTop: 50,
    marginBottom: 50,
    marginLeft: 60,
    style: { background: "white", color: "#222", fontFamily: "system-ui, sans-serif", fontSize: "12px" },
    fx: { label: null, domain: shown, tickFormat: (name: string) => name.replace(" a window", "") },
    x: {
      label: "false alarms a week (0.3: none)",
      type: "log",
      domain: [leastFalse / 1.5, mostFalse * 1.5],
      ticks: [1, 100, 10_000],
      tickFormat: (d: number) => d.toLocaleString("en"),
      grid: true
    },
    y: {
      label: "windows until it is told",
      type: "log",
      domain: [0.8, never * 1.2],
      ticks: [1, 3, 10, 30, 100, never],
      tickFormat: (d: number) => (d === never ? "never" : `${d}`),
      grid: true
    },
    marks: [
      Plot.ruleX([1], { stroke: "#0b7a4b", strokeDasharray: "4 3" }),
      ...Object.entries(colours).map(([method, colour]) =>
        Plot.dot(
          points.filter((p) => p.method === method),
          { fx: "fault", x: "falses", y: "delay", fill: colour, fillOpacity: 0.8, r: 4.5 }
        )
      )
    ]
  })
  const legend = Object.entries(colours)
    .map(([method, colour], i) => {
      const x = 190 + i * 120
      return `<circle cx="${x}" cy="10" r="5" fill="${colour}"/><text x="${x + 10}" y="14" fill="#222" text-anchor="start">${method}</text>`
    })
    .join("")
  const text = svg.outerHTML
  return `${text.replace(/<svg /, '<svg xmlns="http://www.w3.org/2000/svg" ').replace(/<\/svg>\s*$/, `<g font-size="12">${legend}</g></svg>`)}\n`
}
