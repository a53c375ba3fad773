import type { Incident } from "@chaussettes/domain"
import { durationText, percentText, severityText } from "@chaussettes/presentation"
import { alertsHref } from "../filters.ts"
import { language, w } from "../language.ts"
import { serverNowMs } from "../live.ts"
import { path } from "../router.ts"
import { Time } from "../time.tsx"
import { Foreign } from "./key-text.tsx"

const Subject = ({ incident }: { readonly incident: Incident }) =>
  incident.key === null ? (
    <span>{w.dimensionsMany.global}</span>
  ) : (
    <>
      <span class="dimension">{w.dimensions[incident.dimension]}</span> <Foreign text={incident.key} />
    </>
  )

/** One event a row: who or what, since when, how bad. */
const IncidentRow = ({ incident }: { readonly incident: Incident }) => {
  const until = incident.open ? serverNowMs.value : incident.lastMs
  const target = incident.open ? incident.lastId : incident.worstId
  const selected = path.value === `/alerts/${target}`
  return (
    <li class={`row severity-${incident.severity.toLowerCase()}${incident.open ? " open" : ""}`}>
      <a href={alertsHref(target)} aria-current={selected ? "true" : undefined}>
        <span class="row-main">
          <span class="subject">
            <Subject incident={incident} />
          </span>
          <span class="rate">{percentText(language, incident.errors / incident.requests)}</span>
        </span>
        <span class="row-more">
          <span class={`tag ${incident.open ? "tag-open" : ""}`}>
            {incident.open ? w.alerts.open : w.alerts.closed}
          </span>
          <span class={`tag tag-${incident.severity.toLowerCase()}`}>
            {severityText(language, incident.severity, incident.requests)}
          </span>
          <span>
            <Time ms={incident.openedMs} /> · {durationText(language, Math.max(0, until - incident.openedMs))}
          </span>
          <span>{w.alerts.alertsOf(incident.alerts)}</span>
          <span>{w.alerts.requestsOf(incident.errors, incident.requests)}</span>
        </span>
      </a>
    </li>
  )
}

/** In the order in which they were answered: the most important ones first. */
export const IncidentList = ({ incidents }: { readonly incidents: ReadonlyArray<Incident> }) => (
  <ul class="rows">
    {incidents.map((incident) => (
      <IncidentRow key={incident.id} incident={incident} />
    ))}
  </ul>
)
