import { countText, durationText, percentText } from "@chaussettes/presentation"
import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import type { SeriesResponse } from "../../../src/api/index.ts"
import { useAsk } from "../ask.ts"
import { language, w } from "../language.ts"
import { anew, hearWindows, keysTitle, serverNowMs, status } from "../live.ts"
import { place, setQuery } from "../router.ts"
import { totalsOf, withWindow } from "../series.ts"
import { edgeMs, goLive, range, span, spanKey, spanQuery } from "../span.ts"
import { Time } from "../time.tsx"
import { Chart } from "./chart.tsx"
import { SeriesTable } from "./series-table.tsx"
import { Empty, Failed, Loading } from "./states.tsx"

/** Half a point a pixel is as much as can be seen; a phone asks for less. */
const pointsFor = (width: number): number => Math.max(120, Math.min(1_200, Math.round(width / 2 / 60) * 60))

/** How often what is still being read is asked for. */
const loadingEveryMs = 3_000

export const RateCard = () => {
  const live = span.value._tag === "Live"
  const points = useMemo(() => pointsFor(innerWidth), [])
  const [loadRound, setLoadRound] = useState(0)
  // A live span is asked for once and then grown by events; one that stands still whenever it changes.
  const key = spanKey.value
  const known = status.value !== undefined
  const [asked, setAsked] = useState({ key, known, query: spanQuery.peek() })
  if (asked.key !== key || asked.known !== known) setAsked({ key, known, query: spanQuery.peek() })
  const { data, error, loading, again } = useAsk<SeriesResponse>(
    // Where the newest data is, is known by the status.
    status.value === undefined ? undefined : `series?${asked.query}&points=${points}`,
    `${anew.value}/${loadRound}`
  )
  const [series, setSeries] = useState<SeriesResponse | undefined>(undefined)
  /** Events come faster than the page is drawn: each is put to what the one before it has made. */
  const grown = useRef<SeriesResponse | undefined>(undefined)
  useEffect(() => {
    grown.current = data
    setSeries(data)
  }, [data])
  useEffect(
    () =>
      hearWindows((event) => {
        const s = span.peek()
        const known = grown.current
        if (known === undefined || (s._tag === "Fixed" && event.startMs >= s.toMs)) return
        grown.current = withWindow(known, event, s._tag === "Fixed" ? s.fromMs : range.peek().fromMs)
        if (grown.current !== undefined) return setSeries(grown.current)
        setAsked({ key: spanKey.peek(), known: true, query: spanQuery.peek() })
        setLoadRound((n) => n + 1)
      }),
    []
  )
  const loaded = data?.loaded ?? 1
  useEffect(() => {
    if (loaded >= 1) return
    const timer = setTimeout(() => {
      setAsked({ key, known, query: spanQuery.peek() })
      setLoadRound((n) => n + 1)
    }, loadingEveryMs)
    return () => clearTimeout(timer)
  }, [data, loaded])

  const table = place.value.query.get("as") === "table"
  const toMs = live ? edgeMs.value : range.value.toMs
  const fromMs = span.value._tag === "Live" ? toMs - span.value.ms : range.value.fromMs
  void serverNowMs.value
  const newest = status.value?.newest
  const totals = series === undefined ? undefined : totalsOf(series)
  const summary =
    totals === undefined
      ? ""
      : w.chart.summary(
          countText(language, totals.requests),
          totals.requests === 0 ? "–" : percentText(language, totals.errors / totals.requests),
          countText(language, totals.alerts)
        )
  return (
    <section class="card" aria-labelledby="rate-title">
      <header>
        <h2 id="rate-title">{w.chart.title}</h2>
        <ul class="legend" aria-hidden="true">
          <li class="l-rate">{w.chart.rate}</li>
          <li class="l-threshold">{w.chart.threshold}</li>
          <li class="l-global">{w.dimensions.global}</li>
          <li class="l-key">{keysTitle.value}</li>
          <li class="l-volume">{w.chart.requests}</li>
        </ul>
        <button
          type="button"
          class="button quiet"
          aria-pressed={table}
          onClick={() => setQuery({ as: table ? undefined : "table" }, "replace")}
        >
          {table ? w.chart.chart : w.chart.table}
        </button>
      </header>
      <div class="chart-place">
        {error !== undefined && series === undefined ? (
          <Failed error={error} again={again} />
        ) : series === undefined ? (
          <Loading />
        ) : series.startMs.length === 0 && !loading ? (
          <Empty>
            {w.chart.empty}
            {newest !== null && newest !== undefined && (
              <>
                {w.chart.newest}
                <Time ms={newest.endMs - newest.windowMs} />.{" "}
                <button type="button" class="button" onClick={goLive}>
                  {w.chart.goToNewest}
                </button>
              </>
            )}
          </Empty>
        ) : table ? (
          <SeriesTable series={series} />
        ) : (
          <Chart series={series} fromMs={fromMs} toMs={toMs} summary={summary} />
        )}
      </div>
      <p class="under dim">
        {summary}
        {series !== undefined && series.bucketMs > 0 && (
          <> · {w.chart.bucket(durationText(language, series.bucketMs))}</>
        )}
        {series?.truncated === true && series.firstMs !== null && fromMs < series.firstMs && (
          <>
            {" · "}
            {w.chart.leftOut}
            <Time ms={series.firstMs} />
          </>
        )}
        {loaded < 1 && <> · {w.chart.loadingHistory(percentText(language, loaded))}</>}
      </p>
    </section>
  )
}
