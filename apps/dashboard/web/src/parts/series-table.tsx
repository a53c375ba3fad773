import { countText, percentText } from "@chaussettes/presentation"
import type { SeriesResponse } from "../../../src/api/index.ts"
import { language, w } from "../language.ts"
import { breachesAt } from "../series.ts"
import { timeText, utcText } from "../time.tsx"

/** The same as rows, for those who read rather than look. */
export const SeriesTable = ({ series }: { readonly series: SeriesResponse }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
  <section class="table-scroll" tabIndex={0} aria-label={w.chart.title}>
    <table>
      <thead>
        <tr>
          <th scope="col">{w.chart.window}</th>
          <th scope="col" class="n">
            {w.chart.rate}
          </th>
          <th scope="col" class="n">
            {w.chart.threshold}
          </th>
          <th scope="col" class="n">
            {w.top.requests}
          </th>
          <th scope="col" class="n">
            {w.top.errors}
          </th>
          <th scope="col" class="n">
            {w.chart.alerts}
          </th>
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
              <td class="n">
                {series.total[i] === 0 ? "–" : percentText(language, series.errors[i]! / series.total[i]!)}
              </td>
              <td class="n">{series.seuil[i] === null ? "–" : percentText(language, series.seuil[i]!)}</td>
              <td class="n">{countText(language, series.total[i]!)}</td>
              <td class="n">{countText(language, series.errors[i]!)}</td>
              <td class="n">{countText(language, breachesAt(series.breaches, i))}</td>
            </tr>
          ))
          .reverse()}
      </tbody>
    </table>
  </section>
)
