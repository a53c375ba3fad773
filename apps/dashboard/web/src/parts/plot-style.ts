import { percentText } from "@chaussettes/presentation"
import type uPlot from "uplot"
import { language } from "../language.ts"
import { alone } from "../series.ts"
import { colour } from "../theme.ts"

/** An axis in the colours of now. */
export const axisNow = (): uPlot.Axis => ({
  stroke: colour("dim"),
  font: "11px system-ui, sans-serif",
  grid: { stroke: colour("grid"), width: 1 },
  ticks: { stroke: colour("grid"), width: 1 }
})

/** Adding nothing makes of the minus zero below a scale's first tick a zero. */
export const percentTicks: uPlot.Axis.Values = (_plot, splits) => splits.map((v) => percentText(language, v + 0))

/** The threshold in force: it changes from one window to the next, and not slowly between them. */
export const thresholdNow = (): uPlot.Series => ({
  stroke: colour("threshold"),
  width: 1.4,
  dash: [6, 4],
  points: aloneNow("threshold")
})

/** A value without neighbours, which a line does not show, is a point. */
export const aloneNow = (name: "line" | "threshold" | "volume" | "key"): uPlot.Series.Points => ({
  show: true,
  size: 5,
  stroke: colour(name),
  fill: colour(name),
  filter: (plot, series) => [...alone(plot.data[series]!)]
})

/** Points alone, without a line between them. */
export const marks = (stroke: string, size: number): uPlot.Series => ({
  stroke: "transparent",
  paths: () => null,
  points: { show: true, size, stroke, fill: stroke, width: 0 }
})
