import { countText, durationText, percentText, rateText } from "@chaussettes/view"
import uPlot from "uplot"
import "uplot/dist/uPlot.min.css"
import { useEffect, useRef, useState } from "preact/hooks"
import type { SeriesResponse } from "../../../src/api.ts"
import { language, w } from "../language.ts"
import { go } from "../router.ts"
import { columnsOf } from "../series.ts"
import { look, moveBy, pickSpan, span, zoomBy } from "../span.ts"
import { colour, colours } from "../theme.ts"
import { timeText, utcText } from "../time.tsx"
import { useWidth } from "./use-width.ts"

const rateHeight = 230
const volumeHeight = 76
/** Less than so many pixels is a click and not a stretch. */
const leastDrag = 6

const locale = language === "fr" ? "fr-FR" : "en-GB"
const hourForm = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" })
const secondForm = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" })
const dayForm = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" })
const monthForm = new Intl.DateTimeFormat(locale, { month: "short", year: "numeric" })

/** Ticks in the viewer's language; a new day is named under its first hour. */
const timeTicks: uPlot.Axis.Values = (_plot, splits, _axis, _space, step) => {
  let day = ""
  return splits.map((seconds) => {
    const date = new Date(seconds * 1000)
    if (step >= 28 * 86_400) return monthForm.format(date)
    if (step >= 86_400) return dayForm.format(date)
    const time = (step < 60 ? secondForm : hourForm).format(date)
    const today = dayForm.format(date)
    const text = today !== day ? `${time}\n${today}` : time
    day = today
    return text
  })
}

interface Hover {
  readonly bucket: number
  readonly left: number
}

/** What a point says, in words. */
const Tooltip = ({
  series,
  hover,
  width
}: {
  readonly series: SeriesResponse
  readonly hover: Hover
  readonly width: number
}) => {
  const i = hover.bucket
  const startMs = series.startMs[i]!
  const [total, errors] = [series.total[i]!, series.errors[i]!]
  const seuil = series.seuil[i]
  const { global, ip, url } = series.breaches
  const share = (x: number | null | undefined) => (x === null || x === undefined ? "–" : percentText(language, x))
  return (
    <div class="tooltip" style={{ left: `${Math.min(Math.max(hover.left, 110), width - 110)}px` }}>
      <strong>{timeText(startMs)}</strong>
      <small class="when">
        {utcText(startMs)} · {durationText(language, series.bucketMs)}
      </small>
      <dl>
        <dt>{w.chart.rate}</dt>
        <dd>
          {share(total === 0 ? null : errors / total)}
          {!series.exact && (
            <small>
              {" "}
              ({share(series.leastRate[i])} – {share(series.greatestRate[i])})
            </small>
          )}
        </dd>
        <dt>{w.chart.seuil}</dt>
        <dd>{share(seuil)}</dd>
        <dt>{w.chart.requests}</dt>
        <dd>{rateText(language, total / (series.bucketMs / 1000))}</dd>
        {global[i]! + ip[i]! + url[i]! > 0 && (
          <>
            <dt>{w.chart.alerts}</dt>
            <dd class="tone-bad">
              {(["global", "ip", "url"] as const)
                .filter((d) => series.breaches[d][i]! > 0)
                .map((d) => `${w.dimensions[d]} ${countText(language, series.breaches[d][i]!)}`)
                .join(" · ")}
            </dd>
          </>
        )}
      </dl>
    </div>
  )
}

const sync = uPlot.sync("time")

const plots = (
  hosts: { readonly rate: HTMLElement; readonly volume: HTMLElement },
  width: number,
  onHover: (index: number | null, left: number) => void,
  onPick: (fromMs: number, toMs: number) => void,
  onClick: (index: number | null) => void
) => {
  const [text, grid] = [colour("dim"), colour("grid")]
  const font = "11px system-ui, sans-serif"
  const axis = { stroke: text, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } }
  const none = () => null
  const cursor: uPlot.Cursor = {
    drag: { x: true, y: false, setScale: false },
    sync: { key: sync.key, setSeries: false },
    points: { size: 7 }
  }
  const setSelect = (plot: uPlot) => {
    const { left, width: selected } = plot.select
    if (selected >= leastDrag) {
      onPick(plot.posToVal(left, "x") * 1000, plot.posToVal(left + selected, "x") * 1000)
    }
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  }
  const ready = (plot: uPlot) => {
    let downAt = 0
    plot.over.addEventListener("pointerdown", (event) => {
      downAt = event.clientX
    })
    plot.over.addEventListener("click", (event) => {
      if (Math.abs(event.clientX - downAt) < leastDrag) onClick(plot.cursor.idx ?? null)
    })
    plot.over.addEventListener("mouseleave", () => onHover(null, 0))
  }
  const setCursor = (plot: uPlot) => {
    if (plot.cursor.left !== undefined && plot.cursor.left >= 0) {
      onHover(plot.cursor.idx ?? null, plot.cursor.left + plot.bbox.left / devicePixelRatio)
    }
  }
  const mark = (stroke: string, size: number): uPlot.Series => ({
    stroke: "transparent",
    paths: none,
    points: { show: true, size, stroke, fill: stroke, width: 0 }
  })
  const rate = new uPlot(
    {
      width,
      height: rateHeight,
      legend: { show: false },
      cursor,
      scales: {
        x: { time: true },
        // The lowest full scale keeps a calm hour from looking like a storm.
        y: { range: (_plot, _min, max) => [0, Math.max(0.05, (max ?? 0) * 1.12)] }
      },
      axes: [
        { ...axis, values: timeTicks, size: 40 },
        { ...axis, size: 52, values: (_plot, splits) => splits.map((v) => percentText(language, v)) }
      ],
      series: [
        {},
        { stroke: "transparent", points: { show: false } },
        { stroke: "transparent", points: { show: false } },
        { stroke: colour("line"), width: 1.6, points: { show: false } },
        {
          stroke: colour("seuil"),
          width: 1.4,
          dash: [6, 4],
          points: { show: false },
          paths: uPlot.paths.stepped!({ align: 1 })
        },
        mark(colour("bad"), 8),
        mark(colour("key"), 6)
      ],
      bands: [{ series: [2, 1], fill: colour("band") }],
      hooks: { setSelect: [setSelect], ready: [ready], setCursor: [setCursor] }
    },
    [[], [], [], [], [], [], []],
    hosts.rate
  )
  const volume = new uPlot(
    {
      width,
      height: volumeHeight,
      legend: { show: false },
      cursor,
      scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, Math.max(1, (max ?? 0) * 1.1)] } },
      axes: [
        { ...axis, size: 8, values: (_plot, splits) => splits.map(() => "") },
        { ...axis, size: 52, space: 24, values: (_plot, splits) => splits.map((v) => rateText(language, v)) }
      ],
      series: [{}, { stroke: colour("volume"), fill: colour("volume-fill"), width: 1, points: { show: false } }],
      hooks: { setSelect: [setSelect], ready: [ready], setCursor: [setCursor] }
    },
    [[], []],
    hosts.volume
  )
  return {
    setData: (columns: ReturnType<typeof columnsOf>, fromMs: number, toMs: number) => {
      const { x, rate: mean, least, most, seuil, global, keys, perSecond } = columns
      const scale = { min: fromMs / 1000, max: toMs / 1000 }
      rate.batch(() => {
        rate.setData([x, least, most, mean, seuil, global, keys], false)
        rate.setScale("x", scale)
      })
      volume.batch(() => {
        volume.setData([x, perSecond], false)
        volume.setScale("x", scale)
      })
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

/** Error rate with its threshold and alerts, and below it how much traffic there was. */
export const Chart = (props: {
  readonly series: SeriesResponse
  readonly fromMs: number
  readonly toMs: number
  readonly summary: string
}) => {
  const { series, fromMs, toMs } = props
  const rateHost = useRef<HTMLDivElement>(null)
  const volumeHost = useRef<HTMLDivElement>(null)
  const drawn = useRef<ReturnType<typeof plots>>(undefined)
  const columns = useRef<ReturnType<typeof columnsOf>>(undefined)
  const newest = useRef(series)
  const [hover, setHover] = useState<Hover | undefined>(undefined)
  const width = useWidth(rateHost)
  newest.current = series

  const theme = colours.value
  useEffect(() => {
    if (width === 0) return
    drawn.current = plots(
      { rate: rateHost.current!, volume: volumeHost.current! },
      width,
      (index, left) => {
        const bucket = index === null ? undefined : columns.current?.bucketAt[index]
        setHover(bucket === undefined ? undefined : { bucket, left })
      },
      look,
      (index) => {
        const bucket = index === null ? undefined : columns.current?.bucketAt[index]
        const { startMs, bucketMs, breaches } = newest.current
        if (bucket === undefined) return
        if (breaches.global[bucket]! + breaches.ip[bucket]! + breaches.url[bucket]! === 0) return
        go("/alerts", { from: String(startMs[bucket]!), to: String(startMs[bucket]! + bucketMs) })
      }
    )
    return () => drawn.current?.destroy()
  }, [width > 0, theme])

  useEffect(() => drawn.current?.resize(width), [width])

  useEffect(() => {
    columns.current = columnsOf(series)
    drawn.current?.setData(columns.current, fromMs, toMs)
  }, [series, fromMs, toMs, width > 0, theme])

  const keys = (event: KeyboardEvent) => {
    const act: { readonly [key: string]: () => void } = {
      ArrowLeft: () => moveBy(-0.25),
      ArrowRight: () => moveBy(0.25),
      "+": () => zoomBy(0.5),
      "=": () => zoomBy(0.5),
      "-": () => zoomBy(2),
      End: () => {
        const s = span.value
        if (s._tag === "Fixed") pickSpan("1h")
      }
    }
    const run = act[event.key]
    if (run === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    run()
  }

  return (
    <div
      class="chart"
      role="img"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the chart is moved with the arrow keys
      tabIndex={0}
      aria-label={`${w.chart.title}. ${props.summary}. ${w.chart.hint}`}
      onKeyDown={keys}
    >
      <div ref={rateHost} class="plot" />
      <div ref={volumeHost} class="plot" />
      {hover !== undefined && hover.bucket < series.startMs.length && (
        <Tooltip series={series} hover={hover} width={width} />
      )}
    </div>
  )
}

/** The same as rows, for those who read rather than look. */
export const SeriesTable = ({ series }: { readonly series: SeriesResponse }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
  <section class="table-scroll" tabIndex={0} aria-label={w.chart.title}>
    <table>
      <thead>
        <tr>
          <th scope="col">{w.chart.window}</th>
          <th scope="col">{w.chart.rate}</th>
          <th scope="col">{w.chart.seuil}</th>
          <th scope="col">{w.top.requests}</th>
          <th scope="col">{w.top.errors}</th>
          <th scope="col">{w.chart.alerts}</th>
        </tr>
      </thead>
      <tbody>
        {series.startMs
          .map((startMs, i) => (
            <tr key={startMs}>
              <th scope="row">
                <time dateTime={utcText(startMs)} title={`${utcText(startMs)} (UTC)`}>
                  {timeText(startMs)}
                </time>
              </th>
              <td>{series.total[i] === 0 ? "–" : percentText(language, series.errors[i]! / series.total[i]!)}</td>
              <td>{series.seuil[i] === null ? "–" : percentText(language, series.seuil[i]!)}</td>
              <td>{countText(language, series.total[i]!)}</td>
              <td>{countText(language, series.errors[i]!)}</td>
              <td>
                {countText(language, series.breaches.global[i]! + series.breaches.ip[i]! + series.breaches.url[i]!)}
              </td>
            </tr>
          ))
          .reverse()}
      </tbody>
    </table>
  </section>
)
