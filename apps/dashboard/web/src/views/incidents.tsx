import { causeDimensions, incidentKinds } from "@chaussettes/domain"
import type { IncidentView } from "@chaussettes/readmodel"
import { useEffect, useState } from "preact/hooks"
import type { DecidedResponse } from "../../../src/api/index.ts"
import { useAsk } from "../ask.ts"
import { w } from "../language.ts"
import { anew, incidentsHeard } from "../live.ts"
import { FilterSelect } from "../parts/filter-select.tsx"
import { IncidentList } from "../parts/incidents.tsx"
import { SpanPicker } from "../parts/span-picker.tsx"
import { Empty, Failed, Loading } from "../parts/states.tsx"
import { hrefOf, place, setQuery } from "../router.ts"
import { spanKey, spanQuery } from "../span.ts"

/** As the API answers, with the events in full. */
export type Decided = Omit<DecidedResponse, "incidents"> & { readonly incidents: ReadonlyArray<IncidentView> }

const names = ["kind", "dimension", "key"] as const

const Filters = () => {
  const { query } = place.value
  return (
    <form class="filters" onSubmit={(e) => e.preventDefault()}>
      <FilterSelect
        name="kind"
        label={w.incidents.kind}
        all={w.incidents.all}
        options={incidentKinds.map((kind) => [kind, w.incidents.kinds[kind]])}
      />
      <FilterSelect
        name="dimension"
        label={w.alerts.dimension}
        all={w.incidents.all}
        options={causeDimensions.map((dimension) => [dimension, w.incidents.names[dimension]])}
      />
      <label>
        {w.incidents.key}
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
/** The API answers no more at once. */
const mostIncidents = 1_000

/** The incidents of the span. */
const Found = () => {
  const { query } = place.value
  const filter = names
    .map((name) => (query.get(name) ? `&${name}=${encodeURIComponent(query.get(name)!)}` : ""))
    .join("")
  const [limit, setLimit] = useState(step)
  useEffect(() => setLimit(step), [filter, spanKey.value])
  const { data, error, again } = useAsk<Decided>(
    `v2/incidents?${spanQuery.value}${filter}&limit=${limit}`,
    `${anew.value}/${incidentsHeard.value}`
  )
  if (error !== undefined && data === undefined) return <Failed error={error} again={again} />
  if (data === undefined) return <Loading />
  const { incidents, count, partial } = data
  if (incidents.length === 0) return <Empty>{filter === "" ? w.incidents.none : w.incidents.noneFiltered}</Empty>
  return (
    <>
      <IncidentList incidents={incidents} />
      {count > incidents.length &&
        (incidents.length < mostIncidents ? (
          <button type="button" class="button" onClick={() => setLimit((n) => Math.min(mostIncidents, n + step))}>
            {w.alerts.moreIncidents(count - incidents.length, partial)}
          </button>
        ) : (
          <p class="under dim">{w.alerts.shown(incidents.length, count, partial)}</p>
        ))}
    </>
  )
}

export const Incidents = () => (
  <div class="list">
    <SpanPicker />
    <section class="card" aria-labelledby="incidents-title">
      <header>
        <h2 id="incidents-title">{w.views.incidents}</h2>
        <span class="spacer" />
        <a class="button quiet" href={hrefOf("/acts")}>
          {w.views.acts}
        </a>
        <a class="button quiet" href={hrefOf("/alerts")}>
          {w.views.alerts}
        </a>
      </header>
      <Filters />
      <Found />
    </section>
  </div>
)
