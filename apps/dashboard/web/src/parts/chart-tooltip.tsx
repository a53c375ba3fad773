import { dimensionsIn } from "@chaussettes/domain"
import { countText, durationText, percentText, rateText } from "@chaussettes/presentation"
import type { SeriesResponse } from "../../../src/api/index.ts"
import { language, w } from "../language.ts"
import { breachesAt, perSecondOf } from "../series.ts"
import { timeText, utcText } from "../time.tsx"

export interface Hover {
  readonly bucket: number
  readonly left: number
}

/** What a point says, in words; beside it, so that it hides nothing of what it tells. */
export const Tooltip = ({
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
  const threshold = series.seuil[i]
  const share = (x: number | null | undefined) => (x === null || x === undefined ? "–" : percentText(language, x))
  return (
    <div class={`tooltip ${hover.left < width / 2 ? "right" : "left"}`} style={{ left: `${hover.left}px` }}>
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
              ({share(series.lowRate[i])} – {share(series.highRate[i])})
            </small>
          )}
        </dd>
        <dt>{w.chart.threshold}</dt>
        <dd>{share(threshold)}</dd>
        <dt>{w.chart.requests}</dt>
        <dd>{rateText(language, perSecondOf(series, i))}</dd>
        {breachesAt(series.breaches, i) > 0 && (
          <>
            <dt>{w.chart.alerts}</dt>
            <dd class="tone-bad">
              {dimensionsIn(series.breaches)
                .filter((d) => series.breaches[d]![i]! > 0)
                .map((d) => `${w.dimensions[d]} ${countText(language, series.breaches[d]![i]!)}`)
                .join(" · ")}
            </dd>
          </>
        )}
      </dl>
    </div>
  )
}
