import { percentText } from "@chaussettes/presentation"
import { useEffect, useRef } from "preact/hooks"
import uPlot from "uplot"
import { type ErrorClass, rateColumns, type Shifted } from "../course.ts"
import { language, w } from "../language.ts"
import { look } from "../span.ts"
import { colour, colours } from "../theme.ts"
import { timeTicks, tzDate } from "../time-ticks.ts"
import { aloneNow, axisNow, percentTicks } from "./plot-style.ts"
import { useWidth } from "./use-width.ts"

const height = 240

/** The rate of a class of errors now, and in the same stretch a day and a week before. */
export const CompareChart = (props: {
  readonly shifted: ReadonlyArray<Shifted>
  readonly wanted: ErrorClass
  readonly fromMs: number
  readonly toMs: number
  readonly summary: string
}) => {
  const { shifted, wanted, fromMs, toMs, summary } = props
  const host = useRef<HTMLDivElement>(null)
  const drawn = useRef<uPlot>(undefined)
  const width = useWidth(host)
  const theme = colours.value
  useEffect(() => {
    if (width === 0) return
    const axis = axisNow()
    const before = (name: "key" | "volume", dash: Array<number>): uPlot.Series => ({
      stroke: colour(name),
      width: 1.3,
      dash,
      points: aloneNow(name)
    })
    const plot = new uPlot(
      {
        width,
        height,
        tzDate,
        legend: { show: false },
        cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
        scales: {
          x: { time: true },
          y: { range: (_plot, _min, max) => [0, Math.min(1.02, Math.max(0.02, (max ?? 0) * 1.12))] }
        },
        axes: [
          { ...axis, values: timeTicks, size: 40 },
          { ...axis, size: 52, values: percentTicks }
        ],
        series: [
          {},
          before("volume", [2, 4]),
          before("key", [6, 4]),
          { stroke: colour("line"), width: 1.8, points: aloneNow("line") }
        ],
        hooks: {
          setSelect: [
            (plot) => {
              const { left, width } = plot.select
              if (width >= 6) look(plot.posToVal(left, "x") * 1000, plot.posToVal(left + width, "x") * 1000)
              plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
            }
          ]
        }
      },
      [[], [], [], []],
      host.current!
    )
    drawn.current = plot
    return () => plot.destroy()
  }, [width, theme])
  useEffect(() => {
    const { x, rates } = rateColumns(shifted, wanted)
    const [now = [], day = [], week = []] = rates
    drawn.current?.setData([x, week, day, now], false)
    drawn.current?.setScale("x", { min: fromMs / 1000, max: toMs / 1000 })
  }, [shifted, wanted, fromMs, toMs, width, theme])
  return (
    <div class="chart compare-chart" role="img" aria-label={`${w.explore.course}. ${summary}`}>
      <div ref={host} class="plot" />
    </div>
  )
}

/** How much more or less: `+12 %`. */
export const changeText = (now: number, before: number): string => {
  // Adding nothing makes of a minus zero a zero.
  const change = Math.round((now / before - 1) * 100) / 100 + 0
  return `${change > 0 ? "+" : ""}${percentText(language, change)}`
}
