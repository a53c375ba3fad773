import { rateText } from "@chaussettes/presentation"
import uPlot from "uplot"
import "uplot/dist/uPlot.min.css"
import { language } from "../language.ts"
import type { Columns } from "../series.ts"
import { colour } from "../theme.ts"
import { timeTicks, tzDate } from "../time-ticks.ts"
import { aloneNow, axisNow, marks, percentTicks, thresholdNow } from "./plot-style.ts"

const rateHeight = 230
const volumeHeight = 76
/** Less than so many pixels is a click and not a stretch. */
const leastDrag = 6
/** The lane for alerts of keys, below zero, as a share of the scale: so that they do not lie on the line. */
const keyLane = 0.09

/** The least that a bar in that lane is high, as a share of the lane: so that one window of a year's bucket is seen. */
const leastBar = 0.1
const laneBottom = -keyLane / 2
/** How high on the lane's scale the rate's zero lies. */
const laneTop = (keyLane / (1 + keyLane)) * (1 - laneBottom) + laneBottom

/** A bar from the lane's bottom, whose area rather than its height tells the share, so that a small one is seen. */
const barTop = (share: number | null): number | null =>
  share === null ? null : laneBottom + (laneTop - laneBottom) * Math.max(leastBar, Math.sqrt(share))

const sync = uPlot.sync("time")

/** What is done with the plots: a place of the columns is pointed at or clicked (null beside all of them), a stretch is picked. */
export interface PlotHandlers {
  readonly onHover: (index: number | null, left: number) => void
  readonly onClick: (index: number | null) => void
  readonly onPick: (fromMs: number, toMs: number) => void
}

const hooksOf = ({ onHover, onClick, onPick }: PlotHandlers): uPlot.Hooks.Arrays => ({
  setSelect: [
    (plot) => {
      const { left, width } = plot.select
      // The plots select together; only the one that was dragged over tells.
      if (width >= leastDrag && plot.cursor.event !== undefined && plot.cursor.event !== null) {
        onPick(plot.posToVal(left, "x") * 1000, plot.posToVal(left + width, "x") * 1000)
      }
      plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
    }
  ],
  ready: [
    (plot) => {
      let downAt = 0
      plot.over.addEventListener("pointerdown", (event) => {
        downAt = event.clientX
      })
      plot.over.addEventListener("click", (event) => {
        if (Math.abs(event.clientX - downAt) < leastDrag) onClick(plot.cursor.idx ?? null)
      })
      plot.over.addEventListener("mouseleave", () => onHover(null, 0))
    }
  ],
  setCursor: [
    (plot) => {
      if (plot.cursor.left !== undefined && plot.cursor.left >= 0) {
        onHover(plot.cursor.idx ?? null, plot.cursor.left + plot.bbox.left / devicePixelRatio)
      }
    }
  ]
})

/** Draws error rate, threshold and alerts, and below them how much traffic there was, over the same time. */
export const plots = (
  hosts: { readonly rate: HTMLElement; readonly volume: HTMLElement },
  width: number,
  handlers: PlotHandlers
) => {
  const axis = axisNow()
  const common = {
    width,
    tzDate,
    legend: { show: false },
    cursor: {
      drag: { x: true, y: false, setScale: false },
      sync: { key: sync.key, setSeries: false },
      points: { size: 7 }
    },
    hooks: hooksOf(handlers)
  }
  const rate = new uPlot(
    {
      ...common,
      height: rateHeight,
      scales: {
        x: { time: true },
        // The lowest full scale keeps a calm hour from looking like a storm.
        y: {
          range: (_plot, _min, max) => {
            const top = Math.max(0.05, (max ?? 0) * 1.12)
            return [-keyLane * top, top]
          }
        },
        lane: { range: [laneBottom, 1] }
      },
      axes: [
        { ...axis, values: timeTicks, size: 40 },
        { ...axis, size: 52, values: percentTicks }
      ],
      series: [
        {},
        { stroke: "transparent", points: { show: false } },
        { stroke: "transparent", points: { show: false } },
        { stroke: colour("line"), width: 1.6, points: aloneNow("line") },
        { ...thresholdNow(), paths: uPlot.paths.stepped!({ align: 1 }) },
        marks(colour("bad"), 8),
        { ...marks(colour("key"), 5), scale: "lane" },
        {
          scale: "lane",
          stroke: "transparent",
          width: 0,
          fill: colour("bad"),
          points: { show: false },
          paths: uPlot.paths.bars!({ size: [1, 12, 1] }),
          fillTo: laneBottom
        }
      ],
      bands: [{ series: [2, 1], fill: colour("band") }]
    },
    [[], [], [], [], [], [], [], []],
    hosts.rate
  )
  const volume = new uPlot(
    {
      ...common,
      height: volumeHeight,
      scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, Math.max(1, (max ?? 0) * 1.1)] } },
      axes: [
        { ...axis, size: 8, values: (_plot, splits) => splits.map(() => "") },
        { ...axis, size: 52, space: 24, values: (_plot, splits) => splits.map((v) => rateText(language, v)) }
      ],
      series: [{}, { stroke: colour("volume"), fill: colour("volume-fill"), width: 1, points: aloneNow("volume") }]
    },
    [[], []],
    hosts.volume
  )
  return {
    setData: (columns: Columns, fromMs: number, toMs: number) => {
      const { x, rate: mean, low, high, threshold, global, keys, alerting, perSecond } = columns
      const scale = { min: fromMs / 1000, max: toMs / 1000 }
      rate.batch(() => {
        rate.setData([x, low, high, mean, threshold, global, keys, alerting.map(barTop)], false)
        rate.setScale("x", scale)
      })
      volume.batch(() => {
        volume.setData([x, perSecond], false)
        volume.setScale("x", scale)
      })
    },
    /** Nothing is pointed at until the pointer moves again. */
    pointAway: () => {
      for (const plot of [rate, volume]) plot.setCursor({ left: -10, top: -10 }, false)
    },
    resize: (wide: number) => {
      rate.setSize({ width: wide, height: rateHeight })
      volume.setSize({ width: wide, height: volumeHeight })
    },
    destroy: () => {
      rate.destroy()
      volume.destroy()
    }
  }
}
