import type { TopResponse } from "../../../src/api/index.ts"
import { useAsk } from "../ask.ts"
import { w } from "../language.ts"
import { anew, incidentsHeard, keysTitle, status } from "../live.ts"
import { Figures } from "../parts/figures.tsx"
import { IncidentList } from "../parts/incidents.tsx"
import { Now } from "../parts/now.tsx"
import { RateCard } from "../parts/rate-card.tsx"
import { SpanPicker } from "../parts/span-picker.tsx"
import { Empty, Failed, Loading } from "../parts/states.tsx"
import { TopTable, topsOf } from "../parts/top-list.tsx"
import { hrefOf } from "../router.ts"
import { spanQuery } from "../span.ts"
import type { Decided } from "./incidents.tsx"

const mostIncidents = 7

export const Overview = () => {
  const s = status.value
  const incidents = useAsk<Decided>(
    `v2/incidents?${spanQuery.value}&limit=${mostIncidents}`,
    `${anew.value}/${incidentsHeard.value}`
  )
  const top = useAsk<TopResponse>(`top?${spanQuery.value}&limit=6`, anew.value)
  // What is wrong stands above all else, and would push it down.
  if (s === undefined) return <Loading />
  return (
    <>
      <Now status={s} />
      <Figures status={s} />
      <SpanPicker />
      <RateCard />
      <div class="columns">
        <section class="card" aria-labelledby="incidents-title">
          <header>
            <h2 id="incidents-title">
              <a href={hrefOf("/incidents")}>{w.alerts.incidents}</a>
            </h2>
          </header>
          {incidents.error !== undefined && incidents.data === undefined ? (
            <Failed error={incidents.error} again={incidents.again} />
          ) : incidents.data === undefined ? (
            <Loading />
          ) : incidents.data.incidents.length === 0 ? (
            <Empty>{w.incidents.none}</Empty>
          ) : (
            <>
              <IncidentList incidents={incidents.data.incidents} />
              {incidents.data.count > incidents.data.incidents.length && (
                <p class="row-link">
                  <a href={hrefOf("/incidents")}>
                    {w.alerts.moreIncidents(
                      incidents.data.count - incidents.data.incidents.length,
                      incidents.data.partial
                    )}
                  </a>
                </p>
              )}
            </>
          )}
          {s.lastHour.suppressed > 0 && (
            <p class="under dim">
              {w.alerts.suppressed(s.lastHour.suppressed)} ({w.status.lastHour})
            </p>
          )}
        </section>
        <section class="card" aria-labelledby="top-title">
          <header>
            <h2 id="top-title">
              <a href={hrefOf("/top")}>{w.top.title(keysTitle.value)}</a>
            </h2>
          </header>
          {top.error !== undefined && top.data === undefined ? (
            <Failed error={top.error} again={top.again} />
          ) : top.data === undefined ? (
            <Loading />
          ) : topsOf(top.data).every(({ keys }) => keys.length === 0) ? (
            <Empty>{w.top.none}</Empty>
          ) : (
            <>
              {topsOf(top.data).map(({ dimension, keys }) => (
                <TopTable key={dimension} dimension={dimension} keys={keys} most={5} brief />
              ))}
              <p class="under dim">{w.top.bound}</p>
            </>
          )}
        </section>
      </div>
    </>
  )
}
