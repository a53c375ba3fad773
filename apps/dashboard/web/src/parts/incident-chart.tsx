import type { IncidentEvent } from "@chaussettes/domain"
import { countText, percentText } from "@chaussettes/presentation"
import { useEffect, useRef } from "preact/hooks"
import uPlot from "uplot"
import type { IncidentResponse } from "../../../src/api/index.ts"
import { inZone, language, w } from "../language.ts"
import { colour, colours } from "../theme.ts"
import { timeText } from "../time.tsx"
import { tzDate } from "../time-ticks.ts"
import { aloneNow, axisNow, percentTicks, thresholdNow } from "./plot-style.ts"
import { useWidth } from "./use-width.ts"

const height = 190
const clock = inZone({ hour: "2-digit", minute: "2-digit", second: "2-digit" })

type Windows = IncidentResponse["course"]["windows"]

interface Props {
  readonly windows: Windows
  readonly event: IncidentEvent
  readonly openedMs: number
  readonly closedMs: number | null
}

/** Of the cause, where the records say anything of it. */
const hasCause = (windows: Windows): boolean => windows.some(({ cause }) => cause !== null)

/** What is drawn of a window: the share that failed, or the requests of an incident that is about these. */
const shownOf = (window: Windows[number], byRate: boolean, ofCause: boolean): number | null => {
  if (!byRate) return window.site.total
  const counts = ofCause ? window.cause : window.site
  return counts === null || counts.total === 0 ? null : counts.errors / counts.total
}

export const courseWords = (event: IncidentEvent, windows: Windows): string => {
  const { course } = w.incidents
  if (w.incidents.usual(event) === "") return course.requests
  if (event.cause.dimension === "global") return course.all
  return hasCause(windows) ? course.cause : course.site
}

/** How it fared, its time marked, against what was expected. */
export const IncidentChart = ({ windows, event, openedMs, closedMs }: Props) => {
  const host = useRef<HTMLDivElement>(null)
  const width = useWidth(host)
  const theme = colours.value
  const byRate = w.incidents.usual(event) !== ""
  const values = windows.map((window) => shownOf(window, byRate, hasCause(windows)))
  useEffect(() => {
    if (width === 0) return
    const axis = axisNow()
    const expected = windows.map(() => (byRate ? event.certificate.expected_rate : null))
    const plot = new uPlot(
      {
        width,
        height,
        tzDate,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: true },
          y: {
            range: (_p, _min, max) => [0, byRate ? Math.min(1.05, Math.max(0.1, (max ?? 0) * 1.15)) : (max ?? 1) * 1.1]
          }
        },
        axes: [
          { ...axis, values: (_p, splits) => splits.map((s) => clock.format(s * 1000)), size: 28, space: 70 },
          {
            ...axis,
            size: 52,
            values: byRate ? percentTicks : (_p, splits) => splits.map((v) => countText(language, v))
          }
        ],
        series: [{}, { stroke: colour("line"), width: 1.5, spanGaps: false, points: aloneNow("line") }, thresholdNow()],
        hooks: { drawClear: [(u) => shade(u, openedMs, closedMs ?? windows[windows.length - 1]?.endMs ?? openedMs)] }
      },
      [windows.map((window) => (window.startMs + window.endMs) / 2000), values, expected],
      host.current!
    )
    return () => plot.destroy()
  }, [width, windows, event, theme])
  const said = windows
    .flatMap(({ startMs }, i) => {
      const value = values[i]
      const text =
        value === null || value === undefined ? "" : byRate ? percentText(language, value) : countText(language, value)
      return text === "" ? [] : [`${timeText(startMs)}${w.colon}${text}`]
    })
    .slice(0, 60)
    .join("; ")
  return <div ref={host} class="course" role="img" aria-label={`${w.incidents.course.title}${w.colon}${said}`} />
}

/** The time of the incident, behind all else. */
const shade = (plot: uPlot, fromMs: number, toMs: number): void => {
  const [left, right] = [plot.valToPos(fromMs / 1000, "x", true), plot.valToPos(toMs / 1000, "x", true)]
  const { left: least, top, width, height: tall } = plot.bbox
  const [from, to] = [Math.max(least, left), Math.min(least + width, right)]
  if (to <= from) return
  plot.ctx.save()
  plot.ctx.fillStyle = colour("bad-soft")
  plot.ctx.fillRect(from, top, to - from, tall)
  plot.ctx.restore()
}
