import { type Alert, dimensionOf } from "@chaussettes/domain"
import { percentText } from "@chaussettes/view"
import { useEffect, useState } from "preact/hooks"
import type { IncidentsResponse } from "../../../src/api.ts"
import { ask, useAsk } from "../ask.ts"
import { language, w } from "../language.ts"
import { alertsHeard, anew } from "../live.ts"
import { IncidentList } from "../parts/incidents.tsx"
import { Foreign } from "../parts/key-text.tsx"
import { SpanPicker } from "../parts/span-picker.tsx"
import { Empty, Failed, Loading } from "../parts/states.tsx"
import { hrefOf, path, place, setQuery } from "../router.ts"
import { spanQuery } from "../span.ts"
import { Time } from "../time.tsx"
import { Explanation } from "./explanation.tsx"

interface SeqAlert {
  readonly seq: number
  readonly alert: Alert
}
interface AlertsPage {
  readonly alerts: ReadonlyArray<SeqAlert>
  readonly next: number | null
}

const filterNames = ["dimension", "severity", "key"] as const

/** What is filtered by, as part of a question. */
const filterQuery = (): string =>
  filterNames
    .map((name) => [name, place.value.query.get(name)] as const)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `&${name}=${encodeURIComponent(value!)}`)
    .join("")

const Filters = () => {
  const { query } = place.value
  const select = (name: "dimension" | "severity", label: string, options: ReadonlyArray<readonly [string, string]>) => (
    <label>
      {label}
      <select value={query.get(name) ?? ""} onChange={(e) => setQuery({ [name]: e.currentTarget.value })}>
        <option value="">{w.alerts.all}</option>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
  return (
    <form class="filters" onSubmit={(e) => e.preventDefault()}>
      {select("dimension", w.alerts.dimension, [
        ["global", w.dimensions.global],
        ["ip", w.dimensions.ip],
        ["url", w.dimensions.url]
      ])}
      {select("severity", w.alerts.severity, [
        ["HIGH", w.severities.HIGH],
        ["MEDIUM", w.severities.MEDIUM]
      ])}
      <label>
        {w.alerts.key}
        <input
          type="search"
          value={query.get("key") ?? ""}
          placeholder={w.alerts.keyHint}
          onInput={(e) => setQuery({ key: e.currentTarget.value }, "replace")}
        />
      </label>
      <fieldset class="segments" aria-label={w.alerts.incidents}>
        <button type="button" aria-pressed={query.get("list") !== "each"} onClick={() => setQuery({ list: undefined })}>
          {w.alerts.grouped}
        </button>
        <button type="button" aria-pressed={query.get("list") === "each"} onClick={() => setQuery({ list: "each" })}>
          {w.alerts.each}
        </button>
      </fieldset>
    </form>
  )
}

const Incidents = () => {
  const filter = filterQuery()
  const { data, error, again } = useAsk<IncidentsResponse>(
    `incidents?${spanQuery.value}${filter}`,
    `${anew.value}/${alertsHeard.value}`
  )
  if (error !== undefined && data === undefined) return <Failed error={error} again={again} />
  if (data === undefined) return <Loading />
  if (data.incidents.length === 0) return <Empty>{filter === "" ? w.alerts.none : w.alerts.noneFiltered}</Empty>
  return (
    <>
      <IncidentList incidents={data.incidents} />
      {data.partial && <p class="under dim">{w.alerts.scanned(data.scanned)}</p>}
    </>
  )
}

const AlertRow = ({ alert }: { readonly alert: Alert }) => {
  const dimension = dimensionOf(alert.type)
  const key = alert.ip ?? alert.url
  return (
    <li class={`row severity-${alert.severity.toLowerCase()}`}>
      <a href={hrefOf(`/alerts/${alert.id}`)} aria-current={path.value === `/alerts/${alert.id}` ? "true" : undefined}>
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
          <span class={`tag tag-${alert.severity.toLowerCase()}`}>{w.severities[alert.severity]}</span>
          <Time ms={Date.parse(alert.window.start)} />
          <span>{w.alerts.requestsOf(alert.errors, alert.total_requests)}</span>
        </span>
      </a>
    </li>
  )
}

const EachAlert = () => {
  const query = `${spanQuery.value}${filterQuery()}&limit=100`
  const { data, error, again } = useAsk<AlertsPage>(`alerts?${query}`, `${anew.value}/${alertsHeard.value}`)
  const [older, setOlder] = useState<AlertsPage | undefined>(undefined)
  useEffect(() => setOlder(undefined), [query])
  if (error !== undefined && data === undefined) return <Failed error={error} again={again} />
  if (data === undefined) return <Loading />
  const alerts = [...data.alerts, ...(older?.alerts ?? [])]
  const next = older === undefined ? data.next : older.next
  if (alerts.length === 0) return <Empty>{w.alerts.noneFiltered}</Empty>
  const more = () =>
    ask<AlertsPage>(`alerts?${query}&before=${next}`).then(
      (page) => setOlder((known) => ({ alerts: [...(known?.alerts ?? []), ...page.alerts], next: page.next })),
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
        {place.value.query.get("list") === "each" ? <EachAlert /> : <Incidents />}
      </section>
    </div>
    {id !== undefined && <Explanation key={id} id={id} />}
  </div>
)
