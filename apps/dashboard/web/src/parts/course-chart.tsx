import { percentText } from "@chaussettes/presentation"
import { useEffect, useRef } from "preact/hooks"
import uPlot from "uplot"
import type { ExplainResponse } from "../../../src/api/index.ts"
import { inZone, language, w } from "../language.ts"
import { colour, colours } from "../theme.ts"
import { timeText } from "../time.tsx"
import { tzDate } from "../time-ticks.ts"
import { axisNow, marks, percentTicks, thresholdNow } from "./plot-style.ts"
import { useWidth } from "./use-width.ts"

const height = 150
const clock = inZone({ hour: "2-digit", minute: "2-digit", second: "2-digit" })

type Course = ExplainResponse["course"]

/** The key's rate in the windows around its alert, which is marked, against the threshold of each. */
export const CourseChart = ({ course, startMs }: { readonly course: Course; readonly startMs: number }) => {
  const host = useRef<HTMLDivElement>(null)
  const width = useWidth(host)
  const theme = colours.value
  useEffect(() => {
    if (width === 0) return
    const rate = course.windows.map((x) => (x.total === null || x.total === 0 ? null : x.errors! / x.total))
    const where = course.windows.map((x) => (x.startMs + x.endMs) / 2000)
    const threshold = course.windows.map((x) => x.seuil)
    const alerted = course.windows.map((x, i) => (x.alerted ? rate[i]! : null))
    const own = course.windows.map((x, i) => (x.startMs === startMs ? rate[i]! : null))
    const axis = axisNow()
    const plot = new uPlot(
      {
        width,
        height,
        tzDate,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: true },
          y: { range: (_p, _min, max) => [0, Math.min(1.05, Math.max(0.1, (max ?? 0) * 1.15))] }
        },
        axes: [
          { ...axis, values: (_p, splits) => splits.map((s) => clock.format(s * 1000)), size: 28, space: 58 },
          { ...axis, size: 48, values: percentTicks }
        ],
        series: [
          {},
          {
            stroke: colour("line"),
            width: 1.5,
            spanGaps: false,
            points: { show: true, size: 5, stroke: colour("line"), fill: colour("line"), width: 0 }
          },
          thresholdNow(),
          marks(colour("bad"), 7),
          marks(colour("bad"), 12)
        ]
      },
      [where, rate, threshold, alerted, own],
      host.current!
    )
    return () => plot.destroy()
  }, [width, course, startMs, theme])
  const said = course.windows
    .filter((x) => x.total !== null && x.total > 0)
    .map((x) => `${timeText(x.startMs)}${w.colon}${percentText(language, x.errors! / x.total!)}`)
    .join("; ")
  return <div ref={host} class="course" role="img" aria-label={`${w.chart.rate}${w.colon}${said}`} />
}
