import { type Alert, dimensionOf, dimensions, isDefault, keyOf } from "@chaussettes/domain"
import { percentText, severityText } from "@chaussettes/presentation"
import { useEffect, useState } from "preact/hooks"
import { ask, useAsk } from "../ask.ts"
import { alertsHref, filterQuery } from "../filters.ts"
import { language, w } from "../language.ts"
import { alertsHeard, anew, status } from "../live.ts"
import { type AlertsPage, withNewest, withOlder } from "../pages.ts"
import { FilterSelect } from "../parts/filter-select.tsx"
import { Foreign } from "../parts/key-text.tsx"
import { SpanPicker } from "../parts/span-picker.tsx"
import { Empty, Failed, Loading } from "../parts/states.tsx"
import { path, place, setQuery } from "../router.ts"
import { spanKey, spanQuery } from "../span.ts"
import { Time } from "../time.tsx"
import { Explanation } from "./explanation.tsx"

const Filters = () => {
  const { query } = place.value
  return (
    <form class="filters" onSubmit={(e) => e.preventDefault()}>
      <FilterSelect
        name="dimension"
        label={w.alerts.dimension}
        all={w.alerts.all}
        options={
          // Those that are judged now, and the one that is asked for.
          dimensions
            .filter((d) => isDefault(d) || status.value?.seuils[d] !== undefined || query.get("dimension") === d)
            .map((d) => [d, w.dimensions[d]])
        }
      />
      <FilterSelect
        name="severity"
        label={w.alerts.severity}
        all={w.alerts.all}
        options={[
          ["HIGH", w.severities.HIGH],
          ["MEDIUM", w.severities.MEDIUM]
        ]}
      />
      <label>
        {w.alerts.key}
        <input
          type="search"
          value={query.get("key") ?? ""}
          placeholder={w.alerts.keyHint}
          onInput={(e) => setQuery({ key: e.currentTarget.value }, "replace")}
        />
      </label>
    </form>
  )
}

/** Rows more at a time. */
const step = 100

const AlertRow = ({ alert }: { readonly alert: Alert }) => {
  const dimension = dimensionOf(alert.type)
  const key = keyOf(alert)
  return (
    <li class={`row severity-${alert.severity.toLowerCase()}`}>
      <a href={alertsHref(alert.id)} aria-current={path.value === `/alerts/${alert.id}` ? "true" : undefined}>
        <span class="row-main">
          <span class="subject">
            {key === undefined ? (
              w.dimensionsMany.global
            ) : (
              <>
                <span class="dimension">{w.dimensions[dimension]}</span> <Foreign text={key} />
              </>
            )}
          </span>
          <span class="rate">{percentText(language, alert.errors / alert.total_requests)}</span>
        </span>
        <span class="row-more">
          <span class={`tag tag-${alert.severity.toLowerCase()}`}>
            {severityText(language, alert.severity, alert.total_requests)}
          </span>
          <Time ms={Date.parse(alert.window.start)} />
          <span>{w.alerts.requestsOf(alert.errors, alert.total_requests)}</span>
        </span>
      </a>
    </li>
  )
}

const EachAlert = () => {
  const filter = `${filterQuery()}&limit=${step}`
  const { data, error, again } = useAsk<AlertsPage>(
    `alerts?${spanQuery.value}${filter}`,
    `${anew.value}/${alertsHeard.value}`
  )
  const [known, setKnown] = useState<AlertsPage | undefined>(undefined)
  // A live span moves on, and the older ones that were asked for stay; another span or filter begins anew.
  useEffect(() => setKnown(undefined), [filter, spanKey.value, anew.value])
  useEffect(() => {
    if (data !== undefined) setKnown((before) => withNewest(data, before))
  }, [data])
  if (error !== undefined && known === undefined) return <Failed error={error} again={again} />
  if (known === undefined) return <Loading />
  const { alerts, next } = known
  if (alerts.length === 0) return <Empty>{filterQuery() === "" ? w.alerts.none : w.alerts.noneFiltered}</Empty>
  const more = () =>
    ask<AlertsPage>(`alerts?${spanQuery.value}${filter}&before=${next}`).then(
      (older) => setKnown((now) => (now === undefined || now.next !== next ? now : withOlder(now, older))),
      () => again()
    )
  return (
    <>
      <ul class="rows">
        {alerts.map(({ seq, alert }) => (
          <AlertRow key={seq} alert={alert} />
        ))}
      </ul>
      {next !== null && (
        <button type="button" class="button" onClick={more}>
          {w.alerts.more}
        </button>
      )}
    </>
  )
}

export const Alerts = ({ id }: { readonly id: string | undefined }) => (
  <div class={`split${id === undefined ? "" : " has-detail"}`}>
    <div class="list">
      <SpanPicker />
      <section class="card" aria-labelledby="alerts-title">
        <header>
          <h2 id="alerts-title">{w.views.alerts}</h2>
        </header>
        <Filters />
        <p class="under dim">{w.alerts.evidence}</p>
        <EachAlert />
      </section>
    </div>
    {id !== undefined && <Explanation key={id} id={id} />}
  </div>
)
