import { useEffect, useRef, useState } from "preact/hooks"
import type { SeriesResponse } from "../../../src/api/index.ts"
import { w } from "../language.ts"
import { go } from "../router.ts"
import { breachesAt, type Columns, columnsOf } from "../series.ts"
import { goLive, look, moveBy, spanKey, zoomBy } from "../span.ts"
import { colours } from "../theme.ts"
import { type Hover, Tooltip } from "./chart-tooltip.tsx"
import { plots } from "./plots.ts"
import { useWidth } from "./use-width.ts"

const keys: { readonly [key: string]: () => void } = {
  ArrowLeft: () => moveBy(-0.25),
  ArrowRight: () => moveBy(0.25),
  "+": () => zoomBy(0.5),
  "=": () => zoomBy(0.5),
  "-": () => zoomBy(2),
  End: goLive
}

const onKey = (event: KeyboardEvent) => {
  const act = keys[event.key]
  if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  act()
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
  const columns = useRef<Columns>(undefined)
  const newest = useRef(series)
  const [hover, setHover] = useState<Hover | undefined>(undefined)
  const width = useWidth(rateHost)
  newest.current = series

  const theme = colours.value
  useEffect(() => {
    if (width === 0) return
    const bucketAt = (index: number | null) => (index === null ? undefined : columns.current?.bucketAt[index])
    drawn.current = plots({ rate: rateHost.current!, volume: volumeHost.current! }, width, {
      onHover: (index, left) => {
        const bucket = bucketAt(index)
        setHover(bucket === undefined ? undefined : { bucket, left })
      },
      onClick: (index) => {
        const bucket = bucketAt(index)
        const { startMs, bucketMs, breaches } = newest.current
        if (bucket === undefined) return
        if (breachesAt(breaches, bucket) === 0) return
        go("/alerts", { from: String(startMs[bucket]!), to: String(startMs[bucket]! + bucketMs) })
      },
      onPick: look
    })
    return () => drawn.current?.destroy()
  }, [width > 0, theme])

  useEffect(() => drawn.current?.resize(width), [width])

  // What the pointer stands on is no longer what it was pointed at.
  useEffect(() => {
    drawn.current?.pointAway()
    setHover(undefined)
  }, [spanKey.value])

  useEffect(() => {
    columns.current = columnsOf(series)
    drawn.current?.setData(columns.current, fromMs, toMs)
  }, [series, fromMs, toMs, width > 0, theme])

  return (
    <div
      class="chart"
      // A screen reader hands the arrow keys on to an application only; what the chart says stands in its name, and in the table.
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the chart is moved with the arrow keys
      tabIndex={0}
      aria-label={`${w.chart.title}. ${props.summary}. ${w.chart.hint}`}
      onKeyDown={onKey}
    >
      <div ref={rateHost} class="plot" />
      <div ref={volumeHost} class="plot" />
      {hover !== undefined && hover.bucket < series.startMs.length && (
        <Tooltip series={series} hover={hover} width={width} />
      )}
    </div>
  )
}
